"""The icons: SVG line drawings in `resources/icons`, tinted with the palette in use."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from perser_gui import paths
from perser_gui.ui.look import theme


@lru_cache(maxsize=256)
def _source(name: str) -> str:
    return paths.shipped("resources", "icons", f"{name}.svg").read_text(encoding="utf-8")


@lru_cache(maxsize=512)
def _pixmap(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", colour).encode()))
    pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


def pixmap(name: str, colour: str | QColor | None = None, size: int = 18) -> QPixmap:
    """Return an icon as a pixmap of `size` logical pixels, drawn for two-fold screens."""
    ink = QColor(colour) if colour is not None else QColor(theme.tokens().text)
    return _pixmap(name, ink.name(), size, 2.0)


def icon(name: str, colour: str | QColor | None = None, size: int = 18) -> QIcon:
    """Return an icon in the palette's text colour (or `colour`), with its disabled form."""
    result = QIcon(pixmap(name, colour, size))
    result.addPixmap(pixmap(name, theme.tokens().faint, size), QIcon.Mode.Disabled)
    return result
