"""The question which backup takes the place of everything."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.widgets.menu_parts import RoomyBox

OTHER = "A file of yours…"


class RestoreDialog(Question):
    """Offers what the automatic backups hold, the latest first, and a file of one's own."""

    def __init__(self, parent: QWidget | None, held: Sequence[str]) -> None:
        super().__init__(
            parent,
            "Bring back a backup",
            "It takes the place of everything; what is there now is backed up first."
            + ("" if held else " No backup was made by itself yet."),
            "Bring back",
        )
        self.backups = RoomyBox()
        self.backups.setAccessibleName("Backups")
        self.backups.addItems([*held, OTHER])
        self.backups.currentIndexChanged.connect(self._say_answer)
        self.body.addWidget(self.backups)
        self.backups.setFocus()
        self._say_answer()

    def _say_answer(self) -> None:
        """Say what the button does: a file is chosen first."""
        own = self.chosen is None
        self.accept_button.setText("Choose a file…" if own else "Bring back")

    @property
    def chosen(self) -> int | None:
        """The number of the chosen backup; None for a file of one's own."""
        place = self.backups.currentIndex()
        return place if place < self.backups.count() - 1 else None
