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
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QWidget,
)

from perser_gui.ui.dialogs.study_dialog import NewStudyDialog
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.file_questions import FileQuestions

FIELDS = (QLineEdit, QPlainTextEdit, QComboBox, QSpinBox)


@pytest.fixture
def dialog(qtbot, request: pytest.FixtureRequest) -> Iterator[NewStudyDialog]:
    look = theme.install(QApplication.instance())
    look.choose_text_size(request.param)
    parent = QWidget()
    qtbot.addWidget(parent)
    asking = FileQuestions(parent, tuple, lambda pairs: None)
    dialog = NewStudyDialog(None, ("high", "low"), [Path("a.wav")], asking)
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
def test_fields_stand_on_two_common_edges_and_are_equally_high(dialog: NewStudyDialog) -> None:
    fields = placed(dialog, *FIELDS)
    assert len(fields) == 10
    assert len({field.left() for field in fields}) == 2
    assert len({field.width() for field in placed(dialog, QSpinBox)}) <= 2
    end = dialog.accept_button.geometry().right()
    right = {field.right() for field in fields if field.left() == max(f.left() for f in fields)}
    assert right == {end}
    assert placed(dialog, QLineEdit)[0].right() == end
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
