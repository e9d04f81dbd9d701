"""Parts of a page that stand below each other, and beside each other where there is room."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import column, row


class Spread(QWidget):
    """Three parts in a column; from `from_width` px on, the second stands beside the others.

    A column is at most `widest` px wide, as far as one reads with ease.
    """

    def __init__(
        self,
        first: QWidget,
        second: QWidget,
        third: QWidget | None = None,
        *,
        from_width: float,
        widest: float,
        gap: float = 10,
        apart: float = 28,
    ) -> None:
        super().__init__()
        self._second = second
        self._from, self._widest, self._apart = from_width, widest, apart
        self.wide = False
        """Whether the second part stands beside the others now."""
        self._left, self._right = column(first, second, gap=gap), column(1, gap=gap)
        if third is not None:
            self._left.addWidget(third)
        self._left.addStretch(1)
        self._sides = row(self._left, self._right, gap=0)
        self.setLayout(self._sides)
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Stand beside each other, or no more."""
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Measure again with another size of text, or another direction."""
        super().changeEvent(event)
        kinds = (QEvent.Type.FontChange, QEvent.Type.StyleChange, QEvent.Type.LayoutDirectionChange)
        if event.type() in kinds:
            self._arrange()

    def _arrange(self) -> None:
        wide = self.width() >= theme.px(self._from)
        apart = theme.px(self._apart) if wide else 0
        most = theme.px(self._widest) * (2 if wide else 1) + apart
        room = max(self.width() - most, 0)
        if self.isRightToLeft():
            self._sides.setContentsMargins(room, 0, 0, 0)
        else:
            self._sides.setContentsMargins(0, 0, room, 0)
        if wide == self.wide and self._sides.spacing() == apart:
            return
        self.wide = wide
        self._left.removeWidget(self._second)
        self._right.removeWidget(self._second)
        if wide:
            self._right.insertWidget(0, self._second)
        else:
            self._left.insertWidget(1, self._second)
        self._sides.setSpacing(apart)
        self._sides.setStretch(0, 1)
        self._sides.setStretch(1, 1 if wide else 0)
