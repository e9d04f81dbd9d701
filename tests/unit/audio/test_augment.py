"""Recording conditions: each does to a sound what its name says, and always the same."""

from __future__ import annotations

import numpy as np
import pytest

from perser_gui.audio.augment import (
    KINDS,
    Condition,
    drawn_condition,
    named_condition,
    recorded,
)
from perser_gui.errors import PerserError
from perser_gui.records import FloatArray, Waveform

RATE = 16_000


def speechlike(seconds: float = 1.0) -> Waveform:
    time = np.arange(round(seconds * RATE)) / RATE
    tone = np.sin(2 * np.pi * 220 * time) + 0.5 * np.sin(2 * np.pi * 1500 * time)
    envelope = (np.sin(2 * np.pi * 3 * time) > 0).astype(float)
    return Waveform((0.1 * tone * envelope).astype(np.float32), RATE)


def band(samples: FloatArray, low: float, high: float) -> float:
    power = np.abs(np.fft.rfft(samples)) ** 2
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    return float(power[(frequency >= low) & (frequency < high)].sum())


def test_noise_is_as_far_below_the_speech_as_it_says() -> None:
    wave = speechlike()
    heard = recorded(wave, Condition(snr=10.0, colour=0.0), 1)
    noise = heard.samples - wave.samples
    loud = np.sort(wave.samples**2)[len(wave.samples) // 2 :].mean()
    still = np.sort(noise**2)[len(noise) // 2 :].mean()
    assert 7.5 < 10 * np.log10(loud / still) < 12.5


def test_a_telephone_lets_through_what_lies_between_300_and_3400_hertz() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32) * 0.1
    heard = recorded(Waveform(noise, RATE), named_condition("telephone")).samples
    assert band(heard, 4200, 8000) < 1e-3 * band(noise, 4200, 8000)
    assert band(heard, 20, 150) < 0.05 * band(noise, 20, 150)
    assert band(heard, 500, 3000) > 0.5 * band(noise, 500, 3000)


def test_a_room_goes_on_sounding_after_the_sound_has_ended() -> None:
    samples = np.zeros(RATE, np.float32)
    samples[:2000] = 0.3
    heard = recorded(Waveform(samples, RATE), named_condition("room"), 2).samples
    early, late = np.abs(heard[2200:4000]).mean(), np.abs(heard[-2000:]).mean()
    assert early > 1e-3
    assert late < 0.2 * early


def test_a_level_change_scales_and_what_passes_full_scale_is_cut_off() -> None:
    wave = speechlike()
    softer = recorded(wave, Condition(gain=-20.0)).samples
    assert np.allclose(softer, 0.1 * wave.samples, atol=1e-6)
    assert float(np.abs(recorded(wave, Condition(gain=40.0)).samples).max()) < 0.991


def test_a_codec_keeps_length_and_loudness() -> None:
    wave = speechlike()
    heard = recorded(wave, Condition(codec=1.0)).samples
    assert len(heard) == len(wave.samples)
    assert 0.5 < np.std(heard) / np.std(wave.samples) < 1.5


def test_cutting_down_leaves_a_part_of_the_clip_that_is_long_enough() -> None:
    wave = speechlike(3.0)
    lengths = {len(recorded(wave, Condition(shortest=0.8), s).samples) for s in range(20)}
    assert len(lengths) > 5
    assert min(lengths) >= round(0.8 * RATE)
    assert max(lengths) <= len(wave.samples)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn_and_gives_the_same_sound_for_the_same_seeds(kind: str) -> None:
    condition = drawn_condition([4, 2], kind)  # type: ignore[arg-type]
    assert condition != Condition()
    one, two = (recorded(speechlike(), condition, 7).samples for _ in range(2))
    assert np.array_equal(one, two)
    assert np.isfinite(one).all()
    assert not np.array_equal(one, speechlike().samples[: len(one)])


def test_silence_stays_silence() -> None:
    silence = Waveform(np.zeros(RATE, np.float32), RATE)
    assert recorded(silence, named_condition("noise")).samples.max() == 0


def test_an_unknown_condition_is_refused_by_name() -> None:
    with pytest.raises(PerserError, match="underwater"):
        named_condition("underwater")
