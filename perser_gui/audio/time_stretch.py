"""Slower and faster speech at its own pitch, hop by hop.

Waveform-similarity overlap-add (Verhelst and Roelands 1993): pieces are taken from the
source at the wanted speed, each moved a little to where it continues the piece before
it best, and cross-faded.
"""

from __future__ import annotations

import numpy as np

from perser_gui.records import FloatArray

HOP_SECONDS = 0.012
SEARCH_SECONDS = 0.008

_TIE = 0.02  # of a correlation of 1, at the edge of the search


class Stretcher:
    """Reads a stretch of samples at a speed other than 1, keeping the pitch.

    `samples` [n] at `rate` Hz are read from index `start` to `end`; each call of `hop`
    returns the next `hop_length` samples of sound. `place` is where in the source the
    sound has come to.
    """

    def __init__(
        self, samples: FloatArray, rate: int, start: int, end: int, speed: float = 1.0
    ) -> None:
        self.hop_length = max(8, round(HOP_SECONDS * rate))
        self.speed = speed
        self.place = float(start)
        self._samples = samples
        self._end = end
        self._search = max(4, round(SEARCH_SECONDS * rate))
        self._coarse = max(1, rate // 16_000)
        ramp = np.arange(self.hop_length, dtype=np.float32) + 0.5
        self._rise = (0.5 - 0.5 * np.cos(np.pi * ramp / self.hop_length)).astype(np.float32)
        self._tail = self._piece(start)  # what would follow if nothing were skipped

    @property
    def ended(self) -> bool:
        """Whether the end of the stretch was reached."""
        return self.place >= self._end

    def hop(self) -> FloatArray:
        """Return the next `hop_length` samples, and move on by that times the speed."""
        best = self._best(round(self.place))
        head = self._piece(best)
        sound = self._tail * (1.0 - self._rise) + head * self._rise
        self._tail = self._piece(best + self.hop_length)
        self.place += self.hop_length * self.speed
        return np.asarray(sound, dtype=np.float32)

    def _piece(self, start: int) -> FloatArray:
        """Return one hop of source samples, zeros where there are none."""
        piece = np.zeros(self.hop_length, dtype=np.float32)
        first, last = max(start, 0), min(start + self.hop_length, self._end)
        if last > first:
            piece[first - start : last - start] = self._samples[first:last]
        return piece

    def _best(self, wanted: int) -> int:
        """Return the start near `wanted` whose piece resembles the expected continuation most."""
        first = max(wanted - self._search, 0)
        last = min(wanted + self._search + self.hop_length, self._end)
        region = self._samples[first : last : self._coarse]
        template = self._tail[:: self._coarse]
        if len(region) < len(template):
            return wanted
        likeness = np.correlate(region, template, "valid")
        power = np.concatenate(([0.0], np.cumsum(np.square(region, dtype=np.float64))))
        energy = power[len(template) :] - power[: -len(template)]
        loudness = float(np.linalg.norm(template)) * np.sqrt(energy + 1e-9) + 1e-9
        # Among pieces that resemble it alike, in silence above all, the nearest is taken.
        distance = np.abs(first + self._coarse * np.arange(len(likeness)) - wanted)
        score = likeness / loudness - _TIE * distance / self._search
        return first + self._coarse * int(np.argmax(score))
