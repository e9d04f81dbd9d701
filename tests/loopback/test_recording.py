"""A clip recorded at the desk is what was spoken into the microphone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from e2e.desk_session import Condition, act, ready

from perser_gui.audio.decode import open_waveform
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.dialogs.record_dialog import RecordDialog
from perser_gui.ui.shell.window import MainWindow

from .server import Loopback
from .signals import chirp, likeness

pytestmark = pytest.mark.loopback


def test_the_second_take_is_kept_as_it_was_spoken(loopback: Loopback) -> None:
    save_settings(Settings(auto_play_next=False))
    spoken = chirp(1.5).samples
    kept: list[Path] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        recording = window.recording
        dialog = RecordDialog(window, recording, "Recording 1")
        dialog.open()
        for count in (1, 2):
            dialog.record.click()
            yield lambda: recording.phase == "recording" and recording.look()[0] > 0.1
            voice = threading.Thread(target=loopback.speak, args=(spoken,))
            voice.start()
            yield lambda voice=voice: not voice.is_alive()
            said = recording.look()[0]
            yield lambda said=said: recording.look()[0] > said + 0.3
            dialog.record.click()
            yield lambda count=count: recording.phase == "idle" and len(recording.takes) == count
        assert not recording.problem
        dialog.name.setText("a chirp")
        dialog.accept_button.click()
        yield lambda: not dialog.isVisible()
        clip = window.session.current_clip
        assert clip is not None
        kept.append(clip.path)

    assert act(script, ["--starter"]) == 0
    (path,) = kept
    assert path.name == "a chirp.wav"
    assert path.stat().st_mode & 0o077 == 0
    assert likeness(open_waveform(path).samples, spoken).score > 0.95
