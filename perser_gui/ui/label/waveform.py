"""The picture of the sound at hand: outline, playhead, a part to loop, a spectrogram."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QTransform
from PySide6.QtWidgets import QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import column
from perser_gui.ui.widgets.time_axis import TimeAxis

if TYPE_CHECKING:
    from perser_gui.audio.pyramid import WaveformPyramid
    from perser_gui.audio.spectrogram import SpectrogramView
    from perser_gui.ui.acts.sounds import Sound

Pixels = NDArray[np.uint8]
DoubleArray = NDArray[np.float64]

SHORTEST_VIEW = 0.02
"""Seconds that fill the width at the deepest zoom."""


class _Outline(pg.GraphicsObject):  # type: ignore[misc]  # pyqtgraph carries no types
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


class _View(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph carries no types
    """Time runs across; wheel zooms, a drag marks a part, a click moves the playhead."""

    clicked = Signal(float)
    marked = Signal(object)

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.setMouseEnabled(x=True, y=False)
        self._anchor = 0.0

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802
        """Zoom around the pointer; with Shift or a sideways wheel, pan."""
        delta = event.delta()
        if event.orientation() == Qt.Orientation.Horizontal or (
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            start, end = self.viewRange()[0]
            self.translateBy(x=-(end - start) * delta / 1200)
        else:
            centre = self.mapSceneToView(event.scenePos())
            self.scaleBy(x=0.85 ** (delta / 120), center=centre)
        event.accept()

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802
        """Move the playhead."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.mapSceneToView(event.scenePos()).x())
            event.accept()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802
        """Mark a part with the left button; pan with any other."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis=0)
            return
        event.accept()
        if event.isStart():
            self._anchor = self.mapSceneToView(event.buttonDownScenePos()).x()
        here = self.mapSceneToView(event.scenePos()).x()
        self.marked.emit((min(self._anchor, here), max(self._anchor, here)))


class WaveformView(QWidget):
    """Shows one sound; says where the pointer wants the playhead or which part is marked."""

    seek = Signal(float)
    region_marked = Signal(object)
    """`(start, end)` in seconds, or None."""
    spectrogram_wanted = Signal(float, float, int)
    """Start and end in seconds, and how many pixels there are between them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seconds = 0.0
        self._sound: Sound | None = None
        self._graphics = pg.GraphicsLayoutWidget()
        self._graphics.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._graphics.setFrameShape(self._graphics.Shape.NoFrame)
        self._graphics.ci.setContentsMargins(0, 0, 0, 0)
        self._graphics.ci.setSpacing(2)
        self._view = _View()
        self._view.setYRange(-1.05, 1.05, padding=0)
        self._axis = TimeAxis()
        self._spectrum_view = _View()
        self._image = pg.ImageItem(axisOrder="row-major")
        self._spectrum_view.addItem(self._image)
        self._spectrum_view.setXLink(self._view)
        self._graphics.addItem(self._view, row=0, col=0)
        self._graphics.addItem(self._axis, row=2, col=0)
        self._axis.linkToView(self._view)
        self._outline = _Outline()
        self._view.addItem(self._outline)
        self._middle = pg.InfiniteLine(pos=0, angle=0, movable=False)
        self._region = pg.LinearRegionItem(movable=False)
        self._region.setZValue(-5)
        self._region.hide()
        self._heads = [pg.InfiniteLine(pos=0, angle=90, movable=False) for _ in range(2)]
        self._view.addItem(self._middle)
        self._view.addItem(self._region)
        self._view.addItem(self._heads[0])
        self._spectrum_view.addItem(self._heads[1])
        for view in (self._view, self._spectrum_view):
            view.clicked.connect(self._clicked)
            view.marked.connect(self._marked)
        self.setLayout(column(self._graphics, gap=0))
        self.setMinimumHeight(theme.px(96))
        self.setAccessibleName("Waveform")
        self._spectrum_shown = False
        self._view.sigXRangeChanged.connect(self._want_spectrogram)
        self._restyle()

    # -- what is shown -------------------------------------------------------------------

    def show_sound(self, sound: Sound | None) -> None:
        """Show a sound from its beginning to its end, or nothing."""
        self._sound = sound
        self._seconds = sound.seconds if sound is not None else 0.0
        top = max(sound.peak, 0.02) * 1.08 if sound is not None else 1.0
        self._view.setYRange(-top, top, padding=0)
        self._outline.show_sound(sound.outline if sound else None, self._seconds)
        shown = sound is not None
        for item in (*self._heads, self._middle):
            item.setVisible(shown)
        self._axis.setVisible(shown)
        self.show_region(None)
        self._image.clear()
        span = max(self._seconds, SHORTEST_VIEW)
        for view in (self._view, self._spectrum_view):
            view.setLimits(xMin=0, xMax=span, minXRange=min(SHORTEST_VIEW, span), maxXRange=span)
        self.fit()
        self._want_spectrogram()
        self.show_playhead(0.0)
        if sound is not None:
            self.setAccessibleDescription(f"{self._seconds:.1f} seconds")

    @Slot(float)
    def show_playhead(self, seconds: float) -> None:
        """Move the playhead; the view follows it when zoomed in."""
        for head in self._heads:
            head.setPos(seconds)
        self._outline.show_playhead(seconds)
        start, end = self._view.viewRange()[0]
        if end - start < self._seconds * 0.999 and not start <= seconds <= end:
            self._view.setXRange(seconds, seconds + end - start, padding=0)

    @Slot()
    def show_growth(self) -> None:
        """Draw what has been read meanwhile of a long recording."""
        self._outline.renew()

    def show_region(self, region: tuple[float, float] | None) -> None:
        """Show which part is marked."""
        self._region.setVisible(region is not None)
        if region is not None:
            self._region.setRegion(region)

    def show_spectrogram(self, shown: bool) -> None:
        """Show or hide the spectrogram below the outline."""
        if shown == self._spectrum_shown:
            return
        self._spectrum_shown = shown
        if shown:
            self._graphics.addItem(self._spectrum_view, row=1, col=0)
            self._spectrum_view.setYRange(0, 1, padding=0)
            self._want_spectrogram()
        else:
            self._graphics.removeItem(self._spectrum_view)

    @Slot()
    def _want_spectrogram(self) -> None:
        if self._spectrum_shown and self._sound is not None:
            start, end = self.visible_range()
            self.spectrogram_wanted.emit(start, end, max(int(self._view.width()), 2))

    @Slot(object)
    def draw_spectrogram(self, view: SpectrogramView) -> None:
        """Show a computed stretch."""
        floor = -90.0
        shares = np.clip((view.decibels.T - floor) / (-10.0 - floor), 0.0, 1.0)
        self._image.setImage(shares, autoLevels=False, levels=(0.0, 1.0))
        self._image.setRect(QRectF(view.start, 0.0, max(view.end - view.start, 1e-3), 1.0))

    # -- zoom ------------------------------------------------------------------------------

    def zoom(self, factor: float) -> None:
        """Zoom by a factor around the playhead (or the middle); 0.5 shows half as much."""
        start, end = self._view.viewRange()[0]
        head = self._heads[0].value()
        centre = head if start < head < end else (start + end) / 2
        self._view.scaleBy(x=factor, center=(centre, 0))

    def fit(self) -> None:
        """Show the whole clip."""
        self._view.setXRange(0, max(self._seconds, SHORTEST_VIEW), padding=0)

    def visible_range(self) -> tuple[float, float]:
        """Return the stretch in view, in seconds."""
        start, end = self._view.viewRange()[0]
        return float(start), float(end)

    # -- pointer ---------------------------------------------------------------------------

    @Slot(float)
    def _clicked(self, seconds: float) -> None:
        self.region_marked.emit(None)
        self.seek.emit(min(max(seconds, 0.0), self._seconds))

    @Slot(object)
    def _marked(self, region: tuple[float, float]) -> None:
        start, end = max(region[0], 0.0), min(region[1], self._seconds)
        if end - start >= 0.03:
            self.show_region((start, end))
            self.region_marked.emit((start, end))

    # -- colours ---------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_heads"):
            self._restyle()

    def _restyle(self) -> None:
        t = theme.tokens()
        self._graphics.setBackground(t.surface)
        self._axis.setPen(pg.mkPen(t.border_strong))
        self._axis.setTextPen(pg.mkPen(t.muted))
        self._axis.setTickFont(theme.font("caption"))
        self._axis.setHeight(theme.px(24))
        self._middle.setPen(pg.mkPen(t.border_strong, width=1))
        self._middle.setZValue(-10)
        for head in self._heads:
            head.setPen(pg.mkPen(t.text, width=1.6))
            head.setZValue(10)
        wash = QColor(t.accent)
        wash.setAlpha(46)
        self._region.setBrush(wash)
        for edge in self._region.lines:
            edge.setPen(pg.mkPen(t.accent_ink, width=1))
        stops = [t.surface, t.accent_soft, t.accent, "#E0A526", "#FFF3C4"]
        if not t.dark:
            stops = [t.surface, "#C9D2FA", t.accent, "#7A2E8E", "#2A0A3A"]
        colours = pg.ColorMap(np.linspace(0, 1, len(stops)), [QColor(c) for c in stops])
        self._image.setLookupTable(colours.getLookupTable(0.0, 1.0, 256))
        self._outline.update()
