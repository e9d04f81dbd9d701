"""The questions about studies: what a new one asks, and who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from perser_gui.bidi import isolated
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import label, row, text_button
from perser_gui.ui.widgets.file_questions import FileQuestions
from perser_gui.ui.widgets.fitting_area import FittingArea
from perser_gui.ui.widgets.text_fields import padded

if TYPE_CHECKING:
    from perser_gui.desk.studies.definition import Study

ORDERS = {
    "random": "random, another for each listener",
    "balanced": "balanced over speakers",
    "folders": "balanced over folders",
    "listed": "as listed",
}


class NewStudyDialog(Question):
    """Asks what a new study is made of."""

    def __init__(
        self,
        parent: QWidget | None,
        words: Sequence[str],
        files: Sequence[Path],
        asking: FileQuestions,
    ) -> None:
        super().__init__(
            parent,
            "New study",
            "Every listener hears the same clips and chooses from the same words. No prediction "
            "is ever shown to them.",
            "Make the study",
        )
        self.setMinimumWidth(theme.px(560))
        self._asking = asking
        self.paths: list[Path] = list(files)
        self.name = QLineEdit()
        self.name.setPlaceholderText("What the study is called")
        self.name.setMaxLength(100)
        self.words = QLineEdit(", ".join(words))
        self.words.setAccessibleName("Words, joined by commas")
        self.words.setCursorPosition(0)
        self.folder_button = text_button("Choose a folder…", icon="folder")
        self.folder_button.clicked.connect(self._choose)
        self.chosen = label("", "caption", wrap=True)
        self.order = QComboBox()
        for key, text in ORDERS.items():
            self.order.addItem(text, key)
        self.blocks = QCheckBox("folders are blocks")
        self.repeats = _spin(0, 0, 20_000, "Clips that come twice", " clips")
        self.gap = _spin(5, 0, 20_000, "Clips between the two, at least", " at least")
        self.pause = _spin(0, 0, 20_000, "Pause after so many clips", " clips")
        self.pause.setSpecialValueText("no pause")
        self.intensity = _spin(0, 0, 9, "Steps of strength", " steps")
        self.intensity.setSpecialValueText("not asked")
        self.replays = _spin(-1, -1, 1000, "Times a clip may be played again", " times")
        self.replays.setSpecialValueText("as often as wanted")
        self.seed = _spin(0, 0, 2**31 - 1, "Seed of the order")
        self.second = QCheckBox("a second word")
        self.unsure = QCheckBox("“can't tell”")
        self.unsure.setChecked(True)
        self.whole = QCheckBox("answers only after the whole clip")
        self.whole.setChecked(True)
        self.instructions = QPlainTextEdit()
        self.instructions.setPlaceholderText("What listeners read first")
        self.instructions.setTabChangesFocus(True)
        self.instructions.document().setDocumentMargin(0)  # its text begins as in other fields
        self.instructions.setFixedHeight(theme.px(74))
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(8))
        for place in (1, 3):  # two fields beside each other are as wide as each other
            grid.setColumnStretch(place, 1)
        lines: tuple[tuple[str, QWidget | QLayout, str, QWidget | None], ...] = (
            ("Name", self.name, "", None),
            ("Words", self.words, "", None),
            ("Clips", row(self.folder_button, self.chosen, wide=1), "", None),
            ("Instructions", self.instructions, "", None),
            ("Order", self.order, "", self.blocks),
            ("Twice", self.repeats, "Others between", self.gap),
            ("Pause after", self.pause, "Strength", self.intensity),
            ("Play again", self.replays, "Seed", self.seed),
            ("Allow", row(self.unsure, self.second, 1), "", None),
            ("", self.whole, "", None),
        )
        for place, (title, field, beside, other) in enumerate(lines):
            caption = label(title, "muted")
            span = 3 if other is None else 1 if beside else 2
            if field is self.instructions:  # beside its first line
                caption.setContentsMargins(0, theme.px(6), 0, 0)
                grid.addWidget(caption, place, 0, Qt.AlignmentFlag.AlignTop)
            else:
                grid.addWidget(caption, place, 0)
            if isinstance(field, QWidget):
                if title and not field.accessibleName():
                    field.setAccessibleName(title)
                grid.addWidget(field, place, 1, 1, span)
            else:
                grid.addLayout(field, place, 1, 1, span)
            if beside:
                grid.addWidget(label(beside, "muted"), place, 2)
            if other is not None:
                grid.addWidget(other, place, 3)
        holder = QWidget()
        holder.setLayout(grid)  # once it is filled; see `Question.put_below`
        self.body.addWidget(FittingArea(holder, least=150))
        self.keep_room_for_problem()
        self.name.textChanged.connect(self._check)
        self.words.textChanged.connect(self._check)
        self.name.setFocus()
        self._check()

    def _choose(self) -> None:
        folder = self._asking.folder("clips", "The clips of the study", parent=self)
        if folder is not None:
            self.paths = [folder]
            self._check()

    def _check(self) -> None:
        count = len(self.paths)
        if count == 1:  # a folder, or the only file
            self.chosen.setText(str(self.paths[0]))
        else:
            self.chosen.setText(f"the {count:,} files on the list" if count else "none yet")
        problem = ""
        try:
            if len(EmotionSet.of(self._words()).words) < 2:
                problem = "A study needs at least two words to choose from."
        except PerserError as error:
            problem = str(error)
        self.problem.setText(problem)
        named = bool(self.name.text().strip())
        self.accept_button.setEnabled(named and bool(self.paths) and not problem)

    def _words(self) -> list[str]:
        return [word.strip() for word in self.words.text().split(",") if word.strip()]

    @property
    def groups(self) -> str:
        """What a balanced order spreads."""
        return {"balanced": "speaker", "folders": "folder"}.get(self.order.currentData(), "")

    @property
    def study(self) -> Study:
        """The study as it was described, without its clips."""
        from perser_gui.desk.studies.definition import Study

        order = {"folders": "balanced"}.get(self.order.currentData(), self.order.currentData())
        return Study(
            self.name.text(),
            tuple(self._words()),
            (),
            instructions=self.instructions.toPlainText().strip(),
            order=order,
            seed=self.seed.value(),
            repeats=self.repeats.value(),
            gap=self.gap.value(),
            break_after=self.pause.value(),
            cant_tell=self.unsure.isChecked(),
            second_word=self.second.isChecked(),
            intensity=self.intensity.value(),
            replays=None if self.replays.value() < 0 else self.replays.value(),
            hear_whole=self.whole.isChecked(),
        )


class TakePartDialog(Question):
    """Asks who takes part: somebody known (`at_hand` is offered first), or a new pseudonym."""

    def __init__(
        self, parent: QWidget | None, study: str, names: Sequence[str], at_hand: str = ""
    ) -> None:
        super().__init__(
            parent,
            "Take part",
            f"Who listens in “{isolated(study)}”? Choose a name, or type a new pseudonym.",
            "Go on",
        )
        self.field = QComboBox()
        self.field.setEditable(True)
        self.field.setAccessibleName("Who listens")
        self.field.addItems(list(names))
        if at_hand in names:
            self.field.setCurrentText(at_hand)
        self.field.editTextChanged.connect(self._check)
        self.body.addWidget(self.field)
        self.field.setFocus()
        self._check()

    def _check(self) -> None:
        self.accept_button.setEnabled(bool(self.name))

    @property
    def name(self) -> str:
        """The pseudonym."""
        return " ".join(self.field.currentText().split())


def _spin(value: int, least: int, most: int, name: str, unit: str = "") -> QSpinBox:
    box = padded(QSpinBox())
    box.setAccessibleName(name)
    box.setRange(least, most)
    box.setValue(value)
    box.setSuffix(unit)
    box.setMinimumWidth(theme.px(92))
    return box
