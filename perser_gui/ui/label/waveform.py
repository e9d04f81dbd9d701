"""The picture of the sound at hand: outline, playhead, a part to loop, a spectrogram."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from perser_gui.ui.label.border_lines import BorderLines
from perser_gui.ui.label.outline import Outline
from perser_gui.ui.label.time_view import TimeView
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import column
from perser_gui.ui.widgets.frequency_axis import FrequencyAxis
from perser_gui.ui.widgets.time_axis import TimeAxis

if TYPE_CHECKING:
    from perser_gui.audio.pitch import PitchTrack
    from perser_gui.audio.spectrogram import SpectrogramView
    from perser_gui.ui.acts.sounds import Sound

MOST_POINTS = 8000
"""Points of the pitch that are drawn; of an hour every twentieth or so."""

SHORTEST_VIEW = 0.02
"""Seconds that fill the width at the deepest zoom."""


class WaveformView(QWidget):
    """Shows one sound; says where the pointer wants the playhead or which part is marked."""

    seek = Signal(float)
    region_marked = Signal(object)
    """`(start, end)` in seconds, or None."""
    borders_moved = Signal(float, float)
    """Where the pointer puts the borders of the utterance (s of the sound)."""
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
        self._view = TimeView()
        self._view.setYRange(-1.05, 1.05, padding=0)
        self._axis = TimeAxis()
        self._spectrum_view = TimeView()
        self._image = pg.ImageItem(axisOrder="row-major")
        self._spectrum_view.addItem(self._image)
        self._spectrum_view.setXLink(self._view)
        self._bands = FrequencyAxis()
        self._bands.linkToView(self._spectrum_view)
        self._pitch = pg.PlotCurveItem(connect="finite", antialias=True)
        self._pitch.setZValue(8)
        self._spectrum_view.addItem(self._pitch, ignoreBounds=True)
        self._tracks: dict[float, PitchTrack] = {}
        self._pitch_shown = False
        self._graphics.addItem(self._view, row=0, col=1)
        self._graphics.addItem(self._axis, row=2, col=1)
        self._axis.linkToView(self._view)
        self._outline = Outline()
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
        self._borders = BorderLines((self._view, self._spectrum_view))
        self._borders.moved.connect(self.borders_moved)
        for view in (self._view, self._spectrum_view):
            view.clicked.connect(self._clicked)
            view.marked.connect(self._marked)
        self.setLayout(column(self._graphics, gap=0))
        self.setMinimumHeight(theme.px(44))
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
        self._tracks = {}
        self._pitch.clear()
        span = max(self._seconds, SHORTEST_VIEW)
        for view in (self._view, self._spectrum_view):
            view.setLimits(xMin=0, xMax=span, minXRange=min(SHORTEST_VIEW, span), maxXRange=span)
        self.fit()
        self._want_spectrogram()
        self._axis.begin = sound.offset if sound is not None else 0.0
        self.show_playhead(sound.within[0] if sound is not None and sound.within else 0.0)
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

    def show_borders(
        self, borders: tuple[float, float] | None, room: tuple[float, float] = (0.0, 0.0)
    ) -> None:
        """Show where an utterance begins and ends, and let them be moved within some room."""
        if borders is None:
            self._borders.hide()
        else:
            self._borders.show_at(*borders, room, self._seconds)

    def show_spectrogram(self, shown: bool) -> None:
        """Show or hide the spectrogram below the outline."""
        if shown == self._spectrum_shown:
            return
        self._spectrum_shown = shown
        if shown:
            self._graphics.addItem(self._spectrum_view, row=1, col=1)
            self._graphics.addItem(self._bands, row=1, col=0)
            self._spectrum_view.setYRange(0, 1, padding=0)
            self._want_spectrogram()
        else:
            self._graphics.removeItem(self._spectrum_view)
            self._graphics.removeItem(self._bands)

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

        self._bands.show_bands(view.frequencies)
        self._draw_pitch()

    def show_pitch(self, shown: bool) -> None:
        """Draw the pitch into the spectrogram, or not."""
        if shown != self._pitch_shown:
            self._pitch_shown = shown
            self._draw_pitch()
            self._want_spectrogram()

    def redraw_spectrogram(self) -> None:
        """Ask for the spectrogram anew, with other frequencies."""
        self._want_spectrogram()

    @Slot(object)
    def add_pitch(self, track: PitchTrack) -> None:
        """Show one more piece of the pitch."""
        if len(track.times):
            self._tracks[float(track.times[0])] = track
            self._draw_pitch()

    def _draw_pitch(self) -> None:
        if not self._pitch_shown or not self._tracks:
            self._pitch.clear()
            return
        own = [self._tracks[start] for start in sorted(self._tracks)]
        times = np.concatenate([track.times for track in own])
        hertz = np.concatenate([track.hertz for track in own])
        thin = slice(None, None, -(-len(times) // MOST_POINTS))
        heights = self._bands.place_of(hertz[thin])
        self._pitch.setData(times[thin].astype(np.float64), heights.astype(np.float64))

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
        self._borders.restyle()
        self._bands.setPen(pg.mkPen(t.border_strong))
        self._bands.setTextPen(pg.mkPen(t.muted))
        self._bands.setTickFont(theme.font("caption"))
        self._bands.setWidth(theme.px(52))
        self._pitch.setPen(pg.mkPen("#35F0B0" if t.dark else "#008F5A", width=2.6))
        self._outline.update()
