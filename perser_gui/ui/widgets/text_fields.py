"""Fields of text: which keys belong to them, and the field for searching."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from perser_gui.ui.look import icons, theme

_STANDARD = QKeySequence.StandardKey
EDITING = (
    _STANDARD.Undo,
    _STANDARD.Redo,
    _STANDARD.Cut,
    _STANDARD.Copy,
    _STANDARD.Paste,
    _STANDARD.SelectAll,
    _STANDARD.Delete,
    _STANDARD.Backspace,
    _STANDARD.DeleteStartOfWord,
    _STANDARD.DeleteEndOfWord,
    _STANDARD.MoveToNextChar,
    _STANDARD.MoveToPreviousChar,
    _STANDARD.MoveToNextWord,
    _STANDARD.MoveToPreviousWord,
    _STANDARD.MoveToStartOfLine,
    _STANDARD.MoveToEndOfLine,
    _STANDARD.SelectNextChar,
    _STANDARD.SelectPreviousChar,
    _STANDARD.SelectNextWord,
    _STANDARD.SelectPreviousWord,
    _STANDARD.SelectStartOfLine,
    _STANDARD.SelectEndOfLine,
)
"""What edits text, and so is never a command of the window while one types."""


def takes_text(widget: QWidget | None) -> bool:
    """Whether a widget is a field that one types text into."""
    if isinstance(widget, QComboBox):
        return widget.isEditable()
    kinds = (QLineEdit, QPlainTextEdit, QTextEdit, QAbstractSpinBox, QKeySequenceEdit)
    return isinstance(widget, kinds)


def edits_text(event: QKeyEvent) -> bool:
    """Whether a key press edits the text of a field, or moves in it."""
    return any(event.matches(key) for key in EDITING)


class SearchField(QLineEdit):
    """A line of text with a magnifier at its left, which one can leave by keys.

    Esc clears it, and leaves it when it is empty; Down or Enter goes into what was found.
    """

    left = Signal()
    entered = Signal()

    def __init__(self, hint: str) -> None:
        super().__init__()
        self.setPlaceholderText(hint)
        self.setClearButtonEnabled(True)
        self.setTextMargins(theme.px(22), 0, 0, 0)

    def event(self, event: QEvent) -> bool:
        """Keep the keys that clear and leave from the window's commands."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.key() in _OWN or edits_text(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Clear, leave, or go into what was found."""
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.left.emit()
        elif event.key() in _OWN:
            self.entered.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the field and its magnifier."""
        super().paintEvent(event)
        side = theme.px(15)
        painter = QPainter(self)
        mark = icons.pixmap("search", theme.tokens().muted, side)
        painter.drawPixmap(theme.px(9), (self.height() - side) // 2, mark)
        painter.end()


_OWN = (Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
