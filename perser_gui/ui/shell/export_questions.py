"""The questions where to write what goes out, and for a model that comes in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QFileDialog

from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.imports import Imports

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
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export predictions", "predictions.csv", "CSV (*.csv);;JSON (*.json)"
        )
        if name:
            self._exchange.export_predictions(Path(name), clips)

    @Slot()
    def ask_save_stretch(self) -> None:
        """Ask where to write what was heard live in the last minutes."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Save the stretch", "live.wav", "Sound with tables (*.wav)"
        )
        if name:
            self._window.live.save(Path(name))

    @Slot()
    def ask_export_ratings(self) -> None:
        """Ask which labels to write, where, and for which program."""
        from perser_gui.ui.dialogs.export_labels import ExportLabelsDialog

        which = ExportLabelsDialog(self._window, self._window.session.ratings.values())
        if not which.exec():
            return
        name, chosen = QFileDialog.getSaveFileName(
            self._window, "Export labels", "labels.csv", ";;".join(LABEL_FORMATS)
        )
        if name:
            form, bom = LABEL_FORMATS.get(chosen, (None, False))
            self._exchange.export_ratings(Path(name), form, bom=bom, made=which.made)

    @Slot()
    def ask_comparison(self) -> None:
        """Ask for the folder of a comparison's tables and figures."""
        name = QFileDialog.getExistingDirectory(self._window, "A folder for tables and figures")
        if name:
            self._window.beside.save(Path(name))

    @Slot()
    def ask_export_model(self) -> None:
        """Ask where to write the model in use."""
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export your model", "my-model.perser", "Models (*.perser)"
        )
        if name:
            self._exchange.export_model(Path(name))

    @Slot()
    def ask_import_model(self) -> None:
        """Ask for a model that somebody exported; it comes with its listener."""
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Import a model", "", "Models (*.perser *.safetensors);;All files (*)"
        )
        if name:
            self._imports.open_model(Path(name))
