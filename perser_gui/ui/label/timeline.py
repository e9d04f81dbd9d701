"""The timeline of a recording: each utterance in the colour of your label, beside everyone's."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from perser_gui.bidi import isolated
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.clip_texts import clip_facts
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import HIDDEN, clock_text, counted
from perser_gui.ui.label.lane_marks import LaneUtterance
from perser_gui.ui.label.timeline_lanes import (
    Scale,
    draw_lanes,
    draw_times,
    utterances_of,
)
from perser_gui.ui.look import theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.digits import digit_of

SHORTEST_VIEW = 5.0
"""Seconds that fill the width at the deepest zoom."""


class Timeline(QWidget):
    """Shows where the utterances of the recording at hand lie; a click goes to one.

    With the focus on it, Left and Right (Home, End) go from utterance to utterance, + and -
    zoom; the wheel zooms too and, with Shift, pans.
    """

    wanted = Signal(str)
    """The user chose this utterance."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.utterances: list[LaneUtterance] = []
        self._places: dict[str, int] = {}
        self._recording = ""
        self._seconds = 1.0
        self._view = (0.0, 1.0)
        self._hovered: LaneUtterance | None = None
        self._head: float | None = None
        self._at_hand: str | None = None
        self._picture: QPixmap | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        follow(self, lambda: self.touch([one.content for one in self.utterances]))
        self.hide()

    # -- what is shown -------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Show what changed of the recording at hand."""
        if changes.emotions or changes.clips or changes.predictions.all:
            self.refresh()
        elif changes.current:
            self.show_current()
        if changes.ratings or changes.predictions:
            self.touch([*changes.ratings.clips, *changes.predictions.clips])

    def refresh(self) -> None:
        """Show the recording of the clip at hand; hide where there is none."""
        clips = self._session.current_utterances
        self._hovered, self._picture = None, None
        if not clips or clips[0].span is None:
            self.utterances, self._places, self._recording = [], {}, ""
            self.hide()
            return
        if clips[0].recording != self._recording:
            self._recording = clips[0].recording
            self._seconds = max(clips[0].span.of, clips[-1].span.end if clips[-1].span else 0.0)
            self._view = (0.0, self._seconds)
        self.utterances = utterances_of(self._session, clips)
        self._places = {one.content: i for i, one in enumerate(self.utterances)}
        self.setAccessibleName(f"Timeline of {isolated(clips[0].path.name)}")
        self._take_current()
        self.show()

    def show_current(self) -> None:
        """Mark another clip of the same recording, or show that of another."""
        clip = self._session.current_clip
        if clip is None or clip.recording != self._recording:
            self.refresh()
        else:
            self._take_current()

    def touch(self, contents: list[str]) -> None:
        """Draw some utterances anew after labels or predictions."""
        places = [self._places[content] for content in contents if content in self._places]
        if not places:
            return
        clips = [self._session.clip(self.utterances[place].content) for place in places]
        renewed = utterances_of(self._session, [clip for clip in clips if clip is not None])
        for one in renewed:
            self.utterances[self._places[one.content]] = one
        self._hovered, self._picture = None, None
        self._take_current()

    def _take_current(self) -> None:
        if self._session.current != self._at_hand:
            self._at_hand, self._head = self._session.current, None
            self._show_current()
        self.setAccessibleDescription(self.caption())
        self.update()

    @Slot(float)
    def show_playhead(self, seconds: float) -> None:
        """Move the playhead: seconds in the clip at hand."""
        clip = self._session.current_clip
        start = clip.span.start if clip is not None and clip.span is not None else 0.0
        self._head = start + seconds
        if self.isVisible():
            self.update()

    def content_at(self, x: float) -> str | None:
        """Return the clip of the utterance nearest to a pixel, if there is one."""
        one = self._nearest(x)
        return one.content if one is not None else None

    def place_of(self, content: str | None) -> float:
        """Return at which pixel the utterance of a clip stands; the middle if it is none here."""
        place = self._places.get(content or "")
        if place is None:
            return self.width() / 2
        one = self.utterances[place]
        return min(max(self.scale.x_of((one.start + one.end) / 2), 0.0), float(self.width()))

    def caption(self) -> str:
        """Return what is written above: the utterance under the pointer, or the one at hand."""
        shown = self._hovered or self._current()
        if shown is None:
            clips = self._session.current_utterances
            labelled = self._session.labelled(clips)
            return f"{counted(len(clips), 'utterance')}, {labelled:,} with your label"
        place = self._places[shown.content] + 1
        parts = [f"Utterance {place:,} of {len(self.utterances):,}"]
        if shown is self._hovered:
            parts.append(f"{clock_text(shown.start)} – {clock_text(shown.end)}")
        if shown.you is not None:
            whose = "your label" if shown.you.own else "your model"
            parts.append(f"{whose}: {shown.you.text}")
        else:
            parts.append("no label yet")
        if self._session.hides(shown.content):
            parts.append(f"prediction: {HIDDEN}")
        if shown.generic is not None:
            parts.append(f"everyone's model: {shown.generic.text}")
        return "  ·  ".join(parts)

    def _current(self) -> LaneUtterance | None:
        place = self._places.get(self._session.current or "")
        return None if place is None else self.utterances[place]

    def _show_current(self) -> None:
        """Pan so that the utterance at hand is in view."""
        one = self._current()
        start, end = self._view
        if one is not None and not (start <= one.start and one.end <= end):
            self._look_at((one.start + one.end) / 2, end - start)

    # -- zoom ----------------------------------------------------------------------------

    @property
    def view(self) -> tuple[float, float]:
        """The stretch in view, in seconds."""
        return self._view

    def zoom(self, factor: float, centre: float | None = None) -> None:
        """Zoom by a factor around a time (s), by default the utterance at hand."""
        start, end = self._view
        one = self._current()
        if centre is None:
            centre = (one.start + one.end) / 2 if one is not None else (start + end) / 2
        span = min(max((end - start) * factor, min(SHORTEST_VIEW, self._seconds)), self._seconds)
        share = (centre - start) / (end - start)
        self._look_at(centre + (0.5 - share) * span, span)

    def _look_at(self, middle: float, span: float) -> None:
        start = min(max(middle - span / 2, 0.0), self._seconds - span)
        self._view = (start, start + span)
        self._picture = None
        self.update()

    # -- geometry ------------------------------------------------------------------------

    def sizeHint(self) -> QSize:  # noqa: N802
        """A line of text, two lanes and the times."""
        return QSize(theme.px(400), theme.px(20 + 2 * 16 + 5 + 21))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its lanes."""
        return QSize(theme.px(200), self.sizeHint().height())

    @property
    def scale(self) -> Scale:
        """Where times stand at present."""
        return Scale(self.width(), *self._view)

    def _nearest(self, x: float) -> LaneUtterance | None:
        """Return the utterance at a place, or the next one beside it."""
        scale = self.scale
        when = scale.time_at(x)
        if x < scale.lanes[0].left() or not self.utterances:
            return None
        return min(self.utterances, key=lambda one: max(one.start - when, when - one.end, 0.0))

    # -- painting ------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the lanes from a picture of them, then what moves: the one at hand, the playhead."""
        ratio = self.devicePixelRatioF()
        if self._picture is None or self._picture.size() != self.size() * ratio:
            self._picture = QPixmap(self.size() * ratio)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._picture)
            painter.setLayoutDirection(FIGURES)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            order = [one.colour for one in self._session.emotions.emotions]
            draw_lanes(painter, self.scale, self.utterances, order)
            draw_times(painter, self.scale)
            painter.end()
        t = theme.tokens()
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawPixmap(0, 0, self._picture)
        you, generic = self.scale.lanes
        painter.setFont(theme.font("caption"))
        painter.setPen(QColor(t.muted))
        line = QRectF(0, 0, self.width(), theme.px(18))
        text = QFontMetricsF(painter.font()).elidedText(
            self.caption(), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setClipRect(QRectF(you.left() - 3, 0, you.width() + 5, self.height()))
        for one, colour in ((self._hovered, t.border_strong), (self._current(), t.text)):
            if one is not None:
                self._draw_frame(painter, one, QColor(colour))
        if self._head is not None and self._current() is not None:
            x = self.scale.x_of(self._head)
            painter.setPen(QPen(QColor(t.accent_ink), 1.4))
            painter.drawLine(QPointF(x, you.top() - 2), QPointF(x, generic.bottom() + 2))
        if self.hasFocus():
            painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.focus), 1.5))
            room = theme.px(4)
            ring = you.united(generic).adjusted(-room, -room, room, room)
            painter.drawRoundedRect(ring, theme.px(6), theme.px(6))
        painter.end()

    def _draw_frame(self, painter: QPainter, one: LaneUtterance, colour: QColor) -> None:
        you, generic = self.scale.lanes
        left, right = self.scale.x_of(one.start), self.scale.x_of(one.end)
        if right - left < theme.px(6):
            self._draw_pin(painter, (left + right) / 2, colour)
            return
        edge = you.left() - 2
        frame = QRectF(
            QPointF(max(left - 1.5, edge), you.top() - 2.5),
            QPointF(max(right + 1.5, edge + theme.px(7)), generic.bottom() + 2.5),
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, 1.8))
        painter.drawRoundedRect(frame, 3, 3)

    def _draw_pin(self, painter: QPainter, x: float, colour: QColor) -> None:
        """Mark an utterance that is too narrow for a frame: a pin that hides no neighbour."""
        you, generic = self.scale.lanes
        x = min(max(x, you.left() + 2), you.right() - 2)
        ground = QColor(theme.tokens().surface)
        for width, ink in ((3.6, ground), (1.6, colour)):
            painter.setPen(QPen(ink, width))
            painter.drawLine(QPointF(x, you.top() - 1), QPointF(x, generic.bottom() + 2))
        half, top = theme.px(4), you.top() - theme.px(1)
        painter.setPen(QPen(ground, 1.2))
        painter.setBrush(colour)
        painter.drawPolygon(
            [
                QPointF(x - half, top - theme.px(5)),
                QPointF(x + half, top - theme.px(5)),
                QPointF(x, top + theme.px(2)),
            ]
        )

    # -- pointer and keys ----------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Go to the utterance under the pointer."""
        one = self._nearest(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and one is not None:
            self.wanted.emit(one.content)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say what is under the pointer."""
        self._hover(self._nearest(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Say again what is at hand."""
        super().leaveEvent(event)
        self._hover(None)

    def _hover(self, one: LaneUtterance | None) -> None:
        if one is not self._hovered:
            self._hovered = one
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom around the pointer; with Shift or a sideways wheel, pan."""
        across, along = event.angleDelta().x(), event.angleDelta().y()
        start, end = self._view
        if across or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._look_at((start + end) / 2 - (end - start) * (across or along) / 1200, end - start)
        else:
            self.zoom(0.85 ** (along / 120), self.scale.time_at(event.position().x()))
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Keep the keys that move here, and tell all about an utterance in a tooltip."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            moves = self._step_of(event) is not None or self._factor_of(event) is not None
            if moves:
                event.accept()
                return True
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            one = self._nearest(event.pos().x())
            if one is not None and self._session.row(one.content) is not None:
                facts = clip_facts(self._session, one.content)
                if one.differs:
                    facts.append("another emotion than everyone's model")
                text = "\n".join(facts)
                QToolTip.showText(event.globalPos(), text, self)
            return True
        if event.type() == QEvent.Type.PaletteChange:
            self._picture = None
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move from utterance to utterance, or zoom; leave other keys to the window."""
        step, factor = self._step_of(event), self._factor_of(event)
        if factor is not None:
            self.zoom(factor)
        elif step is not None and self.utterances:
            one = self._current()
            place = self._places[one.content] if one is not None else -1
            place = min(max(place + step, 0), len(self.utterances) - 1)
            self.wanted.emit(self.utterances[place].content)
        else:
            event.ignore()

    def _step_of(self, event: QKeyEvent) -> int | None:
        last = len(self.utterances)
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Home: -last}
        steps[Qt.Key.Key_End] = last
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        return steps.get(Qt.Key(event.key())) if plain else None

    @staticmethod
    def _factor_of(event: QKeyEvent) -> float | None:
        if digit_of(event) is not None:  # a digit's key labels, whatever sign it types
            return None
        return {"+": 0.5, "=": 0.5, "-": 2.0}.get(event.text())
