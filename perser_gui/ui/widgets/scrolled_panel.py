"""What scrolls up and down, by itself or inside the frame of a panel."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

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


class ScrolledPanel(QFrame):
    """Has the frame of a panel around what scrolls, so that its edges stay where they are."""

    def __init__(self, inner: QWidget) -> None:
        super().__init__()
        self.setObjectName("panel")
        self.setLayout(column(scrolled(inner), margins=(1, 1, 1, 1)))
