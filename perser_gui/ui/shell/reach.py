"""The views of the window, one at a time, whole where there is room and scrolled where not."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QStackedWidget, QWidget

from perser_gui.ui.look import theme


class Views(QStackedWidget):
    """Needs as much room as the view that is open, whatever the others need."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda _: self.updateGeometry())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As small as the view that is open can be."""
        shown = self.currentWidget()
        if shown is None:
            return super().minimumSizeHint()
        return shown.minimumSizeHint().expandedTo(shown.minimumSize())

    def heightForWidth(self, width: int) -> int:  # noqa: N802
        """No higher than that: Qt would ask every view how high it would like to be."""
        return self.minimumSizeHint().height()


class Reach(QScrollArea):
    """Holds the views; in a window that is smaller than the one that is open, it scrolls to all.

    What takes the keyboard comes into sight.
    """

    def __init__(self, views: Views) -> None:
        super().__init__()
        self.setObjectName("reach")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(views)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._follow)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """A part of a view."""
        return QSize(theme.px(200), theme.px(150))

    @Slot(QWidget, QWidget)
    def _follow(self, _: QWidget | None, now: QWidget | None) -> None:
        views = self.widget()
        if now is None or views is None or not views.isAncestorOf(now):
            return
        if views.width() > self.viewport().width() or views.height() > self.viewport().height():
            self.ensureWidgetVisible(now, theme.px(10), theme.px(10))
