"""What a listener of a study sees first: the instructions, in line and in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QWidget

from perser_gui.desk.studies.definition import Study
from perser_gui.desk.studies.sitting import Sitting
from perser_gui.ui.study.task_window import HIGHEST, WIDEST, TaskWindow

SIZES = [(640, 460), (1000, 650), (1280, 800), (1900, 1000)]


@pytest.fixture
def task(window, request: pytest.FixtureRequest, qtbot) -> Iterator[TaskWindow]:
    text, size = request.param
    study = Study("Kitchen table", ("high", "low"), (), instructions=text, intensity=5)
    window.taking_part.begin(Sitting(1, study, window.session.listener, ()))
    window.taking_part._show("instructions")
    task = TaskWindow(window, window.taking_part, minutes=3)
    task.resize(*size)
    task.show()
    for _ in range(5):
        QApplication.processEvents()
    yield task
    task.accept()
    task.deleteLater()


def place(widget: QWidget, task: TaskWindow) -> QRect:
    return QRect(widget.mapTo(task, QPoint()), widget.size())


@pytest.mark.parametrize("task", [("Say what you hear.", s) for s in SIZES], indirect=True)
def test_short_instructions_stand_together_in_the_middle(task: TaskWindow) -> None:
    card = task.instructions.findChild(QFrame, "panel")
    box = place(card, task)
    assert abs(box.center().x() - task.rect().center().x()) <= 1
    page = place(task.instructions, task)
    assert abs(box.center().y() - page.center().y()) <= 1
    shown = [w for w in card.findChildren(QLabel) if w.isVisible()]
    assert len({place(one, task).left() for one in (*shown, task.begin_button)}) == 1
    parts = sorted((place(one, task) for one in (*shown, task.begin_button)), key=QRect.top)
    gaps = [low.top() - high.bottom() for high, low in pairwise(parts)]
    assert len(parts) == 4
    assert max(gaps) <= 24, gaps
    assert box.bottom() - parts[-1].bottom() <= 32
    assert place(task.leave_button, task).right() == place(task.progress, task).right()


@pytest.mark.parametrize("task", [("Listen well. " * 300, s) for s in SIZES], indirect=True)
def test_long_instructions_are_scrolled_and_begin_stays(task: TaskWindow) -> None:
    assert task.rect().contains(place(task.begin_button, task))
    area = task.instructions.findChild(QScrollArea)
    text = area.findChild(QLabel)
    assert text.height() >= text.heightForWidth(text.width())
    assert area.verticalScrollBar().maximum() == area.widget().height() - area.viewport().height()
    if task.height() >= 650:
        assert area.height() >= 0.35 * task.height()


@pytest.mark.parametrize("task", [("Listen.", s) for s in [*SIZES, (2560, 1440)]], indirect=True)
def test_words_and_steps_stay_in_sight_together_on_a_large_screen(task: TaskWindow) -> None:
    task._pages.setCurrentWidget(task.trial_page)
    QApplication.processEvents()
    words, leave = place(task.grid, task), place(task.unsure_button, task)
    further = place(task.next_button, task)
    assert words.width() <= WIDEST
    assert further.bottom() - words.bottom() <= HIGHEST
    assert abs(words.center().x() - task.rect().center().x()) <= 2
    assert task.rect().contains(leave)
    assert task.rect().contains(further)
    assert leave.left() == words.left()
    ends = [place(one, task) for one in (task.progress, task._top)]
    assert {(one.left(), one.right()) for one in ends} == {(words.left(), words.right())}


@pytest.mark.parametrize("task", [("Listen.", s) for s in SIZES], indirect=True)
def test_steps_of_strength_are_as_easy_to_press_as_words(task: TaskWindow) -> None:
    task._pages.setCurrentWidget(task.trial_page)
    QApplication.processEvents()
    words = place(task.grid.buttons[0], task)
    task._answer.setCurrentWidget(task._strength)
    QApplication.processEvents()
    steps = [place(one, task) for one in task.steps]
    assert {(one.top(), one.height()) for one in steps} == {(words.top(), steps[0].height())}
    assert steps[0].height() >= min(words.height(), 60)


@pytest.mark.parametrize("task", [("Listen.", (1000, 650))], indirect=True)
def test_how_far_one_is_stands_at_the_edge_when_there_is_nothing_left_to_leave(
    task: TaskWindow,
) -> None:
    task.place.setText("10 of 10")
    before = place(task.progress, task)
    task.leave_button.hide()
    for _ in range(10):
        QApplication.processEvents()
    assert place(task.progress, task) == before
    assert place(task.place, task).right() == before.right()


@pytest.mark.parametrize("task", [("Listen.", (1000, 650))], indirect=True)
def test_whoever_wants_to_leave_reads_in_the_pause_how(window, task: TaskWindow) -> None:
    window.taking_part._show("pause")
    task.show_part()
    said = task.pause_page.findChild(QLabel, "said")
    assert "answered, and kept. Esc leaves; you can go on another day." in said.text()


def test_a_long_name_of_a_study_leaves_room_for_the_rest(window, qtbot) -> None:
    study = Study("A very long name of a study " * 4, ("high", "low"), ())
    window.taking_part.begin(Sitting(1, study, window.session.listener, ()))
    task = TaskWindow(window, window.taking_part)
    task.leave_button.show()
    task.resize(640, 460)
    task.show()
    QApplication.processEvents()
    assert task.width() == 640
    assert task.rect().contains(place(task.leave_button, task))
    task.accept()
    task.deleteLater()
