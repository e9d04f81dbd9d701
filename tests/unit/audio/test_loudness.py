"""Loudness of clips, and the factor that makes them equally loud within limits."""

from __future__ import annotations

import numpy as np
import pytest

from perser_gui.audio.loudness import (
    CEILING,
    MOST_DB,
    TARGET_DB,
    level_matched,
    loudness_db,
    matching_gain,
)
from perser_gui.records import Waveform

RATE = 16_000


def tone(amplitude: float, seconds: float = 2.0) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * 220 * t)).astype(np.float32)


def test_a_sine_has_the_power_that_it_has() -> None:
    assert loudness_db(Waveform(tone(0.1), RATE)) == pytest.approx(-23.01, abs=0.02)


def test_pauses_do_not_make_a_clip_softer() -> None:
    pause = np.zeros(6 * RATE, np.float32)
    spoken = Waveform(np.concatenate([tone(0.1), pause, tone(0.1)]), RATE)
    assert loudness_db(spoken) == pytest.approx(-23.01, abs=0.3)


@pytest.mark.parametrize("amplitude", [0.02, 0.1, 0.5, 0.9])
def test_soft_and_loud_clips_come_out_equally_loud(amplitude: float) -> None:
    matched = level_matched(Waveform(tone(amplitude), RATE))
    assert loudness_db(matched) == pytest.approx(TARGET_DB, abs=0.05)


def test_noise_is_not_pulled_up_without_a_limit() -> None:
    assert 20 * np.log10(matching_gain(Waveform(tone(0.001), RATE))) == pytest.approx(MOST_DB)


def test_nothing_is_ever_driven_beyond_full_scale() -> None:
    click = tone(0.02)
    click[RATE] = 0.9
    matched = level_matched(Waveform(click, RATE))
    assert np.abs(matched.samples).max() <= CEILING + 1e-6


@pytest.mark.parametrize("length", [0, 1, 100, RATE])
def test_silence_stays_silence(length: int) -> None:
    assert matching_gain(Waveform(np.zeros(length, np.float32), RATE)) == 1.0


def test_a_clip_shorter_than_a_block_has_a_loudness_too() -> None:
    assert loudness_db(Waveform(tone(0.1, 0.1), RATE)) == pytest.approx(-23.01, abs=0.1)
