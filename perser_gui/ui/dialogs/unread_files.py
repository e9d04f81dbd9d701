"""Every file that could not be read, with its reason."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme


class UnreadFilesDialog(Question):
    """Lists what could not be read when something was added; the text can be copied."""

    def __init__(self, parent: QWidget | None, problems: Sequence[str]) -> None:
        what = "1 file" if len(problems) == 1 else f"{len(problems):,} files"
        super().__init__(parent, f"{what} could not be read", "The others were added.", "Close")
        self.cancel_button.hide()
        self.lines = QPlainTextEdit("\n".join(problems))
        self.lines.setReadOnly(True)
        self.lines.setAccessibleName("What could not be read, and why")
        self.lines.setTabChangesFocus(True)
        self.lines.setMinimumHeight(theme.px(220))
        self.body.addWidget(self.lines)
        self.setMinimumWidth(theme.px(620))
