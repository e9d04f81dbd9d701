"""A place for notices, which something that scrolls or stretches makes room for."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QStackedWidget, QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.feedback import EmptyState

ASIDE, APART = 8, 6
"""Pixels beside a notice, and above it."""


class Berth(QWidget):
    """Takes room from what stands before it in a column, so that a notice covers nothing.

    `gives` is what becomes lower meanwhile: a list, a table or a picture. Nothing else in the
    column may stretch, and so nothing else moves. Without notices a berth takes no room, nor
    where what would give way says only, in its middle, that nothing is there yet.

    `keeps` is for what stays until it is answered: all that a scrolled panel holds is kept in
    sight, and what stands empty gives way, too.
    """

    def __init__(self, gives: QWidget, *, keeps: bool = False) -> None:
        super().__init__()
        self.gives = gives
        self._keeps = keeps
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    @property
    def width_there(self) -> int:
        """So wide (px) a notice can be here."""
        return self.gives.width() - 2 * theme.px(ASIDE)

    @property
    def height_there(self) -> int:
        """So high (px) notices can be here, if what gives way keeps what it needs."""
        gives = self.gives
        least = max(gives.minimumSizeHint().height(), gives.minimumHeight())
        if self._keeps:
            least = max(least, self._whole)
        own = self.height() if self.isVisible() else 0
        spare = gives.height() + own - least
        return (spare if self._blank is None else self._blank) - theme.px(APART)

    @property
    def _whole(self) -> int:
        """So high (px) is all that a scrolled panel holds, or a page that says what to do."""
        gives = self.gives
        page = gives.currentWidget() if isinstance(gives, QStackedWidget) else gives
        inner = page.widget() if isinstance(page, QScrollArea) else page
        says = inner is not page or isinstance(inner, EmptyState)
        return inner.heightForWidth(gives.width()) if says and inner is not None else 0

    @property
    def _blank(self) -> int | None:
        """So much (px) stands empty at the end of a page that says that nothing is there yet."""
        gives = self.gives
        if self._keeps:
            return None
        page = gives.currentWidget() if isinstance(gives, QStackedWidget) else gives
        return page.blank if isinstance(page, EmptyState) else None

    def in_sight(self, page: QWidget, sight: QRect) -> bool:
        """Return whether all of it would be seen in a part of a page."""
        if not self.gives.isVisible():
            return False
        gives = QRect(self.gives.mapTo(page, QPoint(0, 0)), self.gives.size())
        bottom = gives.bottom() + (self.height() if self.isVisible() else 0)
        return (
            gives.left() >= sight.left()
            and gives.right() <= sight.right()
            and sight.top() <= bottom - theme.px(60)
            and bottom <= sight.bottom()
        )

    def take(self, height: int) -> None:
        """Take so much room (px) for notices; 0: none. Over what stands empty none is taken."""
        wanted = height + theme.px(APART) if height and self._blank is None else 0
        if wanted == (self.height() if not self.isHidden() else 0):
            return
        self.setFixedHeight(wanted)
        self.setVisible(bool(wanted))
        holder = self.parentWidget()
        layout = holder.layout() if holder is not None else None
        if layout is not None:
            layout.activate()

    def place_in(self, page: QWidget, width: int, height: int) -> QRect:
        """Return where notices of a size (px) stand on a page."""
        lowest = self if self.isVisible() else self.gives
        corner = lowest.mapTo(page, QPoint(0, 0))
        left = corner.x() + (lowest.width() - width) // 2
        return QRect(left, corner.y() + lowest.height() - height, width, height)
