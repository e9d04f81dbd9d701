"""Which digit a key press means, on any keyboard layout."""

from __future__ import annotations

import sys

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent

_US_SHIFTED = {symbol: number for number, symbol in enumerate(")!@#$%^&*(")}
_MAC_CODES = {29: 0, 18: 1, 19: 2, 20: 3, 21: 4, 23: 5, 22: 6, 26: 7, 28: 8, 25: 9}


def digit_of(event: QKeyEvent) -> tuple[int, bool] | None:
    """Return the digit 0-9 and whether Shift was held, or None for any other key.

    The row of digits is found by its place on the keyboard where the system tells it,
    because Shift turns digits into signs (or, on French keyboards, signs into digits).
    """
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    shift = bool(held & Qt.KeyboardModifier.ShiftModifier)
    if held & ~Qt.KeyboardModifier.ShiftModifier:
        return None
    number = _by_place(event)
    if number is None:
        key = event.key()
        if Qt.Key.Key_0 <= key <= Qt.Key.Key_9:
            number = key - Qt.Key.Key_0
        elif shift and event.text() in _US_SHIFTED:
            number = _US_SHIFTED[event.text()]
    return None if number is None else (number, shift)


def alt_digit_of(event: QKeyEvent) -> int | None:
    """Return the digit 0-9 that was pressed with Alt alone, or None for any other key."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    if held != Qt.KeyboardModifier.AltModifier:
        return None
    number = _by_place(event)
    if number is None and Qt.Key.Key_0 <= event.key() <= Qt.Key.Key_9:
        number = event.key() - Qt.Key.Key_0
    return number


def _by_place(event: QKeyEvent) -> int | None:
    code = event.nativeScanCode()
    platform = QGuiApplication.platformName()
    if platform in ("xcb", "wayland"):
        return (code - 9) % 10 if 10 <= code <= 19 else None
    if sys.platform == "win32":
        return (code - 1) % 10 if 2 <= code <= 11 else None
    if sys.platform == "darwin":
        return _MAC_CODES.get(event.nativeVirtualKey()) if event.nativeVirtualKey() else None
    return None
