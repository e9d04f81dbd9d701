"""What is wrong with a recording, measured while its samples pass by."""

from __future__ import annotations

import numpy as np

from perser_gui.records import FloatArray

SILENT = 1e-4
"""A recording whose sound stays below this (-80 dB of full scale) counts as silent."""

CLIPPED_SHARE = 5e-4
"""Share of samples at full scale, in runs of some length, from which a warning is given."""

_RUN = 3
_COARSE_RUN = 6  # of 8-bit samples, where the crest of a loud tone is flat by itself
_CANCELLING = 1e-3


class Faults:
    """Counts over the samples of one recording, before it is mixed and resampled."""

    def __init__(self, full_scale: float) -> None:
        self._full_scale = full_scale
        self._run = _RUN if full_scale > 0.995 else _COARSE_RUN
        self.told: list[str] = []  # what the decoder said on the way
        self.frames = 0
        self.not_numbers = 0
        self.values = 0
        self._clipped = 0
        self._sum = 0.0
        self._low = np.inf
        self._high = -np.inf
        self._energy = 0.0
        self._mixed_energy = 0.0

    def cleaned(self, block: FloatArray) -> FloatArray:
        """Return a block [n, channels] with every NaN and infinity replaced by zero; count them."""
        self.values += block.size
        bad = block.size - int(np.count_nonzero(np.isfinite(block)))
        if bad:
            self.not_numbers += bad
            block = np.nan_to_num(block, nan=0.0, posinf=0.0, neginf=0.0)
        return block

    def measure(self, block: FloatArray, mixed: FloatArray) -> None:
        """Add a cleaned block [n, channels] and its mono mix [n] to the counts."""
        self.frames += len(block)
        self._sum += float(mixed.sum(dtype=np.float64))
        self._low = min(self._low, float(mixed.min()))
        self._high = max(self._high, float(mixed.max()))
        loudest = np.abs(block) if block.shape[1] == 1 else np.abs(block).max(axis=1)
        self._clipped += _in_runs(loudest.reshape(-1) >= self._full_scale, self._run)
        if block.shape[1] > 1:
            self._energy += float(np.square(block, dtype=np.float64).mean(axis=1).sum())
            self._mixed_energy += float(np.square(mixed, dtype=np.float64).sum())

    @property
    def all_broken(self) -> bool:
        """Whether not a single value was a number."""
        return self.values > 0 and self.not_numbers == self.values

    @property
    def cancelling(self) -> bool:
        """Whether the channels are each other's mirror image, so that their mix is nothing."""
        return self._energy > 0 and self._mixed_energy < _CANCELLING * self._energy

    def warnings(self, name: str) -> list[str]:
        """Return one plain sentence for each thing that is wrong."""
        found = []
        if self.not_numbers:
            found.append(
                f"{name} holds {self.not_numbers:,} broken samples, which were replaced by silence."
            )
        swing = self._high - self._low if self.frames else 0.0
        middle = self._sum / self.frames if self.frames else 0.0
        if swing < 2 * SILENT:
            if abs(middle) > SILENT:
                found.append(
                    f"{name} holds a constant level but no sound; the microphone may be faulty."
                )
            else:
                found.append(f"{name} is silent; there is nothing to hear in it.")
        elif self._clipped >= max(_RUN, CLIPPED_SHARE * self.frames):
            share = 100 * self._clipped / self.frames
            found.append(
                f"{name} is clipped ({share:.2g} % of it is at full scale); "
                "it may sound harsher than it was."
            )
        return found


def _in_runs(flags: np.ndarray, shortest: int) -> int:
    """Return how many true values stand in runs of at least `shortest`."""
    if not flags.any():
        return 0
    edges = np.flatnonzero(np.diff(np.concatenate(([0], flags.astype(np.int8), [0]))))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= shortest].sum())
