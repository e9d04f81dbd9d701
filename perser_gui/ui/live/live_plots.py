"""Pictures of a live stream: the scrolling waveform, and probabilities as bands over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from perser_gui.emotions import EmotionSet
from perser_gui.records import FloatArray
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import column
from perser_gui.ui.widgets.time_axis import TimeAxis

if TYPE_CHECKING:
    from perser_gui.live import LiveEngine, Readout
    from perser_gui.live.stretch import Mark

SPAN = 30.0
"""Seconds that are in view."""

_COLUMN = 400  # samples under one column of the waveform: 25 ms
_RATE = 16_000
_BAND_ROWS = 120


class LivePlots(QWidget):
    """The last 30 seconds: waveform with speech in colour, bands of yours and everyone's."""

    def __init__(self) -> None:
        super().__init__()
        self._emotions = EmotionSet.default()
        self._graphics = pg.GraphicsLayoutWidget()
        self._graphics.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._graphics.setFrameShape(self._graphics.Shape.NoFrame)
        self._graphics.ci.setContentsMargins(0, 0, 0, 0)
        self._graphics.ci.setSpacing(4)
        self._titles = [pg.LabelItem(justify="left") for _ in range(3)]
        self._views = [
            pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0.0) for _ in range(3)
        ]
        self._axis = TimeAxis()
        self._axis.setStyle(maxTextLevel=0)  # in the first seconds, fine times stood on each other
        for place, (title, view) in enumerate(zip(self._titles, self._views, strict=True)):
            self._graphics.addItem(title, row=2 * place, col=0)
            self._graphics.addItem(view, row=2 * place + 1, col=0)
        self._graphics.addItem(self._axis, row=6, col=0)
        self._axis.linkToView(self._views[2])
        for view in self._views[:2]:
            view.setXLink(self._views[2])
        for place, stretch in ((1, 5), (3, 5), (5, 3)):
            self._graphics.ci.layout.setRowStretchFactor(place, stretch)
        self._views[0].setYRange(-1, 1, padding=0)
        self._wave = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self._speech = pg.PlotCurveItem(connect="pairs", skipFiniteCheck=True)
        self._views[0].addItem(self._wave)
        self._views[0].addItem(self._speech)
        self._bands = [pg.ImageItem(axisOrder="row-major") for _ in range(2)]
        for view, band in zip(self._views[1:], self._bands, strict=True):
            view.setYRange(0, 1, padding=0)
            view.addItem(band)
        self._marks: list[pg.InfiniteLine] = []
        self.setLayout(column(self._graphics, gap=0))
        self.setMinimumHeight(theme.px(240))
        self.setAccessibleName("The last thirty seconds: sound and probabilities")
        self.clear()
        self._restyle()

    # -- what is shown ---------------------------------------------------------------------

    def clear(self) -> None:
        """Begin anew."""
        self._columns = np.zeros((0, 3), np.float32)  # low, high, 1 where somebody speaks
        self._taken = 0
        self._now = 0.0
        self._top = 0.1
        self._wave.setData([], [])
        self._speech.setData([], [])
        for band in self._bands:
            band.clear()
        for line in self._marks:
            self._views[0].removeItem(line)
        self._marks.clear()
        self._views[2].setXRange(-SPAN, 0, padding=0)

    def show_emotions(self, emotions: EmotionSet) -> None:
        """Use other words and colours."""
        self._emotions = emotions

    def show_readouts(self, readouts: Sequence[Readout]) -> None:
        """Draw the bands, and mark where speech was."""
        shown = [r for r in readouts if r.time > self._now - SPAN - 1]
        if not shown:
            return
        yours = [r.yours for r in shown]
        self._draw_bands(0, shown, yours if any(p is not None for p in yours) else None)
        self._draw_bands(1, shown, [r.generic for r in shown])
        first = self._taken // _COLUMN - len(self._columns)
        for readout in shown:  # several come at once on a busy machine
            if readout.speaking_since is not None:
                start = max(round(readout.speaking_since * _RATE / _COLUMN) - first, 0)
                end = max(round(readout.time * _RATE / _COLUMN) - first, 0)
                self._columns[start : None if readout is shown[-1] else end, 2] = 1.0

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show the moments that were marked."""
        for mark in marks[len(self._marks) :]:
            line = pg.InfiniteLine(mark.time, angle=90, movable=False)
            line.setPen(pg.mkPen(theme.tokens().warning, width=1.5))
            self._views[0].addItem(line)
            self._marks.append(line)

    def advance(self, engine: LiveEngine) -> None:
        """Draw the sound that came in since the last call, and scroll."""
        stream = engine.stream
        end = stream.sound.written // _COLUMN * _COLUMN
        start = max(self._taken, end - round(SPAN * _RATE), 0) // _COLUMN * _COLUMN
        if end > start:
            samples = stream.sound.read(start, end)
            samples = samples[: len(samples) // _COLUMN * _COLUMN].reshape(-1, _COLUMN)
            speaking = np.full(len(samples), 0.0, np.float32)
            new = np.stack([samples.min(axis=1), samples.max(axis=1), speaking], axis=1)
            kept = round(SPAN * _RATE / _COLUMN) + 40
            self._columns = np.concatenate((self._columns, new))[-kept:]
            self._taken = end
            self._draw_wave()
        self._now = stream.seconds
        self._views[2].setXRange(self._now - SPAN, self._now, padding=0)

    def _draw_wave(self) -> None:
        lows, highs, speaking = self._columns.T
        first = self._taken // _COLUMN - len(self._columns)
        xs = np.repeat((first + np.arange(len(lows)) + 0.5) * _COLUMN / _RATE, 2)
        loudest = max(float(np.abs(self._columns[:, :2]).max()), 0.05) * 1.1
        self._top = max(loudest, 0.98 * self._top)
        self._views[0].setYRange(-self._top, self._top, padding=0)
        least = 0.004 * self._top
        ys = np.stack([lows - least, highs + least], axis=1)
        loud = speaking > 0
        self._wave.setData(xs[np.repeat(~loud, 2)], ys[~loud].ravel())
        self._speech.setData(xs[np.repeat(loud, 2)], ys[loud].ravel())

    def _draw_bands(
        self, place: int, readouts: Sequence[Readout], values: Sequence[FloatArray | None] | None
    ) -> None:
        """Draw probabilities stacked on each other, one column a readout."""
        title, view, band = self._titles[place + 1], self._views[place + 1], self._bands[place]
        for item in (title, view):
            item.setVisible(values is not None)
        self._graphics.ci.layout.setRowStretchFactor(2 * place + 3, 0 if values is None else 4)
        if values is None:
            view.setMaximumHeight(0)
            title.setMaximumHeight(0)
            band.clear()
            return
        view.setMaximumHeight(16777215)
        title.setMaximumHeight(theme.px(22))
        inks = {e.word: QColor(e.colour) for e in self._emotions.emotions}
        colours = {word: (c.red(), c.green(), c.blue()) for word, c in inks.items()}
        hop = min(r.hop for r in readouts)
        count = max(round((readouts[-1].time - readouts[0].time) / hop) + 1, 1)
        image = np.zeros((_BAND_ROWS, count, 4), np.uint8)
        levels = (np.arange(_BAND_ROWS) + 0.5) / _BAND_ROWS
        for readout, shares in zip(readouts, values, strict=True):
            if shares is None:
                continue
            end = round((readout.time - readouts[0].time) / hop) + 1
            start = max(end - max(round(readout.hop / hop), 1), 0)
            which = np.searchsorted(np.cumsum(shares), levels).clip(0, len(shares) - 1)
            table = np.array([colours.get(word, (128, 128, 128)) for word in readout.words])
            image[:, start:end, :3] = table[which][:, None]
            image[:, start:end, 3] = 230 if readout.state == "speech" else 110
        band.setImage(image, autoLevels=False, levels=(0, 255))
        band.setRect(QRectF(readouts[0].time - hop, 0.0, count * hop, 1.0))

    # -- looks -----------------------------------------------------------------------------

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the palette."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._restyle()

    def _restyle(self) -> None:
        t = theme.tokens()
        self._graphics.setBackground(t.surface)
        self._wave.setPen(pg.mkPen(t.wave, width=1.5))
        self._speech.setPen(pg.mkPen(t.wave_played, width=1.5))
        self._axis.setPen(pg.mkPen(t.border_strong))
        self._axis.setTextPen(pg.mkPen(t.muted))
        self._axis.setTickFont(theme.font("caption"))
        size = f"{theme.type_scale().caption}pt"
        texts = (
            "Sound, speech in colour",
            "How you would label it, pale while unsure",
            "Everyone's model, pale while unsure",
        )
        for mark in self._marks:
            mark.setPen(pg.mkPen(t.warning, width=1.5))
        for title, text in zip(self._titles, texts, strict=True):
            title.setText(text, color=t.muted, size=size)
            title.item.setPos(0, 0)
        for view in self._views[1:]:
            view.setBackgroundColor(t.raised)
