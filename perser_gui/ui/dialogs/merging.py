"""The question which label two utterances keep when they become one."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QRadioButton, QWidget

from perser_gui.bidi import in_order, isolated
from perser_gui.ui.dialogs.questions import Question


class MergeDialog(Question):
    """Offers the label of the first, that of the second, or none; `chosen` is 0, 1 or 2."""

    def __init__(self, parent: QWidget | None, first: str, second: str) -> None:
        super().__init__(
            parent,
            "Which label stays?",
            "You labelled the two utterances differently. They become one, which has one label.",
            "Merge",
        )
        texts = (
            in_order(f"“{isolated(first)}”, as the first"),
            in_order(f"“{isolated(second)}”, as the second"),
            "None: I label it anew",
        )
        self.choices = [QRadioButton(text.replace("&", "&&")) for text in texts]
        for choice in self.choices:
            choice.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.body.addWidget(choice)
        self.choices[2].setChecked(True)
        self.choices[2].setFocus()

    @property
    def chosen(self) -> int:
        """The number of the choice."""
        return next(i for i, choice in enumerate(self.choices) if choice.isChecked())
