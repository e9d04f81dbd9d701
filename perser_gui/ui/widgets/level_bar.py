"""The level of the microphone."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.tips import tip


class LevelBar(QWidget):
    """Loudness and peak between -60 dB and full scale; red once it clipped."""

    def __init__(self) -> None:
        super().__init__()
        self._rms, self._peak, self._clipped = -90.0, -90.0, False
        self.setFixedHeight(theme.px(10))
        self.setMinimumWidth(theme.px(90))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Level of the microphone")

    def show_level(self, rms_db: float, peak_db: float, clipped: bool) -> None:
        """Show loudness and peak in dB of full scale."""
        self._rms, self._peak, self._clipped = rms_db, peak_db, clipped
        text = "Too loud: clipped" if clipped else f"{rms_db:.0f} dB, peak {peak_db:.0f} dB"
        self.setToolTip(tip(text))
        self.setAccessibleDescription(text)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """A flat bar."""
        return QSize(theme.px(160), theme.px(10))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the bar and the mark of the peak."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.tokens()
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        radius = whole.height() / 2
        painter.setBrush(QColor(t.pressed))
        painter.drawRoundedRect(whole, radius, radius)
        colour = t.danger if self._clipped else t.warning if self._peak > -3 else t.success
        width = whole.width() * _share(self._rms)
        if width > 1:
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(
                QRectF(0, 0, max(width, whole.height()), whole.height()), radius, radius
            )
        if self._peak > -60:
            painter.drawRect(QRectF(whole.width() * _share(self._peak) - 2, 0, 2, whole.height()))
        painter.end()


def _share(decibels: float) -> float:
    return min(max((decibels + 60.0) / 60.0, 0.0), 1.0)
