"""Every format whole, cut off and lying: what is there is played, and what is missing is said."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from perser_gui.audio import open_waveform, probe
from perser_gui.errors import PerserError

from . import brought

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="the ffmpeg program is not installed",
)


def check(one: brought.Brought) -> None:
    if one.most == 0:
        with pytest.raises(PerserError) as told:
            open_waveform(one.path)
        assert one.says in str(told.value)
        return
    heard = open_waveform(one.path)
    told_of = [warning for warning in heard.warnings if "clipped" not in warning]
    assert one.least <= heard.seconds <= one.most, one.label
    if one.kind != "cut":
        assert probe(one.path).seconds == pytest.approx(heard.seconds, rel=0.1), one.label
    middle = heard.samples[4000:20000]
    loudest = np.argmax(np.abs(np.fft.rfft(middle * np.hanning(len(middle)))))
    assert loudest * 16_000 / len(middle) == pytest.approx(brought.HERTZ, abs=2), one.label
    if one.kind == "whole":
        assert told_of == [], one.label
    if one.says:
        assert any(one.says in warning for warning in told_of), one.label


@pytest.mark.parametrize("name", brought.BUILT_IN)
def test_what_is_there_is_played_without_any_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("PATH", "")
    for one in brought.built_in(name, tmp_path):
        check(one)


@needs_ffmpeg
@pytest.mark.parametrize("name", brought.BY_FFMPEG)
def test_what_is_there_is_played_by_ffmpeg(tmp_path: Path, name: str) -> None:
    for one in brought.by_ffmpeg(name, tmp_path):
        check(one)
