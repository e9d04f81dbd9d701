from __future__ import annotations

import numpy as np
import pytest

from perser_gui.audio.level import FLOOR_DB, LevelMeter

from .conftest import RATE, tone


def fed(*blocks: np.ndarray) -> LevelMeter:
    meter = LevelMeter(RATE)
    for block in blocks:
        meter.feed(np.asarray(block, dtype=np.float32))
    return meter


def test_peak_and_loudness_are_in_decibels_of_full_scale() -> None:
    meter = fed(tone(0.2, peak=0.1))
    assert meter.peak_db == pytest.approx(-20.0, abs=0.1)
    assert meter.rms_db == pytest.approx(-23.0, abs=0.1)
    assert LevelMeter(RATE).peak_db == FLOOR_DB


def test_the_peak_falls_slowly() -> None:
    meter = fed(tone(0.1, peak=1.0), np.full(RATE, 1e-4))
    assert meter.peak_db == pytest.approx(-30.0, abs=0.5)
    assert meter.rms_db == pytest.approx(-80.0, abs=0.5)


def test_zeros_are_noticed_after_a_second_and_forgotten_with_the_first_sound() -> None:
    meter = fed(np.zeros(RATE // 2))
    assert not meter.only_zeros
    meter.feed(np.zeros(RATE // 2, np.float32))
    assert meter.only_zeros
    meter.feed(np.array([1e-6], dtype=np.float32))
    assert not meter.only_zeros


def test_quiet_noise_is_not_taken_for_zeros() -> None:
    assert not fed(np.random.default_rng(0).normal(0, 1e-5, 3 * RATE)).only_zeros


def test_clipping_is_shown_for_a_while() -> None:
    meter = fed(np.clip(tone(0.1, peak=3.0), -1, 1))
    assert meter.clipped
    meter.feed(tone(1.0))
    assert meter.clipped
    meter.feed(tone(1.0))
    assert not meter.clipped


def test_a_single_full_scale_sample_is_not_clipping() -> None:
    block = tone(0.1)
    block[7] = 1.0
    assert not fed(block).clipped
