from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.audio import pyramid as pyramid_module
from perser_gui.audio.pyramid import BIN, WaveformPyramid
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress

from .conftest import RATE, tone, waveform


def noise(count: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, count).astype(np.float32)


def widths(times: np.ndarray) -> float:
    return float(np.median(np.diff(times)))


@settings(max_examples=60, deadline=None)
@given(
    count=st.integers(1, 60_000),
    start=st.floats(-0.5, 4.0),
    length=st.floats(1e-3, 5.0),
    pixels=st.integers(1, 400),
    kept=st.booleans(),
)
def test_every_sample_in_view_lies_between_its_low_and_its_high(
    count: int, start: float, length: float, pixels: int, kept: bool
) -> None:
    samples = noise(count)
    if kept:
        pyramid = WaveformPyramid.of_waveform(waveform(samples))
    else:
        pyramid = WaveformPyramid(RATE)
        pyramid.append(samples)
    times, lows, highs = pyramid.view(start, start + length, pixels)
    assert len(times) == len(lows) == len(highs)
    first, last = max(start * RATE, 0), min((start + length) * RATE, count)
    if last <= first:
        assert len(times) == 0
        return
    assert len(times) > 0
    inside = np.arange(int(np.ceil(first)), int(np.floor(last - 1e-6)) + 1)
    inside = inside[inside < count]
    if len(inside) == 0:
        return
    assert highs.max() >= samples[inside].max()
    assert lows.min() <= samples[inside].min()
    # Each column is found by its middle: the nearest one must hold the sample, or a neighbour.
    nearest = np.clip(np.searchsorted(times, inside / RATE), 0, len(times) - 1)
    low = np.minimum(lows[nearest], lows[np.maximum(nearest - 1, 0)])
    high = np.maximum(highs[nearest], highs[np.maximum(nearest - 1, 0)])
    assert (low <= samples[inside]).all()
    assert (samples[inside] <= high).all()


@pytest.mark.parametrize("seconds", [0.05, 0.5, 3.0, 60.0, 600.0])
def test_extremes_come_from_the_column_and_its_close_neighbourhood_only(seconds: float) -> None:
    """A single spike colours few columns, and none far away."""
    samples = np.zeros(600 * RATE, np.float32)
    samples[500] = 1.0
    times, lows, highs = WaveformPyramid.of_waveform(waveform(samples)).view(0, seconds, 1000)
    where = np.flatnonzero(highs)
    assert 1 <= len(where) <= 3
    reach = 2 * max(widths(times), BIN / RATE)
    assert np.abs(times[where] - 500 / RATE).max() <= reach
    assert not np.delete(lows, where).any()


def test_zoomed_in_the_samples_themselves_come_back() -> None:
    samples = noise(RATE)
    times, lows, highs = WaveformPyramid.of_waveform(waveform(samples)).view(0.5, 0.51, 800)
    assert np.array_equal(lows, samples[8000:8160])
    assert np.array_equal(highs, lows)
    assert np.allclose(times, np.arange(8000, 8160) / RATE)


def test_there_are_about_as_many_columns_as_pixels() -> None:
    pyramid = WaveformPyramid.of_waveform(waveform(noise(200_000)))
    for seconds in (0.2, 1.0, 5.0, 12.0):
        assert len(pyramid.view(0.0, seconds, 500)[0]) == pytest.approx(500, abs=2)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=12))
def test_growing_in_any_pieces_gives_the_same_outline(pieces: list[int]) -> None:
    samples = noise(sum(pieces))
    whole, grown = WaveformPyramid(RATE), WaveformPyramid(RATE)
    whole.append(samples)
    place = 0
    for piece in pieces:
        grown.append(samples[place : place + piece])
        place += piece
    assert grown.seconds == whole.seconds == len(samples) / RATE
    for seconds in (0.1, 1.0, 4.0):
        for left, right in zip(grown.view(0, seconds, 50), whole.view(0, seconds, 50), strict=True):
            assert np.array_equal(left, right)


@pytest.mark.parametrize("name", ["clip.wav", "clip.flac", "clip.ogg"])
def test_a_file_has_the_outline_of_its_samples(tmp_path: Path, name: str) -> None:
    stereo = np.stack([tone(4.0, 5.0, 44_100), tone(4.0, 5.0, 44_100)], axis=1)
    soundfile.write(tmp_path / name, stereo, 44_100)
    pyramid = WaveformPyramid.of_file(tmp_path / name)
    assert pyramid.seconds == pytest.approx(4.0)
    times, _, highs = pyramid.view(0.0, 4.0, 400)
    assert np.abs(highs - 0.5 * np.sin(2 * np.pi * 5 * times)).max() < 0.11
    deep = pyramid.view(1.0, 1.002, 500)
    assert np.abs(deep[1] - 0.5 * np.sin(2 * np.pi * 5 * deep[0])).max() < 0.05
    assert len(deep[0]) == pytest.approx(88, abs=2)
    pyramid.close()


def test_a_file_can_be_looked_at_while_it_is_read(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "clip.wav", noise(120 * RATE) * 0.5, RATE)
    pyramid = WaveformPyramid.unbuilt(tmp_path / "clip.wav")
    assert pyramid.view(0, 10, 100)[0].size == 0
    seen: list[float] = []
    finished = threading.Event()

    def look(fraction: float, _: str) -> None:
        times = pyramid.view(0, 120, 500)[0]
        seen.append(float(times[-1]) if len(times) else 0.0)
        if fraction == 1.0:
            finished.set()

    threading.Thread(target=pyramid.build, args=(Progress(look),)).start()
    assert finished.wait(30)
    assert seen == sorted(seen)
    assert seen[-1] == pytest.approx(120, abs=0.3)
    assert 0 < seen[0] < 30
    pyramid.close()


def test_reading_can_be_cancelled(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "clip.wav", tone(1.0), RATE)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        WaveformPyramid.of_file(tmp_path / "clip.wav", progress)


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").write_bytes(b"RIFF\0\0\0\0WAVE")
    with pytest.raises(PerserError, match=r"clip\.wav"):
        WaveformPyramid.of_file(tmp_path / "clip.wav")


def test_broken_samples_do_not_spoil_the_outline(tmp_path: Path) -> None:
    samples = tone(1.0)
    samples[500:600] = np.nan
    soundfile.write(tmp_path / "clip.wav", samples, RATE, subtype="FLOAT")
    pyramid = WaveformPyramid.of_file(tmp_path / "clip.wav")
    _, lows, highs = pyramid.view(0.0, 1.0, 50)
    assert np.isfinite(lows).all()
    assert highs.max() == pytest.approx(0.5, abs=0.01)
    pyramid.close()


def test_views_outside_or_of_no_width_are_empty() -> None:
    pyramid = WaveformPyramid.of_waveform(waveform(tone(1.0)))
    for start, end, pixels in ((2.0, 3.0, 100), (-2.0, -1.0, 100), (0.5, 0.5, 9), (0.0, 1.0, 0)):
        assert [len(part) for part in pyramid.view(start, end, pixels)] == [0, 0, 0]


def test_a_view_of_an_hour_reads_no_more_than_a_few_numbers_a_pixel_at_every_zoom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """How long that takes is measured by `benchmarks/waveform_scale.py`."""
    minute = noise(60 * RATE)
    pyramid = WaveformPyramid(RATE)
    for _ in range(60):
        pyramid.append(minute)
    read: list[int] = []
    genuine = pyramid_module._extremes

    def counting(lows: np.ndarray, *rest: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        read.append(len(lows))
        return genuine(lows, *rest)

    monkeypatch.setattr(pyramid_module, "_extremes", counting)
    for seconds in (3600.0, 600.0, 60.0, 10.0, 1.0):
        read.clear()
        pyramid.view(0.0, seconds, 1500)
        assert 0 < sum(read) <= 40 * 1500
