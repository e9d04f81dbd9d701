"""How loud the microphone is, and whether anything is wrong with what it delivers."""

from __future__ import annotations

import numpy as np

from perser_gui.records import FloatArray

FLOOR_DB = -90.0

_FULL_SCALE = 0.999
_CLIPPED_SAMPLES = 3
_HOLD_SECONDS = 1.5
_ZERO_SECONDS = 1.0
_FALL_DB_PER_SECOND = 30.0


class LevelMeter:
    """Follows peak and loudness of a stream, and notices zeros and clipping.

    `peak_db` and `rms_db` are in dB of full scale (-90..0): the peak jumps up at once
    and falls by 30 dB per second; the loudness is that of the last block.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self.peak_db = FLOOR_DB
        self.rms_db = FLOOR_DB
        self._zeros = 0
        self._since_clipped: int | None = None

    def feed(self, block: FloatArray) -> None:
        """Take the next samples [n], as they came from the device."""
        if not len(block):
            return
        magnitudes = np.abs(block)
        loudest = float(magnitudes.max())
        fallen = self.peak_db - _FALL_DB_PER_SECOND * len(block) / self._rate
        self.peak_db = max(_decibels(loudest), fallen, FLOOR_DB)
        self.rms_db = _decibels(float(np.sqrt(np.mean(np.square(block, dtype=np.float64)))))
        if loudest == 0.0:
            self._zeros += len(block)
        else:
            self._zeros = len(block) - 1 - int(np.flatnonzero(magnitudes)[-1])
        if self._since_clipped is not None:
            self._since_clipped += len(block)
        if np.count_nonzero(magnitudes >= _FULL_SCALE) >= _CLIPPED_SAMPLES:
            self._since_clipped = 0

    @property
    def only_zeros(self) -> bool:
        """Whether for a second nothing but exact zeros came: muted, or not permitted."""
        return self._zeros >= _ZERO_SECONDS * self._rate

    @property
    def clipped(self) -> bool:
        """Whether the input went to full scale within the last 1.5 seconds."""
        return self._since_clipped is not None and (
            self._since_clipped < _HOLD_SECONDS * self._rate
        )


def _decibels(amplitude: float) -> float:
    return float(max(FLOOR_DB, 20.0 * np.log10(max(amplitude, 1e-9))))
