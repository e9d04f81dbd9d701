"""What a timeline shows: utterances with your label and everyone's, and how lanes are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from perser_gui.records import Clip, Prediction, Span
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import rating_text
from perser_gui.ui.label.lane_marks import LaneMark, LaneUtterance
from perser_gui.ui.label.timeline_shares import columns, stacked, too_narrow
from perser_gui.ui.look import theme
from perser_gui.ui.look.emotion_colours import colour_of

LANES = ("You", "Everyone")
FEWEST_TICK_PIXELS = 74
INK = (0.5, 0.8)
"""How much of its colour a prediction shows in your lane, where labels show all, and everyone's."""
NARROW = 5.0
"""Utterances of fewer pixels are drawn without round corners."""

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 36000)


def utterances_of(session: Session, clips: Sequence[Clip]) -> list[LaneUtterance]:
    """Return what is to be shown of utterances: a label goes before your model's prediction."""
    colours = _Colours(session)
    return [_shown(session, clip, clip.span, colours) for clip in clips if clip.span is not None]


class _Colours(dict[str, str]):
    """The colours of words, each looked up once."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def __missing__(self, word: str) -> str:
        colour = colour_of(self._session.emotions, word)
        self[word] = colour
        return colour


def _shown(session: Session, clip: Clip, span: Span, colours: _Colours) -> LaneUtterance:
    rating, yours = session.rating(clip.content), session.yours_of(clip.content)
    generic = session.generic_of(clip.content)
    you = None
    if rating is not None:
        words = rating.emotions
        colour = colours[words[0]] if words else theme.tokens().generic
        you = LaneMark(rating_text(rating), words, colour, own=True)
    elif yours is not None:
        you = _predicted(yours, colours)
    other = None if generic is None else _predicted(generic, colours)
    return LaneUtterance(clip.content, span.start, span.end, you, other)


def _predicted(prediction: Prediction, colours: _Colours) -> LaneMark:
    if not prediction.word:
        return LaneMark(prediction.said, (), theme.tokens().generic)
    return LaneMark(prediction.said, (prediction.word,), colours[prediction.word])


@dataclass(frozen=True)
class Scale:
    """Which stretch (s) of a recording fills how many pixels, and where its lanes lie."""

    width: float
    start: float
    end: float

    @property
    def lanes(self) -> tuple[QRectF, QRectF]:
        """Where your lane and everyone's are drawn."""
        metrics = QFontMetricsF(theme.font("caption"))
        left = max(metrics.horizontalAdvance(name) for name in LANES) + theme.px(10)
        top, height = theme.px(20), theme.px(16)
        first = QRectF(left, top, max(self.width - left - theme.px(5), 1.0), height)
        return first, first.translated(0, height + theme.px(5))

    def x_of(self, seconds: float) -> float:
        """Return where a time stands, in pixels from the left."""
        lane = self.lanes[0]
        return lane.left() + (seconds - self.start) / (self.end - self.start) * lane.width()

    def time_at(self, x: float) -> float:
        """Return the time (s) that stands at a pixel."""
        lane = self.lanes[0]
        return self.start + (x - lane.left()) / lane.width() * (self.end - self.start)


def draw_lanes(
    painter: QPainter,
    scale: Scale,
    utterances: Sequence[LaneUtterance],
    order: Sequence[str] = (),
) -> None:
    """Draw both lanes; a line between them marks where they name different emotions.

    Seen from afar, each column shows how much of its speech carries which colour, in an `order`.
    """
    t = theme.tokens()
    lanes = scale.lanes
    painter.setFont(theme.font("caption"))
    for name, lane in zip(LANES, lanes, strict=True):
        painter.setPen(QColor(t.muted))
        beside = QRectF(0, lane.top() - 2, lane.left(), lane.height() + 4)
        painter.drawText(beside, Qt.AlignmentFlag.AlignVCenter, name)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.raised))
        painter.drawRoundedRect(lane, 3, 3)
    painter.setClipRect(QRectF(lanes[0].left(), 0, lanes[0].width(), lanes[1].bottom() + 2))
    origin, pixels = scale.x_of(0.0), lanes[0].width() / (scale.end - scale.start)
    brush = _Brush()
    seen = [one for one in utterances if one.end >= scale.start and one.start <= scale.end]
    if too_narrow(seen, pixels):
        _draw_shares(painter, scale, seen, order, brush)
        painter.setClipping(False)
        return
    for one in seen:
        left, width = origin + one.start * pixels, max((one.end - one.start) * pixels, 1.0)
        for mark, lane, ink in zip((one.you, one.generic), lanes, INK, strict=True):
            brush.draw(painter, QRectF(left, lane.top(), width, lane.height()), mark, ink)
        if one.differs:
            gap = QRectF(left, lanes[0].bottom() + theme.px(1.5), width, theme.px(2))
            painter.fillRect(gap, brush.line)
    painter.setClipping(False)


def _draw_shares(
    painter: QPainter,
    scale: Scale,
    utterances: Sequence[LaneUtterance],
    order: Sequence[str],
    brush: _Brush,
) -> None:
    """Draw columns of shares in both lanes, and between them how much differs."""
    you, generic = scale.lanes
    found = columns(utterances, scale.start, scale.end, you.width())
    width = you.width() / len(found)
    for place, column in enumerate(found):
        if not column.spoken:
            continue
        left = you.left() + place * width
        for lane, shares, ink in ((you, column.you, INK[0]), (generic, column.generic, INK[1])):
            for (colour, own), low, high in stacked(shares, order):
                top = lane.bottom() - high * lane.height()
                box = QRectF(left, top, width - 1.0, (high - low) * lane.height())
                painter.fillRect(box, brush.fill(colour, 1.0 if own else ink))
        part = column.differs / column.spoken
        if part:
            line = QColor(brush.line)
            line.setAlphaF(0.25 + 0.75 * part)
            painter.fillRect(
                QRectF(left, you.bottom() + theme.px(1.5), width - 1.0, theme.px(2)), line
            )


class _Brush:
    """Draws utterances: full for what you said, pale for a model, hollow for nothing yet."""

    def __init__(self) -> None:
        t = theme.tokens()
        self.line = QColor(t.text)
        self._ground, self._outline = t.raised, QColor(t.border_strong)
        self._font = theme.font("caption")
        self._metrics = QFontMetricsF(self._font)
        self._fills: dict[tuple[str, float], QColor] = {}

    def draw(self, painter: QPainter, box: QRectF, mark: LaneMark | None, ink: float) -> None:
        """Draw one utterance in one lane, a prediction in `ink`, its word where there is room."""
        if mark is None and box.width() >= NARROW:
            painter.setPen(self._outline)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 2.5, 2.5)
            return
        fill = self._fill(mark, ink)
        if mark is None or box.width() < NARROW:
            painter.fillRect(box, fill)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(box, 2.5, 2.5)
        if box.width() >= self._metrics.horizontalAdvance(mark.text) + theme.px(8):
            painter.setFont(self._font)
            painter.setPen(theme.readable_on(fill))
            painter.drawText(box.adjusted(0, -2, 0, 2), Qt.AlignmentFlag.AlignCenter, mark.text)

    def _fill(self, mark: LaneMark | None, ink: float) -> QColor:
        return (
            self.fill("", 0.0) if mark is None else self.fill(mark.colour, 1.0 if mark.own else ink)
        )

    def fill(self, colour: str, ink: float) -> QColor:
        """Return a colour in so much ink on the lane; without a colour, that of nothing yet."""
        key = (colour, ink if colour else 0.0)
        fill = self._fills.get(key)
        if fill is None:
            if colour:
                fill = theme.mix(self._ground, colour, ink)
            else:
                fill = theme.mix(self._outline, self._ground, 0.5)
            self._fills[key] = fill
        return fill


def draw_times(painter: QPainter, scale: Scale) -> None:
    """Draw the times below the lanes."""
    t = theme.tokens()
    lane = scale.lanes[1]
    fewest = (scale.end - scale.start) * theme.px(FEWEST_TICK_PIXELS) / lane.width()
    step = next((one for one in _STEPS if one >= fewest), _STEPS[-1])
    painter.setFont(theme.font("caption"))
    metrics = QFontMetricsF(painter.font())
    number = -int(-scale.start // step)
    while number * step <= scale.end:
        x = scale.x_of(number * step)
        painter.setPen(QColor(t.border_strong))
        painter.drawLine(QPointF(x, lane.bottom() + 2), QPointF(x, lane.bottom() + theme.px(5)))
        painter.setPen(QColor(t.muted))
        text = tick_text(number * step)
        width = metrics.horizontalAdvance(text)
        left = min(max(x - width / 2, lane.left()), scale.width - width - 1)
        box = QRectF(left, lane.bottom() + theme.px(5), width + 1, theme.px(15))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
        number += 1


def tick_text(seconds: float) -> str:
    """Return a whole second as people read it.

    >>> tick_text(65), tick_text(3600)
    ('1:05', '1:00:00')
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
