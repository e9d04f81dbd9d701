"""The last minutes of sound, for one thread that writes and others that read."""

from __future__ import annotations

import threading

from perser_gui.audio.ring import LastSamples
from perser_gui.records import FloatArray


class RecentSound(LastSamples):
    """Holds the last samples of a stream; a reader waits while a block is written.

    >>> import numpy as np
    >>> recent = RecentSound(4)
    >>> recent.write(np.arange(6, dtype=np.float32))
    >>> recent.read(0, 5), recent.oldest, recent.written
    (array([2., 3., 4.], dtype=float32), 2, 6)
    """

    def __init__(self, capacity: int) -> None:
        super().__init__(capacity)
        self._lock = threading.Lock()

    def write(self, block: FloatArray) -> None:
        """Append samples [n]; the oldest ones are forgotten."""
        with self._lock:
            super().write(block)

    def everything(self) -> tuple[int, FloatArray]:
        """Return the place of the oldest sample, and a copy of all that are there.

        >>> import numpy as np
        >>> recent = RecentSound(4)
        >>> recent.write(np.arange(6, dtype=np.float32))
        >>> recent.everything()
        (2, array([2., 3., 4., 5.], dtype=float32))
        """
        with self._lock:
            return self.oldest, self.copied(self.oldest, self.written)

    def read(self, start: int, end: int) -> FloatArray:
        """Return a copy of the samples from `start` to `end`, as far as they are there."""
        with self._lock:
            start = max(start, self.oldest)
            return self.copied(start, max(min(end, self.written), start))
