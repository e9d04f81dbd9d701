"""The question before a listener is deleted: what goes, and their name typed out."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.widgets import column, label


class DeleteDialog(Question):
    """Says what would be deleted; the button counts only once the name has been typed."""

    def __init__(self, parent: QWidget | None, name: str, labels: int, models: int) -> None:
        super().__init__(
            parent, f"Delete {name} for good?", "This cannot be undone.", "Delete for good"
        )
        many = f"{labels:,} label{'s' if labels != 1 else ''}"
        made = f"{models:,} adapted model{'s' if models != 1 else ''}"
        self.goes = label(
            f"These go: the listener, {many}, {made}, their words, and all automatic backups and "
            "old copies that hold them.",
            wrap=True,
        )
        self.stays = label(
            "These stay: the recordings, other listeners, and whatever you exported or backed up "
            "elsewhere.",
            "muted",
            wrap=True,
        )
        self._name = name
        self.field = QLineEdit()
        self.field.setAccessibleName(f"Type {name} to delete")
        self.field.setPlaceholderText(name)
        self.field.textChanged.connect(self._check)
        asked = label(f"Type the name “{name}” to delete it:")
        self.body.addLayout(column(self.goes, self.stays, asked, self.field, gap=8))
        self.accept_button.setProperty("kind", "danger")
        self.cancel_button.setText("Keep")
        self.accept_button.setEnabled(False)
        self.field.setFocus()

    def _check(self, typed: str) -> None:
        self.accept_button.setEnabled(typed.strip() == self._name.strip())

    def accept(self) -> None:
        """Delete only what was named."""
        if self.accept_button.isEnabled():
            super().accept()
