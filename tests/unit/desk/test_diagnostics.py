"""What is copied for a report says what runs here and nothing about whom it serves."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.desk import diagnostics as module
from perser_gui.desk.diagnostics import LIBRARIES, PRIVATE, diagnostics
from perser_gui.desk.opening import starter_clips
from perser_gui.desk.values import ModelInfo
from perser_gui.progress import Progress
from perser_gui.settings import Settings
from perser_gui.version import __version__

SECRET = "zqsecret"


@pytest.fixture
def text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """The diagnostics of somebody whose name is in everything that can carry one."""
    home = tmp_path / SECRET / "home"
    monkeypatch.setenv("PERSER_HOME", str(home))
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USER", SECRET)
    desk = Desk.open()
    try:
        listener = desk.add_listener(f"Listener {SECRET}")
        opened = desk.open_clips(starter_clips()[:2], Progress())
        desk.rate(listener.id, opened.clips[0].content, emotions=("bored",))
        settings = Settings(
            listener=listener.id,
            checkpoint=f"/home/{SECRET}/model",
            microphone=f"{SECRET}'s headset",
            playback_device=f"{SECRET}'s loudspeaker",
            recent=(("file", f"/home/{SECRET}/call.wav"),),
            folders=(("clips", f"/home/{SECRET}/calls"),),
            keys=(("loop", SECRET),),
            window=SECRET,
        )
        model = ModelInfo(
            f"/home/{SECRET}/model", f"hf:/home/{SECRET}/enc", ("a",), "cpu", "0" * 64
        )
        return diagnostics(settings, clips=2, listeners=1, model=model, more=[("Qt", "6 on x")])
    finally:
        desk.close()


def test_no_name_no_label_and_no_path_is_in_it(text: str) -> None:
    assert SECRET not in text
    assert "bored" not in text
    assert "/home" not in text
    assert str(Path.home()) not in text


def test_versions_sizes_and_devices_are_in_it(text: str) -> None:
    lines = dict(line.split(": ", 1) for line in text.splitlines())
    assert lines["perser-gui"] == __version__
    assert set(LIBRARIES) <= set(lines)
    assert lines["Clips"] == "2"
    assert lines["Qt"] == "6 on x"
    assert float(lines["Database"].removesuffix(" MB").replace(",", "")) > 0
    assert "Microphones" in lines
    assert "theme=system" in lines["Settings"]


def test_every_setting_that_may_hold_a_name_or_path_is_private() -> None:
    free = {f.name for f in fields(Settings) if isinstance(getattr(Settings(), f.name), tuple)}
    assert free | {"listener", "window", "checkpoint", "microphone"} <= set(PRIVATE)
    assert module._model(None) == [("Model", "not loaded")]
