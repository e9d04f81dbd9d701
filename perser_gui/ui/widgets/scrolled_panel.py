"""What scrolls up and down: by itself, in a dialog, or inside the frame of a panel."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import column


def scrolled(inner: QWidget, *, sideways: bool = False) -> QScrollArea:
    """Return an area that scrolls what has no room below, and, if need be, `sideways`."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    if not sideways:
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.setWidget(inner)
    return area


class PageArea(QScrollArea):
    """Scrolls what a dialog holds, `gap` px beside the bar; without a bar it ends at the edge.

    It is never narrower than what it holds, since it does not scroll sideways.
    """

    def __init__(self, gap: float = 8) -> None:
        super().__init__()
        self._gap = gap
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().rangeChanged.connect(self._keep_apart)

    def setWidget(self, inner: QWidget) -> None:  # noqa: N802
        """Scroll another widget, whose layout keeps apart from the bar."""
        super().setWidget(inner)
        self._keep_apart()
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As wide as what it holds at least, with the bar."""
        least, inner = super().minimumSizeHint(), self.widget()
        if inner is None:
            return least
        layout = inner.layout()
        held = inner.minimumSizeHint().width()
        if layout is not None:  # the gap is counted once, whether there is a bar now or not
            sides = layout.contentsMargins()
            held -= sides.left() + sides.right()
        beside = theme.px(self._gap) + self.verticalScrollBar().sizeHint().width()
        return least.expandedTo(QSize(held + beside, 0))

    @Slot()
    def _keep_apart(self) -> None:
        inner, bar = self.widget(), self.verticalScrollBar()
        layout = inner.layout() if inner is not None else None
        if layout is None:
            return
        gap = theme.px(self._gap) if bar.maximum() > bar.minimum() else 0
        left = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        layout.setContentsMargins(gap if left else 0, 0, 0 if left else gap, 0)


class ScrolledPanel(QFrame):
    """Has the frame of a panel around what scrolls, so that its edges stay where they are."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setLayout(column(scrolled(inner), margins=(1, 1, 1, 1)))
