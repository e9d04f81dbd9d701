"""The menu of what the keyboard stands on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget


def asks_for_menu(event: QKeyEvent) -> bool:
    """Whether a key press is Shift+F10, which asks for a menu as the menu key does."""
    held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
    return event.key() == Qt.Key.Key_F10 and held == Qt.KeyboardModifier.ShiftModifier


def open_menu_at(widget: QWidget) -> None:
    """Ask a widget, and those around it, for their menu, as the menu key of the system does."""
    middle = widget.rect().center()
    reason = QContextMenuEvent.Reason.Keyboard
    event = QContextMenuEvent(reason, middle, widget.mapToGlobal(middle))
    QApplication.sendEvent(widget, event)
