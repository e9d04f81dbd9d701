"""The large button of one emotion word: colour, key and count."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QEnterEvent,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from perser_gui.emotions import Emotion
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.tips import tip

STACKED = 48
"""From this height on (px), a word can stand below its key."""

Choice = Literal["", "first", "second"]


def choice_of(word: str, label: Sequence[str]) -> Choice:
    """Return whether a word is the first one of a label, another one, or none of it.

    >>> choice_of("calm", ("sad", "calm"))
    'second'
    """
    if word not in label:
        return ""
    return "first" if label[0] == word else "second"


class EmotionButton(QAbstractButton):
    """Chooses one word for the clip at hand; with Shift or Ctrl, adds it to others."""

    chosen = Signal(str, bool)

    def __init__(self, emotion: Emotion, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.emotion = emotion
        self.key = key
        self.count: int | None = 0
        self.choice: Choice = ""
        self._second = False
        self._narrow = False
        self._meant = True
        self._room = 10_000.0
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._clicked)
        self.show_key(key)

    def nextCheckState(self) -> None:  # noqa: N802
        """Stay as it is when pressed: whether it is chosen is shown from the rating."""

    def show_key(self, key: str) -> None:
        """Show what to press or type for this word."""
        self.key = key
        hint = f" Type {key}:" if " " in key else f" Key {key}:" if key else ""
        said = f"You would label this “{self.emotion.word}”.{hint}"
        self.setToolTip(tip(f"{said} with Shift or Ctrl, add it as another emotion."))
        self._describe()
        self.update()

    def show_meant(self, meant: bool) -> None:
        """Show whether this word is still among those that are being typed."""
        if meant != self._meant:
            self._meant = meant
            self.update()

    def show_state(self, choice: Choice, count: int | None) -> None:
        """Show whether this word is your first or second label, and how many clips carry it.

        Without a count (None) none is shown.
        """
        if (choice, count) != (self.choice, self.count):
            self.choice, self.count = choice, count
            self.setChecked(bool(choice))
            self._describe()
            self.update()

    def show_narrow(self, narrow: bool, room: float = 0.0) -> None:
        """Put the word below key and count, when there is too little `room` (px) beside them."""
        self._room = room or self._room
        if narrow != self._narrow:
            self._narrow = narrow
            self.updateGeometry()
            self.update()

    def _describe(self) -> None:
        state = {"": "", "first": ", your label", "second": ", also your label"}[self.choice]
        self.setAccessibleName(f"{self.emotion.word}{state}")
        carried = "" if self.count is None else f", {self.count} clips"
        self.setAccessibleDescription(f"key {self.key}{carried}")

    def sizeHint(self) -> QSize:  # noqa: N802
        """Large enough to hit without aiming."""
        return QSize(theme.px(132), theme.px(58))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Enough for a short word, its key and its count."""
        return QSize(theme.px(90), theme.px(STACKED if self._crowded else 36))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Remember whether Shift or Ctrl was held."""
        more = Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier
        self._second = bool(event.modifiers() & more)
        super().mousePressEvent(event)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Light up under the pointer."""
        self.update()
        super().enterEvent(event)

    def _clicked(self) -> None:
        second, self._second = self._second, False
        self.chosen.emit(self.emotion.word, second)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the button."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self._meant else 0.35)
        t = theme.tokens()
        colour = QColor(self.emotion.colour)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        radius = theme.px(9)
        chosen = bool(self.choice)
        over = self.underMouse() and self.isEnabled()
        if chosen and self.isEnabled():
            fill = colour
            words = theme.readable_on(fill)
            quiet = theme.mix(words, fill, 0.12)
        else:
            share = 0.80 if over else 0.88
            fill = theme.mix(colour, t.surface, share if t.dark else share + 0.02)
            if self.isDown():
                fill = theme.mix(colour, t.surface, 0.65)
            words = QColor(t.text if self.isEnabled() else t.faint)
            quiet = QColor(t.muted if self.isEnabled() else t.faint)
        painter.setBrush(fill)
        edge = colour if chosen else theme.mix(colour, t.surface, 0.45 if self.isEnabled() else 0.8)
        painter.setPen(QPen(edge, 1.2))
        painter.drawRoundedRect(box, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.surface), 1.5))
            inner = box.adjusted(3, 3, -3, -3)
            painter.drawRoundedRect(inner, radius - 3, radius - 3)
            painter.setPen(QPen(QColor(t.focus if not chosen else words), 2))
            painter.drawRoundedRect(inner, radius - 3, radius - 3)
        self._paint_key(painter, box, words, quiet, fill)
        self._paint_words(painter, box, words, quiet)
        painter.end()

    @property
    def _crowded(self) -> bool:
        """Whether key and word have no room beside each other."""
        word = QFontMetricsF(theme.font("body", QFont.Weight.DemiBold))
        needed = self._cap_width() + word.horizontalAdvance(self.emotion.word) + theme.px(30)
        return self._narrow and needed > self._room

    @property
    def _stacked(self) -> bool:
        """Whether the word stands below its key, not beside it."""
        return self._narrow and self.height() >= theme.px(STACKED)

    def _paint_key(
        self, painter: QPainter, box: QRectF, words: QColor, quiet: QColor, fill: QColor
    ) -> None:
        if not self.key:
            return
        side = theme.px(18 if self._stacked else 20)
        y = box.top() + theme.px(7) if self._stacked else box.center().y() - side / 2
        cap = QRectF(box.left() + theme.px(9), y, self._cap_width(), side)
        painter.setBrush(theme.mix(fill, words, 0.10))
        painter.setPen(QPen(theme.mix(fill, words, 0.30), 1))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setFont(theme.font("caption", QFont.Weight.DemiBold))
        painter.setPen(words if self.choice else quiet)
        painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, self.key)

    def _cap_width(self) -> float:
        """How wide the picture of the key is."""
        metrics = QFontMetricsF(theme.font("caption", QFont.Weight.DemiBold))
        return max(theme.px(20), metrics.horizontalAdvance(self.key) + theme.px(9))

    def _paint_words(self, painter: QPainter, box: QRectF, words: QColor, quiet: QColor) -> None:
        beside = self._cap_width() + theme.px(10) if self.key and not self._stacked else 0
        left = box.left() + theme.px(10) + beside
        count = "" if self.count is None else f"{self.count}"
        if self._narrow and not self._stacked:
            count = ""  # there is room for the word alone
        tail = " · ".join(part for part in ("+" * (self.choice == "second"), count) if part)
        caption = theme.font("caption")
        width = QFontMetricsF(caption).horizontalAdvance(tail) + theme.px(10)
        painter.setFont(caption)
        painter.setPen(quiet)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        upper = QRectF(box.left(), box.top() + theme.px(7), box.width(), theme.px(18))
        where = upper if self._stacked else box
        painter.drawText(where.adjusted(0, 0, -theme.px(10), 0), flags, tail)
        font = theme.font("body", QFont.Weight.DemiBold)
        room = box.right() - width - theme.px(4) - left
        if self._stacked:
            room = box.width() - theme.px(18)
            box = box.adjusted(0, theme.px(25), 0, -theme.px(4))
        text = QFontMetricsF(font).elidedText(
            self.emotion.word, Qt.TextElideMode.ElideRight, max(room, 10)
        )
        painter.setFont(font)
        painter.setPen(words)
        painter.drawText(
            QRectF(left, box.top(), room, box.height()), Qt.AlignmentFlag.AlignVCenter, text
        )
