"""How often, over how much sound and how calmly the Live view reads out: a menu of choices."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QWidget

from perser_gui.ui.acts.live_session import LiveSession
from perser_gui.ui.widgets.menu_parts import Menu, add_heading

CHOICES = {
    "window": ("Look at the last", (1.0, 1.5, 2.0, 3.0, 5.0)),
    "hop": ("Read out every", (0.1, 0.25, 0.5, 1.0)),
    "smoothing": ("Follow a change within", (0.0, 0.5, 1.0, 2.0, 4.0)),
}
"""Seconds to choose from, by the option of `LiveOptions` and its heading."""


class ReadoutMenu(Menu):
    """Three groups of seconds; a choice counts from the next look on, and is remembered."""

    def __init__(self, live: LiveSession, parent: QWidget) -> None:
        super().__init__(parent)
        self._live = live
        self.groups: dict[str, QActionGroup] = {}
        for name, (heading, values) in CHOICES.items():
            add_heading(self, heading)
            group = QActionGroup(self)
            for value in values:
                action = group.addAction(_seconds(name, value))
                action.setCheckable(True)
                action.setData((name, value))
                self.addAction(action)
            self.groups[name] = group
            group.triggered.connect(self._chosen)
            self.addSeparator()
        self.aboutToShow.connect(self.show_chosen)

    @Slot()
    def show_chosen(self) -> None:
        """Mark what is in use; a value that is not on the menu leaves its group unmarked."""
        options = self._live.options
        for name, group in self.groups.items():
            for action in group.actions():
                action.setChecked(action.data()[1] == getattr(options, name))

    @Slot(QAction)
    def _chosen(self, action: QAction) -> None:
        name, value = action.data()
        self._live.choose_options(**{name: value})


def _seconds(name: str, value: float) -> str:
    if name == "smoothing" and not value:
        return "at once"
    return f"{value:g} s" if value >= 1 or name == "smoothing" else f"{1000 * value:g} ms"
