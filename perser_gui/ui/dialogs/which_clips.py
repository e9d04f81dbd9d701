"""The question whether the clips that a filter shows are meant, or all of them."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.widgets import text_button


class WhichClipsDialog(Question):
    """Asks which clips go out while `by` hides some: those shown, or all."""

    def __init__(self, parent: QWidget | None, shown: int, total: int, by: str) -> None:
        super().__init__(
            parent,
            "Export predictions",
            f"{shown:,} of {total:,} clips are shown by {by}."
            if shown != 1
            else f"1 of {total:,} clips is shown by {by}.",
            f"Export the {shown:,} shown…",
        )
        self.which: Literal["shown", "all"] = "shown"
        self.all_button = text_button(f"Export all {total:,}…")
        self.all_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.all_button.clicked.connect(self._all)
        self.buttons.insertWidget(2, self.all_button)
        self.accept_button.setFocus()

    def _all(self) -> None:
        self.which = "all"
        self.accept()
