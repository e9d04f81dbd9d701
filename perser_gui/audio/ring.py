"""A ring of samples between the sound card's thread, which must never wait, and a reader."""

from __future__ import annotations

import numpy as np

from perser_gui.records import FloatArray


class Ring:
    """Holds the last `capacity` samples; one thread writes, one other reads, none waits.

    >>> ring = Ring(4)
    >>> ring.write(np.arange(6, dtype=np.float32))
    >>> ring.read()
    (array([2., 3., 4., 5.], dtype=float32), 2)
    """

    def __init__(self, capacity: int) -> None:
        self._values = np.zeros(capacity, dtype=np.float32)
        self._taken = 0
        self.written = 0

    def write(self, block: FloatArray) -> None:
        """Append samples [n], over the oldest ones if nobody read them."""
        capacity = len(self._values)
        kept = block[-capacity:]
        place = (self.written + len(block) - len(kept)) % capacity
        first = min(len(kept), capacity - place)
        self._values[place : place + first] = kept[:first]
        self._values[: len(kept) - first] = kept[first:]
        self.written += len(block)  # last, so that a reader sees only complete samples

    def read(self) -> tuple[FloatArray, int]:
        """Return all samples not read yet, and how many were lost before them."""
        capacity = len(self._values)
        end = self.written
        start = max(self._taken, end - capacity)
        index = start % capacity
        count = end - start
        first = min(count, capacity - index)
        copied = np.concatenate(
            (self._values[index : index + first], self._values[: count - first])
        )
        # What was overwritten while it was copied is lost too.
        torn = max(0, min(self.written - capacity - start, count))
        lost = start + torn - self._taken
        self._taken = end
        return copied[torn:], lost
