"""Colours that are worked out for one widget, and worked out anew with the palette."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from perser_gui.ui.look import theme

_NEWS = (QEvent.Type.PaletteChange, QEvent.Type.FontChange, QEvent.Type.StyleChange)


def follow(widget: QWidget, dress: Callable[[], None]) -> None:
    """Call `dress` now, and again whenever the palette or the size of text is another one.

    For whatever takes a colour or a size of the theme once and keeps it: a style sheet of its
    own, a picture, a pen. What is painted with the theme at each paint needs no such thing.
    """
    _Follower(widget, dress)


class _Follower(QObject):
    """Lives as long as its widget, and asks it to dress anew."""

    def __init__(self, widget: QWidget, dress: Callable[[], None]) -> None:
        super().__init__(widget)
        self._dress = dress
        self._worn: object = None
        widget.installEventFilter(self)
        self._look()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Dress anew where the theme is another one, once."""
        if event.type() in _NEWS:
            self._look()
        return False

    def _look(self) -> None:
        now = (theme.tokens(), theme.type_scale())
        if now != self._worn:
            self._worn = now  # before it dresses, which may change the palette of the widget
            self._dress()
