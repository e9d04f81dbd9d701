"""The page of studies: which there are, who has come how far, and what came of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from perser_gui.bidi import isolated
from perser_gui.evaluation.agreement import Estimate
from perser_gui.evaluation.comparing_output import OVERALL, said_of
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.study_book import StudyBook
from perser_gui.ui.acts.wording import counted
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import ElidedLabel, EmptyState, column, label, row, text_button
from perser_gui.ui.widgets.basics import refill
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.lists import short_name
from perser_gui.ui.widgets.scrolled_panel import scrolled
from perser_gui.ui.widgets.spread import Spread
from perser_gui.ui.widgets.tips import tip

if TYPE_CHECKING:
    from perser_gui.desk.studies.definition import Study
    from perser_gui.desk.studies.studying import StudyState


LINES = 680
"""What is told of a listener and a figure stands no farther from its name than so (px)."""


class StudyPage(QWidget):
    """Studies at the left; at the right the chosen one, for whoever leads it."""

    new_wanted = Signal()
    file_wanted = Signal()
    part_wanted = Signal(int)
    export_wanted = Signal(int, bool)
    figures_wanted = Signal(int)
    remove_wanted = Signal(int)

    def __init__(self, book: StudyBook) -> None:
        super().__init__()
        self._book = book
        self._stale = True
        self.list = QListWidget()
        self.list.setAccessibleName("Studies")
        self.list.currentItemChanged.connect(self._chosen)
        self.new_button = text_button("New study…", icon="add")
        self.new_button.clicked.connect(self.new_wanted)
        self.file_button = text_button("Add from a file…", icon="import")
        self.file_button.clicked.connect(self.file_wanted)
        left = QFrame()
        left.setObjectName("panel")
        self.berth = Berth(self.list)
        self.buttons = QWidget()
        self.buttons.setLayout(column(self.new_button, self.file_button))
        self.buttons.hide()
        left.setLayout(
            column(
                label("Studies", "title"),
                self.list,
                self.berth,
                self.buttons,
                margins=(16, 14, 16, 14),
                wide=1,
            )
        )
        left.setFixedWidth(theme.px(250))
        new, file = text_button("New study…", kind="primary"), text_button("Add from a file…")
        new.clicked.connect(self.new_wanted)
        file.clicked.connect(self.file_wanted)
        self.empty = EmptyState(
            "users",
            "Several listeners, the same clips",
            "A study gives every listener the same clips in an order of their own, asks the same "
            "words, and says how far they agree. Listeners see only the task.",
            new,
            file,
        )
        right = QFrame()
        right.setObjectName("panel")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(self._build_study())
        right.setLayout(column(self._pages, margins=(1, 1, 1, 1)))
        self.setLayout(row(left, right, gap=10, wide=1))

    def _build_study(self) -> QWidget:
        self.name = ElidedLabel("title")
        self.facts = label("", "muted", wrap=True)
        self.part_button = text_button("Take part…", icon="play", kind="primary")
        self.part_button.clicked.connect(lambda: self._emit(self.part_wanted))
        self.results_button = text_button("Export answers…", icon="export")
        self.results_button.clicked.connect(lambda: self._emit(self.export_wanted, False))
        self.file_out_button = text_button("Export the study…", icon="export")
        self.file_out_button.clicked.connect(lambda: self._emit(self.export_wanted, True))
        self.remove_button = text_button("Remove", icon="trash")
        self.remove_button.clicked.connect(lambda: self._emit(self.remove_wanted))
        self.agree_button = text_button("Compute", icon="compare")
        self.agree_button.clicked.connect(self._compute)
        self.figures_button = text_button("Save tables and figures…", kind="link")
        self.figures_button.clicked.connect(lambda: self._emit(self.figures_wanted))
        self._people = column(gap=6)
        self._found = column(gap=6)
        acts = row(
            self.part_button, self.results_button, self.file_out_button, 1, self.remove_button
        )
        agreement = row(label("Agreement", "strong"), self.agree_button, self.figures_button, 1)
        people, found, inside = QWidget(), QWidget(), QWidget()
        people.setLayout(column(label("Listeners", "strong"), self._people, 1, gap=12))
        found.setLayout(column(agreement, self._found, 1, gap=12))
        self.spread = Spread(people, found, from_width=2 * LINES, widest=LINES + 40, gap=12)
        inside.setLayout(
            column(
                self.name,
                self.facts,
                acts,
                self.spread,
                gap=12,
                margins=(20, 16, 20, 16),
                wide=3,
            )
        )
        return scrolled(inside, sideways=True)

    # -- what is shown -------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Read again when listeners are others; show what was read."""
        if changes.listener:
            self.refresh()
        if changes.studies:
            self.show_studies()

    def refresh(self) -> None:
        """Read the studies again (only while the page is visible)."""
        self._stale = not self.isVisible()
        if not self._stale:
            self._book.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Read the studies anew."""
        super().showEvent(event)
        self.refresh()

    @property
    def chosen(self) -> int | None:
        """The study that is shown, by number."""
        item = self.list.currentItem()
        return int(item.data(Qt.ItemDataRole.UserRole)) if item is not None else None

    @Slot()
    def show_studies(self) -> None:
        """Show which studies there are, and the chosen one."""
        before = self.chosen
        known = {self.list.item(n).data(Qt.ItemDataRole.UserRole) for n in range(self.list.count())}
        with QSignalBlocker(self.list):
            self.list.clear()
            for state in self._book.states:
                done = sum(s.done for s in state.sittings)
                item = QListWidgetItem(short_name(state.study.name, self.list), self.list)
                item.setData(Qt.ItemDataRole.UserRole, state.id)
                item.setToolTip(
                    tip(
                        f"{isolated(state.study.name)}: "
                        f"{counted(len(state.sittings), 'listener')}, {counted(done, 'answer')}"
                    )
                )
            fresh = [s.id for s in self._book.states if s.id not in known] if known else []
            wanted = fresh[-1] if fresh else before
            numbers = [state.id for state in self._book.states]
            place = numbers.index(wanted) if wanted in numbers else len(numbers) - 1
            self.list.setCurrentRow(place)
        self._show_chosen()

    @Slot()
    def _chosen(self) -> None:
        self._show_chosen()

    def _show_chosen(self) -> None:
        state = self._book.state(self.chosen)
        self._pages.setCurrentIndex(0 if state is None else 1)
        self.buttons.setVisible(state is not None)  # else they stand in the middle
        if state is None:
            return
        self.name.setText(state.study.name)
        self.facts.setText(facts_of(state.study))
        answers = sum(s.done for s in state.sittings)
        self.results_button.setEnabled(answers > 0)
        self.agree_button.setEnabled(answers > 0)
        self.remove_button.setVisible(answers == 0)
        self._show_people(state)
        self._show_agreement(state)

    def _show_people(self, state: StudyState) -> None:
        rows: list[QWidget] = []
        for sitting in state.sittings:
            bar = QProgressBar()
            bar.setRange(0, max(1, sitting.total))
            bar.setValue(sitting.done)
            bar.setTextVisible(False)
            bar.setAccessibleName(
                f"{isolated(sitting.listener.name)}: {sitting.done} of {sitting.total}"
            )
            name = ElidedLabel()
            name.setText(sitting.listener.name)
            name.setToolTip(tip(sitting.listener.name))
            name.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
            name.setMinimumWidth(theme.px(170))
            name.setMaximumWidth(theme.px(220))
            line = QWidget()
            line.setMaximumWidth(theme.px(LINES))
            count = label(f"{sitting.done:,} of {sitting.total:,}", "caption")
            count.setMinimumWidth(theme.px(70))
            count.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            line.setLayout(row(name, bar, count, gap=12, wide=1))
            rows.append(line)
        waiting = [
            name
            for name in state.study.listeners
            if name.casefold() not in {s.listener.name.casefold() for s in state.sittings}
        ]
        if waiting:
            rows.append(label(f"Expected: {', '.join(waiting)}", "muted", wrap=True))
        if not rows:
            rows.append(label("Nobody has begun yet.", "muted"))
        refill(self._people, rows)

    def _show_agreement(self, state: StudyState) -> None:
        compared = self._book.agreements.get(state.id)
        self.figures_button.setVisible(compared is not None)
        if compared is None:
            refill(
                self._found,
                [
                    label(
                        "Alpha, kappas and own consistency, with intervals. "
                        "The first answer to a clip counts.",
                        "muted",
                    )
                ],
            )
            return
        found = compared.found
        lines = [
            (
                title[0].upper() + title[1:],
                said_of(getattr(found.overall, name)),
                getattr(found.overall, name).clips,
            )
            for name, title in OVERALL.items()
        ]
        rows: list[QWidget] = [_figure_line(*line) for line in lines]
        for p in found.pairs:
            both = f"{isolated(p.first)} and {isolated(p.second)}: kappa"
            rows.append(_figure_line(both, _number(p.kappa), p.count))
        rows += [
            _figure_line(f"{isolated(one.name)}: the same again", said_of(one.share), one.count)
            for one in found.consistency
        ]
        refill(self._found, rows)

    @Slot()
    def _compute(self) -> None:
        if self.chosen is not None:
            self._book.compute_agreement(self.chosen)

    def _emit(self, signal: object, *more: object) -> None:
        if self.chosen is not None:
            signal.emit(self.chosen, *more)  # type: ignore[attr-defined]


def facts_of(study: Study) -> str:
    """Return what a study asks, as a line of text."""
    orders = {"random": "in random order", "balanced": "in balanced order", "listed": "as listed"}
    blocks = len({clip.block for clip in study.clips})
    parts = [
        f"{counted(len(study.clips), 'clip')} {orders[study.order]}",
        f"in {blocks} blocks" if blocks > 1 else "",
        f"{study.repeats} of them heard twice" if study.repeats else "",
        f"words: {', '.join(map(isolated, study.words))}",
        f"strength in {study.intensity} steps" if study.intensity else "",
        f"a pause after every {counted(study.break_after, 'clip')}" if study.break_after else "",
        f"played again at most {study.replays}×" if study.replays is not None else "",
    ]
    return " · ".join(part for part in parts if part)


def _figure_line(title: str, value: str, clips: int) -> QWidget:
    line = QWidget()
    line.setMaximumWidth(theme.px(LINES))
    name = label(title)
    shown = label(value, "strong")
    many = f"{clips:,} clip" if clips == 1 else f"{clips:,} clips"
    line.setLayout(row(name, 1, shown, label(many, "caption"), gap=14))
    line.setAccessibleName(f"{title}: {value}, {many}")
    return line


def _number(value: float) -> str:
    return said_of(Estimate(value, value, value, 1)).split(" ")[0]
