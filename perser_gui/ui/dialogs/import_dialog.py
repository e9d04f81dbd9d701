"""The page that shows what a table of labels was understood as, before it is taken in."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from perser_gui.bidi import isolated
from perser_gui.ui.acts.wording import counted
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import column, label, row, text_button
from perser_gui.ui.widgets.basics import refill
from perser_gui.ui.widgets.file_questions import FileQuestions
from perser_gui.ui.widgets.scrolled_panel import PageArea

if TYPE_CHECKING:
    from perser_gui.desk.importing import PlannedImport
    from perser_gui.desk.values import UnderstoodListener
    from perser_gui.store import SharedProfile

MOST_PROBLEMS = 20
"""Sentences about rows left out that are shown one by one."""


class ImportDialog(Question):
    """Shows words, rows and files as they were understood; nothing is written before Import.

    `wanted` asks to read anew: with another folder of recordings, or for a listener.
    """

    wanted = Signal(Path, str)

    def __init__(
        self, parent: QWidget | None, path: Path, audio: Path, asking: FileQuestions
    ) -> None:
        super().__init__(
            parent,
            f"Import {isolated(path.name)}",
            "Nothing is written before you press Import.",
            "Import",
        )
        self._asking = asking
        self.path = path
        self.audio = audio
        self.plan: PlannedImport | None = None
        self.folder = label("", "caption", wrap=True)
        self.change = text_button("Change…", "Choose the folder of the recordings")
        self.change.clicked.connect(self._ask_folder)
        self.name = QLineEdit()
        self.name.setPlaceholderText("as the file says")
        self.name.setAccessibleName("Whose labels these are, if the file does not say")
        self.name.setMaxLength(60)
        self.name.editingFinished.connect(self._named)
        self._asked = ""
        self._found = QVBoxLayout()
        self._found.setSpacing(theme.px(8))
        self._found.addStretch(1)
        holder = QWidget()
        holder.setLayout(self._found)
        self.area = PageArea(gap=6)
        self.area.setWidget(holder)
        self.area.setMinimumHeight(theme.px(320))
        fields = QGridLayout()
        fields.setHorizontalSpacing(theme.px(12))
        fields.setVerticalSpacing(theme.px(8))
        fields.addWidget(label("Recordings in", "muted"), 0, 0)
        fields.addLayout(row(self.folder, self.change, gap=8, wide=0), 0, 1)
        fields.addWidget(label("Whose labels", "muted"), 1, 0)
        fields.addWidget(self.name, 1, 1)
        self.put_below(fields)
        self.body.addWidget(self.problem)
        self.body.addWidget(self.area)
        self.setMinimumWidth(theme.px(620))
        self.show_reading()

    def show_reading(self) -> None:
        """Say that the file is being read."""
        self.plan = None
        self.folder.setText(str(self.audio))
        self.problem.hide()
        self.accept_button.setEnabled(False)
        self._fill([label("Reading…", "muted")])

    def show_problem(self, sentence: str) -> None:
        """Say why nothing can be taken in; another folder or a name may help."""
        self.plan = None
        self.accept_button.setEnabled(False)
        self._fill([])
        self.problem.setText(sentence)
        self.problem.show()

    def show_plan(self, plan: PlannedImport) -> None:
        """Show what would be taken in."""
        self.plan = plan
        found = plan.understood
        self.problem.hide()
        many = "label" if found.ratings == 1 else "labels"
        self.accept_button.setText(f"Import {found.ratings:,} {many}")
        self.accept_button.setEnabled(True)
        self._fill(
            [
                label(f"{found.source}: {counted(found.rows, 'row')}", "strong", wrap=True),
                *(self._card(one) for one in found.listeners),
                *_section("In short", found.outcome(done=False, called="label")),
                *_section("How it was read", found.notes),
                *_section("Left out", _first(found.problems), tone="warning"),
            ]
        )

    def _card(self, one: UnderstoodListener) -> QFrame:
        card = QFrame()
        card.setObjectName("card")
        many = "label" if one.ratings == 1 else "labels"
        new = ", a new listener" if one.new else ""
        known = [
            f"{isolated(w.word)} → {isolated(w.own or w.means)}"
            if (w.own or w.means) not in ("", w.word)
            else w.word
            for w in one.words
            if w.own or w.means
        ]
        unknown = [f"{isolated(w.word)} ({w.count:,})" for w in one.words if not (w.own or w.means)]
        parts: list[QWidget] = [
            label(f"{isolated(one.name)}{new}: {one.ratings:,} {many}", "strong")
        ]
        if known:
            parts.append(label(f"Words that are known: {', '.join(known)}", "caption", wrap=True))
        if unknown:
            text = f"New words, learned from examples alone: {', '.join(unknown)}"
            parts.append(label(text, "caption", wrap=True, tone="warning"))
        if one.without:
            rows = "row names" if one.without == 1 else "rows name"
            parts.append(label(f"{one.without:,} {rows} no emotion", "caption", wrap=True))
        card.setLayout(column(*parts, gap=4, margins=(14, 10, 12, 10)))
        return card

    def _fill(self, parts: Iterable[QWidget]) -> None:
        refill(self._found, parts)

    def _ask_folder(self) -> None:
        folder = self._asking.folder(
            "clips", "The folder of the recordings", start=self.audio, parent=self
        )
        if folder is not None:
            self.choose_folder(folder)

    def choose_folder(self, folder: Path) -> None:
        """Look for the recordings in another folder."""
        self.audio = folder
        self._ask()

    def _named(self) -> None:
        if self.name.text().strip() != self._asked:
            self._ask()

    def _ask(self) -> None:
        self._asked = self.name.text().strip()
        self.show_reading()
        self.wanted.emit(self.audio, self._asked)


class ModelDialog(Question):
    """Shows what a model's file holds before it is taken in, with its listener."""

    def __init__(self, parent: QWidget | None, path: Path, shared: SharedProfile) -> None:
        super().__init__(
            parent,
            f"Import the model of {isolated(shared.listener)}",
            "It comes as a listener of its own, with the words it knows. Your own labels and "
            "models stay as they are.",
            "Import",
        )
        self.path = path
        profile = shared.profile
        labels = len(shared.support.ratings) if shared.support else 0
        facts = {
            "How it was made": f"{profile.adapter}, {profile.steps} steps, seed {profile.seed}",
            "Emotions": ", ".join(shared.emotions.words),
            "Base model": profile.base[:12],
            "Labels inside": f"{labels:,}" if labels else "none",
            "Written by": f"perser-gui {shared.program}" if shared.program else "an older version",
            "Notes": " ".join(profile.notes),
        }
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(14))
        grid.setVerticalSpacing(theme.px(8))
        grid.setColumnStretch(1, 1)
        top = Qt.AlignmentFlag.AlignTop
        for place, (name, text) in enumerate((n, t) for n, t in facts.items() if t):
            grid.addWidget(label(name, "muted"), place, 0, top)
            grid.addWidget(label(text, wrap=True), place, 1, top)
        self.put_below(grid)
        self.setMinimumWidth(theme.px(480))


def _section(title: str, sentences: Iterable[str], tone: str = "") -> list[QWidget]:
    lines = [label(sentence, "caption", wrap=True, tone=tone) for sentence in sentences]
    return [label(title, "strong"), *lines] if lines else []


def _first(problems: tuple[str, ...]) -> list[str]:
    more = len(problems) - MOST_PROBLEMS
    return [*problems[:MOST_PROBLEMS], *([f"… and {more:,} more"] if more > 0 else [])]
