"""Widgets that are there already take on another size of text: their room grows with it."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

UNLIMITED = 16_777_215
"""Qt's largest size: none was set (px)."""


def refit(ratio: float) -> None:
    """Make the least and largest sizes of all widgets `ratio` times as large.

    They are taken from the theme once, when a widget is made. Windows keep their sizes; so do
    gaps, since layouts are not asked for what they hold (decision 31).
    """
    for widget in QApplication.allWidgets():
        if not widget.isWindow():
            _scale_limits(widget, ratio)
        if isinstance(widget, QLineEdit):
            inside = widget.textMargins()
            sides = (inside.left(), inside.top(), inside.right(), inside.bottom())
            widget.setTextMargins(*(round(length * ratio) for length in sides))


def dress_anew() -> None:
    """Let every widget of ours that dresses with the palette do so: its icons have sizes, too."""
    for widget in QApplication.allWidgets():
        if type(widget).__module__.startswith("perser_gui."):
            QApplication.sendEvent(widget, QEvent(QEvent.Type.PaletteChange))


def _scale_limits(widget: QWidget, ratio: float) -> None:
    least, most = widget.minimumSize(), widget.maximumSize()
    wide, high = round(least.width() * ratio), round(least.height() * ratio)
    widest, highest = (
        length if length >= UNLIMITED else round(length * ratio)
        for length in (most.width(), most.height())
    )
    if (widest, highest) != (most.width(), most.height()):
        widget.setMaximumSize(widest, highest)
    if (wide, high) != (least.width(), least.height()):
        widget.setMinimumSize(wide, high)
