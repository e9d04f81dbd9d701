"""Parts of menus, and boxes whose lists are as wide as what stands in them."""

from __future__ import annotations

from PySide6.QtWidgets import QComboBox, QMenu, QWidget, QWidgetAction

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.basics import label, row


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
    """A box to choose from whose list shows its texts whole, also where the box is narrow."""

    def showPopup(self) -> None:  # noqa: N802
        """Make the list as wide as its texts, and open it."""
        view = self.view()
        wanted = view.sizeHintForColumn(0) + theme.px(24)
        view.setMinimumWidth(min(wanted, theme.px(460)))
        super().showPopup()
