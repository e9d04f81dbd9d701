"""Pictures of a comparison: the matrix of agreement, and who says what along a recording."""

from __future__ import annotations

import math
from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from perser_gui.bidi import isolated
from perser_gui.evaluation.side_by_side import Comparison, Strip
from perser_gui.ui.acts.wording import counted
from perser_gui.ui.look import theme
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.tips import tip

_STEPS = {
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
}


class MatrixPicture(QWidget):
    """How often each two say the same, one cell a pair; a press or the arrows choose a pair."""

    chosen = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._found: Comparison | None = None
        self._cell = (0, 1)
        self._by_hand = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName("Agreement of each two, arrows choose a pair")

    def show_comparison(self, found: Comparison) -> None:
        """Show another comparison; a pair that was chosen stays, if it is still there.

        Else it is the first two listeners who have clips in common, or, where no two have, the
        first with a model.
        """
        before = self.pair
        self._found = found
        names = list(found.names)
        self._by_hand &= before is not None and before[0] in names and before[1] in names
        if self._by_hand and before is not None:
            self._cell = (names.index(before[0]), names.index(before[1]))
        else:
            pairs = [one for one in found.pairs if one.count]
            kinds = dict(zip(names, found.kinds, strict=True))
            people = [one for one in pairs if kinds[one.first] == kinds[one.second] == "listener"]
            first = next(iter([*people, *pairs]), None)
            self._cell = (names.index(first.first), names.index(first.second)) if first else (0, 1)
        self.updateGeometry()
        self.update()
        self._describe()

    @property
    def pair(self) -> tuple[str, str] | None:
        """The pair at hand, by name; None where there are not two."""
        names = self._found.names if self._found is not None else ()
        i, j = self._cell
        return (names[i], names[j]) if i != j and max(i, j) < len(names) else None

    def text(self, first: str, second: str) -> str:
        """Return what stands in a cell."""
        found = self._found.pair(first, second) if self._found is not None else None
        return f"{100 * found.share:.0f} %" if found is not None and found.count else "–"

    def _describe(self) -> None:
        pair = self.pair
        said = " and ".join(map(isolated, pair)) + f": {self.text(*pair)}" if pair else ""
        self.setAccessibleDescription(said)

    def _size(self) -> tuple[float, float, float]:
        """Return the width of the names, and of a cell, and its height."""
        names = self._found.names if self._found is not None else ()
        metrics = QFontMetricsF(theme.font("body"))
        widest = max((metrics.horizontalAdvance(name) for name in names), default=0.0)
        left = min(widest + theme.px(16), max(theme.px(90), self.width() * 0.28))
        cell = (self.width() - left - 2) / max(len(names), 1)
        return left, min(cell, theme.px(160)), float(theme.px(34))

    def sizeHint(self) -> QSize:  # noqa: N802
        """A row for each name, and one for the head."""
        rows = len(self._found.names) + 1 if self._found is not None else 1
        return QSize(theme.px(420), rows * theme.px(34) + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows."""
        return QSize(theme.px(240), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the cells."""
        found = self._found
        if found is None:
            return
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.tokens()
        left, cell, high = self._size()
        metrics = QFontMetricsF(theme.font("body"))
        painter.setFont(theme.font("body"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        elide = Qt.TextElideMode.ElideMiddle
        for place, name in enumerate(found.names):
            model = found.kinds[place] == "model"
            painter.setPen(QColor(t.muted if model else t.text))
            box = QRectF(0, (place + 1) * high, left - theme.px(8), high)
            painter.drawText(box, right, isolated(metrics.elidedText(name, elide, box.width())))
            head = QRectF(left + place * cell + 3, 0, cell - 6, high)
            above = isolated(metrics.elidedText(name, elide, head.width()))
            painter.drawText(head, Qt.AlignmentFlag.AlignCenter, above)
        for i, first in enumerate(found.names):
            for j, second in enumerate(found.names):
                box = QRectF(left + j * cell + 1.5, (i + 1) * high + 1.5, cell - 3, high - 3)
                self._paint_cell(painter, box, (i, j), first, second)
        painter.end()

    def _paint_cell(
        self, painter: QPainter, box: QRectF, cell: tuple[int, int], first: str, second: str
    ) -> None:
        t = theme.tokens()
        pair = self._found.pair(first, second) if self._found is not None else None
        share = pair.share if pair is not None and pair.count else 0.0
        fill = theme.mix(t.raised, t.accent, 0.15 + 0.75 * share) if share else QColor(t.raised)
        if cell[0] == cell[1]:
            fill = QColor(t.surface)
        painter.setBrush(fill)
        at_hand = cell == self._cell or cell[::-1] == self._cell
        edge = QColor(t.focus if self.hasFocus() else t.text) if at_hand else fill
        painter.setPen(QPen(edge, 2 if at_hand else 1))
        painter.drawRoundedRect(box, 5, 5)
        if cell[0] != cell[1]:
            painter.setPen(theme.readable_on(fill))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.text(first, second))

    def _at(self, place: QPointF) -> tuple[int, int] | None:
        left, cell, high = self._size()
        count = len(self._found.names) if self._found is not None else 0
        i, j = int(place.y() // high) - 1, int((place.x() - left) // max(cell, 1.0))
        return (i, j) if 0 <= i < count and 0 <= j < count and i != j else None

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Choose a pair."""
        at = self._at(event.position())
        if at is not None:
            self._go(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say in a tip which pair is under the pointer."""
        at, found = self._at(event.position()), self._found
        if at is None or found is None:
            self.setToolTip("")
            return
        pair = found.pair(found.names[at[0]], found.names[at[1]])
        if pair is not None:
            kappa = "" if math.isnan(pair.kappa) else f", kappa {pair.kappa:.2f}"
            both = f"{isolated(pair.first)} and {isolated(pair.second)}"
            self.setToolTip(tip(f"{both}: {pair.same} of {counted(pair.count, 'clip')}{kappa}"))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Choose a pair by the arrows."""
        step = _STEPS.get(Qt.Key(event.key()))
        count = len(self._found.names) if self._found is not None else 0
        if step is None or count < 2:
            super().keyPressEvent(event)
            return
        i, j = (self._cell[0] + step[0]) % count, (self._cell[1] + step[1]) % count
        if i == j:
            i, j = (i + step[0]) % count, (j + step[1]) % count
        self._go((i, j))

    def _go(self, cell: tuple[int, int]) -> None:
        self._cell, self._by_hand = cell, True
        self._describe()
        self.update()
        pair = self.pair
        if pair is not None:
            self.chosen.emit(*pair)


class StripPicture(QWidget):
    """Who says what along a recording, and how far they differ; a press hears the utterance."""

    wanted = Signal(str)

    def __init__(self, strip: Strip, found: Comparison, colour_of: Callable[[str], str]) -> None:
        super().__init__()
        self._strip = strip
        self._lanes = [n for n in found.names if any(n in m.words for m in strip.moments)]
        self._colour_of = colour_of
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.setAccessibleName(f"Who says what in {isolated(strip.name)}")
        known = [m for m in strip.moments if math.isfinite(m.disagreement)]
        mean = sum(m.disagreement for m in known) / len(known) if known else 0.0
        self.setAccessibleDescription(
            f"{counted(len(strip.moments), 'utterance')}, "
            f"{100 * mean:.0f} % of pairs differ on average"
        )

    def _left(self) -> float:
        metrics = QFontMetricsF(theme.font("caption"))
        names = (*self._lanes, "disagreement")
        widest = max(metrics.horizontalAdvance(name) for name in names)
        return min(widest + theme.px(12), max(theme.px(90), self.width() * 0.25))

    def sizeHint(self) -> QSize:  # noqa: N802
        """A lane for each name, and one for the disagreement."""
        return QSize(theme.px(420), theme.px(15) * len(self._lanes) + theme.px(34))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its lanes."""
        return QSize(theme.px(240), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the lanes."""
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        t = theme.tokens()
        left, lane = self._left(), float(theme.px(15))
        scale = (self.width() - left) / max(self._strip.seconds, 0.001)
        caption = theme.font("caption")
        metrics = QFontMetricsF(caption)
        painter.setFont(caption)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        for place, name in enumerate(self._lanes):
            painter.setPen(QColor(t.muted))
            box = QRectF(0, place * lane, left - 4, lane)
            elided = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, box.width())
            painter.drawText(box, flags, isolated(elided))
            painter.setPen(Qt.PenStyle.NoPen)
            for moment in self._strip.moments:
                words = moment.words.get(name)
                if words:
                    width = max((moment.end - moment.start) * scale, 1.0)
                    where = QRectF(left + moment.start * scale, place * lane + 2, width, lane - 4)
                    painter.fillRect(where, QColor(self._colour_of(words[0])))
        top, high = len(self._lanes) * lane + theme.px(4), float(theme.px(26))
        painter.setPen(QColor(t.muted))
        painter.drawText(QRectF(0, top, left - 4, high), flags, "disagreement")
        painter.fillRect(QRectF(left, top + high - 1, self.width() - left, 1), QColor(t.border))
        for moment in self._strip.moments:
            if math.isfinite(moment.disagreement) and moment.disagreement > 0:
                tall = high * moment.disagreement
                width = max((moment.end - moment.start) * scale, 1.0)
                where = QRectF(left + moment.start * scale, top + high - tall, width, tall)
                painter.fillRect(where, QColor(t.danger))
        painter.end()

    def _clip_at(self, place: QPointF) -> str:
        left = self._left()
        at = (place.x() - left) / max(self.width() - left, 1.0) * self._strip.seconds
        near = [m for m in self._strip.moments if m.start <= at <= m.end]
        return near[0].clip if near else ""

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Hear the utterance under the pointer."""
        clip = self._clip_at(event.position())
        if clip:
            self.wanted.emit(clip)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say who says what of the utterance under the pointer."""
        clip = self._clip_at(event.position())
        moment = next((m for m in self._strip.moments if m.clip == clip), None)
        said = (
            [
                f"{isolated(name)}: {' + '.join(map(isolated, words))}"
                for name, words in moment.words.items()
            ]
            if moment
            else []
        )
        self.setToolTip(tip("\n".join(said)))
