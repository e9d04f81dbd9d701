"""How high a voice is over time, found by SwiftF0 (MIT) in pieces, where it is looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import soxr

from perser_gui.audio.samples import MemorySamples, Samples
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

LOWEST_HZ = 50.0
HIGHEST_HZ = 700.0
"""Voices lie between these; a shout of a child reaches about 650 Hz."""

SURE = 0.5
"""How sure the network must be that there is a pitch at all."""

PIECE_SECONDS = 10.0
_OVERLAP_SECONDS = 0.1
_RATE = 16_000
_PIECES_KEPT = 720  # two hours


@dataclass(frozen=True)
class PitchTrack:
    """Pitch at evenly spaced moments: `times` (s) and `hertz`, both [n], NaN where none is."""

    times: FloatArray
    hertz: FloatArray


class Pitch:
    """The pitch of a recording, found piece by piece and kept.

    >>> tone = np.sin(np.arange(16000) * 2 * np.pi * 200 / 16000).astype(np.float32)
    >>> [track] = Pitch.of_waveform(Waveform(tone, 16000)).tracks(0.0, 1.0, Progress())
    >>> bool(abs(np.nanmedian(track.hertz) - 200) < 3)
    True
    """

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._lock = threading.Lock()
        self._pieces: OrderedDict[int, PitchTrack] = OrderedDict()

    @classmethod
    def of_waveform(cls, waveform: Waveform) -> Pitch:
        """Return the pitch of a waveform in memory."""
        return cls(MemorySamples(waveform))

    def tracks(self, start_s: float, end_s: float, progress: Progress) -> Iterator[PitchTrack]:
        """Yield the pitch between two times (s) in pieces, those known already at once.

        An hour takes about a minute; it may be cancelled between two pieces.

        Raises:
            PerserError: if the library is not installed, or the file can no longer be read.
            Cancelled: if it was cancelled.
        """
        seconds = self._samples.total / self._samples.rate
        first = int(max(start_s, 0.0) // PIECE_SECONDS)
        last = int(max(min(end_s, seconds) - 1e-6, 0.0) // PIECE_SECONDS)
        for number in range(first, last + 1):
            progress.report((number - first) / max(last - first + 1, 1), "Finding the pitch")
            with self._lock:
                track = self._pieces.get(number)
            if track is None:
                track = self._piece(number)
                with self._lock:
                    self._pieces[number] = track
                    if len(self._pieces) > _PIECES_KEPT:
                        self._pieces.popitem(last=False)
            yield track

    def _piece(self, number: int) -> PitchTrack:
        rate = self._samples.rate
        begin = number * PIECE_SECONDS
        lead = min(begin, _OVERLAP_SECONDS)
        samples = self._samples.read(
            round((begin - lead) * rate), round((begin + PIECE_SECONDS + _OVERLAP_SECONDS) * rate)
        )
        if rate != _RATE and len(samples):
            samples = soxr.resample(samples, rate, _RATE)
        if len(samples) < _RATE // 50:
            nothing = np.zeros(0, np.float32)
            return PitchTrack(nothing, nothing)
        found = _network().detect(samples, _RATE, LOWEST_HZ, HIGHEST_HZ)
        times = np.asarray(found.timestamps, np.float32) + np.float32(begin - lead)
        hertz = np.where(found.confidence >= SURE, found.pitch_hz, np.nan).astype(np.float32)
        own = (times >= begin) & (times < begin + PIECE_SECONDS)
        return PitchTrack(times[own], hertz[own])


@lru_cache(maxsize=1)
def _network() -> Any:
    try:
        from swift_f0 import SwiftF0
    except ImportError as error:
        raise PerserError(
            "Pitch is found by the library swift-f0, which is not installed here; "
            "please run pip install swift-f0."
        ) from error
    return SwiftF0(threads=1, spin=False)
