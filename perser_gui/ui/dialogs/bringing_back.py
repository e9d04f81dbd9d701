"""The question which backup takes the place of everything."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QWidget

from perser_gui.ui.dialogs.questions import Question

OTHER = "A file of yours…"


class RestoreDialog(Question):
    """Offers what the automatic backups hold, the latest first, and a file of one's own."""

    def __init__(self, parent: QWidget | None, held: Sequence[str]) -> None:
        super().__init__(
            parent,
            "Bring back a backup",
            "It takes the place of everything; what is there now is backed up first.",
            "Bring back",
        )
        self.backups = QComboBox()
        self.backups.setAccessibleName("Backups")
        self.backups.addItems([*held, OTHER])
        self.body.addWidget(self.backups)
        self.backups.setFocus()

    @property
    def chosen(self) -> int | None:
        """The number of the chosen backup; None for a file of one's own."""
        place = self.backups.currentIndex()
        return place if place < self.backups.count() - 1 else None
