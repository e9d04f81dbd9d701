"""Waiting for labels under way when the window is closed, and labels of an earlier run."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QWidget

from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.widgets import text_button

DISCARD = 2
"""What a question returns whose third button was pressed."""


class SavingDialog(Question):
    """Says that labels are still being saved; closing goes on by itself when they are."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(
            parent,
            "Saving your labels",
            "The window closes by itself when they are saved. If another program holds your "
            "labels, please close that one.",
            "Close now",
        )
        self.cancel_button.setText("Stay")


def ask_take_up(parent: QWidget, count: int, when: str) -> bool | None:
    """Ask whether to save labels that could not be saved; None: ask again at the next start."""
    labels = "1 label" if count == 1 else f"{count} labels"
    asked = Question(
        parent,
        "Labels of an earlier time",
        f"{labels} could not be saved on {when}, when the window was closed.",
        "Save now",
    )
    asked.cancel_button.setText("Later")
    discard = text_button("Discard", kind="danger")
    discard.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    discard.setAutoDefault(False)
    discard.clicked.connect(lambda: asked.done(DISCARD))
    asked.buttons.insertWidget(0, discard)
    asked.accept_button.setFocus()
    return {QDialog.DialogCode.Accepted: True, DISCARD: False}.get(asked.exec())
