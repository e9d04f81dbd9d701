"""The outline of a sound, drawn pixel by pixel; the played part in the accent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform

from perser_gui.ui.look import theme

if TYPE_CHECKING:
    from perser_gui.audio.pyramid import WaveformPyramid

Pixels = NDArray[np.uint8]
DoubleArray = NDArray[np.float64]


class Outline(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph carries no types
    """Draws minima and maxima of the visible stretch; the played part in the accent.

    The shape of the stretch is computed once and tinted in both colours, so that a
    moving playhead only decides how much of each picture is shown.
    """

    def __init__(self) -> None:
        super().__init__()
        self._pyramid: WaveformPyramid | None = None
        self._seconds = 0.0
        self._playhead = 0.0
        self._key: tuple[object, ...] = ()
        self._shape: Pixels | None = None
        self._pictures: dict[str, QImage] = {}

    def show_sound(self, pyramid: WaveformPyramid | None, seconds: float) -> None:
        """Draw another recording."""
        self._pyramid, self._seconds, self._key = pyramid, seconds, ()
        self.prepareGeometryChange()
        self.update()

    def renew(self) -> None:
        """Draw the same stretch anew."""
        self._key = ()
        self.update()

    def show_playhead(self, seconds: float) -> None:
        """Colour the outline up to here."""
        self._playhead = seconds
        self.update()

    def boundingRect(self) -> QRectF:  # noqa: N802
        """The whole recording, full scale."""
        return QRectF(0.0, -1.0, max(self._seconds, 1e-3), 2.0)

    def paint(self, painter: QPainter, *_: object) -> None:
        """Show the pictures of the visible stretch, each up to or from the playhead."""
        view = self.getViewBox()
        if self._pyramid is None or view is None:
            return
        (start, end), (low, high) = view.viewRange()
        area = self.mapRectToDevice(QRectF(start, low, end - start, high - low))
        if area is None or area.width() < 2 or area.height() < 2:
            return
        ratio = painter.device().devicePixelRatioF() if painter.device() is not None else 1.0
        t = theme.tokens()
        key = (start, end, low, high, area.width(), area.height(), ratio)
        if key != self._key:
            self._shape = self._draw(start, end, low, high, area, ratio)
            self._pictures = {}
            self._key = key
        left = min(max((self._playhead - start) / (end - start), 0.0), 1.0) * area.width()
        painter.save()
        painter.setTransform(QTransform())
        for colour, x0, x1 in ((t.wave_played, 0.0, left), (t.wave, left, area.width())):
            if x1 > x0 and self._shape is not None:
                picture = self._pictures.get(colour)
                if picture is None:
                    picture = self._pictures[colour] = _tinted(self._shape, colour)
                painter.drawImage(
                    QRectF(area.left() + x0, area.top(), x1 - x0, area.height()),
                    picture,
                    QRectF(x0 * ratio, 0, (x1 - x0) * ratio, area.height() * ratio),
                )
        painter.restore()

    def _draw(
        self, start: float, end: float, low: float, high: float, area: QRectF, ratio: float
    ) -> Pixels | None:
        """Return how much of each pixel the stretch covers, uint8 [height, width]."""
        assert self._pyramid is not None
        width, height = round(area.width() * ratio), round(area.height() * ratio)
        times, lows, highs = self._pyramid.view(start, end, width)
        if not len(times):
            return None
        xs = (np.asarray(times, np.float64) - start) / (end - start) * width
        scale = height / (high - low)
        tops = (high - np.asarray(highs, np.float64)) * scale
        bottoms = (high - np.asarray(lows, np.float64)) * scale
        if np.array_equal(lows, highs):
            return _line(xs, tops, width, height, 1.6 * ratio)
        return _columns(xs, tops - 0.6 * ratio, bottoms + 0.6 * ratio, width, height)


def _columns(
    xs: DoubleArray, tops: DoubleArray, bottoms: DoubleArray, width: int, height: int
) -> Pixels:
    """Return how much of each pixel lies between top and bottom, uint8 [height, width]."""
    centres = np.arange(width) + 0.5
    top = np.interp(centres, xs, tops).astype(np.float32)
    bottom = np.interp(centres, xs, bottoms).astype(np.float32)
    outside = (centres < xs[0] - 1.0) | (centres > xs[-1] + 1.0)
    bottom[outside] = top[outside] = -2.0
    rows = np.arange(height, dtype=np.float32)[:, None]
    share = np.minimum(bottom, rows + 1.0)
    share -= np.maximum(top, rows)
    np.clip(share, 0.0, 1.0, out=share)
    share *= 255.0
    pixels: Pixels = share.astype(np.uint8)
    return pixels


def _line(xs: DoubleArray, ys: DoubleArray, width: int, height: int, pen: float) -> Pixels:
    """Return how much of each pixel a line through points covers, uint8 [height, width]."""
    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("white"), pen))
    painter.drawPolyline(arrayToQPolygonF(xs, ys))
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, :width].copy()


def _tinted(shape: Pixels, colour: str) -> QImage:
    """Return a shape in a colour."""
    ink, alpha = QColor(colour), np.arange(256, dtype=np.uint32)
    table = alpha << 24
    for value, shift in ((ink.red(), 16), (ink.green(), 8), (ink.blue(), 0)):
        table |= (alpha * value // 255) << shift
    pixels = table[shape]
    height, width = shape.shape
    picture = QImage(
        pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
    )
    return picture.copy()
