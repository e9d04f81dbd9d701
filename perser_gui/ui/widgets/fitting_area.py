"""An area that shows something whole where there is room, and scrolls it where there is not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from perser_gui.ui.look import theme


class FittingArea(QScrollArea):
    """As high as what it holds, as far as the window allows, and at least `least` (px).

    It takes at most a `share` of the window, and leaves so many px of it to what is `beside` it.
    """

    def __init__(
        self, inner: QWidget, *, least: float, share: float = 1.0, beside: float = 0.0
    ) -> None:
        super().__init__()
        self._inner, self._least, self._share, self._beside = inner, least, share, beside
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setWidget(inner)
        inner.installEventFilter(self)

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as what it holds, as far as the window allows."""
        wanted, height = self._wanted(), self.window().height()
        most = min(round(self._share * height), height - theme.px(self._beside))
        return QSize(theme.px(200), max(min(wanted, most), self.minimumSizeHint().height()))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A few lines of it."""
        return QSize(theme.px(120), min(theme.px(self._least), self._wanted()))

    def _wanted(self) -> int:
        """How high what it holds would be in this width."""
        inner = self._inner
        if inner.hasHeightForWidth():
            return inner.heightForWidth(self.viewport().width())
        return inner.sizeHint().height()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take what it holds at its new height."""
        if event.type() == QEvent.Type.LayoutRequest or event.type() == QEvent.Type.Resize:
            self.updateGeometry()
        return super().eventFilter(watched, event)
