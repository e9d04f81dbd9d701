"""How much of each emotion is heard, as one bar whose borders can be moved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from perser_gui.bidi import isolated
from perser_gui.ui.look import theme
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.tips import tip

STEP = 0.05
"""By how much a key moves a border; shares are whole steps."""

_OWN = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


def moved(shares: Sequence[float], border: int, place: float) -> tuple[float, ...]:
    """Return shares after the border behind the `border`-th was put at a place in 0..1.

    >>> moved((0.5, 0.5), 0, 0.72), moved((0.2, 0.3, 0.5), 1, 0.1)
    ((0.7, 0.3), (0.2, 0.05, 0.75))
    """
    borders = [sum(shares[: i + 1]) for i in range(len(shares) - 1)]
    low = borders[border - 1] if border else 0.0
    high = borders[border + 1] if border + 1 < len(borders) else 1.0
    wanted = round(place / STEP) * STEP
    borders[border] = min(max(wanted, low + STEP), high - STEP)
    edges = [0.0, *borders, 1.0]
    return tuple(round(b - a, 6) for a, b in pairwise(edges))


def with_share(word: str, share: float, metrics: QFontMetricsF, room: float) -> str:
    """Return a word with its share in so much room (px): the word is cut before the figure is."""
    figure = f"{100 * share:.0f} %"
    whole = f"{isolated(word)} {figure}"
    if metrics.horizontalAdvance(whole) <= room:
        return whole
    left = room - metrics.horizontalAdvance(f" {figure}")
    if left >= metrics.horizontalAdvance("m…"):
        shown = metrics.elidedText(word, Qt.TextElideMode.ElideRight, left)
        return f"{isolated(shown)} {figure}"
    short = (figure, figure.removesuffix(" %"))
    return next((text for text in short if metrics.horizontalAdvance(text) <= room), "")


class ShareBar(QWidget):
    """Two or more words side by side; dragging a border, or Left and Right, changes shares."""

    shares_chosen = Signal(tuple)

    def __init__(self) -> None:
        super().__init__()
        self.words: tuple[tuple[str, str], ...] = ()
        self.shares: tuple[float, ...] = ()
        self._border = 0
        self._dragged: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("How much of each emotion you hear")

    def show_words(self, words: Sequence[tuple[str, str]], shares: Sequence[float]) -> None:
        """Show words with their colours; without shares, all alike."""
        self.words = tuple(words)
        count = max(len(words), 1)
        self.shares = tuple(shares) or (1.0 / count,) * count
        self._border = min(self._border, max(len(words) - 2, 0))
        pairs = zip(self.words, self.shares, strict=True)
        said = ", ".join(f"{isolated(word)} {100 * share:.0f} %" for (word, _), share in pairs)
        self.setAccessibleDescription(said)
        self.setToolTip(
            tip(
                f"{said}. How much of each you hear: drag a border, or Left and Right; Up and "
                "Down go to another border"
            )
        )
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """One line of text."""
        return QSize(theme.px(240), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Room for two short words."""
        return QSize(theme.px(132), theme.px(26))

    def _nearest(self, x: float) -> int:
        place = x / max(self.width(), 1)
        borders = [sum(self.shares[: i + 1]) for i in range(len(self.shares) - 1)]
        return min(range(len(borders)), key=lambda i: abs(borders[i] - place))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the nearest border."""
        if event.button() == Qt.MouseButton.LeftButton and len(self.words) > 1:
            self._dragged = self._border = self._nearest(event.position().x())
            self._drag_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move the border that is held."""
        self.setCursor(Qt.CursorShape.SplitHCursor)
        if self._dragged is not None:
            self._drag_to(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Say what the shares are now."""
        if self._dragged is not None:
            self._dragged = None
            self.shares_chosen.emit(self.shares)

    def _drag_to(self, x: float) -> None:
        assert self._dragged is not None
        place = x / max(self.width(), 1)
        self.show_words(self.words, moved(self.shares, self._dragged, place))

    def event(self, event: QEvent) -> bool:
        """Keep the keys that move borders from the window's commands."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _OWN
            and not event.modifiers()
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move a border by Left and Right, go to another one by Up and Down."""
        steps = {Qt.Key.Key_Left: -STEP, Qt.Key.Key_Right: STEP}
        key, plain = Qt.Key(event.key()), not event.modifiers()
        if plain and key in steps and len(self.words) > 1:
            place = sum(self.shares[: self._border + 1]) + steps[key]
            shares = moved(self.shares, self._border, place)
            if shares != self.shares:
                self.show_words(self.words, shares)
                self.shares_chosen.emit(shares)
        elif plain and key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and len(self.words) > 1:
            step = 1 if key == Qt.Key.Key_Down else -1
            self._border = (self._border + step) % (len(self.words) - 1)
            self.update()
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw each word on its colour, as wide as its share."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1, 2, -1, -2)
        clip = QPainterPath()
        clip.addRoundedRect(box, theme.px(6), theme.px(6))
        painter.setClipPath(clip)
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        left = box.left()
        for place, ((word, colour), share) in enumerate(zip(self.words, self.shares, strict=True)):
            part = QRectF(left, box.top(), box.width() * share, box.height())
            fill = theme.mix(colour, t.surface, 0.25)
            painter.fillRect(part, fill)
            painter.setPen(theme.readable_on(fill))
            shown = with_share(word, share, metrics, part.width() - theme.px(8))
            painter.drawText(part, Qt.AlignmentFlag.AlignCenter, shown)
            left += part.width()
            if place < len(self.words) - 1:
                held = self.hasFocus() and place == self._border
                painter.setPen(QPen(QColor(t.focus if held else t.surface), 3 if held else 2))
                painter.drawLine(part.topRight(), part.bottomRight())
        painter.setClipping(False)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.focus), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.end()
