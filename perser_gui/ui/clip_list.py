"""The list of clips: a model over the session and the painter of its rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFocusEvent, QFont, QFontMetricsF, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from perser_gui.emotions import COLOURS, class_of
from perser_gui.records import Rating
from perser_gui.ui import icons, theme
from perser_gui.ui.session import Session

Index = QModelIndex | QPersistentModelIndex

CONTENT = Qt.ItemDataRole.UserRole + 1


def duration_text(seconds: float) -> str:
    """Return a duration as people read it.

    >>> duration_text(3.21), duration_text(75.0)
    ('3.2 s', '1:15')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def rating_text(rating: Rating | None) -> str:
    """Return a rating in words, empty for none."""
    if rating is None:
        return ""
    return {"cant-tell": "can't tell", "skip": "skipped"}.get(
        rating.answer, " + ".join(rating.emotions)
    )


def colour_of(session: Session, word: str) -> str:
    """Return the colour of a word, also of one that left the listener's set."""
    emotion = session.emotions.find(word)
    if emotion is not None:
        return emotion.colour
    return COLOURS.get(class_of(word) or "", theme.tokens().muted)


class ClipListModel(QAbstractListModel):
    """The visible clips of a session; reads, never changes it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: list[str] = []

    def refresh(self) -> None:
        """Show another selection of clips."""
        self.beginResetModel()
        self._shown = list(self._session.visible)
        self.endResetModel()

    def touch(self, contents: Iterable[str]) -> None:
        """Redraw some clips; without any, all of them."""
        wanted = list(contents)
        if not self._shown:
            return
        if not wanted:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
            return
        for content in wanted:
            place = self._session.place(content)
            if 0 <= place < len(self._shown):
                self.dataChanged.emit(self.index(place), self.index(place))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many clips are visible."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return name, tooltip or spoken text of a row."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        content = self._shown[index.row()]
        if role == CONTENT:
            return content
        row = self._session.row(content)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.clip.path.name
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join(self._facts(content))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(self._facts(content))
        return None

    def _facts(self, content: str) -> list[str]:
        row = self._session.row(content)
        assert row is not None
        clip = row.clip
        facts = [clip.path.name, duration_text(clip.seconds)]
        if clip.speaker:
            facts.append(f"speaker {clip.speaker}")
        if clip.synthetic:
            facts.append("synthetic speech")
        if row.missing:
            facts.append("file missing")
        label = rating_text(self._session.rating(content))
        facts.append(f"your label: {label}" if label else "no label yet")
        prediction = self._session.best_prediction(content)
        if prediction is not None:
            whose = "your model" if content in self._session.yours else "everyone's model"
            best = float(prediction.probabilities.max())
            facts.append(f"{whose}: {prediction.abstain or prediction.emotion} ({best:.0%})")
        elif content in self._session.unpredictable:
            facts.append(self._session.unpredictable[content])
        return facts


class ClipDelegate(QStyledItemDelegate):
    """Draws a clip in two lines: name and duration; your label and the prediction."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802
        """Two lines of text and air."""
        return QSize(theme.px(160), theme.px(54))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        row = self._session.row(index.data(CONTENT))
        if row is None:
            return
        t = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(option.rect).adjusted(theme.px(6), 1, -theme.px(6), -1)
        content = row.clip.content
        at_hand = content == self._session.current
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        ground = t.accent_soft if at_hand else t.raised if over else t.surface
        if at_hand or over:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(ground))
            painter.drawRoundedRect(box, theme.px(7), theme.px(7))
        if at_hand:
            painter.setBrush(QColor(t.accent))
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
        self._paint_name(painter, top, row.clip.path.name, row.clip.seconds, row.missing)
        self._paint_labels(painter, bottom, content, row.missing, ground)
        painter.restore()

    def _paint_name(
        self, painter: QPainter, box: QRectF, name: str, seconds: float, missing: bool
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
        text = QFontMetricsF(font).elidedText(
            name, Qt.TextElideMode.ElideMiddle, box.width() - width
        )
        painter.setFont(font)
        painter.setPen(QColor(t.muted if missing else t.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)

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
            colour = colour_of(session, rating.emotions[0]) if rating.emotions else t.everyone
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
        prediction = session.best_prediction(content)
        if prediction is None or missing:
            return
        word = prediction.abstain or prediction.emotion
        colour = colour_of(session, prediction.emotion)
        self._guess(
            painter, QRectF(left, box.top(), box.right() - left, box.height()), word, colour
        )

    def _chip(
        self, painter: QPainter, left: float, box: QRectF, text: str, colour: str, ground: str
    ) -> float:
        """Draw a filled chip and return its width."""
        font = theme.font("caption", QFont.Weight.DemiBold)
        metrics = QFontMetricsF(font)
        room = box.width() * 0.62
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
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, shown)
        return width

    def _guess(self, painter: QPainter, box: QRectF, word: str, colour: str) -> None:
        """Draw the model's word at the right, quieter than the listener's own."""
        font = theme.font("caption")
        metrics = QFontMetricsF(font)
        dot = theme.px(7)
        text = metrics.elidedText(
            word, Qt.TextElideMode.ElideRight, max(box.width() - dot - theme.px(6), 0)
        )
        width = metrics.horizontalAdvance(text)
        x = box.right() - width
        painter.setFont(font)
        painter.setPen(QColor(theme.tokens().muted))
        painter.drawText(
            QRectF(x, box.top(), width + 2, box.height()), Qt.AlignmentFlag.AlignVCenter, text
        )
        painter.setPen(QPen(QColor(colour), 1.6))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(x - dot - theme.px(4), box.center().y() - dot / 2, dot, dot))


class ClipListView(QListView):
    """The list; letters, digits and Enter are left to the window's commands."""

    wanted = Signal(str)
    """The user clicked or moved to this clip."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setItemDelegate(ClipDelegate(session))
        self.setAccessibleName("Clips")
        self._painter_of_rows = self.itemDelegate()

    def show_current(self, place: int) -> None:
        """Move the mark to a row without asking for it again."""
        index = self.model().index(place, 0)
        blocked = self.blockSignals(True)
        self.setCurrentIndex(index)
        self.blockSignals(blocked)
        if index.isValid():
            self.scrollTo(index, QAbstractItemView.ScrollHint.EnsureVisible)
        self.viewport().update()

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:  # noqa: N802
        """Ask for the clip that mouse or arrows chose."""
        super().currentChanged(current, previous)
        content = current.data(CONTENT)
        if content is not None and not self.signalsBlocked():
            self.wanted.emit(content)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the focus without choosing the first clip."""
        blocked = self.blockSignals(True)
        super().focusInEvent(event)
        self.blockSignals(blocked)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keep the keys that move; leave the others to the window."""
        moving = {
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
        }
        if event.key() in moving:
            super().keyPressEvent(event)
        else:
            event.ignore()
