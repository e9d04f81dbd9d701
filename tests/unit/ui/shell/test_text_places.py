"""Whose key it is that comes right after a text: in a window, and in a dialog that labels."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QLineEdit, QVBoxLayout, QWidget

from perser_gui.ui.shell.text_places import TextPlaces
from perser_gui.ui.widgets.typed_on import LABELS_BY_KEY, typed_on


class Answers(QDialog):
    """A line of text above a place to click, which keeps every key that comes to it."""

    def __init__(self, *, labels: bool) -> None:
        super().__init__()
        self.setProperty(LABELS_BY_KEY, labels)
        self.line, self.beside = QLineEdit(), QLabel("beside")
        self.beside.setMinimumSize(80, 80)
        self.beside.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        layout = QVBoxLayout(self)
        layout.addWidget(self.line)
        layout.addWidget(self.beside)
        self.heard = ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.heard += event.text()

    def click(self, part: QWidget) -> None:
        place = part.mapTo(self, part.rect().center())
        QTest.mouseClick(
            self.windowHandle(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place
        )

    def type(self, key: Qt.Key) -> None:
        QTest.keyClick(self.windowHandle(), key)


@pytest.fixture
def home_of_all(qtbot) -> Iterator[QWidget]:
    owner = QWidget()
    qtbot.addWidget(owner)
    owner.show()
    typed_on._until, typed_on.writing = float("-inf"), False
    yield owner
    typed_on._until, typed_on.writing = float("-inf"), False


def opened(qtbot, owner: QWidget, *, labels: bool) -> tuple[Answers, TextPlaces]:
    dialog = Answers(labels=labels)
    qtbot.addWidget(dialog)
    dialog.move(QPoint(20, 20))
    dialog.show()
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    places = TextPlaces(owner)
    places.start()
    dialog.line.setFocus()
    return dialog, places


@pytest.mark.parametrize("labels", [True, False])
def test_a_field_that_is_left_by_a_click_keeps_its_text_from_what_labels(
    home_of_all: QWidget, qtbot, labels: bool
) -> None:
    dialog, places = opened(qtbot, home_of_all, labels=labels)
    told: list[bool] = []
    places.kept.connect(lambda: told.append(True))
    dialog.type(Qt.Key.Key_A)
    assert dialog.line.text() == "a"
    dialog.click(dialog.beside)
    dialog.type(Qt.Key.Key_1)
    dialog.type(Qt.Key.Key_2)
    assert dialog.heard == ("" if labels else "12")
    assert told == ([True] if labels else [])
    typed_on._until = 0.0  # a pause
    dialog.type(Qt.Key.Key_3)
    assert dialog.heard.endswith("3")


def test_who_leaves_a_field_by_a_key_answers_at_once(home_of_all: QWidget, qtbot) -> None:
    dialog, _ = opened(qtbot, home_of_all, labels=True)
    dialog.type(Qt.Key.Key_A)
    dialog.type(Qt.Key.Key_Return)
    dialog.beside.setFocus()
    dialog.click(dialog.beside)
    dialog.type(Qt.Key.Key_1)
    assert dialog.heard.endswith("1")


def test_who_has_typed_nothing_answers_at_once(home_of_all: QWidget, qtbot) -> None:
    dialog, _ = opened(qtbot, home_of_all, labels=True)
    dialog.click(dialog.beside)
    dialog.type(Qt.Key.Key_1)
    assert dialog.heard == "1"
