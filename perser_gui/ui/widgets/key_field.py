"""A field that shows one key combination and takes the next one that is pressed in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

_HELD_ONLY = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
    Qt.Key.Key_CapsLock,
    Qt.Key.Key_unknown,
}
_LEAVING = {Qt.Key.Key_Tab, Qt.Key.Key_Backtab}


class KeyField(QLineEdit):
    """Shows a key; what is pressed in it becomes the key, but Tab, which goes on.

    A line of text to screen readers, unlike Qt's own field for keys.
    """

    pressed = Signal(str)
    """The combination that was pressed, as a portable key text."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.key = ""
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setAccessibleDescription("Press the new key")
        self.setPlaceholderText("none")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_key(self, key: str) -> None:
        """Show a key (a portable key text; empty: none)."""
        self.key = key
        self.setText(QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText))

    def event(self, event: QEvent) -> bool:
        """Keep keys here that are commands elsewhere."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take the key."""
        key = Qt.Key(event.key())
        if key in _LEAVING or key in _HELD_ONLY:
            super().keyPressEvent(event)
            return
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        printed = event.text().isprintable() and event.text() and not event.text().isalnum()
        if printed and held == Qt.KeyboardModifier.ShiftModifier:
            held = Qt.KeyboardModifier.NoModifier  # “?” is a key of its own, not Shift and “?”
        combination = QKeySequence(key | held)
        self.pressed.emit(combination.toString(QKeySequence.SequenceFormat.PortableText))
        event.accept()
