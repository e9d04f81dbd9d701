"""A walk over all that can be pressed, in every state of the desk, through the real program."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication

from perser_gui.audio import devices as devices_module
from perser_gui.audio import open_waveform
from perser_gui.audio.devices import Device
from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips
from perser_gui.live import SampleSource
from perser_gui.settings import Settings, load_settings, save_settings
from perser_gui.testing import tiny_checkpoint, tiny_encoder, write_tone
from perser_gui.ui.acts import live_session, loudspeaker, microphones
from perser_gui.ui.shell import application
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, Script, act
from .every_action import VIEWS, Answers, Faults, Press, SilentPlayer, pressable, quiet
from .wrapped import borrowed

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@dataclass
class Stage:
    """What a walk needs: dialogs that are answered, faults that are caught, a held adaptation."""

    answers: Answers
    faults: Faults
    held: threading.Event
    audio: Path
    recording: Path


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qapp) -> Iterator[Stage]:
    from perser_gui.model.checkpoint import save_checkpoint
    from perser_gui.upstream import encoders

    checkpoint = save_checkpoint(tiny_checkpoint(), tmp_path / "checkpoint")
    monkeypatch.setattr(encoders, "load_encoder", lambda *_args, **_options: tiny_encoder())
    monkeypatch.setattr(loudspeaker, "_system_player", SilentPlayer)
    monkeypatch.setattr(microphones, "_player", SilentPlayer)
    monkeypatch.setattr(live_session, "_microphone", lambda key: a_voice())
    monkeypatch.setattr(microphones, "TEST_SECONDS", 0.2)
    found = [Device("test:one", "One", "input", True), Device("test:two", "Two", "input", False)]
    monkeypatch.setattr(devices_module, "devices", lambda *_args, **_options: found)
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    audio = write_tone(tmp_path / "audio" / "one.wav", 440.0, seconds=1.0)
    held = threading.Event()
    genuine = Desk.adapt

    def adapt(self: Desk, *arguments: Any, progress: Any, **options: Any) -> Any:
        while held.is_set() and not progress.stop_requested:
            progress.check()
            threading.Event().wait(0.005)
        return genuine(self, *arguments, progress=progress, **options)

    monkeypatch.setattr(Desk, "adapt", adapt)
    answers = Answers(monkeypatch, tmp_path, audio)
    faults = Faults(monkeypatch)
    answers.start()
    yield Stage(answers, faults, held, audio, a_recording_of(tmp_path / "talk.wav"))
    answers.stop()


def a_recording_of(path: Path) -> Path:
    """Write four starter clips with pauses between them as one recording."""
    pause = np.zeros(16_000, np.float32)
    parts = [one for clip in starter_clips()[:4] for one in (open_waveform(clip).samples, pause)]
    soundfile.write(path, np.concatenate(parts), 16_000)
    return path


def a_voice() -> SampleSource:
    """A microphone that hears two seconds of sound again and again."""
    time = np.arange(32_000, dtype=np.float32) / 16_000
    sound = 0.3 * np.sin(2 * np.pi * 220 * time) * (time % 1.0 < 0.7)
    return SampleSource(np.tile(sound, 60).astype(np.float32), name="One")


def settled(window: MainWindow) -> Iterator[Condition]:
    QApplication.processEvents()
    if not quiet(window):
        yield lambda: quiet(window)


State = Callable[[MainWindow, Stage], Iterator[Condition]]


def no_clip(window: MainWindow, stage: Stage) -> Iterator[Condition]:
    if window.session.rows:
        window.workbench.remove_clips([row.clip.content for row in window.session.rows])
        yield lambda: not window.session.rows
    assert window.session.current is None


def one_clip(window: MainWindow, stage: Stage) -> Iterator[Condition]:
    window.workbench.search("")
    window.workbench.show_kind("all")
    if len(window.session.rows) != 1:
        yield from no_clip(window, stage)
        window.workbench.open_paths([stage.audio])
        yield lambda: len(window.session.rows) == 1
    window.workbench.go_to(window.session.rows[0].clip.content, play=False)
    yield from settled(window)


def adapting(window: MainWindow, stage: Stage) -> Iterator[Condition]:
    stage.held.set()
    model = window.personalization
    if model.adapt_state.phase not in ("idle", "running"):
        yield lambda: model.adapt_state.phase in ("idle", "running")
    if model.adapt_state.phase == "idle":
        yield from one_clip(window, stage)
        window.labelling.label(window.session.emotions.words[0])
        yield lambda: not model.why_not and not window.session.unsaved
        model.adapt()
    if model.adapt_state.phase != "running":
        yield lambda: model.adapt_state.phase == "running"


def adapted(window: MainWindow, stage: Stage) -> Iterator[Condition]:
    """Somebody else is there as well, and a profile is in use."""
    yield from one_clip(window, stage)
    if len(window.session.listeners) < 2:
        names = {person.name for person in window.session.listeners}  # some have been deleted
        window.workbench.add_listener("Bea" if "Bea" not in names else "Cem")
        yield lambda: len(window.session.listeners) == 2
        yield from settled(window)
    if window.session.rating(window.session.current) is None:
        window.labelling.label(window.session.emotions.words[0])
        yield from settled(window)
    if not window.personalization.history:
        window.personalization.adapt()
        yield lambda: window.personalization.history and quiet(window)
    if window.personalization.current_profile is None:
        window.personalization.use_profile(window.personalization.history[0].id)
        yield from settled(window)


def a_recording(window: MainWindow, stage: Stage) -> Iterator[Condition]:
    """A recording that was cut: its utterances are on the list, and the timeline is shown."""
    if not window.session.current_utterances:
        yield from no_clip(window, stage)
        window.workbench.open_paths([stage.recording], cut_above=3.0)
        yield lambda: len(window.session.rows) > 1
        yield from settled(window)
    if window.session.current is None:
        window.workbench.go_to(window.session.rows[0].clip.content, play=False)
        yield from settled(window)


def live(window: MainWindow, stage: Stage) -> Iterator[Condition]:
    yield from one_clip(window, stage)
    if not window.live.running:
        window.live.start()
    if window.live.paused:
        window.live.toggle_pause()
    if window.live.readout is None:
        yield lambda: window.live.readout is not None


STATES: dict[str, State] = {
    "no clip": no_clip,
    "one clip": one_clip,
    "adapting": adapting,
    "adapted": adapted,
    "a recording": a_recording,
    "live": live,
}


DIALOGS = {
    "CuttingDialog",
    "EmotionEditor",
    "HistoryDialog",
    "NameDialog",
    "ShortcutSheet",
    "AnyFile",
    "Directory",
    "ExistingFile",
    "ExistingFiles",
}
"""What the walk with one clip opens: all kinds of dialogs."""


def worth_pressing(press: Press, pressed: list[str]) -> bool:
    """Whether it may do something else than before: keys may, by the view that is open."""
    if press.name not in pressed:
        return True
    return press.name.startswith(("key", "digit")) and press.name != "key Ctrl+Shift+D"


def walk(window: MainWindow, stage: Stage, reach: State, pressed: list[str]) -> Iterator[Condition]:
    """Press everything in every view, coming back to the state each time."""
    yield lambda: window.personalization.state == "ready" and quiet(window)
    rounds = [(view, True) for view in VIEWS] + [("label", False)]
    for view, stage.answers.take in rounds:
        yield from reach(window, stage)
        window.show_view(view)
        yield from settled(window)
        for press in list(pressable(window)):
            if stage.answers.take and not worth_pressing(press, pressed):
                continue
            if not stage.answers.take and not press.name.startswith("command"):
                continue
            yield from reach(window, stage)
            window.show_view(view)
            stage.faults.pressed = f"{press.name} in {view}"
            press.act()
            pressed.append(press.name)
            yield from settled(window)
    stage.held.clear()
    yield lambda: quiet(window) and not window.runner.busy
    assert (stage.answers.borrowed, borrowed()) == ({}, {})


def go(script: Script, stage: Stage) -> None:
    """Run the program with a script; say what was pressed before nothing happened any more."""
    try:
        assert act(script, [], patience=60) == 0
    except TimeoutError as error:
        raise AssertionError(f"it hangs after {stage.faults.pressed}") from error


@pytest.mark.parametrize("state", STATES)
def test_nothing_that_can_be_pressed_raises(state: str, stage: Stage) -> None:
    pressed: list[str] = []
    go(lambda window: walk(window, stage, STATES[state], pressed), stage)
    assert stage.faults.told() == []
    assert {"command export", "key Ctrl+E", "command export-model"} <= set(pressed)
    assert len(pressed) > 300
    if state == "one clip":
        assert stage.answers.seen >= DIALOGS
        assert load_settings().checkpoint


def test_nothing_raises_while_the_desk_is_still_opening(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store on a slow disk: the window is there, and the user presses all that is in it."""
    may_open = threading.Event()
    genuine = application._open_desk

    def opening() -> Desk:
        assert may_open.wait(120)
        return genuine()

    monkeypatch.setattr(application, "_open_desk", opening)
    pressed: list[str] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        try:
            for view in VIEWS:
                window.show_view(view)
                for press in list(pressable(window)):
                    if not worth_pressing(press, pressed):
                        continue
                    window.show_view(view)
                    stage.faults.pressed = f"{press.name} in {view}"
                    press.act()
                    pressed.append(press.name)
                    QApplication.processEvents()
        finally:
            may_open.set()
        stage.faults.pressed = "the desk opens"
        yield lambda: window.personalization.state == "ready" and not window.runner.busy

    go(script, stage)
    assert stage.faults.told() == []
    assert len(pressed) > 200
