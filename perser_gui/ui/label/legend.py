"""What the colours and lines of the timeline mean, in one line."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from perser_gui.ui.label.timeline_lanes import INK
from perser_gui.ui.look import theme
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.tips import tip

ITEMS = (
    ("own", "your label"),
    ("model", "a model's word"),
    ("nothing", "nothing yet"),
    ("differs", "they differ"),
    ("at hand", "at hand"),
)


class Legend(QWidget):
    """Draws a sign and a word for each; the last ones drop out where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        meaning = "Full colour: your label. Pale: a model's word. Empty: nothing yet."
        more = "A line between the lanes: your word and everyone's differ. Frame: at hand."
        self.setAccessibleName("Legend of the timeline")
        self.setAccessibleDescription(f"{meaning} {more}")
        self.setToolTip(tip(f"{meaning}\n{more}"))

    def sizeHint(self) -> QSize:  # noqa: N802
        """One line of small text."""
        return QSize(theme.px(300), theme.px(16))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As narrow as it is made."""
        return QSize(theme.px(60), theme.px(16))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the signs in the colours of the timeline."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("caption"))
        metrics = QFontMetricsF(painter.font())
        left, width = 0.5, float(theme.px(18))
        for kind, text in ITEMS:
            advance = width + theme.px(5) + metrics.horizontalAdvance(text)
            if left + advance > self.width():
                break
            box = QRectF(left, self.height() / 2 - theme.px(5), width, theme.px(10))
            self._sign(painter, box, kind)
            painter.setPen(QColor(t.muted))
            place = QRectF(box.right() + theme.px(5), 0, advance, self.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, text)
            left += advance + theme.px(14)
        painter.end()

    @staticmethod
    def _sign(painter: QPainter, box: QRectF, kind: str) -> None:
        t = theme.tokens()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if kind in ("own", "model"):
            painter.setBrush(theme.mix(t.raised, t.accent, 1.0 if kind == "own" else INK[0]))
        elif kind == "differs":
            line = QRectF(box.left(), box.center().y() - 1, box.width(), 2.5)
            painter.fillRect(line, QColor(t.text))
            return
        else:
            colour, pen = (t.border_strong, 1.0) if kind == "nothing" else (t.text, 1.8)
            painter.setPen(QPen(QColor(colour), pen))
        painter.drawRoundedRect(box, 2.5, 2.5)
