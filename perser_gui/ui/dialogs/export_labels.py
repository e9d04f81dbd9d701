"""The question which labels go out: all of them, or those made blind or with a prediction seen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QComboBox, QWidget

from perser_gui.records import Rating
from perser_gui.ui.dialogs.page import ANSWERS
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.widgets import column, label, row

CHOICES = {
    "any": "All labels",
    "blind": "Only those made blind",
    "seen": "Only those with a prediction in sight",
}
"""Which labels can be written, by the name that the export has for it."""


class ExportLabelsDialog(Question):
    """Asks which of the listener's labels are written; the file is asked for afterwards."""

    def __init__(self, parent: QWidget | None, ratings: Iterable[Rating]) -> None:
        super().__init__(
            parent,
            "Export your labels",
            "A table says of each label whether it was made blind: the column “blind” has yes, no, "
            "or nothing where nobody noted it.",
            "Choose a file…",
        )
        made = [rating.blind for rating in ratings]
        counts = {"any": len(made), "blind": made.count(True), "seen": made.count(False)}
        self.which = QComboBox()
        self.which.setAccessibleName("Which labels are written")
        self.which.setProperty(ANSWERS, True)
        lines = QStandardItemModel(self.which)
        for name, text in CHOICES.items():
            line = QStandardItem(f"{text} ({counts[name]:,})")
            line.setData(name, Qt.ItemDataRole.UserRole)
            line.setEnabled(bool(counts[name]) or name == "any")
            lines.appendRow(line)
        self.which.setModel(lines)
        unknown = made.count(None)
        count = "1 label does" if unknown == 1 else f"{unknown:,} labels do"
        self.unknown = label(
            f"{count} not say how it was made, and is only among all of them."
            if unknown == 1
            else f"{count} not say how they were made, and are only among all of them.",
            "caption",
            wrap=True,
        )
        self.unknown.setVisible(bool(unknown))
        choice = row(label("Write"), self.which)
        choice.setStretch(1, 1)
        self.put_below(column(choice, self.unknown, gap=8))
        self.which.setFocus()

    @property
    def made(self) -> str:
        """Which labels were chosen: any, blind or seen."""
        return str(self.which.currentData())
