"""The history of a listener's model, with a way back to any of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QFrame, QWidget

from perser_gui.bidi import in_order
from perser_gui.desk.saying import between, change, labels, title
from perser_gui.records import Rating
from perser_gui.ui.acts.adapter_choices import ADAPTERS
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import EmptyState, column, icon_button, label, row, text_button
from perser_gui.ui.widgets.basics import APART
from perser_gui.ui.widgets.scrolled_panel import PageArea

if TYPE_CHECKING:
    from perser_gui.desk import ProfileRecord


class HistoryDialog(Question):
    """Lists every adaptation; one press goes back to one of them.

    `chosen` is the id of the profile to use, or None for everyone's model; `unwanted` is the
    profile that is to be deleted instead, if one is.
    """

    def __init__(
        self,
        parent: QWidget | None,
        records: Sequence[ProfileRecord],
        ratings: Iterable[Rating] = (),
    ) -> None:
        super().__init__(
            parent,
            "History of your model",
            "Every adaptation is kept until you delete it, with what your labels said of it then. "
            "Going back changes nothing about your labels, and shows how that model does on those "
            "you have now.",
            "Close",
        )
        self.accept_button.hide()
        self.cancel_button.setText("Close")
        self.chosen: int | None = None
        self.unwanted: ProfileRecord | None = None
        self._blind = {rating.id: rating.blind for rating in ratings}
        self.buttons_by_record: dict[int | None, QWidget] = {}
        self.deleting_buttons: dict[int, QWidget] = {}
        if not records:
            self.body.addWidget(
                EmptyState("history", "No adaptation yet", "Label some clips and press Adapt.")
            )
            return
        in_use = any(record.current for record in records)
        cards = [self._card(record) for record in records]
        cards.append(self._generic(not in_use))
        holder = QWidget()
        holder.setLayout(column(*cards, 1, gap=8))
        area = PageArea(gap=6)
        area.setWidget(holder)
        area.setMinimumHeight(min(theme.px(74) * len(cards), theme.px(380)))
        self.body.addWidget(area)
        self.setMinimumWidth(theme.px(580))

    def _card(self, record: ProfileRecord) -> QFrame:
        profile = record.profile
        name = _kind(record)
        count = len(profile.ratings)
        facts = [f"{count} {labels(count)}"] if count else []
        blind = sum(self._blind.get(number) is True for number in profile.ratings)
        if blind:
            facts[0] += f", {blind} made blind"
        if profile.verdict is not None:
            likely = f"(yours likely {between(profile.verdict)})"
            facts.append(f"labels foreseen {change(profile.verdict)} {likely}")
            facts.append(title(profile.verdict))
        facts.append(when(record.created))
        card = self._row(name, APART.join(facts), record.id, record.current)
        delete = icon_button("trash", f"Delete {name} of {when(record.created)}…")
        delete.clicked.connect(lambda: self._delete(record))
        self.deleting_buttons[record.id] = delete
        layout = card.layout()
        assert layout is not None
        layout.addWidget(delete)
        entry = QAction(in_order("Delete…"), card)
        entry.triggered.connect(lambda: self._delete(record))
        card.addAction(entry)
        return card

    def _generic(self, current: bool) -> QFrame:
        return self._row("Everyone's model", "without any adaptation", None, current)

    def _row(self, title: str, facts: str, record: int | None, current: bool) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        if current:
            action: QWidget = label("in use", "caption", tone="success")
        else:
            button = text_button("Use this", f"Use {title} again")
            button.clicked.connect(lambda: self._choose(record))
            self.buttons_by_record[record] = button
            action = button
        text = column(label(title, "strong"), label(facts, "caption", wrap=True), gap=2)
        layout = row(text, action, gap=12, margins=(14, 10, 12, 10))
        layout.setStretch(0, 1)
        card.setLayout(layout)
        copy = QAction("Copy", card)
        copy.triggered.connect(lambda: QApplication.clipboard().setText(f"{title}  ·  {facts}"))
        use = QAction("Use this", card)
        use.setEnabled(not current)
        use.triggered.connect(lambda: self._choose(record))
        card.addActions([use, copy])
        card.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return card

    def _choose(self, record: int | None) -> None:
        self.chosen = record
        self.accept()

    def _delete(self, record: ProfileRecord) -> None:
        self.unwanted = record
        self.accept()


def _kind(record: ProfileRecord) -> str:
    return ADAPTERS.get(record.profile.adapter, (record.profile.adapter, ""))[0]


def called(record: ProfileRecord) -> str:
    """Return what tells a profile from others: how it was made, from how much, and when."""
    count = len(record.profile.ratings)
    made = f" from {count} {labels(count)}" if count else ""
    return f"{_kind(record)}{made}, made {when(record.created)}"


def when(created: str) -> str:
    """Return a stored moment in the reader's own time, as short as it may be."""
    try:
        moment = datetime.fromisoformat(created)
    except ValueError:
        return created
    return moment.astimezone().strftime("%d %b %Y, %H:%M")
