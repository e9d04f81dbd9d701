"""Fields of text: which keys belong to them, and the field for searching."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QToolButton,
    QWidget,
)

from perser_gui.bidi import in_order
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


def writes_text(widget: QWidget) -> bool:
    """Whether a widget is a field whose text one can change now."""
    fixed = getattr(widget, "isReadOnly", lambda: False)()
    return takes_text(widget) and widget.isEnabled() and not fixed


def edits_text(event: QKeyEvent) -> bool:
    """Whether a key press edits the text of a field, or moves in it.

    Some systems know Ctrl+E as another End; here it stays the command that exports.
    """
    return not exports(event) and any(event.matches(key) for key in EDITING)


def exports(event: QEvent) -> bool:
    """Whether a key press is Ctrl+E."""
    ctrl = Qt.KeyboardModifier.ControlModifier
    return (
        isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_E and event.modifiers() == ctrl
    )


SpinBox = TypeVar("SpinBox", bound=QAbstractSpinBox)


def padded(box: SpinBox) -> SpinBox:
    """Return a box for numbers whose text stands as far from its border as in other fields.

    A style sheet has no say in this.
    """
    side = theme.px(8)
    box.lineEdit().setTextMargins(side, 0, side, 0)
    return box


class SearchField(QLineEdit):
    """A line of text with a magnifier at its left, which one can leave by keys.

    Esc clears it, and leaves it when it is empty; Down or Enter goes into what was found.
    """

    left = Signal()
    entered = Signal()
    asked = Signal(str)
    """There is another text, and not because it was shown."""

    def __init__(self, hint: str) -> None:
        super().__init__()
        self._showing = False
        self.setPlaceholderText(in_order(hint))
        self.textChanged.connect(self._changed)
        self.setClearButtonEnabled(True)
        self._make_room()
        self._tint()

    def show_text(self, text: str) -> None:
        """Show what is searched for, without asking for it.

        With blocked signals the cross that clears it would stay, or not come.
        """
        self._showing = True
        self.setText(text)
        self._showing = False

    @Slot(str)
    def _changed(self, text: str) -> None:
        if not self._showing:
            self.asked.emit(text)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the cross that clears it anew with the palette, and keep room for the magnifier."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()
        if event.type() in (QEvent.Type.LayoutDirectionChange, QEvent.Type.StyleChange):
            self._make_room()

    def _make_room(self) -> None:
        """Leave room for the magnifier, where the text begins."""
        room = theme.px(22)
        self.setTextMargins(*((0, 0, room, 0) if self.isRightToLeft() else (room, 0, 0, 0)))

    def _tint(self) -> None:
        for button in self.findChildren(QToolButton):
            side = button.iconSize().width()  # another size would be stretched
            button.setIcon(icons.icon("close", theme.tokens().muted, side))

    def event(self, event: QEvent) -> bool:
        """Keep the keys that clear and leave from the window's commands, and no other command."""
        if event.type() == QEvent.Type.ShortcutOverride and exports(event):
            event.ignore()
            return True
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
        x = self.width() - theme.px(9) - side if self.isRightToLeft() else theme.px(9)
        painter.drawPixmap(x, (self.height() - side) // 2, mark)
        painter.end()


_OWN = (Qt.Key.Key_Escape, Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter)
