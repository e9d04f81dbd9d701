"""Everything that a listener ever said about a clip, and how it was said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListWidget, QWidget

from perser_gui.bidi import bare, in_order, isolated
from perser_gui.records import Rating
from perser_gui.ui.acts.wording import label_fact
from perser_gui.ui.dialogs.history import when
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme


def said_line(rating: Rating) -> str:
    """Return one thing that was said, or taken back, in a line.

    >>> said_line(Rating(1, 1, "ab12", "emotion", ("sad",), created="monday", blind=False))
    'monday  ·  your label: sad, made with a prediction in sight'
    """
    text = label_fact(rating)
    if rating.blind is False:
        text += ", made with a prediction in sight"
    if rating.withdrawn:
        text = f"taken back: {text.removeprefix('your label: ')}"
    return f"{when(rating.created)}  ·  {text}"


class LabelHistoryDialog(Question):
    """Lists what was said about a clip, the latest first; lines can be copied."""

    def __init__(self, parent: QWidget | None, name: str, said: Sequence[Rating]) -> None:
        super().__init__(
            parent,
            f"What you said about {isolated(name)}",
            "Nothing that was said is ever removed; what is undone is only taken back.",
            "Close",
        )
        self.accept_button.hide()
        self.cancel_button.setText("Close")
        self.list = QListWidget()
        self.list.setAccessibleName("What you said, the latest first")
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setWordWrap(True)
        self.list.setProperty("framed", "true")
        self.list.ensurePolished()  # rows are as high as the style sheet says
        self.list.addItems([in_order(said_line(rating)) for rating in reversed(said)])
        if not said:
            self.list.addItem("Nothing yet.")
        self.list.setCurrentRow(0)
        self.list.setMinimumHeight(min(theme.px(30) * max(len(said), 3), theme.px(320)))
        copy = QAction("Copy", self.list)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(self.copy)
        self.list.addAction(copy)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.body.addWidget(self.list)
        self.setMinimumWidth(theme.px(560))

    def copy(self) -> None:
        """Copy the chosen lines."""
        chosen = sorted(self.list.selectedIndexes(), key=lambda index: index.row())
        lines = [bare(index.data()) for index in chosen]
        QApplication.clipboard().setText("\n".join(lines))
