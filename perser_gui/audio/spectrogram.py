"""Spectrograms to look at: log power on the mel or the linear scale, in tiles for any zoom."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from perser_gui.audio.samples import MemorySamples, Samples
from perser_gui.records import FloatArray, Waveform

Scale = Literal["mel", "linear"]
"""How frequencies lie from bottom to top: as they are heard, or evenly."""

BANDS = 80
"""Mel bands from top to bottom of the picture."""

LINEAR_BANDS = 160
"""Bands from top to bottom where frequencies lie evenly."""

FLOOR_DB = -90.0
"""What is quieter than this, in dB relative to a full-scale sine, is shown as this."""

HOP_SECONDS = 0.005
WINDOW_SECONDS = 0.025
LOWEST_HZ = 50.0
HIGHEST_HZ = 8_000.0

_TILE_COLUMNS = 128
_FRAMES_PER_COLUMN = 4  # at most; coarser zooms look at a sample of the sound
_FRAMES_WHEN_FAR = 2  # where columns are so wide that each frame is read on its own
_FAR_SECONDS = 0.4
_TILES_KEPT = 400


@dataclass(frozen=True)
class SpectrogramView:
    """A picture of sound: `decibels` [columns, bands], low bands first.

    The columns lie evenly between `start` and `end` (s), which may reach a little
    beyond what was asked for; `frequencies` [bands] are the middles of the bands in Hz.
    """

    start: float
    end: float
    decibels: FloatArray
    frequencies: FloatArray


def log_mel(
    samples: FloatArray, rate: int, hop_seconds: float = HOP_SECONDS, bands: int = BANDS
) -> FloatArray:
    """Return the mel spectrogram of samples [n] in dB, [frames, bands], low bands first.

    Frame i is centred on i * `hop_seconds`. A full-scale sine has about 0 dB in its band.
    """
    hop = hop_seconds * rate
    centres = np.round(np.arange(max(1, int(np.ceil(len(samples) / hop)))) * hop).astype(np.int64)
    return _decibels(_powers(samples, centres, rate, bands, "mel"))


class Spectrogram:
    """The spectrogram of a recording, computed tile by tile where it is looked at.

    >>> tone = np.sin(np.arange(16000) * 2 * np.pi * 1000 / 16000).astype(np.float32)
    >>> view = Spectrogram.of_waveform(Waveform(tone, 16000)).view(0.0, 1.0, 200)
    >>> bool(900 < view.frequencies[view.decibels[100].argmax()] < 1100)
    True
    """

    def __init__(self, samples: Samples, bands: int = BANDS) -> None:
        self._samples = samples
        self._bands = bands
        self._lock = threading.Lock()
        self._tiles: OrderedDict[tuple[Scale, int, int], FloatArray] = OrderedDict()

    @classmethod
    def of_waveform(cls, waveform: Waveform) -> Spectrogram:
        """Return the spectrogram of a waveform in memory."""
        return cls(MemorySamples(waveform))

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self._samples.total / self._samples.rate

    def view(
        self, start_s: float, end_s: float, pixels: int, scale: Scale = "mel"
    ) -> SpectrogramView:
        """Return the picture between two times with at most about `pixels` columns.

        Safe to call from any thread; what was computed once comes at once the next time.
        A first look at an hour takes up to a second, at a clip some 20 ms.

        Raises:
            PerserError: when the file it comes from can no longer be read.
        """
        start_s, end_s = max(start_s, 0.0), min(end_s, self.seconds)
        bands = self._bands if scale == "mel" else LINEAR_BANDS
        frequencies = _filters(self._samples.rate, bands, scale)[1]
        if not end_s > start_s or pixels < 1:
            nothing = np.zeros((0, bands), dtype=np.float32)
            return SpectrogramView(start_s, start_s, nothing, frequencies)
        level = int(np.ceil(np.log2(max((end_s - start_s) / pixels / HOP_SECONDS, 1.0))))
        step = HOP_SECONDS * 2**level
        first, last = int(start_s / step), int(np.ceil(end_s / step))
        with self._lock:
            tiles = [
                self._tile(scale, level, number)
                for number in range(first // _TILE_COLUMNS, (last - 1) // _TILE_COLUMNS + 1)
            ]
        offset = first - first // _TILE_COLUMNS * _TILE_COLUMNS
        columns = np.concatenate(tiles)[offset : offset + last - first]
        return SpectrogramView(first * step, last * step, columns, frequencies)

    def _tile(self, scale: Scale, level: int, number: int) -> FloatArray:
        """Return columns `number` * 128 ... of a level, each 2**level hops wide."""
        key = (scale, level, number)
        if key in self._tiles:
            self._tiles.move_to_end(key)
            return self._tiles[key]
        rate = self._samples.rate
        step = HOP_SECONDS * 2**level * rate
        far = step > _FAR_SECONDS * rate
        frames = min(2**level, _FRAMES_WHEN_FAR if far else _FRAMES_PER_COLUMN)
        columns = number * _TILE_COLUMNS + np.arange(_TILE_COLUMNS)
        within = (np.arange(frames) + 0.5) / frames
        centres = np.round((columns[:, None] + within) * step).astype(np.int64)
        groups = list(centres.reshape(-1, 1)) if far else [centres.reshape(-1)]
        powers = np.concatenate([self._column_powers(group, scale) for group in groups])
        tile = _decibels(powers.reshape(_TILE_COLUMNS, frames, -1).mean(axis=1))
        self._tiles[key] = tile
        if len(self._tiles) > _TILES_KEPT:
            self._tiles.popitem(last=False)
        return tile

    def _column_powers(self, centres: np.ndarray, scale: Scale) -> FloatArray:
        """Return the band powers around some centres that lie close together."""
        half = _window_length(self._samples.rate)
        start = max(int(centres[0]) - half, 0)
        samples = self._samples.read(start, int(centres[-1]) + half)
        bands = self._bands if scale == "mel" else LINEAR_BANDS
        return _powers(samples, centres - start, self._samples.rate, bands, scale)


def _powers(
    samples: FloatArray, centres: np.ndarray, rate: int, bands: int, scale: Scale
) -> FloatArray:
    """Return the power in each band around each centre, [n, bands]; outside there is silence."""
    length = _window_length(rate)
    size = _fft_size(rate)
    index = centres[:, None] - length // 2 + np.arange(length)
    inside = (index >= 0) & (index < len(samples))
    if len(samples):
        frames = np.where(inside, samples[np.clip(index, 0, len(samples) - 1)], 0.0)
    else:
        frames = np.zeros(index.shape, dtype=np.float32)
    window = np.hanning(length).astype(np.float32)
    spectrum = np.fft.rfft(frames * window, size)
    power = np.square(np.abs(spectrum)) * (2.0 / window.sum()) ** 2
    return np.asarray(power.astype(np.float32) @ _filters(rate, bands, scale)[0], dtype=np.float32)


def _decibels(powers: FloatArray) -> FloatArray:
    quietest = np.float32(10 ** (FLOOR_DB / 10))
    return np.asarray(10.0 * np.log10(np.maximum(powers, quietest)), dtype=np.float32)


def _window_length(rate: int) -> int:
    return max(16, round(WINDOW_SECONDS * rate))


def _fft_size(rate: int) -> int:
    return int(2 ** np.ceil(np.log2(2 * _window_length(rate))))


@lru_cache(maxsize=8)
def _filters(rate: int, bands: int, scale: Scale) -> tuple[FloatArray, FloatArray]:
    """Return triangular filters [bins, bands], each with a peak of 1, and their middles in Hz."""
    top = min(HIGHEST_HZ, rate / 2)
    if scale == "mel":
        edges = _hertz(np.linspace(_mel(min(LOWEST_HZ, top / 4)), _mel(top), bands + 2))
    else:
        edges = np.linspace(0.0, top, bands + 2)
    bins = np.arange(_fft_size(rate) // 2 + 1) * rate / _fft_size(rate)
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    filters = np.maximum(np.minimum(rising, falling), 0.0)
    # A band narrower than the distance of two bins takes the nearest bin.
    nearest = np.argmin(np.abs(bins[:, None] - edges[1:-1]), axis=0)
    filters[nearest, np.arange(bands)] = np.maximum(filters[nearest, np.arange(bands)], 0.5)
    return filters.astype(np.float32), edges[1:-1].astype(np.float32)


def _mel(hertz: float) -> float:
    return float(2595.0 * np.log10(1.0 + hertz / 700.0))


def _hertz(mel: np.ndarray) -> np.ndarray:
    return np.asarray(700.0 * (10.0 ** (mel / 2595.0) - 1.0))
