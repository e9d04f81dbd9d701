"""How strongly an emotion is heard, from 1 to 5, in one small row."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QSlider

from perser_gui.ui.look import theme

STRENGTHS = (1, 2, 3, 4, 5)
"""From hardly to very strongly; what a table brings on another scale is shown as its number."""


class StrengthScale(QSlider):
    """Five discs to press; the one that is chosen already takes the strength away again.

    To screen readers it is a slider from 0, no answer, to 5.
    """

    chosen = Signal(object)
    """The strength, or None for no answer."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, len(STRENGTHS))
        self.shown: float | None = None
        """The strength that is shown; None for none."""
        self._over: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("How strongly you hear it, 1 to 5")
        self.setToolTip("How strongly you hear it: Alt+1 … 5, Alt+0 takes it away")
        self.show_value(None)

    def show_value(self, value: float | None) -> None:
        """Show a strength; None for none."""
        self.shown = value
        self.setValue(round(value or 0))
        self.setAccessibleDescription("no strength" if value is None else f"strength {value:g}")
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Room for five discs."""
        return QSize(theme.px(20) * len(STRENGTHS) + theme.px(6), theme.px(26))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As large as it is."""
        return self.sizeHint()

    def _at(self, x: float) -> int:
        return min(max(int((x - theme.px(3)) // theme.px(20)) + 1, 1), len(STRENGTHS))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Choose the strength under the pointer."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            wanted = self._at(event.position().x())
            self.chosen.emit(None if wanted == self.shown else float(wanted))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show what a press would choose."""
        self._over = self._at(event.position().x())
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """A press has chosen already."""

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Leave the wheel to what is around."""
        event.ignore()

    def leaveEvent(self, event: object) -> None:  # noqa: N802
        """Show again only what is chosen."""
        self._over = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Make it stronger or weaker by Up and Down; other keys are the window's."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
            return
        wanted = (self.shown or 0) + step
        self.chosen.emit(None if wanted < 1 else float(min(wanted, len(STRENGTHS))))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the discs, full up to the strength."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = self.height() / 2, theme.px(6)
        on_scale = self.shown is not None and 1 <= self.shown <= len(STRENGTHS)
        for place, strength in enumerate(STRENGTHS):
            centre = QPointF(theme.px(3) + theme.px(20) * (place + 0.5), middle)
            full = on_scale and self.shown is not None and strength <= self.shown
            pointed = self._over is not None and strength <= self._over and self.isEnabled()
            edge = t.accent_ink if full else t.muted if self.isEnabled() else t.faint
            painter.setPen(QPen(QColor(edge), 1.4))
            painter.setBrush(QColor(t.accent_ink if full else t.pressed if pointed else t.surface))
            painter.drawEllipse(centre, radius, radius)
        if self.shown is not None and not on_scale:
            painter.setFont(theme.font("caption"))
            painter.setPen(QColor(t.text))
            painter.fillRect(self.rect(), QColor(t.surface))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, f"{self.shown:g}")
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.focus), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.end()
