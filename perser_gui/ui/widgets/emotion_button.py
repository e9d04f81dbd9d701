"""The large button of one emotion word: colour, key and count."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QAction,
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

from perser_gui.bidi import in_order, isolated
from perser_gui.emotions import Emotion
from perser_gui.ui.look import theme
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.tips import tip

STACKED = 52
"""From this height on (px), a word can stand below its key."""

SIDES = 20
"""What stays free beside key and word, left and right together (px)."""

EDGE = 1.5
"""How far inside its place the edge of a button is drawn (px)."""

Choice = Literal["", "first", "second"]


def choice_of(word: str, label: Sequence[str]) -> Choice:
    """Return whether a word is the first one of a label, another one, or none of it.

    >>> choice_of("calm", ("sad", "calm"))
    'second'
    """
    if word not in label:
        return ""
    return "first" if label[0] == word else "second"


def inks(
    colour: QColor, *, chosen: bool = False, over: bool = False, down: bool = False, able: bool
) -> tuple[QColor, QColor, QColor, QColor]:
    """Return the ground of a word's button, its word, its count, and the ground of its key."""
    t = theme.tokens()
    if chosen:
        words = theme.readable_on(colour)
        away = QColor(Qt.GlobalColor.black if words.lightness() > 127 else Qt.GlobalColor.white)
        return colour, words, words, theme.mix(colour, away, 0.18)
    share = 0.65 if down else (0.80 if over else 0.88) + (0.0 if t.dark else 0.02)
    fill = theme.mix(colour, t.surface, share)
    if not able:
        return fill, QColor(t.faint), QColor(t.faint), fill
    return fill, QColor(t.text), theme.ink(t.muted, fill), theme.mix(fill, t.text, 0.10)


class EmotionButton(QAbstractButton):
    """Chooses one word for the clip at hand; with Shift or Ctrl, or by its menu, adds it."""

    chosen = Signal(str, bool)

    def __init__(self, emotion: Emotion, key: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.emotion = emotion
        self.key = key
        self.count: int | None = 0
        self.choice: Choice = ""
        self._second = False
        self._narrow, self._least = False, 0
        self._stacked = False
        """Whether the word stands below its key, not beside it."""
        self._meant = True
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.clicked.connect(self._clicked)
        for text, second in (("Label with this alone", False), ("Add as another emotion", True)):
            self.offer(text, partial(self.chosen.emit, emotion.word, second))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.show_key(key)

    def offer(self, text: str, act: Callable[[], object]) -> None:
        """Add an entry to its menu."""
        entry = QAction(in_order(text), self)
        entry.triggered.connect(lambda: act())
        self.addAction(entry)

    def nextCheckState(self) -> None:  # noqa: N802
        """Stay as it is when pressed: whether it is chosen is shown from the rating."""

    def show_key(self, key: str) -> None:
        """Show what to press or type for this word."""
        self.key = key
        hint = f" Type {key}:" if " " in key else f" Key {key}:" if key else ""
        said = f"You would label this “{isolated(self.emotion.word)}”.{hint}"
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

    def show_narrow(self, narrow: bool, *, stacked: bool = False, crowded: bool = False) -> None:
        """Fit into a narrow place: the word stands below its key where it is `stacked`.

        Where key and word are too `crowded` beside each other, it is high enough for that.
        """
        least = theme.px(STACKED if crowded else 36)
        if (narrow, stacked, least) != (self._narrow, self._stacked, self._least):
            self._narrow, self._stacked, self._least = narrow, stacked, least
            self.updateGeometry()
            self.update()

    def _describe(self) -> None:
        state = {"": "", "first": ", your label", "second": ", also your label"}[self.choice]
        self.setAccessibleName(f"{isolated(self.emotion.word)}{state}")
        carried = (
            "" if self.count is None else f", {self.count} clip{'s' if self.count != 1 else ''}"
        )
        self.setAccessibleDescription(f"key {self.key}{carried}")

    def sizeHint(self) -> QSize:  # noqa: N802
        """Large enough to hit without aiming."""
        return QSize(theme.px(132), theme.px(58))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Enough for a short word, its key and its count."""
        return QSize(theme.px(90), self._least or theme.px(36))

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
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if self._meant else 0.35)
        t = theme.tokens()
        colour = QColor(self.emotion.colour)
        box = QRectF(self.rect()).adjusted(EDGE, EDGE, -EDGE, -EDGE)
        radius = theme.px(9)
        chosen, able = bool(self.choice), self.isEnabled()
        over = self.underMouse() and able
        fill, words, quiet, cap = inks(
            colour, chosen=chosen and able, over=over, down=self.isDown(), able=able
        )
        painter.setBrush(fill)
        edge = colour if chosen else theme.mix(colour, t.surface, 0.45 if able else 0.8)
        painter.setPen(QPen(edge, 1.2))
        painter.drawRoundedRect(box, radius, radius)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.surface), 1.5))
            inner = box.adjusted(3, 3, -3, -3)
            painter.drawRoundedRect(inner, radius - 3, radius - 3)
            painter.setPen(QPen(QColor(t.focus if not chosen else words), 2))
            painter.drawRoundedRect(inner, radius - 3, radius - 3)
        self._paint_key(painter, box, words, quiet, cap)
        self._paint_words(painter, box, words, quiet)
        painter.end()

    def crowds(self, room: float, *, in_lines: bool = False) -> bool:
        """Whether key and word need more than `room` (px) beside each other.

        In lines, the longest part of the word stands between the key and a count.
        """
        metrics = QFontMetricsF(theme.font("body", QFont.Weight.DemiBold))
        parts = self.emotion.word.split() if in_lines else [self.emotion.word]
        key = self._cap_width() + theme.px(10) if self.key else 0
        needed = key + max(map(metrics.horizontalAdvance, parts)) + theme.px(SIDES)
        return needed + 2 * EDGE + (theme.px(20) if in_lines else 0) > room

    def _paint_key(
        self, painter: QPainter, box: QRectF, words: QColor, quiet: QColor, ground: QColor
    ) -> None:
        if not self.key:
            return
        side = theme.px(18 if self._stacked else 20)
        y = box.top() + theme.px(7) if self._stacked else box.center().y() - side / 2
        cap = QRectF(box.left() + theme.px(9), y, self._cap_width(), side)
        painter.setBrush(ground)
        painter.setPen(QPen(theme.mix(ground, words, 0.25), 1))
        painter.drawRoundedRect(cap, 4, 4)
        painter.setFont(theme.font("caption", QFont.Weight.DemiBold))
        painter.setPen(theme.ink(quiet, ground) if self.isEnabled() else quiet)
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
        width = QFontMetricsF(caption).horizontalAdvance(tail) + theme.px(4) if tail else 0.0
        painter.setFont(caption)
        painter.setPen(quiet)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        upper = QRectF(box.left(), box.top() + theme.px(7), box.width(), theme.px(18))
        where = upper if self._stacked else box
        painter.drawText(where.adjusted(0, 0, -theme.px(10), 0), flags, tail)
        font = theme.font("body", QFont.Weight.DemiBold)
        room = max(box.right() - width - theme.px(SIDES / 2) - left, 10.0)
        if self._stacked:
            room = box.width() - theme.px(18)
            box = box.adjusted(0, theme.px(25), 0, -theme.px(4))
        painter.setFont(font)
        painter.setPen(words)
        place = QRectF(left, box.top(), room, box.height())
        text, more = fitted(QFontMetricsF(font), place, self.emotion.word)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | more, isolated(text))


def fitted(metrics: QFontMetricsF, place: QRectF, word: str) -> tuple[str, Qt.TextFlag]:
    """Return a word as there is room for it, and how it is broken: in lines, or shortened."""
    one = Qt.TextFlag.TextSingleLine
    if metrics.horizontalAdvance(word) <= place.width():
        return word, one
    lines = metrics.boundingRect(place, Qt.TextFlag.TextWordWrap, word)
    if lines.width() <= place.width() and lines.height() <= place.height():
        return word, Qt.TextFlag.TextWordWrap
    return metrics.elidedText(word, Qt.TextElideMode.ElideRight, place.width()), one
