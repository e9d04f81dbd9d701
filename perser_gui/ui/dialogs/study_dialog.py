"""The questions about studies: what a new one asks, and who takes part."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QGridLayout,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QSizePolicy,
    QSpinBox,
    QWidget,
)

from perser_gui.bidi import in_order, isolated, isolated_path
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import label, row, text_button
from perser_gui.ui.widgets.file_questions import FileQuestions
from perser_gui.ui.widgets.fitting_area import FittingArea
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.text_fields import padded

if TYPE_CHECKING:
    from perser_gui.desk.studies.definition import Study

BY = Qt.ItemDataRole.UserRole + 1
"""By what the clips of an item are shown."""

ORDERS = {
    "random": "random, another for each listener",
    "balanced": "balanced over speakers",
    "folders": "balanced over folders",
    "listed": "as listed",
}


class Offer(NamedTuple):
    """Clips on the list that a study can have: what is said of them, and by what they are shown."""

    text: str
    clips: Sequence[str]
    by: str = ""


FOLDER = "the folder "
"""Begins what is said of the clips of a folder."""


class NewStudyDialog(Question):
    """Asks what a new study is made of.

    `offers` are the clips on the list that it can have: all, those shown, those chosen; the first
    is offered. Below them stands which search or filter is meant. A folder can always be chosen.
    """

    def __init__(
        self,
        parent: QWidget | None,
        words: Sequence[str],
        offers: Sequence[Offer],
        asking: FileQuestions,
    ) -> None:
        super().__init__(
            parent,
            "New study",
            "Every listener hears the same clips and chooses from the same words. No prediction "
            "is ever shown to them.",
            "Make the study",
        )
        self.setMinimumWidth(theme.px(650))
        self._asking = asking
        self.name = QLineEdit()
        self.name.setPlaceholderText("What the study is called")
        self.name.setMaxLength(100)
        self.words = QLineEdit(", ".join(words))
        self.words.setAccessibleName("Words, joined by commas")
        self.words.setCursorPosition(0)
        self.clips = RoomyBox()
        self.clips.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for offer in offers:
            self.clips.addItem(offer.text, list(offer.clips))
            self.clips.setItemData(self.clips.count() - 1, offer.by, BY)
        self.by = label("", "caption", wrap=True)
        self.clips.setPlaceholderText("none yet")
        self.clips.currentIndexChanged.connect(self._check)
        self.folder_button = text_button("Choose a folder…", icon="folder")
        self.folder_button.clicked.connect(self._choose)
        self.order = RoomyBox()
        for key, text in ORDERS.items():
            self.order.addItem(text, key)
        self.blocks = QCheckBox("the clips of a folder come together")
        self.repeats = _spin(0, 0, 20_000, " clips", "none")
        self.gap = _spin(5, 0, 20_000, " clips")
        self.gap.setEnabled(False)
        self.repeats.valueChanged.connect(lambda clips: self.gap.setEnabled(clips > 0))
        self.pause = _spin(0, 0, 20_000, " clips", "no pause")
        self.intensity = _spin(0, 0, 9, " steps", "not asked")
        self.replays = _spin(-1, -1, 1000, " times", "freely")
        self.seed = _spin(0, 0, 2**31 - 1)
        self.second = QCheckBox("a second word")
        self.unsure = QCheckBox(in_order("“can't tell”"))
        self.unsure.setChecked(True)
        self.whole = QCheckBox("answers only after the whole clip")
        self.whole.setChecked(True)
        self.instructions = QPlainTextEdit()
        self.instructions.setPlaceholderText("What listeners read first")
        self.instructions.setTabChangesFocus(True)
        self.instructions.document().setDocumentMargin(0)  # its text begins as in other fields
        self.instructions.setFixedHeight(theme.px(74))
        holder = QWidget()
        holder.setLayout(self._lines())  # once it is filled; see `Question.put_below`
        self.body.addWidget(FittingArea(holder, least=150))
        self.keep_room_for_problem()
        self.name.textChanged.connect(self._check)
        self.words.textChanged.connect(self._check)
        self.name.setFocus()
        self._check()

    def _lines(self) -> QGridLayout:
        """Return the fields with what they are called; a number also says what it does."""
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(8))
        grid.setColumnStretch(2, 1)
        lines: tuple[tuple[str, QWidget | QLayout, str], ...] = (
            ("Name", self.name, ""),
            ("Words", self.words, ""),
            ("Clips", row(self.clips, self.folder_button, wide=0), ""),
            ("", self.by, ""),
            ("Instructions", self.instructions, ""),
            ("Order", self.order, ""),
            ("", self.blocks, ""),
            ("Heard twice", self.repeats, "shows whether a listener answers the same again"),
            ("Before the repeat", self.gap, "at least so many other clips come in between"),
            ("A pause after every", self.pause, "listeners may rest, or go on at once"),
            ("Ask the strength", self.intensity, "how strongly the emotion is heard"),
            ("Play again", self.replays, "how often, after a clip was heard once"),
            ("Seed of the order", self.seed, "the same number deals the same orders again"),
            ("Allow", row(self.unsure, self.second, 1), ""),
            ("", self.whole, ""),
        )
        self.clips.setAccessibleName("Clips")
        for place, (title, field, said) in enumerate(lines):
            caption = label(title, "muted")
            if field is self.instructions:  # beside its first line
                caption.setContentsMargins(0, theme.px(6), 0, 0)
                grid.addWidget(caption, place, 0, Qt.AlignmentFlag.AlignTop)
            else:
                grid.addWidget(caption, place, 0)
            span = 1 if said else 2
            if isinstance(field, QWidget):
                if title and not field.accessibleName():
                    field.setAccessibleName(title)
                field.setAccessibleDescription(said)
                grid.addWidget(field, place, 1, 1, span)
            else:
                grid.addLayout(field, place, 1, 1, span)
            if said:
                grid.addWidget(label(said, "caption", wrap=True), place, 2)
        return grid

    def _choose(self) -> None:
        folder = self._asking.folder("clips", "The clips of the study", parent=self)
        if folder is not None:
            self.take_folder(folder)

    def take_folder(self, folder: Path) -> None:
        """Take the clips of a folder instead of those on the list."""
        there = range(self.clips.count())
        place = next((n for n in there if isinstance(self.clips.itemData(n), Path)), len(there))
        if place == len(there):
            self.clips.addItem(FOLDER)
        self.clips.setItemText(place, f"{FOLDER}{isolated_path(folder)}")
        self.clips.setItemData(place, folder)
        self.clips.setCurrentIndex(place)
        self._check()

    @property
    def paths(self) -> list[Path]:
        """The folder whose clips are taken; none where those on the list are."""
        chosen = self.clips.currentData()
        return [chosen] if isinstance(chosen, Path) else []

    @property
    def contents(self) -> list[str]:
        """The clips on the list that are taken; none where those of a folder are."""
        chosen = self.clips.currentData()
        return chosen if isinstance(chosen, list) else []

    @Slot()
    def _check(self) -> None:
        by = self.clips.currentData(BY)
        self.by.setText(f"Shown there by {by}; the others are left out." if by else "")
        self.by.setVisible(bool(by))
        problem = ""
        try:
            if len(EmotionSet.of(self._words()).words) < 2:
                problem = "A study needs at least two words to choose from."
        except PerserError as error:
            problem = str(error)
        self.problem.setText(problem)
        named = bool(self.name.text().strip())
        self.accept_button.setEnabled(named and bool(self.paths or self.contents) and not problem)

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


def _spin(value: int, least: int, most: int, unit: str = "", at_least: str = "") -> QSpinBox:
    """Return a field for a number with its unit; `at_least` is what its least number means."""
    box = padded(QSpinBox())
    box.setRange(least, most)
    box.setValue(value)
    box.setSuffix(unit)
    box.setSpecialValueText(at_least)
    box.setFixedWidth(theme.px(136))
    return box
