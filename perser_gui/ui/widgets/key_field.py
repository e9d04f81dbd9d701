"""A field that shows one key combination and takes the next one that is pressed in it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QLineEdit

from perser_gui.bidi import isolated
from perser_gui.emotions import is_key
from perser_gui.ui.widgets.digits import digit_of

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


class WordKeyField(KeyField):
    """Takes the key of a word: one sign or an F-key, pressed without Ctrl, Alt or Shift.

    A digit is told by its place on the keyboard; Delete or Backspace takes the key away.
    """

    refused = Signal(str)
    """Why what was pressed is no key of a word."""

    def __init__(self, word: str) -> None:
        super().__init__(f"Key of {isolated(word)}")
        self.setAccessibleDescription("Press the new key; Delete goes back to the digit")
        self.setPlaceholderText("")

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take the key, or say why it cannot be one."""
        digit = digit_of(event)
        if digit is not None:
            self._offer(str(digit[0]))
            event.accept()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.pressed.emit("")
            event.accept()
        elif event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.ignore()  # they are the dialog's
        elif event.key() in _LEAVING or event.key() in _HELD_ONLY:
            super().keyPressEvent(event)
        else:
            held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
            combination = QKeySequence(Qt.Key(event.key()) | held)
            self._offer(combination.toString(QKeySequence.SequenceFormat.PortableText))
            event.accept()

    def _offer(self, key: str) -> None:
        if key == "0":
            self.refused.emit("0 is “can't tell”; please choose another key.")
        elif is_key(key):
            self.pressed.emit(key)
        else:
            self.refused.emit(
                f"{key} cannot be the key of a word: choose one sign or an F-key, without Ctrl, "
                "Alt or Shift (Shift adds a further word)."
            )
