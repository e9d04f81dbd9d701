"""The questions about studies: what a new one asks, and who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import label, row, text_button
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

    def __init__(self, parent: QWidget | None, words: Sequence[str], files: Sequence[Path]) -> None:
        super().__init__(
            parent,
            "New study",
            "Every listener hears the same clips and chooses from the same words. No prediction "
            "is ever shown to them.",
            "Make the study",
        )
        self.setMinimumWidth(theme.px(560))
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
        self.repeats = _spin(0, 0, 20_000, "Clips that come twice")
        self.gap = _spin(5, 0, 20_000, "Clips between the two")
        self.pause = _spin(0, 0, 20_000, "Pause after so many clips")
        self.pause.setSpecialValueText("no pause")
        self.intensity = _spin(0, 0, 9, "Steps of strength")
        self.intensity.setSpecialValueText("not asked")
        self.replays = _spin(-1, -1, 1000, "Times a clip may be played again")
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
        self.instructions.setFixedHeight(theme.px(74))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(8))
        lines: tuple[tuple[str, QWidget | QLayout], ...] = (
            ("Name", self.name),
            ("Words", self.words),
            ("Clips", row(self.folder_button, self.chosen, wide=1)),
            ("Instructions", self.instructions),
            ("Order", row(self.order, self.blocks, 1)),
            (
                "Twice",
                row(
                    self.repeats,
                    label("clips, with at least"),
                    self.gap,
                    label("others between"),
                    1,
                ),
            ),
            ("Pause after", row(self.pause, label("Strength"), self.intensity, 1)),
            ("Play again", row(self.replays, label("Seed"), self.seed, 1)),
            ("Allow", row(self.unsure, self.second, 1)),
            ("", self.whole),
        )
        for place, (title, field) in enumerate(lines):
            caption = label(title, "muted")
            if field is self.instructions:  # beside its first line
                caption.setContentsMargins(0, theme.px(8), 0, 0)
                grid.addWidget(caption, place, 0, Qt.AlignmentFlag.AlignTop)
            else:
                grid.addWidget(caption, place, 0)
            if isinstance(field, QWidget):
                if title:
                    field.setAccessibleName(title)
                grid.addWidget(field, place, 1)
            else:
                grid.addLayout(field, place, 1)
        self.put_below(grid)
        self.keep_room_for_problem()
        self.name.textChanged.connect(self._check)
        self.words.textChanged.connect(self._check)
        self.name.setFocus()
        self._check()

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "The clips of the study")
        if name:
            self.paths = [Path(name)]
            self._check()

    def _check(self) -> None:
        count = len(self.paths)
        if count == 1:
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
    """Asks who takes part: somebody known, or a new pseudonym."""

    def __init__(self, parent: QWidget | None, study: str, names: Sequence[str]) -> None:
        super().__init__(
            parent,
            "Take part",
            f"Who listens in “{study}”? Choose a name, or type a new pseudonym.",
            "Go on",
        )
        self.field = QComboBox()
        self.field.setEditable(True)
        self.field.setAccessibleName("Who listens")
        self.field.addItems(list(names))
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


def _spin(value: int, least: int, most: int, name: str) -> QSpinBox:
    box = padded(QSpinBox())
    box.setAccessibleName(name)
    box.setRange(least, most)
    box.setValue(value)
    box.setMinimumWidth(theme.px(92))
    return box
