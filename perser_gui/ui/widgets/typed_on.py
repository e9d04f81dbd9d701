"""Text that goes on being typed although the dialog or field that it was meant for is gone."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

PAUSE = 0.3
"""Seconds: keys that follow each other faster are one text."""

AFTER = 0.6
"""Seconds after a text was left by the mouse in which its next key may still come."""

LABELS_BY_KEY = "labelsByKey"
"""A dialog with this property takes answers by keys, as the window does."""

_HELD = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)
_LEAVES = (
    Qt.Key.Key_Return,
    Qt.Key.Key_Enter,
    Qt.Key.Key_Escape,
    Qt.Key.Key_Tab,
    Qt.Key.Key_Backtab,
)
_ALONE = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)


class TypedOn:
    """Tells the rest of a text from keys that are meant for the window.

    Who types a word where no field has the keyboard, and Enter, closes a dialog without
    wanting to; who is still writing when the mouse closes a dialog, a list or a field has not
    seen it yet. What follows without a pause is text too, and neither a label nor a command.
    Who leaves a text by a key (Enter, Esc, Tab) has done with it: the next key is the window's.
    """

    def __init__(self) -> None:
        self._letter = self._until = float("-inf")
        self.writing = False
        """Whether the last key went on with a text, or the mouse is where one is written."""
        self.began = False
        """Whether the key that was told last to go on is the first one of its text."""

    def unused(self, event: QKeyEvent) -> None:
        """Note a key for which a dialog had no use."""
        if _is_text(event):
            self._letter = time.monotonic()

    def written(self, event: QKeyEvent) -> None:
        """Note a key at a field of text, or at a list that opened over the window."""
        if event.key() not in _ALONE:
            self.writing = event.key() not in _LEAVES and not event.modifiers() & _HELD

    def closed(self) -> None:
        """Note that a dialog is gone."""
        now = time.monotonic()
        if now - self._letter < PAUSE:
            self._ends(PAUSE)

    def left(self) -> None:
        """Note that a place of text is left by no key."""
        if self.writing:
            self._ends(AFTER)
        self.writing = False

    def goes_on(self, event: QKeyEvent) -> bool:
        """Whether a key that reached the window is the rest of a text."""
        now = time.monotonic()
        if event.key() in _ALONE:
            return False
        if now >= self._until or event.modifiers() & _HELD:
            self._until = float("-inf")
            return False
        self._until = max(self._until, now + PAUSE)
        return True

    def tell_once(self) -> bool:
        """Whether the text that goes on has not been told of yet; it counts as told then."""
        fresh, self.began = self.began, False
        return fresh

    def _ends(self, seconds: float) -> None:
        self._until, self.began = time.monotonic() + seconds, True


def _is_text(event: QKeyEvent) -> bool:
    return event.text().isprintable() and bool(event.text()) and not event.modifiers() & _HELD


typed_on = TypedOn()
"""What is typed in this process."""
