"""Names in narrow lists: shortened in the middle, so that no list has to be moved sideways."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QListWidget

from perser_gui.bidi import isolated
from perser_gui.ui.look import theme

BESIDE = 78
"""What a list needs beside a name (px): margins, a box to tick, a scroll bar."""


def short_name(name: str, shown_in: QListWidget) -> str:
    """Return a name as a list of this width has room for it, in its own direction."""
    panel = shown_in.parentWidget() or shown_in
    room = panel.width() - theme.px(BESIDE)
    middle = Qt.TextElideMode.ElideMiddle
    return isolated(shown_in.fontMetrics().elidedText(name, middle, max(room, theme.px(80))))
