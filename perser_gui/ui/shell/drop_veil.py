"""What lies over the window while files are dragged over it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from perser_gui.ui.look import theme

TEXT = "Drop files or folders to add them"


class DropVeil(QWidget):
    """A frame with a sentence, which lets the pointer through."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(TEXT)
        self.hide()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Stay as large as the window."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self.setGeometry(self._window.rect())
        return False

    def show_over(self, shown: bool) -> None:
        """Cover the whole window, or nothing."""
        if shown:
            self.setGeometry(self._window.rect())
            self.raise_()
        self.setVisible(shown)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the frame and the sentence."""
        t = theme.tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wash = QColor(t.accent_soft)
        wash.setAlpha(150)
        painter.fillRect(self.rect(), wash)
        room = theme.px(8)
        painter.setPen(QPen(QColor(t.accent), 3, Qt.PenStyle.DashLine))
        frame = QRectF(self.rect()).adjusted(room, room, -room, -room)
        painter.drawRoundedRect(frame, theme.px(12), theme.px(12))
        painter.setFont(theme.font("title"))
        metrics = painter.fontMetrics()
        box = QRectF(0, 0, metrics.horizontalAdvance(TEXT) + theme.px(48), theme.px(52))
        box.moveCenter(QRectF(self.rect()).center())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.raised))
        painter.drawRoundedRect(box, theme.px(10), theme.px(10))
        painter.setPen(QColor(t.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, TEXT)
        painter.end()
