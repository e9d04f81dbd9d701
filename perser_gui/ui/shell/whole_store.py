"""Backups, bringing one back, and deleting a listener for good: the questions and the acts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from perser_gui.bidi import isolated, isolated_path
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.workbench import Workbench
from perser_gui.ui.dialogs.bringing_back import RestoreDialog
from perser_gui.ui.dialogs.deleting import DeleteDialog, DeleteProfileDialog
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.widgets.file_questions import now

if TYPE_CHECKING:
    from perser_gui.desk import Backup, ProfileRecord


class WholeStore(QObject):
    """What the menu does with the store as a whole."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._bench = window.workbench
        self._runner = window.runner
        self._model = window.personalization

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @property
    def acts(self) -> dict[str, Callable[[], Any]]:
        """The acts by the id of their command."""
        return {
            "backup": self.ask_backup,
            "restore": self.ask_restore,
            "delete-listener": self.ask_delete,
        }

    @needs_desk
    def ask_backup(self) -> None:
        """Ask where to write a backup of everything."""
        to = self._window.files.to_save(
            "backups",
            "Back up everything",
            f"perser {now()}.perser-backup",
            "Backups (*.perser-backup)",
        )
        if to is not None:
            desk = self._bench.desk
            self._runner.run(
                lambda p: desk.backup(to.path),
                lane=Lane.FILES,
                label="Writing the backup",
                done=lambda made: self._bench.notice.emit(
                    "success", f"Backed up and checked: {made.said} ({isolated_path(made.path)})."
                ),
            )

    @needs_desk
    def ask_restore(self) -> None:
        """Show what the automatic backups hold, and bring back the one that is chosen."""
        desk = self._bench.desk
        self._runner.run(lambda p: desk.backups(), lane=Lane.STORE, done=self._choose)

    def _choose(self, found: list[Backup]) -> None:
        asked = RestoreDialog(self._window, [one.said for one in found])
        if not asked.exec():
            return
        if asked.chosen is not None:
            self.restore(found[asked.chosen].path)
            return
        path = self._window.files.file(
            "backups", "Bring back a backup", "Backups (*.perser-backup);;All files (*)"
        )
        if path is not None:
            self.restore(path)

    @needs_desk
    def restore(self, path: Path) -> None:
        """Put a backup in the place of everything."""
        desk = self._bench.desk

        def done(held: Backup) -> None:
            self._bench.notice.emit("success", f"Brought back: {held.said}.")
            self._bench.noticing.refresh()

        self._runner.run(
            lambda p: desk.restore(path), lane=Lane.STORE, label="Reading the backup", done=done
        )

    def ask_delete(self) -> None:
        """Ask whether to delete the listener with everything of theirs."""
        listener = self._window.session.listener
        if listener is None:
            return
        labels = self._window.session.rated
        besides = len(self._window.session.ratings) - labels
        models = len(self._model.history)
        if DeleteDialog(self._window, listener.name, labels, models, besides).exec():
            self.delete(listener.id, listener.name)

    def ask_delete_profile(self, record: ProfileRecord) -> None:
        """Ask whether to delete one profile of the history."""
        from perser_gui.ui.dialogs.history import called

        # another one may be in use by now, and this one as well
        used = any(one.id == record.id and one.current for one in self._model.history)
        if DeleteProfileDialog(self._window, called(record), used).exec():
            self._model.delete_profile(record.id)

    @needs_desk
    def delete(self, listener: int, name: str) -> None:
        """Delete a listener; whoever is left, or a new first listener, goes on."""
        desk, bench = self._bench.desk, self._bench
        bench.session.unsaved = [r for r in bench.session.unsaved if r.listener != listener]

        def done(_: object) -> None:
            bench.notice.emit("success", f"{isolated(name)} was deleted.")
            bench.noticing.refresh()

        self._runner.run(
            lambda p: desk.delete_listener(listener),
            lane=Lane.STORE,
            label="Deleting",
            done=done,
        )
