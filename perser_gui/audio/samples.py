"""Reading any stretch of a recording's samples, from memory or from a file."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import soundfile

from perser_gui.audio import sndfile
from perser_gui.audio.sources import open_source
from perser_gui.errors import PerserError
from perser_gui.paths import shown
from perser_gui.records import FloatArray, Waveform

_BLOCK = 1 << 18


class Samples(Protocol):
    """Mono samples at `rate` Hz, `total` of them, that can be read anywhere."""

    @property
    def rate(self) -> int:
        """Sample rate in Hz."""
        ...

    @property
    def total(self) -> int:
        """How many samples there are."""
        ...

    def read(self, start: int, stop: int) -> FloatArray:
        """Return samples `start`..`stop` [n]; fewer where the recording ends."""
        ...

    def blocks(self) -> Iterator[FloatArray]:
        """Yield all samples in order, in small blocks."""
        ...

    def close(self) -> None:
        """Let go of what is held open."""
        ...


class MemorySamples:
    """The samples of a waveform."""

    def __init__(self, waveform: Waveform) -> None:
        self._samples = waveform.samples
        self.rate = waveform.rate
        self.total = len(waveform.samples)

    def read(self, start: int, stop: int) -> FloatArray:
        """Return samples `start`..`stop`, float32 [n]."""
        return self._samples[max(start, 0) : max(stop, 0)]

    def blocks(self) -> Iterator[FloatArray]:
        """Yield all samples in order."""
        for place in range(0, self.total, _BLOCK):
            yield self._samples[place : place + _BLOCK]

    def close(self) -> None:
        """Nothing is held open."""


class FileSamples:
    """The samples of a file at its own rate, read where they lie; for pictures of long files.

    Channels are averaged, or `channel` (from 1) is taken alone. Files that only ffmpeg decodes,
    and those that are not read just as they lie there, can be read in order, not anywhere:
    their `seekable` is False and `read` returns nothing.

    Raises:
        PerserError: when the file cannot be opened or decoded.
    """

    def __init__(self, path: Path | str, channel: int | None = None) -> None:
        self._source = open_source(Path(path))
        self._channel = channel
        self._lock = threading.Lock()
        self._sound: Any = None
        self.rate = self._source.rate
        self.total = self._source.frames or 0
        self.seekable = self._source.seekable

    def read(self, start: int, stop: int) -> FloatArray:
        """Return samples `start`..`stop`, float32 [n]; safe to call from any thread."""
        start, stop = max(start, 0), min(stop, self.total)
        if stop <= start or not self.seekable:
            return np.zeros(0, dtype=np.float32)
        with self._lock:
            try:
                if self._sound is None:
                    self._sound = soundfile.SoundFile(sndfile.name_of(self._source.path))
                self._sound.seek(start)
                block = self._sound.read(stop - start, dtype="float32", always_2d=True)
            except (soundfile.SoundFileError, OSError, ValueError) as error:
                raise PerserError(
                    f"{shown(self._source.path)} can no longer be read; "
                    "please check whether it was moved or changed."
                ) from error
        return self._heard(block)

    def blocks(self) -> Iterator[FloatArray]:
        """Yield all samples in order, float32 [n]."""
        for block in self._source.blocks():
            yield self._heard(block)

    def _heard(self, block: FloatArray) -> FloatArray:
        if self._channel is None or self._channel > block.shape[1]:
            return _mono(block)
        return _mono(block[:, self._channel - 1 : self._channel])

    def close(self) -> None:
        """Close the file; a later `read` opens it again."""
        with self._lock:
            if self._sound is not None:
                self._sound.close()
                self._sound = None


def _mono(block: FloatArray) -> FloatArray:
    mixed = block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)
    if np.isfinite(mixed.sum(dtype=np.float64)):
        return mixed
    return np.nan_to_num(mixed, nan=0.0, posinf=0.0, neginf=0.0)
