"""Recording a clip: level, warnings, takes, and what is kept; without a device of this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from perser_gui.errors import PerserError
from perser_gui.records import Clip, Waveform
from perser_gui.ui.acts.recording import ClipRecording
from perser_gui.ui.dialogs.record_dialog import RecordDialog
from perser_gui.ui.shell.window import MainWindow

from ..fake_desk import FakeDesk
from ..fake_player import FakePlayer

LEFT = Qt.MouseButton.LeftButton


class FakeMicrophone:
    """Hands out what the test says."""

    made: ClassVar[list[FakeMicrophone]] = []
    refusal = ""

    def __init__(self, key: str) -> None:
        self.level = SimpleNamespace(rms_db=-20.0, peak_db=-6.0, clipped=False)
        self.name, self.problem = "Desk Microphone", None
        self.running = False
        self.hear: Callable[[np.ndarray, float], None] = lambda block, seconds: None
        self.lose: Callable[[str], None] | None = None
        FakeMicrophone.made.append(self)

    def start(self, on_block, on_lost=None) -> None:
        if FakeMicrophone.refusal:
            raise PerserError(FakeMicrophone.refusal)
        self.hear, self.lose, self.running = on_block, on_lost, True

    def stop(self) -> None:
        self.running = False


@pytest.fixture
def dialog(window: MainWindow, desk: FakeDesk, qtbot) -> Iterator[RecordDialog]:
    FakeMicrophone.made, FakeMicrophone.refusal = [], ""
    recording = ClipRecording(window.workbench, FakeMicrophone, FakePlayer)
    found = RecordDialog(window, recording, "Recording 1")
    qtbot.addWidget(found)
    found.show()
    yield found
    found.reject()
    qtbot.waitUntil(lambda: not window.runner.busy)


def take(dialog: RecordDialog, qtbot, sound: np.ndarray) -> FakeMicrophone:
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog._recording.phase == "recording")
    microphone = FakeMicrophone.made[-1]
    microphone.hear(sound, 0.0)
    qtbot.waitUntil(lambda: dialog.clock.text() != "0.0 s")
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog._recording.phase == "idle")
    return microphone


def tone(seconds: float, loud: float = 0.3) -> np.ndarray:
    return (loud * np.sin(np.arange(round(16_000 * seconds)) / 20)).astype(np.float32)


def test_a_second_take_is_heard_and_kept_under_its_name(
    dialog: RecordDialog, window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    kept: list[tuple[Waveform, str, str]] = []

    def keep(sound, session, progress, *, name=""):
        kept.append((sound, session, name))
        clip = Clip("9" * 64, desk.library[0].path.with_name(f"{name}.wav"), sound.seconds)
        desk.library.append(clip)
        return clip

    desk.keep_recording = keep
    assert dialog.record.text() == "Record"
    assert not dialog.accept_button.isEnabled()
    first = take(dialog, qtbot, tone(1.0))
    assert not first.running
    assert dialog.record.text() == "Second take"
    take(dialog, qtbot, tone(2.0))
    assert [dialog.takes.itemText(i) for i in range(2)] == ["Take 1, 1.0 s", "Take 2, 2.0 s"]
    assert dialog.takes.currentIndex() == 1
    qtbot.mouseClick(dialog.listen, LEFT)
    qtbot.waitUntil(lambda: bool(FakePlayer.made) and FakePlayer.made[-1].playing)
    assert FakePlayer.made[-1].waveform is dialog._recording.takes[1]
    assert kept == []
    dialog.name.setText("angry, again")
    dialog.speaker.setText("ana")
    qtbot.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: not dialog.isVisible())
    ((sound, session, name),) = kept
    assert (sound.seconds, session, name) == (2.0, "ana", "angry, again")
    assert window.session.current == "9" * 64


def test_sound_that_is_too_loud_is_told_while_it_is_recorded_and_after(
    dialog: RecordDialog, qtbot
) -> None:
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog._recording.phase == "recording")
    microphone = FakeMicrophone.made[-1]
    microphone.problem = "The microphone “Desk Microphone” is too loud and its sound is clipped."
    microphone.level.clipped = True
    microphone.hear(tone(1.0, 1.0), 0.0)
    qtbot.waitUntil(lambda: "clipped" in dialog.problem.text())
    assert dialog.level.accessibleDescription() == "Too loud: clipped"
    microphone.problem, microphone.level.clipped = None, False
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog._recording.phase == "idle")
    assert "clipped" in dialog.problem.text()


def test_without_a_microphone_it_says_why_and_can_be_tried_again(
    dialog: RecordDialog, qtbot
) -> None:
    FakeMicrophone.refusal = "PortAudio is not installed; please install libportaudio2."
    fields = (dialog.name, dialog.speaker)
    before = [(field.y(), field.height()) for field in fields]
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog.problem.text() == FakeMicrophone.refusal)
    QApplication.processEvents()
    assert [(field.y(), field.height()) for field in fields] == before
    assert dialog.record.isEnabled()
    FakeMicrophone.refusal = ""
    take(dialog, qtbot, tone(1.0))
    assert dialog.problem.text() == ""


@pytest.mark.parametrize(
    ("sound", "said"), [(tone(0.05), "too short"), (np.zeros(16_000, np.float32), "zeros")]
)
def test_what_is_no_good_take_is_said(
    dialog: RecordDialog, qtbot, sound: np.ndarray, said: str
) -> None:
    take(dialog, qtbot, sound)
    assert said in dialog.problem.text()


def test_a_microphone_that_is_pulled_out_leaves_what_was_heard(dialog: RecordDialog, qtbot) -> None:
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog._recording.phase == "recording")
    microphone = FakeMicrophone.made[-1]
    microphone.hear(tone(1.5), 0.0)
    assert microphone.lose is not None
    microphone.lose("The microphone was lost.")
    qtbot.waitUntil(lambda: dialog._recording.phase == "idle")
    assert [one.seconds for one in dialog._recording.takes] == [1.5]
    assert dialog.problem.text() == "The microphone was lost."


def test_closing_while_it_records_gives_the_microphone_back_and_keeps_nothing(
    dialog: RecordDialog, window: MainWindow, qtbot
) -> None:
    clips = len(window.session.rows)
    qtbot.mouseClick(dialog.record, LEFT)
    qtbot.waitUntil(lambda: dialog._recording.phase == "recording")
    dialog.close()
    qtbot.waitUntil(lambda: not FakeMicrophone.made[-1].running)
    assert len(window.session.rows) == clips


def test_a_clip_that_cannot_be_kept_stays_to_be_tried_again(
    dialog: RecordDialog, desk: FakeDesk, qtbot
) -> None:
    def refuse(sound, session, progress, *, name=""):
        raise PerserError("The disk is full.")

    desk.keep_recording = refuse
    take(dialog, qtbot, tone(1.0))
    qtbot.mouseClick(dialog.accept_button, LEFT)
    qtbot.waitUntil(lambda: dialog.problem.text() == "The disk is full.")
    assert dialog.isVisible()
    assert dialog.accept_button.isEnabled()
