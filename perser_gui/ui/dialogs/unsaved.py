"""Waiting for labels under way when the window is closed, and labels of an earlier run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from perser_gui.ui.dialogs.questions import Question


class SavingDialog(Question):
    """Says that labels are still being saved; closing goes on by itself when they are."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(
            parent,
            "Saving your labels",
            "The window closes by itself when they are saved. If another program holds your "
            "ratings, please close that one.",
            "Close now",
        )
        self.cancel_button.setText("Stay")


def ask_take_up(parent: QWidget, count: int, when: str) -> bool | None:
    """Ask whether to save labels that could not be saved; None: ask again at the next start."""
    box = QMessageBox(parent)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setWindowTitle("Labels of an earlier time")
    labels = "1 label" if count == 1 else f"{count} labels"
    box.setText(f"{labels} could not be saved on {when}, when the window was closed.")
    save = box.addButton("Save now", QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton("Discard", QMessageBox.ButtonRole.DestructiveRole)
    box.addButton("Later", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(save)
    box.exec()
    if box.clickedButton() is save:
        return True
    return False if box.clickedButton() is discard else None
