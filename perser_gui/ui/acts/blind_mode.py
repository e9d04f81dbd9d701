"""Labelling blind: what the models make of a clip stays hidden until its label is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.acts.changes import ALL, Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.progress import Progress


class BlindMode(QObject):
    """Whether the listener at hand labels blind; the store remembers it for each.

    Until the store was asked, everything is hidden: what was seen once cannot be unseen.
    """

    def __init__(self, labelling: Labelling) -> None:
        workbench = labelling.bench
        super().__init__(workbench)
        self._labelling, self._bench = labelling, workbench
        self._session = workbench.session
        self._runner = workbench.runner
        self._listener: int | None = None
        workbench.changed.connect(self.take)

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Ask anew for another listener, and when there is another profile."""
        listener = self._session.listener
        if listener is None:
            return
        if changes.listener and listener.id != self._listener:
            self._listener = listener.id
            self._session.seen = set()
            self._session.replace_blind(True)
            self._read(listener.id, asked=True)
        elif changes.profile and self._session.blind:
            self._read(listener.id)
        elif "blind_first" in changes.settings:
            self._read(listener.id, asked=True)
        if changes.current and self._session.current != self._session.composing:
            self._labelling.complete()

    @Slot()
    def toggle(self) -> None:
        """Label blind from now on, or see predictions from now on."""
        self.choose(not self._session.blind)

    @needs_desk
    def choose(self, blind: bool) -> None:
        """Hide predictions of clips without a label, or show them; remembered."""
        desk, listener = self._bench.desk, self._session.listener
        if listener is None or blind == self._session.blind:
            return

        def failed(error: Exception) -> None:
            if self._session.listener is not None and self._session.listener.id == listener.id:
                self._show(not blind)
            self._runner.fail(error)

        self._show(blind)
        self._runner.run(
            lambda p: desk.set_blind(listener.id, blind), lane=Lane.STORE, failed=failed
        )
        said = (
            "Predictions stay hidden until you label a clip."
            if blind
            else "Predictions are shown before you label."
        )
        self._bench.notice.emit("info", said)

    def _read(self, listener: int, *, asked: bool = False) -> None:
        """Ask the store; say so if predictions come into sight by themselves."""
        desk, first = self._bench.desk, self._bench.settings.blind_first

        def work(progress: Progress) -> tuple[bool, frozenset[str]]:
            return desk.blind(listener, first=first), desk.answered(listener)

        def done(found: tuple[bool, frozenset[str]]) -> None:
            own = self._session.listener
            if own is None or own.id != listener:
                return
            blind, answered = found
            self._session.seen |= answered
            if blind == self._session.blind:
                return
            self._show(blind)
            if not asked:
                self._bench.asked.emit(
                    "info",
                    "You have adapted, so predictions are shown from now on, also before you "
                    "label. Ctrl+B hides them again.",
                    "keep-hidden",
                )

        self._runner.run(work, lane=Lane.STORE, done=done)

    def _show(self, blind: bool) -> None:
        self._session.replace_blind(blind)
        self._bench.tell(Changes(blind=True, predictions=ALL))
