"""The page that describes a new study: its lines and edges, also where there is little room."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, Offer
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.file_questions import FileQuestions

OFFERS = [
    Offer("all 3 clips", ["a", "b", "c"]),
    Offer("2 of 3 clips: those shown in the list", ["a", "b"], "the search “x”"),
]
FIELDS = (QLineEdit, QPlainTextEdit, QComboBox, QSpinBox)


@pytest.fixture
def dialog(qtbot, request: pytest.FixtureRequest) -> Iterator[NewStudyDialog]:
    look = theme.install(QApplication.instance())
    look.choose_text_size(request.param)
    parent = QWidget()
    qtbot.addWidget(parent)
    asking = FileQuestions(parent, tuple, lambda pairs: None)
    dialog = NewStudyDialog(None, ("high", "low"), OFFERS, asking)
    qtbot.addWidget(dialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.show()
    QApplication.processEvents()
    yield dialog
    look.choose_text_size(1.0)


def placed(dialog: NewStudyDialog, *kinds: type[QWidget]) -> list[QRect]:
    """Return where the fields of these kinds stand in the dialog."""
    return [
        QRect(field.mapTo(dialog, QPoint()), field.size())
        for kind in kinds
        for field in dialog.findChildren(kind)
        if field.isVisibleTo(dialog) and not isinstance(field.parent(), QSpinBox)
    ]


@pytest.mark.parametrize("dialog", [1.0], indirect=True)
def test_fields_stand_on_common_edges_and_are_equally_high(dialog: NewStudyDialog) -> None:
    fields = placed(dialog, *FIELDS)
    assert len(fields) == 11
    assert len({field.left() for field in fields}) == 1
    assert len({field.width() for field in placed(dialog, QSpinBox)}) == 1
    assert len({field.right() for field in placed(dialog, QLineEdit, QPlainTextEdit)}) == 1
    heights = {field.height() for field in placed(dialog, QLineEdit, QComboBox, QSpinBox)}
    assert max(heights) - min(heights) <= 1, heights
    texts = dialog.instructions
    first = texts.cursorRect().left() + texts.viewport().mapTo(dialog, QPoint()).x()
    line = dialog.name.cursorRect().center().x() + dialog.name.mapTo(dialog, QPoint()).x()
    assert abs(first - line) <= 2


@pytest.mark.parametrize("dialog", [1.0, 2.0], indirect=True)
def test_nothing_overlaps_and_the_buttons_stay_on_a_small_screen(dialog: NewStudyDialog) -> None:
    kinds = (*FIELDS, QCheckBox)
    for one, other in combinations(placed(dialog, *kinds), 2):
        assert not one.intersects(other), (one, other)
    assert dialog.height() <= dialog.screen().availableGeometry().height()
    button = dialog.findChildren(QPushButton)[-1]
    assert dialog.rect().contains(QRect(button.mapTo(dialog, QPoint()), button.size()))


@pytest.mark.parametrize("dialog", [1.0], indirect=True)
def test_every_number_has_a_unit_and_a_line_that_says_what_it_does(dialog: NewStudyDialog) -> None:
    said = {label.text() for label in dialog.findChildren(QLabel)}
    for field in dialog.findChildren(QSpinBox):
        assert field.suffix() or field is dialog.seed
        assert field.accessibleName() in said
        assert len(field.accessibleDescription().split()) > 3
        assert field.accessibleDescription() in said


@pytest.mark.parametrize("dialog", [1.0], indirect=True)
def test_the_last_answer_to_which_clips_counts(dialog: NewStudyDialog) -> None:
    everything = ["a", "b", "c"]
    assert (dialog.contents, dialog.paths) == (everything, [])
    dialog.take_folder(Path("first"))
    dialog.take_folder(Path("second"))
    assert (dialog.contents, dialog.paths) == ([], [Path("second")])
    assert dialog.clips.count() == 3
    dialog.clips.setCurrentIndex(0)
    assert (dialog.contents, dialog.paths) == (everything, [])


@pytest.mark.parametrize("dialog", [1.0], indirect=True)
def test_by_which_search_clips_are_shown_stands_below_them(dialog: NewStudyDialog) -> None:
    assert not dialog.by.isVisible()
    dialog.clips.setCurrentIndex(1)
    assert dialog.by.isVisible()
    assert dialog.by.text() == "Shown there by the search “x”; the others are left out."
    assert dialog.contents == ["a", "b"]
    dialog.take_folder(Path("folder"))
    assert not dialog.by.isVisible()


@pytest.mark.parametrize("dialog", [1.0], indirect=True)
def test_what_comes_before_a_repeat_is_asked_where_clips_are_heard_twice(dialog) -> None:
    assert not dialog.gap.isEnabled()
    dialog.repeats.setValue(2)
    assert dialog.gap.isEnabled()
    dialog.repeats.setValue(0)
    assert not dialog.gap.isEnabled()
