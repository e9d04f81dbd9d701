"""Pictures of what is drawn, for the clipboard or a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QApplication, QWidget

from perser_gui.errors import PerserError
from perser_gui.files import write_whole
from perser_gui.ui.look import theme

SHARPER = 2
"""Points of a picture for each point of the screen, so that it can be printed."""


def picture_of(widget: QWidget) -> QImage:
    """Return what a widget shows, on the ground that it stands on."""
    image = QImage(widget.size() * SHARPER, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(SHARPER)
    image.fill(theme.tokens().surface)
    widget.render(image)
    return image


def copy_picture(widget: QWidget) -> None:
    """Put what a widget shows on the clipboard."""
    QApplication.clipboard().setImage(picture_of(widget))


def save_picture(widget: QWidget, path: Path) -> None:
    """Write what a widget shows to a file: drawn as lines and text (.svg), or as points (.png).

    Raises:
        PerserError: if the name ends otherwise, or the file cannot be written.
    """
    kind = path.suffix.lower()
    if kind not in (".svg", ".png"):
        raise PerserError(f"{path.name} does not end in .svg or .png; please give it such a name.")
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if kind == ".png":
        QImageWriter(buffer, QByteArray(b"png")).write(picture_of(widget))
    else:
        _draw(widget, buffer)
    write_whole(path, bytes(buffer.data().data()))


def _draw(widget: QWidget, buffer: QBuffer) -> None:
    size = QSize(widget.size())
    drawing = QSvgGenerator()
    drawing.setOutputDevice(buffer)
    drawing.setSize(size)
    drawing.setViewBox(QRect(0, 0, size.width(), size.height()))
    drawing.setTitle(widget.accessibleName() or "perser")
    painter = QPainter(drawing)
    painter.fillRect(widget.rect(), theme.tokens().surface)
    widget.render(painter, QPoint(0, 0))
    painter.end()
