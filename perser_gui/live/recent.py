"""The last minutes of sound, in memory of a fixed size."""

from __future__ import annotations

import threading

import numpy as np

from perser_gui.records import FloatArray


class RecentSound:
    """Holds the last samples of a stream; places are counted from its first sample.

    One thread writes, others read; all memory is taken at the start.

    >>> recent = RecentSound(4)
    >>> recent.write(np.arange(6, dtype=np.float32))
    >>> recent.read(0, 5), recent.oldest, recent.written
    (array([2., 3., 4.], dtype=float32), 2, 6)
    """

    def __init__(self, capacity: int) -> None:
        # Filled, so that the memory is really there from the beginning.
        self._values = np.full(capacity, np.nan, dtype=np.float32)
        self._lock = threading.Lock()
        self.written = 0

    @property
    def oldest(self) -> int:
        """The first place that is still there."""
        return max(0, self.written - len(self._values))

    def write(self, block: FloatArray) -> None:
        """Append samples [n]; the oldest ones are forgotten."""
        capacity = len(self._values)
        kept = block[-capacity:]
        with self._lock:
            place = (self.written + len(block) - len(kept)) % capacity
            first = min(len(kept), capacity - place)
            self._values[place : place + first] = kept[:first]
            self._values[: len(kept) - first] = kept[first:]
            self.written += len(block)

    def read(self, start: int, end: int) -> FloatArray:
        """Return a copy of the samples from `start` to `end`, as far as they are there."""
        capacity = len(self._values)
        with self._lock:
            start = max(start, self.oldest)
            count = max(min(end, self.written) - start, 0)
            index = start % capacity
            first = min(count, capacity - index)
            return np.concatenate(
                (self._values[index : index + first], self._values[: count - first])
            )
