"""A watchdog on the main thread of the real program: what it was doing while it was busy too long.

It measures the processor time of the main thread between two ticks, not how long a pause lasted:
on a busy machine other programs make pauses that are not ours.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback

from PySide6.QtCore import QCoreApplication, QTimer

LIMIT = 0.050
"""Seconds of processor time after which a person notices."""


class Blocks:
    """Ticks on the main thread; `found` tells every block: its seconds, the act, and where it was.

    `act` names what is being done.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self.act = ""
        self.found: list[tuple[float, str, str]] = []
        self.ticks = 0
        self.longest = 0.0
        self._limit = limit
        self._main = threading.main_thread().ident
        self._clock = time.pthread_getcpuclockid(self._main)
        self._last = time.clock_gettime(self._clock)
        self._where = ""
        self._over = threading.Event()
        self._timer = QTimer(QCoreApplication.instance())  # never garbage of another thread
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def start(self) -> None:
        self._last = time.clock_gettime(self._clock)
        self._timer.start()
        self._sampler.start()

    def stop(self) -> None:
        self._timer.stop()
        self._over.set()
        self._sampler.join()

    def _tick(self) -> None:
        now = time.clock_gettime(self._clock)
        busy, self._last = now - self._last, now
        self.ticks += 1
        self.longest = max(self.longest, busy)
        if busy > self._limit:
            self.found.append((round(busy, 3), self.act, self._where))
        self._where = ""

    def _sample(self) -> None:
        """Note where the main thread stands once it has been busy for most of the limit."""
        while not self._over.wait(0.004):
            if time.clock_gettime(self._clock) - self._last > 0.6 * self._limit and not self._where:
                frame = sys._current_frames().get(self._main or 0)
                stack = traceback.extract_stack(frame)[-6:]
                self._where = " < ".join(f"{f.name}:{f.lineno}" for f in reversed(stack))
