"""Borders of an utterance in pictures of its recording, to be moved by the pointer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyqtgraph as pg
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from perser_gui.ui.look import theme

HANDLE = "start", "end"


class BorderLines(QObject):
    """Two lines in each of several views that move together; what is outside is dimmed.

    All times are seconds of the sound that is shown.
    """

    moved = Signal(float, float)
    """Both borders, while one is dragged."""

    def __init__(self, views: Iterable[pg.ViewBox]) -> None:
        super().__init__()
        self._lines: list[tuple[pg.InfiniteLine, pg.InfiniteLine]] = []
        self._dims: list[tuple[pg.LinearRegionItem, pg.LinearRegionItem]] = []
        self._room = (0.0, 0.0)
        self._end = 0.0
        self._setting = False
        for view in views:
            lines = tuple(pg.InfiniteLine(angle=90, movable=True) for _ in HANDLE)
            dims = tuple(pg.LinearRegionItem(movable=False) for _ in HANDLE)
            for item, height in zip((*dims, *lines), (5, 5, 20, 20), strict=True):
                item.setZValue(height)
                item.hide()
                view.addItem(item, ignoreBounds=True)
            for number, line in enumerate(lines):
                line.setCursor(Qt.CursorShape.SizeHorCursor)
                line.sigPositionChanged.connect(
                    lambda line, number=number: self._dragged(number, float(line.value()))
                )
            self._lines.append((lines[0], lines[1]))
            self._dims.append((dims[0], dims[1]))

    def show_at(self, start: float, end: float, room: tuple[float, float], seconds: float) -> None:
        """Show the borders, which can be moved within some room, in a sound of some length."""
        self._room, self._end = room, seconds
        self._setting = True
        for lines, dims in zip(self._lines, self._dims, strict=True):
            for line, value in zip(lines, (start, end), strict=True):
                line.setBounds(room)
                line.setValue(value)
                line.show()
            dims[0].setRegion((0.0, start))
            dims[1].setRegion((end, seconds))
            for dim in dims:
                dim.show()
        self._setting = False

    def hide(self) -> None:
        """Show no borders."""
        for items in (*self._lines, *self._dims):
            for item in items:
                item.hide()

    @property
    def values(self) -> tuple[float, float]:
        """Where the borders stand."""
        first, second = self._lines[0]
        return float(first.value()), float(second.value())

    def restyle(self, playing: Sequence[str] = ()) -> None:
        """Follow the palette."""
        t = theme.tokens()
        dim = QColor(t.surface)
        dim.setAlpha(165)
        for lines, dims in zip(self._lines, self._dims, strict=True):
            for line in lines:
                line.setPen(pg.mkPen(t.accent_ink, width=2.4))
                line.setHoverPen(pg.mkPen(t.accent, width=4))
            for item in dims:
                item.setBrush(dim)
                item.setHoverBrush(dim)
                for edge in item.lines:
                    edge.setPen(pg.mkPen(None))

    def _dragged(self, number: int, value: float) -> None:
        if self._setting:
            return
        start, end = self.values
        for lines in self._lines:
            if abs(float(lines[number].value()) - value) > 1e-9:
                continue
            start, end = float(lines[0].value()), float(lines[1].value())
            start, end = (value, end) if number == 0 else (start, value)
        self.moved.emit(start, end)
