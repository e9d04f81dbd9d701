"""The questions where to write what goes out, and for a model that comes in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.acts.wording import counted
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

Made = Literal["any", "blind", "seen"]
MADE = {"blind": "made blind", "seen": "made with a prediction in sight"}
"""How the labels were made that go out alone."""


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
            "export-blind": lambda: self.ask_export_ratings("blind"),
            "export-seen": lambda: self.ask_export_ratings("seen"),
            "export-model": self.ask_export_model,
            "import-model": self.ask_import_model,
        }

    @Slot()
    def ask_export(self) -> None:
        """Ask where to write predictions, and first of which clips where a filter hides some.

        Only a filter in sight is meant: one left standing in a view that is not open hides nothing
        of what goes out.
        """
        from perser_gui.ui.dialogs.which_clips import WhichClipsDialog

        window = self._window
        total, shown, view = len(window.session.rows), list[str](), window.view_name
        if view == "label":
            shown = window.session.visible
        elif view == "predictions" and window.predictions.model.filtered:
            shown = window.predictions.model.contents()
        if not 0 < len(shown) < total:
            self.ask_export_all()
            return
        asked = WhichClipsDialog(window, len(shown), total, window.sieve(view))
        if not asked.exec():
            return
        if asked.which == "shown":
            self._ask_export(list(shown), f"the {len(shown):,} clips shown")
        else:
            self.ask_export_all()

    @Slot()
    def ask_export_all(self) -> None:
        """Ask where to write the predictions of all clips."""
        self._ask_export(None, f"all {counted(len(self._window.session.rows), 'clip')}")

    @Slot(list)
    def ask_export_of(self, clips: list[str]) -> None:
        """Ask where to write the predictions of some clips."""
        self._ask_export(clips, counted(len(clips), "clip"))

    def _ask_export(self, clips: list[str] | None, of: str) -> None:
        to = self._window.files.to_save(
            "tables",
            f"Export the predictions of {of}",
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

    def ask_export_ratings(self, made: Made = "any") -> None:
        """Ask where to write labels, and for which program: all, or only those made in a way."""
        how = [rating.blind for rating in self._window.session.ratings.values()]
        count = len(how) if made == "any" else how.count(made == "blind")
        if not count and made != "any":
            self._window.workbench.notice.emit("info", _none_of(made, how.count(None)))
            return
        title = f"Export all {counted(count, 'label')} of yours"
        if made != "any":
            title = f"Export the {counted(count, 'label')} of yours {MADE[made]}"
        to = self._window.files.to_save(
            "tables",
            title,
            f"{self._whose()}labels{' ' + made if made != 'any' else ''}.csv",
            ";;".join(LABEL_FORMATS),
        )
        if to is not None:
            form, bom = LABEL_FORMATS[to.form]
            self._exchange.export_ratings(to.path, form, bom=bom, made=made)

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


def _none_of(made: Made, unknown: int) -> str:
    """Say that no label was made in a way, and how many do not say how they were made."""
    said = f"None of your labels was {MADE[made]}"
    if not unknown:
        return f"{said}."
    does = "1 does not say how it was" if unknown == 1 else f"{unknown:,} do not say how they were"
    return f"{said}; {does} made."
