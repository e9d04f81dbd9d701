"""The questions before something is deleted for good: what goes, and what stays."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from perser_gui.bidi import isolated
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.widgets import column, label


class DeleteDialog(Question):
    """Says what would be deleted; the button counts only once the name has been typed.

    `labels` are the clips with a label, as the panel counts them, and `besides` other answers:
    "can't tell", clips passed over, words that are no longer used.
    """

    def __init__(
        self, parent: QWidget | None, name: str, labels: int, models: int, besides: int = 0
    ) -> None:
        super().__init__(
            parent,
            f"Delete {isolated(name)} for good?",
            "This cannot be undone.",
            "Delete for good",
        )
        many = f"{labels:,} label{'s' if labels != 1 else ''}"
        if besides:
            many += f" and {besides:,} other answer{'s' if besides != 1 else ''}"
        made = f"{models:,} adapted model{'s' if models != 1 else ''}"
        self.goes = label(
            f"These go: the listener, {many}, {made}, their words, and all automatic backups and "
            "old copies that hold them. With those go the earlier states of other listeners, too; "
            "a new backup of what other listeners have now is made.",
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
        self.field.setAccessibleName(f"Type {isolated(name)} to delete")
        self.field.textChanged.connect(self._check)
        asked = label(f"Type the name “{isolated(name)}” to delete it:")
        self.put_below(column(self.goes, self.stays, asked, self.field, gap=8))
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


class DeleteProfileDialog(Question):
    """Says what goes with a profile; nothing happens unless the red button is pressed.

    `profile` tells it from the others, `used` is whether it is the one in use.
    """

    def __init__(self, parent: QWidget | None, profile: str, used: bool) -> None:
        super().__init__(
            parent, "Delete this profile for good?", "This cannot be undone.", "Delete for good"
        )
        self.goes = label(
            f"These go: {profile}, and all automatic backups and old copies that hold it; a new "
            "backup of everything else is made.",
            wrap=True,
        )
        self.stays = label(
            "These stay: all your labels, the other profiles, and whatever you exported or backed "
            "up elsewhere.",
            "muted",
            wrap=True,
        )
        self.instead = label(
            "It is in use now. Without it, everyone's model is used until you adapt again or go "
            "back to another profile.",
            wrap=True,
            tone="warning",
        )
        self.instead.setVisible(used)
        self.put_below(column(self.instead, self.goes, self.stays, gap=8))
        self.accept_button.setProperty("kind", "danger")
        self.accept_button.setDefault(False)
        self.accept_button.setAutoDefault(False)
        self.cancel_button.setText("Keep")
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
