"""How a row of the list of clips is drawn: a clip in two lines, or the head of a recording."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from perser_gui.bidi import isolated
from perser_gui.ui.acts.clip_texts import recording_text
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import duration_text, rating_text, shorter, span_text
from perser_gui.ui.clips.clip_list import Index
from perser_gui.ui.clips.short_names import ShortNames
from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.roles import COMING, CONTENT, RECORDING

INDENT = 14
"""How far utterances stand in from their recording."""


class ClipDelegate(QStyledItemDelegate):
    """Draws a clip in two lines: name and duration; your label and the prediction."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._names = ShortNames(session)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Two lines of text and air."""
        return QSize(theme.px(160), theme.px(54))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        recording = index.data(RECORDING)
        if recording is not None:
            self._paint_head(painter, QRectF(option.rect), recording)
            return
        coming = index.data(COMING)
        if coming is not None:
            self._paint_coming(painter, QRectF(option.rect), index.data(), coming)
            return
        row = self._session.row(index.data(CONTENT))
        if row is None:
            return
        t = theme.tokens()
        painter.save()
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(theme.px(6), 1, -theme.px(6), -1)
        if row.clip.span is not None:
            box.setLeft(box.left() + theme.px(INDENT))
        content = row.clip.content
        at_hand = content == self._session.current
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        ground = t.accent_soft if at_hand else t.raised if over or chosen else t.surface
        if at_hand or over or chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, theme.px(7), theme.px(7))
        if at_hand:
            painter.setBrush(QColor(t.accent_ink))
            bar = QRectF(box.left(), box.top() + theme.px(11), 3, box.height() - theme.px(22))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        focused = option.state & QStyle.StateFlag.State_HasFocus
        if focused and at_hand:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.focus), 1.5))
            painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), theme.px(6), theme.px(6))
        inner = box.adjusted(theme.px(10), theme.px(6), -theme.px(8), -theme.px(6))
        half = inner.height() / 2
        top = QRectF(inner.left(), inner.top(), inner.width(), half)
        bottom = QRectF(inner.left(), inner.top() + half, inner.width(), half)
        span = row.clip.span
        name = row.clip.path.name if span is None else span_text(span)
        short = self._names.of(row.clip.path) if span is None else name
        self._paint_name(painter, top, name, row.clip.seconds, row.missing, short)
        self._paint_labels(painter, bottom, content, row.missing, ground)
        painter.restore()

    def _paint_head(self, painter: QPainter, rect: QRectF, recording: str) -> None:
        """Draw name and length of a recording, and how much of it is labelled."""
        clips = self._session.utterances(recording)
        if not clips or clips[0].span is None:
            return
        t = theme.tokens()
        painter.save()
        painter.setLayoutDirection(FIGURES)
        side = theme.px(15)
        box = rect.adjusted(theme.px(10), theme.px(8), -theme.px(14), -theme.px(5))
        half = box.height() / 2
        mark = icons.pixmap("waveform", t.muted, side)
        painter.drawPixmap(int(box.left()), int(box.top() + (half - side) / 2), mark)
        box.setLeft(box.left() + side + theme.px(7))
        top = QRectF(box.left(), box.top(), box.width(), half)
        self._paint_name(painter, top, clips[0].path.name, clips[0].span.of, False)
        painter.setFont(theme.font("caption"))
        painter.setPen(QColor(t.muted))
        metrics = QFontMetricsF(painter.font())
        text = recording_text(self._session, recording)
        if metrics.horizontalAdvance(text) > box.width():
            text = recording_text(self._session, recording, short=True)
        text = metrics.elidedText(text, Qt.TextElideMode.ElideRight, box.width())
        below = QRectF(box.left(), box.top() + half, box.width(), half)
        painter.drawText(below, Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(QColor(t.border))
        if rect.top() > 0:
            painter.drawLine(rect.topLeft(), rect.topRight())
        painter.restore()

    def _paint_coming(self, painter: QPainter, rect: QRectF, name: str, state: str) -> None:
        """Draw a file that is being read: its name, and how far that is."""
        t = theme.tokens()
        painter.save()
        painter.setLayoutDirection(FIGURES)
        box = rect.adjusted(theme.px(16), theme.px(7), -theme.px(14), -theme.px(7))
        half = box.height() / 2
        for part, (text, font, ink) in enumerate(
            (
                (name, theme.font("body", QFont.Weight.Medium), t.muted),
                (state, theme.font("caption"), t.accent_ink),
            )
        ):
            line = QRectF(box.left(), box.top() + part * half, box.width(), half)
            painter.setFont(font)
            painter.setPen(QColor(ink))
            elided = QFontMetricsF(font).elidedText(
                text, Qt.TextElideMode.ElideMiddle, line.width()
            )
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, isolated(elided))
        painter.restore()

    def _paint_name(
        self,
        painter: QPainter,
        box: QRectF,
        name: str,
        seconds: float,
        missing: bool,
        short: str = "",
    ) -> None:
        t = theme.tokens()
        small = theme.font("caption")
        tail = duration_text(seconds)
        width = QFontMetricsF(small).horizontalAdvance(tail) + theme.px(8)
        painter.setFont(small)
        painter.setPen(QColor(t.muted))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(box, flags, tail)
        font = theme.font("body", QFont.Weight.Medium)
        metrics = QFontMetricsF(font)
        if short and metrics.horizontalAdvance(name) > box.width() - width:
            name = short
        middle = Qt.TextElideMode.ElideMiddle
        text = metrics.elidedText(name, middle, box.width() - width)
        painter.setFont(font)
        painter.setPen(QColor(t.muted if missing else t.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, isolated(text))

    def _paint_labels(
        self, painter: QPainter, box: QRectF, content: str, missing: bool, ground: str
    ) -> None:
        t = theme.tokens()
        session = self._session
        left = box.left()
        if missing:
            side = theme.px(14)
            mark = icons.pixmap("missing", t.warning, side)
            painter.drawPixmap(int(left), int(box.center().y() - side / 2), mark)
            left += side + theme.px(5)
            painter.setFont(theme.font("caption"))
            painter.setPen(QColor(t.warning))
            painter.drawText(
                QRectF(left, box.top(), box.width(), box.height()),
                Qt.AlignmentFlag.AlignVCenter,
                "file missing",
            )
            left += QFontMetricsF(painter.font()).horizontalAdvance("file missing") + theme.px(8)
        rating = session.rating(content)
        if rating is not None:
            text = rating_text(rating)
            colour = (
                colour_of(session.emotions, rating.emotions[0]) if rating.emotions else t.generic
            )
            left += self._chip(painter, left, box, text, colour, ground) + theme.px(6)
        elif not missing:
            painter.setFont(theme.font("caption"))
            painter.setPen(QColor(t.muted))
            painter.drawText(
                QRectF(left, box.top(), box.width(), box.height()),
                Qt.AlignmentFlag.AlignVCenter,
                "no label yet",
            )
            left += QFontMetricsF(painter.font()).horizontalAdvance("no label yet") + theme.px(6)
        if missing:
            return
        rest = QRectF(left, box.top(), box.right() - left, box.height())
        if session.hides(content):
            self._hidden(painter, rest)
            return
        prediction = session.best_prediction(content)
        if prediction is None:
            return
        word = prediction.said
        colour = colour_of(session.emotions, prediction.word)
        self._guess(painter, rest, word, colour)

    def _chip(
        self, painter: QPainter, left: float, box: QRectF, text: str, colour: str, ground: str
    ) -> float:
        """Draw a filled chip and return its width."""
        font = theme.font("caption", QFont.Weight.DemiBold)
        metrics = QFontMetricsF(font)
        room = min(box.width() * 0.62, box.right() - left)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room - theme.px(14))
        width = metrics.horizontalAdvance(shown) + theme.px(14)
        height = min(box.height(), theme.px(18))
        rect = QRectF(left, box.center().y() - height / 2, width, height)
        fill = theme.mix(colour, ground, 0.75)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(fill)
        painter.drawRoundedRect(rect, height / 2, height / 2)
        painter.setFont(font)
        painter.setPen(theme.ink(colour, fill))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, isolated(shown))
        return width

    def _hidden(self, painter: QPainter, box: QRectF) -> None:
        """Draw that there is a prediction that must not be seen yet."""
        t = theme.tokens()
        side = theme.px(13)
        painter.setFont(theme.font("caption"))
        painter.setPen(QColor(t.muted))
        width = QFontMetricsF(painter.font()).horizontalAdvance("hidden")
        if width + side + theme.px(4) > box.width():
            width = 0.0
        else:
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(box, flags, "hidden")
        mark = icons.pixmap("blind", t.muted, side)
        x = box.right() - width - side - (theme.px(4) if width else 0)
        painter.drawPixmap(int(x), int(box.center().y() - side / 2), mark)

    def _guess(self, painter: QPainter, box: QRectF, word: str, colour: str) -> None:
        """Draw the model's word at the right, quieter than the listener's own."""
        font = theme.font("caption")
        metrics = QFontMetricsF(font)
        dot = theme.px(7)
        room = max(box.width() - dot - theme.px(6), 0)
        if metrics.horizontalAdvance(word) > room:
            word = shorter(word)
        text = metrics.elidedText(word, Qt.TextElideMode.ElideRight, room)
        width = metrics.horizontalAdvance(text)
        x = box.right() - width
        painter.setFont(font)
        painter.setPen(QColor(theme.tokens().muted))
        painter.drawText(
            QRectF(x, box.top(), width + 2, box.height()),
            Qt.AlignmentFlag.AlignVCenter,
            isolated(text),
        )
        painter.setPen(QPen(QColor(colour), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(x - dot - theme.px(4), box.center().y() - dot / 2, dot, dot))
