"""Parts of menus, and boxes whose lists are as wide as what stands in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QMenu, QStyleOptionMenuItem, QWidget, QWidgetAction

from perser_gui.bidi import bare, in_order
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import label, row


class Menu(QMenu):
    """A menu whose entries and keys keep their signs at their ends where rows begin at the right.

    “Add files…” and “Ctrl+,” would begin with their last sign there.
    """

    def initStyleOption(self, option: QStyleOptionMenuItem, action: QAction) -> None:  # noqa: N802
        """Say how an entry is drawn: its text, and its key behind a tab, each in order."""
        super().initStyleOption(option, action)
        option.text = "\t".join(map(in_order, option.text.split("\t")))

    def addMenu(self, menu: QMenu | str) -> Any:  # type: ignore[override]  # noqa: N802
        """Add a menu and return its action, or add a new one with this title and return it."""
        if isinstance(menu, QMenu):
            return super().addMenu(menu)
        inside = Menu(menu, self)
        super().addMenu(inside)
        return inside


def add_heading(menu: QMenu, text: str) -> None:
    """Put a line above the entries of a menu that belong together; keys pass over it."""
    holder = QWidget()
    holder.setLayout(row(label(text, "section"), 1, margins=(10, 7, 14, 3)))
    heading = QWidgetAction(menu)
    heading.setDefaultWidget(holder)
    heading.setText(text)
    heading.setEnabled(False)
    menu.addAction(heading)


class RoomyBox(QComboBox):
    """A box to choose from whose list shows its texts whole, also where the box is narrow.

    Its texts keep their signs at their ends where rows begin at the right.
    """

    def addItem(self, text: str, data: object = None) -> None:  # type: ignore[override]  # noqa: N802
        """Add a line to choose."""
        super().addItem(in_order(text), data)

    def addItems(self, texts: Sequence[str]) -> None:  # noqa: N802
        """Add lines to choose."""
        super().addItems(list(map(in_order, texts)))

    def setItemText(self, place: int, text: str) -> None:  # noqa: N802
        """Write a line anew."""
        super().setItemText(place, in_order(text))

    def itemText(self, place: int) -> str:  # noqa: N802
        """Return a line as it was written."""
        return bare(super().itemText(place))

    def currentText(self) -> str:  # noqa: N802
        """Return the chosen line as it was written."""
        return bare(super().currentText())

    def setCurrentText(self, text: str) -> None:  # noqa: N802
        """Choose the line that was written so; without one nothing changes."""
        place = self.findText(text)
        if place >= 0:
            self.setCurrentIndex(place)

    def findText(self, text: str, flags: Qt.MatchFlag = Qt.MatchFlag.MatchExactly) -> int:  # noqa: N802
        """Return the place of the line that was written so, or -1."""
        return super().findText(in_order(text), flags)

    def showPopup(self) -> None:  # noqa: N802
        """Make the list as wide as its texts, and open it."""
        view = self.view()
        wanted = view.sizeHintForColumn(0) + theme.px(24)
        view.setMinimumWidth(min(wanted, theme.px(460)))
        super().showPopup()
