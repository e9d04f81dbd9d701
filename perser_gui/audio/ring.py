"""The last samples of a stream in memory of a fixed size, and a ring between two threads."""

from __future__ import annotations

import numpy as np

from perser_gui.records import FloatArray


class LastSamples:
    """Holds the last `capacity` samples; places are counted from the first one ever written.

    All memory is taken at the start. It has no lock: whoever shares it between threads says how.

    >>> last = LastSamples(4)
    >>> last.write(np.arange(6, dtype=np.float32))
    >>> last.copied(2, 5), last.oldest, last.written
    (array([2., 3., 4.], dtype=float32), 2, 6)
    """

    def __init__(self, capacity: int) -> None:
        # Filled, so that the memory is really there from the beginning.
        self._values = np.full(capacity, np.nan, dtype=np.float32)
        self.written = 0

    @property
    def oldest(self) -> int:
        """The first place that is still there."""
        return max(0, self.written - len(self._values))

    def write(self, block: FloatArray) -> None:
        """Append samples [n]; the oldest ones are forgotten."""
        capacity = len(self._values)
        kept = block[-capacity:]
        place = (self.written + len(block) - len(kept)) % capacity
        first = min(len(kept), capacity - place)
        self._values[place : place + first] = kept[:first]
        self._values[: len(kept) - first] = kept[first:]
        self.written += len(block)  # last, so that a reader sees only complete samples

    def copied(self, start: int, end: int) -> FloatArray:
        """Return a copy of the samples from `start` to `end`; both must still be there."""
        count, index = end - start, start % len(self._values)
        first = min(count, len(self._values) - index)
        return np.concatenate((self._values[index : index + first], self._values[: count - first]))


class Ring(LastSamples):
    """Between the sound card's thread, which must never wait, and one reader, who need not.

    >>> ring = Ring(4)
    >>> ring.write(np.arange(6, dtype=np.float32))
    >>> ring.read()
    (array([2., 3., 4., 5.], dtype=float32), 2)
    """

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._taken = 0

    def read(self) -> tuple[FloatArray, int]:
        """Return all samples not read yet, and how many were lost before them."""
        capacity = len(self._values)
        end = self.written
        start = max(self._taken, end - capacity)
        copied = self.copied(start, end)
        # What was overwritten while it was copied is lost too.
        torn = max(0, min(self.written - capacity - start, end - start))
        lost = start + torn - self._taken
        self._taken = end
        return copied[torn:], lost
