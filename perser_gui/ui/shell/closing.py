"""Closing the window without losing a label: wait visibly, ask, keep what is not saved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from perser_gui.errors import PerserError
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.presses import as_unsaved, of_unsaved
from perser_gui.ui.dialogs.questions import ask_discard
from perser_gui.ui.dialogs.unsaved import SavingDialog, ask_take_up
from perser_gui.ui.shell.frame import Frame

if TYPE_CHECKING:
    from perser_gui.desk import UnsavedLabel


class Closing(QObject):
    """Decides whether the window may close, and offers what an earlier run could not save."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._dialog: SavingDialog | None = None
        self._insisted = False

    def may_close(self) -> bool:
        """Whether everything is saved, or kept for the next start because one insists."""
        window = self._window
        waiting, state = window.session.unsaved, window.labelling.save_state
        if not waiting:
            return True
        if state == "saving" and not self._insisted:
            self._wait()
            return False
        if state == "failed" and not ask_discard(
            window, len(waiting), window.labelling.save_problem
        ):
            return False
        return self._keep()

    def look_again(self) -> None:
        """Go on closing when the labels under way have been saved, or could not be."""
        if self._dialog is not None and self._window.labelling.save_state != "saving":
            dialog, self._dialog = self._dialog, None
            dialog.close()
            dialog.deleteLater()
            QTimer.singleShot(0, self._window.close)

    def offer_unsaved(self) -> None:
        """Ask about labels that could not be saved when the window was closed last."""
        window = self._window
        desk = window.workbench.desk

        def ask(found: list[UnsavedLabel]) -> None:
            if not found:
                return
            answer = ask_take_up(window, len(found), found[0].when)
            if answer is None:
                return
            if answer:
                window.labelling.take_up([of_unsaved(unsaved) for unsaved in found])
            window.runner.run(lambda p: answer, lane=Lane.STORE, done=forget)

        def forget(taken_up: bool) -> None:
            if not (taken_up and window.session.unsaved):  # the file keeps them until then
                window.runner.run(lambda p: desk.forget_unsaved(), lane=Lane.STORE)

        def warn(sentences: list[str]) -> None:
            for sentence in sentences:
                window.notice.say("warning", sentence)

        warn(desk.notices)
        window.runner.run(desk.settle, lane=Lane.UPKEEP, done=warn)
        if desk.read_only:  # they wait for a start that can save them
            return
        window.runner.run(lambda p: desk.unsaved_labels(), lane=Lane.STORE, done=ask)

    def _wait(self) -> None:
        if self._dialog is None:
            dialog = self._dialog = SavingDialog(self._window)
            dialog.accepted.connect(self._insist)
            dialog.rejected.connect(self._stay)
            dialog.open()

    def _insist(self) -> None:
        self._dialog, self._insisted = None, True
        self._window.close()
        self._insisted = False

    def _stay(self) -> None:
        self._dialog = None

    def _keep(self) -> bool:
        """Keep what is not saved in a file beside the store; whether that was possible."""
        window = self._window
        requests = window.session.unsaved
        try:
            window.workbench.desk.keep_unsaved([as_unsaved(r) for r in requests])
        except PerserError as error:
            window.notice.say("danger", str(error))
            return False
        for task in window.runner.pending(Lane.STORE):
            task.cancel()
        return True
