"""What is dropped on the window or chosen to be taken in: sound, labels, models, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl

from perser_gui.errors import PerserError
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.taking_in import TakingIn
from perser_gui.ui.acts.workbench import Workbench
from perser_gui.ui.dialogs.import_dialog import ImportDialog, ModelDialog
from perser_gui.ui.dialogs.unread_files import UnreadFilesDialog
from perser_gui.ui.shell.frame import Frame

if TYPE_CHECKING:
    from perser_gui.desk.importing import PlannedImport
    from perser_gui.store import SharedProfile

LABEL_FILES = "Labels (*.csv *.tsv *.TextGrid *.textgrid *.eaf *.txt *.json);;All files (*)"


class Imports(QObject):
    """The questions around taking things in; `dialog` is the page that is open."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._bench = window.workbench
        self.taking_in = TakingIn(window.workbench)
        self.dialog: ImportDialog | None = None
        self.model_dialog: ModelDialog | None = None

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @needs_desk
    def take_in(self, urls: Sequence[QUrl]) -> None:
        """Open what was dropped: labels as a page to confirm, models, and the rest as sound."""
        from perser_gui.desk.importing import holds_labels
        from perser_gui.store import holds_profile

        paths = [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
        sound = []
        for path in paths:
            if holds_profile(path):
                self.open_model(path)
            elif path.is_file() and holds_labels(path):
                self.open_labels(path)
            else:
                sound.append(path)
        if sound:
            self._bench.open_paths(sound)
        elif urls and not paths:
            self._bench.notice.emit(
                "info",
                f"{urls[0].toDisplayString()[:80]} is an address on the web, and nothing is "
                "fetched from there; please save the file first and drop that.",
            )

    @needs_desk
    def open_labels(self, path: Path, audio: Path | None = None) -> None:
        """Show what a file or folder with labels would bring, to be confirmed."""
        folder = audio or (path if path.is_dir() else path.parent)
        dialog = ImportDialog(self._window, path, folder, self._window.files)
        dialog.wanted.connect(lambda place, name: self._read(dialog, place, name))
        dialog.accepted.connect(lambda: self._accepted(dialog))
        dialog.finished.connect(lambda _: self._closed(dialog))
        self.dialog = dialog
        dialog.open()
        self._read(dialog, folder, "")

    @needs_desk
    def open_model(self, path: Path) -> None:
        """Show what a model's file holds, to be confirmed."""
        desk = self._bench.desk

        def shown(shared: SharedProfile) -> None:
            dialog = ModelDialog(self._window, path, shared)
            dialog.accepted.connect(lambda: self._window.exchange.import_model(path))
            dialog.finished.connect(lambda _: dialog.deleteLater())
            self.model_dialog = dialog
            dialog.open()

        self._bench.runner.run(
            lambda progress: desk.profile_in(path),
            lane=Lane.FILES,
            label=f"Reading {path.name}",
            done=shown,
        )

    def show_problems(self) -> None:
        """Show every file that could not be read when something was added last."""
        dialog = UnreadFilesDialog(self._window, self._bench.problems)
        dialog.exec()
        dialog.deleteLater()

    def ask_labels(self) -> None:
        """Ask for a file with labels."""
        path = self._window.files.file("tables", "Import labels", LABEL_FILES)
        if path is not None:
            self.open_labels(path)

    def ask_folder(self) -> None:
        """Ask for a folder that a colleague packed, or with label files."""
        folder = self._window.files.folder("packs", "Import a folder with labels")
        if folder is not None:
            self.open_labels(folder)

    @needs_desk
    def ask_pack(self) -> None:
        """Ask for the folder to pack into."""
        listener = self._bench.session.listener
        if listener is None:
            return
        to = self._window.files.to_save(
            "packs", "Pack for a colleague: a new folder", f"{listener.name} for a colleague"
        )
        if to is not None:
            self.taking_in.pack(to.path)

    def _read(self, dialog: ImportDialog, audio: Path, name: str) -> None:
        def shown(plan: PlannedImport) -> None:
            if self.dialog is dialog:
                dialog.show_plan(plan)

        def failed(error: Exception) -> None:
            if not isinstance(error, PerserError):
                dialog.reject()
                self._bench.runner.fail(error)
            elif self.dialog is dialog:
                dialog.show_problem(str(error))

        self.taking_in.plan(dialog.path, audio, name or None, shown, failed)

    def _accepted(self, dialog: ImportDialog) -> None:
        if dialog.plan is not None:
            self.taking_in.carry_out(dialog.plan)

    def _closed(self, dialog: ImportDialog) -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()
