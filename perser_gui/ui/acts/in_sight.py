"""Keeping the clip at hand among the clips that are shown, so that no label goes to another."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.workbench import Workbench


class InSight(QObject):
    """Takes the first clip that is left when a search hides the one at hand, and goes back later.

    One comes back to the clip where one was as soon as it is shown again, unless one has chosen
    another meanwhile.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench, self._session = workbench, workbench.session
        self._before: str | None = None
        self._taken: str | None = None
        workbench.changed.connect(self.take)

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Look when the list shows other clips."""
        if changes.visible or changes.clips:
            self.look()

    def look(self) -> None:
        """Take another clip at hand if the present one is not shown."""
        session = self._session
        if self._before is not None and session.current != self._taken:
            self._before = None
        if session.current is not None and session.place(session.current) < 0:
            before = self._before or session.current
            self._take(session.visible[0] if session.visible else None)
            self._before = before
        elif self._before is not None:
            if session.place(self._before) >= 0:
                before, self._before = self._before, None
                self._take(before)
            elif session.current is None and session.visible:
                self._take(session.visible[0])

    def _take(self, content: str | None) -> None:
        self._taken = content
        self._bench.go_to(content, play=False)
