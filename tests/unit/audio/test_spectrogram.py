from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio.samples import FileSamples
from perser_gui.audio.spectrogram import FLOOR_DB, HOP_SECONDS, Spectrogram, log_mel

from .conftest import RATE, tone, waveform


@pytest.mark.parametrize("hertz", [200.0, 500.0, 1500.0, 4000.0])
def test_a_tone_shows_in_its_band_and_at_its_level(hertz: float) -> None:
    view = Spectrogram.of_waveform(waveform(tone(1.0, hertz, peak=1.0))).view(0.2, 0.8, 100)
    column = view.decibels[50]
    assert view.frequencies[int(column.argmax())] == pytest.approx(hertz, rel=0.08)
    assert column.max() == pytest.approx(0.0, abs=4.0)
    far = np.abs(view.frequencies - hertz) > 200 + 0.3 * hertz
    assert column[far].max() < -50


def test_silence_is_at_the_floor() -> None:
    view = Spectrogram.of_waveform(waveform(np.zeros(RATE))).view(0.0, 1.0, 50)
    assert (view.decibels == FLOOR_DB).all()


def test_columns_stand_where_the_sound_is() -> None:
    samples = np.zeros(10 * RATE)
    samples[4 * RATE : 6 * RATE] = tone(2.0)
    view = Spectrogram.of_waveform(waveform(samples)).view(0.0, 10.0, 500)
    times = view.start + (np.arange(len(view.decibels)) + 0.5) * (view.end - view.start) / len(
        view.decibels
    )
    loud = times[view.decibels.max(axis=1) > -40]
    assert loud[0] == pytest.approx(4.0, abs=0.05)
    assert loud[-1] == pytest.approx(6.0, abs=0.05)


@pytest.mark.parametrize(("start", "end"), [(0.0, 20.0), (3.3, 4.1), (19.9, 25.0), (-3.0, 0.1)])
def test_a_view_covers_what_was_asked_for(start: float, end: float) -> None:
    spectrogram = Spectrogram.of_waveform(waveform(tone(20.0)))
    view = spectrogram.view(start, end, 300)
    assert view.start - 1e-9 <= max(start, 0.0) < view.start + 0.2
    assert view.end - 0.2 < min(end, 20.0) <= view.end
    step = (view.end - view.start) / len(view.decibels)
    assert step / HOP_SECONDS == pytest.approx(2 ** round(np.log2(step / HOP_SECONDS)))
    assert 0 < len(view.decibels) <= 302


def test_panning_shows_the_same_columns_again() -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 8 * RATE)
    spectrogram = Spectrogram.of_waveform(waveform(noise))
    left, right = spectrogram.view(0.0, 4.0, 400), spectrogram.view(2.0, 6.0, 400)
    offset = round((right.start - left.start) / (left.end - left.start) * len(left.decibels))
    assert offset > 50
    overlap = len(left.decibels) - offset
    assert np.array_equal(left.decibels[offset:], right.decibels[:overlap])


def test_a_file_shows_what_its_samples_show(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * RATE).astype(np.float32)
    soundfile.write(tmp_path / "clip.wav", noise, RATE, subtype="FLOAT")
    from_file = Spectrogram(FileSamples(tmp_path / "clip.wav")).view(0.5, 2.5, 200)
    from_memory = Spectrogram.of_waveform(waveform(noise)).view(0.5, 2.5, 200)
    assert np.allclose(from_file.decibels, from_memory.decibels, atol=1e-3)


def test_nothing_is_shown_outside() -> None:
    spectrogram = Spectrogram.of_waveform(waveform(tone(1.0)))
    assert spectrogram.view(2.0, 3.0, 100).decibels.shape[0] == 0
    assert spectrogram.view(0.5, 0.5, 100).decibels.shape[0] == 0


def test_frames_of_the_mel_spectrogram_are_centred_on_their_time() -> None:
    samples = np.zeros(RATE, np.float32)
    samples[8000] = 1.0
    frames = log_mel(samples, RATE, hop_seconds=0.01)
    assert frames.shape[0] == 100
    assert int(frames.max(axis=1).argmax()) == 50
    assert log_mel(np.zeros(0, np.float32), RATE).shape[0] == 1


@pytest.mark.parametrize("rate", [8_000, 16_000, 48_000])
def test_every_band_hears_something_at_every_rate(rate: int) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, rate).astype(np.float32)
    assert (log_mel(noise, rate).mean(axis=0) > -60).all()


@pytest.mark.parametrize("scale", ["mel", "linear"])
@pytest.mark.parametrize("hertz", [220.0, 1000.0, 3000.0, 6500.0])
def test_a_tone_lies_at_its_frequency_on_either_scale(scale: str, hertz: float) -> None:
    spectrogram = Spectrogram.of_waveform(waveform(tone(1.0, hertz)))
    view = spectrogram.view(0.2, 0.8, 100, scale)
    loudest = view.frequencies[view.decibels.mean(axis=0).argmax()]
    assert loudest == pytest.approx(hertz, rel=0.12, abs=50)
    steps = np.diff(view.frequencies)
    if scale == "linear":
        np.testing.assert_allclose(steps, steps[0], rtol=1e-3)
    else:
        assert steps[-1] > 5 * steps[0]
