from __future__ import annotations

import numpy as np
import pytest

from perser_gui.audio.time_stretch import Stretcher

from .conftest import RATE, tone, voice


def stretched(samples: np.ndarray, speed: float, rate: int = RATE) -> np.ndarray:
    stretcher = Stretcher(samples, rate, 0, len(samples), speed)
    hops = [np.zeros(0, np.float32)]
    while not stretcher.ended:
        hops.append(stretcher.hop())
    return np.concatenate(hops)


def pitch(samples: np.ndarray, rate: int = RATE) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 17))
    return float(np.argmax(spectrum)) * rate / (1 << 17)


@pytest.mark.parametrize("speed", [0.5, 0.75, 1.25, 1.5])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_the_length_changes_and_the_pitch_stays(speed: float, rate: int) -> None:
    sound = stretched(tone(2.0, 330, rate), speed, rate)
    assert len(sound) / rate == pytest.approx(2.0 / speed, abs=0.03)
    assert pitch(sound[rate // 4 : -rate // 4], rate) == pytest.approx(330, abs=2)


@pytest.mark.parametrize("speed", [0.5, 1.5])
def test_a_tone_stays_smooth(speed: float) -> None:
    sound = stretched(tone(2.0, 330), speed)[1000:-1000]
    largest_step = 2 * np.pi * 330 / RATE * 0.5
    assert np.abs(np.diff(sound)).max() < 1.5 * largest_step
    loudness = np.sqrt(np.convolve(np.square(sound), np.ones(800) / 800, "valid"))
    assert loudness.min() > 0.8 * loudness.max()


def test_at_the_recorded_speed_nothing_changes() -> None:
    sound = voice(1.0)
    assert np.abs(stretched(sound, 1.0)[: len(sound) - 500] - sound[:-500]).max() < 1e-4


def test_the_place_follows_the_source() -> None:
    stretcher = Stretcher(tone(1.0), RATE, 4000, 12000, 0.5)
    while stretcher.place < 8000:
        before = stretcher.place
        stretcher.hop()
        assert stretcher.place - before == stretcher.hop_length / 2
    assert not stretcher.ended


@pytest.mark.parametrize("count", [0, 1, 5, 200])
def test_very_short_stretches_end(count: int) -> None:
    assert len(stretched(tone(1.0)[:count], 0.5)) < 2000
