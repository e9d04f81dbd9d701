"""The questions where to write what goes out, and for a model that comes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.imports import Imports
from perser_gui.ui.widgets.file_questions import now

LABEL_FORMATS: dict[str, tuple[str, bool]] = {
    "Table (*.csv)": ("csv", False),
    "Table for Excel, with accents (*.csv)": ("csv", True),
    "Label Studio (*.json)": ("label-studio", False),
    "Praat: a folder of TextGrids (*)": ("textgrid", False),
    "ELAN: a folder of EAFs (*)": ("eaf", False),
    "Audacity: a folder of label tracks (*)": ("audacity", False),
    "audformat: a folder (*)": ("audformat", False),
}
"""What labels can be written as: the format, and whether it is marked for Excel."""


class Exporting(QObject):
    """Asks for a file, and ends in one call of the act behind it."""

    def __init__(self, window: Frame, imports: Imports) -> None:
        super().__init__(window)
        self._window = window
        self._exchange = window.exchange
        self._imports = imports
        window.live_view.save_wanted.connect(self.ask_save_stretch)
        self.acts: dict[str, Callable[[], Any]] = {
            "export": self.ask_export,
            "export-ratings": self.ask_export_ratings,
            "export-model": self.ask_export_model,
            "import-model": self.ask_import_model,
        }

    @Slot()
    def ask_export(self) -> None:
        """Ask where to write the predictions of all clips."""
        self.ask_export_of(None)

    @Slot(list)
    def ask_export_of(self, clips: list[str] | None) -> None:
        """Ask where to write the predictions of some clips (None: of all)."""
        to = self._window.files.to_save(
            "tables",
            "Export predictions",
            f"{self._whose()}predictions.csv",
            "CSV (*.csv);;JSON (*.json)",
        )
        if to is not None:
            self._exchange.export_predictions(to.path, clips)

    @Slot()
    def ask_save_stretch(self) -> None:
        """Ask where to write what was heard live in the last minutes."""
        to = self._window.files.to_save(
            "clips", "Save the stretch", f"live {now()}.wav", "Sound with tables (*.wav)"
        )
        if to is not None:
            self._window.live.save(to.path)

    @Slot()
    def ask_export_ratings(self) -> None:
        """Ask which labels to write, where, and for which program."""
        from perser_gui.ui.dialogs.export_labels import ExportLabelsDialog

        which = ExportLabelsDialog(self._window, self._window.session.ratings.values())
        if not which.exec():
            return
        to = self._window.files.to_save(
            "tables", "Export labels", f"{self._whose()}labels.csv", ";;".join(LABEL_FORMATS)
        )
        if to is not None:
            form, bom = LABEL_FORMATS[to.form]
            self._exchange.export_ratings(to.path, form, bom=bom, made=which.made)

    @Slot()
    def ask_comparison(self) -> None:
        """Ask for the folder of a comparison's tables and figures."""
        folder = self._window.files.folder("tables", "A folder for tables and figures")
        if folder is not None:
            self._window.beside.save(folder)

    @Slot()
    def ask_export_model(self) -> None:
        """Ask where to write the model in use."""
        to = self._window.files.to_save(
            "models",
            "Export your model",
            f"{self._whose()}model.perser",
            "Models (*.perser)",
        )
        if to is not None:
            self._exchange.export_model(to.path)

    @Slot()
    def ask_import_model(self) -> None:
        """Ask for a model that somebody exported; it comes with its listener."""
        path = self._window.files.file(
            "models", "Import a model", "Models (*.perser *.safetensors);;All files (*)"
        )
        if path is not None:
            self._imports.open_model(path)

    def _whose(self) -> str:
        """Return the name of the listener, to begin a file's name with."""
        listener = self._window.session.listener
        return f"{listener.name} " if listener is not None else ""
