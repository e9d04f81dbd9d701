"""Text that goes on being typed although the dialog that it was meant for is gone."""

from __future__ import annotations

import time

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

PAUSE = 0.3
"""Seconds: keys that follow each other faster are one text."""

_HELD = (
    Qt.KeyboardModifier.ControlModifier
    | Qt.KeyboardModifier.AltModifier
    | Qt.KeyboardModifier.MetaModifier
)


class TypedOn:
    """Tells the rest of a text from keys that are meant for the window.

    Who types a word where no field has the keyboard, and Enter, closes a dialog without
    wanting to; what follows without a pause is text too, and neither a label nor a command.
    """

    def __init__(self) -> None:
        self._letter = self._last = float("-inf")

    def unused(self, event: QKeyEvent) -> None:
        """Note a key for which a dialog had no use."""
        if _is_text(event):
            self._letter = time.monotonic()

    def closed(self) -> None:
        """Note that a dialog is gone."""
        now = time.monotonic()
        self._last = now if now - self._letter < PAUSE else float("-inf")

    def goes_on(self, event: QKeyEvent) -> bool:
        """Whether a key that reached the window is the rest of a text."""
        now = time.monotonic()
        if now - self._last >= PAUSE or event.modifiers() & _HELD:
            self._last = float("-inf")
            return False
        self._last = now
        return True


def _is_text(event: QKeyEvent) -> bool:
    return event.text().isprintable() and bool(event.text()) and not event.modifiers() & _HELD


typed_on = TypedOn()
"""What is typed in this process."""
