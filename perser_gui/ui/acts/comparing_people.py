"""Several listeners beside each other: who is compared, what came of it, written to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from perser_gui.errors import PerserError
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.personalization import Personalization
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk.comparing import Compared
    from perser_gui.progress import Progress

AT_FIRST = 8
"""Listeners that are compared until others are chosen: who is at the desk, and the first others."""


class Beside(QObject):
    """The comparison of listeners; while one is computed, only the latest wish counts."""

    def __init__(self, workbench: Workbench, personalization: Personalization) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._model = personalization
        self._running = self._wanted = self._untold = False
        self._chosen: set[int] | None = None
        self._shown = 0
        self.models = True
        self.compared: Compared | None = None
        self.problem = ""

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @property
    def chosen(self) -> list[int]:
        """Who is compared, by number: whoever is at the desk first."""
        session = self._bench.session
        own = [session.listener.id] if session.listener is not None else []
        numbers = list(dict.fromkeys([*own, *(person.id for person in session.listeners)]))
        if self._chosen is None:
            return numbers[:AT_FIRST]
        return [number for number in numbers if number in self._chosen]

    @property
    def running(self) -> bool:
        """Whether a comparison is being made."""
        return self._running

    def choose(self, listeners: Iterable[int], *, models: bool) -> None:
        """Compare these, with or without the models."""
        self._chosen, self.models = set(listeners), models
        self.refresh()

    def forget(self) -> None:
        """Choose anew, after listeners have come or gone; of who has gone nothing stays."""
        people = self._bench.session.listeners
        if self._chosen is not None and not self._chosen <= {person.id for person in people}:
            self._chosen = None
        found = self.compared.found if self.compared is not None else None
        shown = zip(found.names, found.kinds, strict=True) if found is not None else ()
        if {name for name, kind in shown if kind == "listener"} - {one.name for one in people}:
            self.compared = None

    def refresh(self) -> None:
        """Compare again, with what there is now."""
        if not self._bench.is_ready:
            return
        if self._running:
            self._wanted = True
            return
        desk, chosen = self._bench.desk, self.chosen
        models = self.models and self._model.state == "ready"
        self._running = True
        if self.problem or self.compared is None:  # what was said of another comparison is over
            self.problem = ""
            self._bench.tell(Changes(comparison=True))

        def work(progress: Progress) -> tuple[Compared, int]:
            there = {person.id for person in desk.listeners()}  # one may have been deleted
            wanted = [number for number in chosen if number in there]
            compared = desk.comparison(wanted, progress, models=models)
            return compared, hash(repr(compared))

        def done(result: tuple[Compared, int]) -> None:
            compared, mark = result
            same = mark == self._shown and self.compared is not None
            self.compared, self.problem, self._shown = compared, "", mark
            over(same=same)

        def failed(error: Exception) -> None:
            self.compared, self.problem, self._shown = None, str(error), 0
            over()
            if not isinstance(error, PerserError):
                self._bench.runner.fail(error)

        def over(*, same: bool = False) -> None:
            self._running = False
            again, self._wanted = self._wanted, False
            self._untold = self._untold or not same  # of a wish that another one overtook
            if again:
                self.refresh()
            elif self._untold:
                self._untold = False
                self._bench.tell(Changes(comparison=True))

        self._bench.runner.run(
            work,
            lane=Lane.COMPUTE if models else Lane.FILES,
            label="Comparing",
            done=done,
            failed=failed,
            cancelled=over,
        )

    @needs_desk
    def save(self, folder: Path) -> None:
        """Write tables (CSV), figures (SVG and PNG) and the whole comparison to a folder."""
        compared = self.compared
        if compared is None:
            return

        def work(progress: Progress) -> int:
            from perser_gui.desk.comparing import write_comparison

            return len(write_comparison(folder, compared))

        self._bench.runner.run(
            work,
            lane=Lane.FILES,
            label=f"Writing to {folder.name}",
            done=lambda count: self._bench.notice.emit(
                "success", f"Saved {count} tables and figures to {folder}."
            ),
        )
