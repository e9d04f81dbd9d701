"""Pictures of numbers: probabilities, counts, and scores before and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from perser_gui.bidi import isolated
from perser_gui.emotions import EmotionSet
from perser_gui.records import LEVEL, Prediction
from perser_gui.ui.look import theme
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.tips import tip

OTHERS = "other words"
"""What the line is called of words that a prediction knows and the listener's set does not."""


def percent(value: float) -> str:
    """Return a share of 0..1 in words of a percent figure."""
    return "<1 %" if 0 < value < 0.005 else f"{100 * value:.0f} %"


def _bar(painter: QPainter, rect: QRectF, share: float, colour: QColor) -> None:
    radius = rect.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(theme.tokens().pressed))
    painter.drawRoundedRect(rect, radius, radius)
    if share > 0:
        track = QPainterPath()
        track.addRoundedRect(rect, radius, radius)
        painter.save()
        painter.setClipPath(track)
        width = max(rect.width() * min(share, 1.0), 2.0)
        painter.fillRect(QRectF(rect.x(), rect.y(), width, rect.height()), colour)
        painter.restore()


@dataclass(frozen=True)
class _Line:
    word: str
    colour: str
    yours: float | None
    generic: float | None


class ProbabilityBars(QWidget):
    """One row per emotion word: your model's probability above everyone's."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[_Line] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Probabilities of this clip")

    def show_predictions(
        self, emotions: EmotionSet, yours: Prediction | None, generic: Prediction | None
    ) -> None:
        """Show two predictions over the listener's words; either may be missing.

        What a prediction gives to words that are not among these has a line of its own, so
        that the shares make a whole.
        """
        mine, other = _by_word(yours), _by_word(generic)
        self._lines = [
            _Line(e.word, e.colour, mine.get(e.word), other.get(e.word)) for e in emotions.emotions
        ]
        words = frozenset(emotions.words)
        rest, generic_rest = _beside(mine, words), _beside(other, words)
        if max(rest or 0.0, generic_rest or 0.0) >= 0.005:
            self._lines.append(_Line(OTHERS, theme.tokens().generic, rest, generic_rest))
        self.setToolTip(tip(_together(self._lines)))
        self.setAccessibleDescription("; ".join(_spoken(x) for x in self._lines))
        self.updateGeometry()
        self.update()

    def values(self) -> list[tuple[str, float | None, float | None]]:
        """Return what is shown: word, yours, everyone's."""
        return [(x.word, x.yours, x.generic) for x in self._lines]

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows."""
        return QSize(theme.px(240), max(1, len(self._lines)) * theme.px(23))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows, and wide enough for words and figures."""
        return QSize(theme.px(200), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the rows."""
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.tokens()
        height = theme.px(23)
        words = QFontMetricsF(theme.font("body"))
        left = min(
            max((words.horizontalAdvance(x.word) for x in self._lines), default=0) + theme.px(12),
            self.width() * 0.42,
        )
        right = QFontMetricsF(theme.font("caption")).horizontalAdvance("100 %")
        right += theme.px(8)
        best = max((_shown(x) for x in self._lines), default=0.0)
        alone = best > 0 and sum(best - _shown(x) < LEVEL for x in self._lines) == 1
        for i, item in enumerate(self._lines):
            top = i * height
            leading = alone and _shown(item) == best
            weight = QFont.Weight.DemiBold if leading else QFont.Weight.Normal
            painter.setFont(theme.font("body", weight))
            painter.setPen(QColor(t.text if leading else t.muted))
            box = QRectF(0, top, left - theme.px(8), height)
            elided = words.elidedText(item.word, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, isolated(elided))
            space = self.width() - left - right
            thick, thin = theme.px(7), theme.px(4)
            gap = theme.px(2)
            y = top + (height - thick - gap - thin) / 2
            colour = QColor(item.colour)
            if item.yours is None and item.generic is not None:
                y = top + (height - thick) / 2
                _bar(painter, QRectF(left, y, space, thick), item.generic, QColor(t.generic))
            else:
                _bar(painter, QRectF(left, y, space, thick), item.yours or 0.0, colour)
                rect = QRectF(left, y + thick + gap, space, thin)
                _bar(painter, rect, item.generic or 0.0, QColor(t.generic))
            if _shown(item) or item.generic is not None:
                painter.setFont(theme.font("caption", weight))
                painter.setPen(QColor(t.text if leading else t.muted))
                box = QRectF(self.width() - right, top, right, height)
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
                painter.drawText(box, flags, percent(_shown(item)))
        painter.end()


def _beside(shares: Mapping[str, float], words: frozenset[str]) -> float | None:
    """Return the share of words that are not among these; None without a prediction."""
    return sum(p for word, p in shares.items() if word not in words) if shares else None


def _together(lines: Sequence[_Line]) -> str:
    """Say what the figures add up to; empty where there are none."""
    small = [_shown(line) for line in lines if percent(_shown(line)) == "<1 %"]
    if not any(_shown(line) for line in lines):
        return ""
    said = "All words together make 100 %; each figure is rounded."
    if len(small) > 1:
        said += f" The {len(small)} below 1 % have {100 * sum(small):.1f} % together."
    return said


def _shown(item: _Line) -> float:
    return item.yours if item.yours is not None else (item.generic or 0.0)


def _spoken(item: _Line) -> str:
    parts = []
    if item.yours is not None:
        parts.append(f"your model {percent(item.yours)}")
    if item.generic is not None:
        parts.append(f"everyone's {percent(item.generic)}")
    return f"{isolated(item.word)}: {', '.join(parts) or 'no prediction'}"


def _by_word(prediction: Prediction | None) -> dict[str, float]:
    if prediction is None or prediction.speechless:
        return {}
    return {
        word: float(p) for word, p in zip(prediction.classes, prediction.probabilities, strict=True)
    }


class CountStrip(QWidget):
    """How many examples each emotion has, as one strip of coloured pieces."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[tuple[str, str, int]] = []
        self.setFixedHeight(theme.px(10))
        self.setAccessibleName("Examples per emotion")

    def show_counts(self, emotions: EmotionSet, counts: Mapping[str, int]) -> None:
        """Show the counts in the order of the emotion set."""
        self._pieces = [(e.word, e.colour, counts.get(e.word, 0)) for e in emotions.emotions]
        text = ", ".join(f"{isolated(word)}: {count}" for word, _, count in self._pieces)
        self.setToolTip(tip(text))
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the strip."""
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        total = sum(count for _, _, count in self._pieces)
        radius = self.height() / 2
        if not total:
            painter.setBrush(QColor(theme.tokens().pressed))
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            painter.end()
            return
        shown = [piece for piece in self._pieces if piece[2]]
        gap = theme.px(2)
        space = self.width() - gap * (len(shown) - 1)
        x = 0.0
        for _, colour, count in shown:
            width = space * count / total
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(x, 0, width, self.height()), 3, 3)
            x += width + gap
        painter.end()


class ScoreChange(QWidget):
    """Per emotion, a line from how well everyone's model foresees it to how well yours does."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[tuple[str, str, float, float]] = []
        self._decided = True
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("How well each emotion is foreseen, everyone's model and yours")

    def show_scores(
        self, rows: Sequence[tuple[str, str, float, float]], *, decided: bool = True
    ) -> None:
        """Show rows of word, colour, before and after (0..1).

        Only where it is `decided` that there is a difference, up and down have their colours.
        """
        self._rows, self._decided = list(rows), decided
        self.setAccessibleDescription(
            "; ".join(f"{w}: from {100 * b:.0f} to {100 * a:.0f}" for w, _, b, a in self._rows)
        )
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows."""
        return QSize(theme.px(240), max(1, len(self._rows)) * theme.px(21))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its rows."""
        return QSize(theme.px(180), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the rows."""
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.tokens()
        caption = theme.font("caption")
        metrics = QFontMetricsF(caption)
        height = theme.px(21)
        left = max((metrics.horizontalAdvance(row[0]) for row in self._rows), default=0.0)
        left = min(left + theme.px(12), self.width() * 0.42)
        right = metrics.horizontalAdvance("100 → 100") + theme.px(8)
        space = self.width() - left - right - theme.px(10)
        for i, (word, colour, before, after) in enumerate(self._rows):
            top, middle = i * height, i * height + height / 2
            painter.setFont(caption)
            painter.setPen(QColor(t.muted))
            box = QRectF(0, top, left - theme.px(8), height)
            text = metrics.elidedText(word, Qt.TextElideMode.ElideRight, box.width())
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, isolated(text))
            start = left + theme.px(5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.pressed))
            painter.drawRoundedRect(QRectF(start, middle - 1.5, space, 3), 1.5, 1.5)
            x0, x1 = start + space * before, start + space * after
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(QRectF(min(x0, x1), middle - 1.5, abs(x1 - x0), 3), 1.5, 1.5)
            small, large = theme.px(3.5), theme.px(5)
            painter.setBrush(QColor(t.generic))
            painter.drawEllipse(QRectF(x0 - small, middle - small, 2 * small, 2 * small))
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(x1 - large, middle - large, 2 * large, 2 * large))
            better = (round(100 * after) - round(100 * before)) * self._decided
            tone = t.success if better > 0 else t.danger if better < 0 else t.muted
            painter.setPen(QColor(tone))
            box = QRectF(self.width() - right, top, right, height)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(box, flags, f"{100 * before:.0f} → {100 * after:.0f}")
        painter.end()
