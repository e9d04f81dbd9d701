"""Where nothing can be heard no answer is taken; the task can be gone through all the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.desk.studies.definition import Study
from perser_gui.desk.studies.sitting import Sitting, StudyTrial
from perser_gui.errors import PerserError
from perser_gui.ui.acts.taking_part import TakingPart
from perser_gui.ui.study.task_window import TRIAL_RUN, UNHEARD, TaskWindow

from ..fake_player import FakePlayer

STUDY = Study("Kitchen table", ("high", "low"), (), intensity=3, break_after=2)


class Nowhere(FakePlayer):
    """A loudspeaker that is not there."""

    def play(self, start=0.0, end=None, loop=False, speed=1.0) -> None:
        raise PerserError("No loudspeaker was found.")


@pytest.fixture
def part(window, desk) -> Iterator[TakingPart]:
    desk.kept = []
    desk.answer_trial = lambda *args, **more: desk.kept.append(args)
    clips = [row.clip.content for row in window.session.rows[:3]]
    trials = tuple(StudyTrial(number, clip) for number, clip in enumerate(clips, start=1))
    part = window.taking_part
    part.begin(Sitting(1, STUDY, window.session.listener, trials))
    yield part
    part.leave()


@pytest.fixture
def task(window, part: TakingPart, qtbot) -> Iterator[TaskWindow]:
    task = TaskWindow(window, part)
    window.workbench.changed.connect(task.take)
    task.resize(1000, 650)
    task.show()
    yield task
    window.workbench.changed.disconnect(task.take)
    task.accept()
    task.deleteLater()


def texts(task: TaskWindow) -> str:
    """What the page says that is shown."""
    page = task._pages.currentWidget()
    return " ".join(w.text() for w in page.findChildren(type(task.unheard)) if w.isVisible())


def test_without_a_loudspeaker_the_task_is_gone_through_and_nothing_is_kept(
    task: TaskWindow, part: TakingPart, desk, qtbot
) -> None:
    part._make_player = Nowhere
    QTest.keyClick(task, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.phase == "problem")
    assert "No loudspeaker was found." in texts(task)
    assert task.silent_button.isVisible()
    QTest.keyClick(task, Qt.Key.Key_1)
    assert part.phase == "problem", "no answer is taken to what was not heard"
    task.silent_button.click()
    assert part.may_answer
    assert task.unheard.isVisible()
    assert task.unheard.text() == UNHEARD
    for number in (1, 2, 3):
        qtbot.waitUntil(lambda: part.trial is not None and part.may_answer)
        assert part.trial.number == number
        QTest.keyClick(task, Qt.Key.Key_1)
        QTest.keyClick(task, Qt.Key.Key_2)
        if number == 2:
            qtbot.waitUntil(lambda: part.phase == "pause")
            assert "kept" not in texts(task)
            QTest.keyClick(task, Qt.Key.Key_Return)
        else:
            qtbot.waitUntil(lambda: not part.saving)
    qtbot.waitUntil(lambda: part.phase == "done")
    assert TRIAL_RUN in texts(task)
    assert desk.kept == []


def test_a_volume_of_nothing_takes_no_answer(task: TaskWindow, part, window, desk, qtbot) -> None:
    window.workbench.choose(volume=0.0)
    QTest.keyClick(task, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.phase == "problem")
    assert "turned down to nothing" in texts(task)
    assert part.plays == 0
    window.workbench.choose(volume=1.0)
    QTest.keyClick(task, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.phase == "trial" and part.playing)
    assert not part.rehearsing


def test_a_clip_that_cannot_be_read_offers_no_run_without_sound(
    task: TaskWindow, part: TakingPart, desk, qtbot
) -> None:
    def refuse(clip: str, *more: object) -> None:
        raise PerserError("The file is gone.")

    desk.waveform = refuse
    QTest.keyClick(task, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.phase == "problem")
    assert not task.silent_button.isVisible()
    part.rehearse()
    assert part.phase == "problem"


def test_no_answer_is_taken_before_the_loudspeaker_began(
    task: TaskWindow, part: TakingPart, desk, qtbot
) -> None:
    """A quick press must not come before it is known that nothing can be heard."""

    def kept(sitting: Sitting, number: int, *, words: tuple[str, ...], **more: object) -> Sitting:
        desk.kept.append(words)
        return sitting.rehearsed(number, words)

    pressed = threading.Event()

    class Slow(Nowhere):
        def play(self, *given, **more) -> None:
            pressed.wait(20)
            super().play(*given, **more)

    desk.answer_trial = kept
    part._make_player = Slow
    part.sitting = replace(part.sitting, study=replace(STUDY, hear_whole=False, intensity=0))
    QTest.keyClick(task, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.plays > 0)
    could = part.may_answer
    QTest.keyClick(task, Qt.Key.Key_1)
    pressed.set()
    assert not could
    qtbot.waitUntil(lambda: part.phase == "problem")
    assert desk.kept == []
    part._player = FakePlayer()
    QTest.keyClick(task, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: part.may_answer)
    assert not part.heard
    QTest.keyClick(task, Qt.Key.Key_1)
    qtbot.waitUntil(lambda: desk.kept == [("high",)])
