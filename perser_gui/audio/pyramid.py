"""The outline of a recording at every zoom: minima and maxima in levels, each 4 times coarser."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import numpy.typing as npt

from perser_gui.audio.samples import FileSamples, MemorySamples, Samples
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

BIN = 64
"""Samples per entry of the finest level."""

FACTOR = 4
"""Entries of one level that make one entry of the next."""

_FINE = 2.0  # entries per pixel that are looked at, at least
_REPORT_EVERY = 64  # blocks

Outline = tuple[npt.NDArray[np.float64], FloatArray, FloatArray]


class _Level:
    """Growing arrays of minima and maxima."""

    def __init__(self) -> None:
        self.count = 0
        self._values = np.empty((2, 1024), dtype=np.float32)

    def extend(self, lows: FloatArray, highs: FloatArray) -> None:
        needed = self.count + len(lows)
        if needed > self._values.shape[1]:
            grown = np.empty((2, max(needed, 2 * self._values.shape[1])), dtype=np.float32)
            grown[:, : self.count] = self._values[:, : self.count]
            self._values = grown
        self._values[0, self.count : needed] = lows
        self._values[1, self.count : needed] = highs
        self.count = needed

    def entries(self, start: int, stop: int) -> FloatArray:
        """Return minima and maxima `start`..`stop`, [2, n]."""
        return self._values[:, start : min(stop, self.count)]


class WaveformPyramid:
    """Minima and maxima of a recording, quick to read at any zoom while it still grows.

    Made from a waveform or a file in one go, or by `append` from a live stream. An
    hour at 16 kHz takes about 10 MB. Safe to view from one thread while another builds.

    >>> wave = Waveform(np.linspace(-1, 1, 16000, dtype=np.float32), 16000)
    >>> times, lows, highs = WaveformPyramid.of_waveform(wave).view(0.0, 1.0, 10)
    >>> len(times), float(highs[-1])
    (10, 1.0)
    """

    def __init__(self, rate: int, samples: Samples | None = None) -> None:
        self.rate = rate
        self._samples = samples
        self._lock = threading.Lock()
        self._levels = [_Level()]
        self._rest = np.zeros(0, dtype=np.float32)
        self._total = 0

    @classmethod
    def of_waveform(cls, waveform: Waveform) -> WaveformPyramid:
        """Return the finished pyramid of a waveform in memory."""
        pyramid = cls(waveform.rate, MemorySamples(waveform))
        pyramid.append(waveform.samples)
        return pyramid

    @classmethod
    def of_file(cls, path: Path | str, progress: Progress | None = None) -> WaveformPyramid:
        """Return the finished pyramid of a file of any length, at the file's own rate.

        Raises:
            PerserError: when the file cannot be decoded.
            Cancelled: when the progress was cancelled.
        """
        pyramid = cls.unbuilt(path)
        pyramid.build(progress or Progress())
        return pyramid

    @classmethod
    def unbuilt(cls, path: Path | str) -> WaveformPyramid:
        """Return the pyramid of a file before anything is read; `build` fills it.

        While another thread builds, `view` shows what is there so far.
        """
        samples = FileSamples(path)
        return cls(samples.rate, samples)

    def build(self, progress: Progress) -> None:
        """Read all samples of the file, with constant memory beside the pyramid itself."""
        assert self._samples is not None
        for number, block in enumerate(self._samples.blocks()):
            self.append(block)
            if number % _REPORT_EVERY == 0:
                progress.report(self._total / max(self._samples.total, self._total, 1), "Reading")
        progress.report(1.0, "Reading")

    def close(self) -> None:
        """Let go of the file."""
        if self._samples is not None:
            self._samples.close()

    @property
    def seconds(self) -> float:
        """Duration of what was read so far, in seconds."""
        return self._total / self.rate

    def append(self, samples: FloatArray) -> None:
        """Add samples [n] at the end."""
        with self._lock:
            self._total += len(samples)
            joined = np.concatenate((self._rest, samples)) if len(self._rest) else samples
            whole = len(joined) - len(joined) % BIN
            self._rest = joined[whole:].copy()
            if not whole:
                return
            edges = np.arange(0, whole, BIN)
            lows = np.minimum.reduceat(joined[:whole], edges)
            highs = np.maximum.reduceat(joined[:whole], edges)
            self._levels[0].extend(lows, highs)
            self._raise_levels()

    def view(self, start_s: float, end_s: float, pixels: int) -> Outline:
        """Return what is to be drawn between two times, at most about `pixels` columns.

        Returns:
            times [n] (s, float64, the middle of each column), lows [n] and highs [n].
            Every sample of a column lies between its low and its high. Zoomed in so far
            that there are fewer samples than pixels, the samples themselves come back,
            `lows` and `highs` being equal. Times outside the recording have no columns.
        """
        empty = np.zeros(0, dtype=np.float32)
        if not end_s > start_s or pixels < 1:
            return np.zeros(0), empty, empty
        step = (end_s - start_s) * self.rate / pixels
        with self._lock:
            first = max(start_s * self.rate, 0.0)
            last = min(end_s * self.rate, float(self._total))
            if last <= first:
                return np.zeros(0), empty, empty
            if step < _FINE * BIN and (raw := self._raw(first, last)) is not None:
                return self._of_samples(raw, first, last, step)
            return self._of_levels(start_s * self.rate, first, last, step)

    def _raise_levels(self) -> None:
        level = 0
        while self._levels[level].count >= FACTOR:
            if level + 1 == len(self._levels):
                self._levels.append(_Level())
            lower, upper = self._levels[level], self._levels[level + 1]
            start, stop = upper.count * FACTOR, lower.count - lower.count % FACTOR
            if stop <= start:
                return
            groups = lower.entries(start, stop).reshape(2, -1, FACTOR)
            upper.extend(groups[0].min(axis=1), groups[1].max(axis=1))
            level += 1

    def _raw(self, first: float, last: float) -> FloatArray | None:
        """Return the samples themselves, or None where they cannot be read again."""
        if self._samples is None:
            return None
        start, stop = int(first), int(np.ceil(last))
        samples = self._samples.read(start, stop)
        return samples if len(samples) == stop - start else None

    def _of_samples(self, raw: FloatArray, first: float, last: float, step: float) -> Outline:
        start = int(first)
        if step <= 1.0:
            return (start + np.arange(len(raw))) / self.rate, raw, raw
        edges = _edges(first, last, step)
        stops = np.minimum(np.ceil(edges[1:]).astype(np.int64), start + len(raw)) - start
        starts = np.minimum(edges[:-1].astype(np.int64) - start, stops - 1)
        lows, highs = _extremes(raw, raw, starts, stops)
        return (edges[:-1] + edges[1:]) / 2 / self.rate, lows, highs

    def _of_levels(self, origin: float, first: float, last: float, step: float) -> Outline:
        number = 0
        size = float(BIN)
        while size * FACTOR * _FINE <= step and number + 1 < len(self._levels):
            number += 1
            size *= FACTOR
        # Columns stay where they are on the screen's grid when the view is panned.
        edges = _edges(first, last, max(step, size), origin)
        begin = int(edges[0] // size)
        entries = self._entries(number, begin, int(np.ceil(edges[-1] / size)))
        stops = np.clip(np.ceil(edges[1:] / size).astype(np.int64) - begin, 1, entries.shape[1])
        starts = np.minimum((edges[:-1] // size).astype(np.int64) - begin, stops - 1)
        lows, highs = _extremes(entries[0], entries[1], starts, stops)
        return (edges[:-1] + edges[1:]) / 2 / self.rate, lows, highs

    def _entries(self, number: int, start: int, stop: int) -> FloatArray:
        """Return entries `start`..`stop` of a level, the unfinished last one included, [2, n]."""
        complete = self._levels[number].entries(start, stop)
        if stop <= self._levels[number].count:
            return complete
        return np.concatenate((complete, self._unfinished(number)), axis=1)

    def _unfinished(self, number: int) -> FloatArray:
        """Return the extremes of the samples that have no entry in a level yet, [2, 0 or 1]."""
        if number == 0:
            if not len(self._rest):
                return np.zeros((2, 0), dtype=np.float32)
            return np.array([[self._rest.min()], [self._rest.max()]], dtype=np.float32)
        lower = self._levels[number - 1]
        done = self._levels[number].count * FACTOR
        parts = np.concatenate(
            (lower.entries(done, lower.count), self._unfinished(number - 1)), axis=1
        )
        if not parts.shape[1]:
            return parts
        return np.array([[parts[0].min()], [parts[1].max()]], dtype=np.float32)


def _edges(
    first: float, last: float, step: float, origin: float | None = None
) -> npt.NDArray[np.float64]:
    """Return the borders of columns, in samples, from `first` to `last`."""
    zero = first if origin is None else origin
    start = np.floor((first - zero) / step)
    count = max(1, int(np.ceil((last - zero) / step - start - 1e-9)))
    edges = zero + (start + np.arange(count + 1)) * step
    edges[0] = first
    edges[-1] = last
    return np.asarray(edges, dtype=np.float64)


def _extremes(
    lows: FloatArray,
    highs: FloatArray,
    starts: npt.NDArray[np.int64],
    stops: npt.NDArray[np.int64],
) -> tuple[FloatArray, FloatArray]:
    """Return the least of `lows` and the greatest of `highs` over each range `starts`..`stops`."""
    ranges = np.stack((starts, np.maximum(stops, starts + 1)), axis=1).reshape(-1)
    return (
        np.minimum.reduceat(np.append(lows, lows[-1]), ranges)[::2],
        np.maximum.reduceat(np.append(highs, highs[-1]), ranges)[::2],
    )
