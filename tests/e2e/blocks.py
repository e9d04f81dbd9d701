"""A watchdog on the main thread of the real program: what it did while it was held too long.

Two things hold a window up. **Work**: the processor time of the main thread between two ticks of
its event loop. Other programs take none of it, but on a shared core the same work takes more of
it, so it is counted in what a known piece of work takes there, just then. **Waiting** for a lock,
a disk or another process: stretches in which the loop has something to do, and the main thread
neither runs nor stands in line for a core (`/proc/.../schedstat`, Linux). The sampler, which
needs Python's lock as well, must have come through all the while, so that whoever waits only for
a turn is not counted.
"""

from __future__ import annotations

import sys
import threading
import time
import traceback
from pathlib import Path

from PySide6.QtCore import QAbstractEventDispatcher, QCoreApplication, QTimer

LIMIT = 0.050
"""Seconds after which a person notices."""
KNOWN = 0.005
"""Processor time (s) of `slowness`'s work on a 2-core Intel Xeon with nothing beside it."""
UNSURE = 1.2
"""How many times too long work may look: on a crowded machine the known piece tells it roughly."""
PAUSE = 0.004
"""Seconds between two looks of the sampler."""


def slowness() -> float:
    """Return how many times as much processor time work takes here as alone; at least 1."""
    begun = time.thread_time()
    texts: dict[int, str] = {}
    for number in range(60_000):
        texts[number % 977] = str(number)
    return max(1.0, (time.thread_time() - begun) / KNOWN)


class Blocks:
    """Ticks on the main thread; `found` tells every block: its seconds, the act, and where it was.

    `act` names what is being done. Seconds of work are those of a free core.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self.act = ""
        self.found: list[tuple[float, str, str]] = []
        self.ticks = 0
        self.longest = 0.0
        self._limit = limit
        self._slow = 1.0
        self._main = threading.main_thread().ident
        self._line = Path(f"/proc/self/task/{threading.main_thread().native_id}/schedstat")
        self._clock = time.pthread_getcpuclockid(self._main)
        self._last = time.clock_gettime(self._clock)
        self._where = ""
        self._idle = True
        self._over = threading.Event()
        self._timer = QTimer(QCoreApplication.instance())  # never garbage of another thread
        self._timer.setInterval(2)
        self._timer.timeout.connect(self._tick)
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def start(self) -> None:
        """Watch from now on."""
        dispatcher = QAbstractEventDispatcher.instance()
        dispatcher.aboutToBlock.connect(self._blocks)
        dispatcher.awake.connect(self._awakes)
        self._last = time.clock_gettime(self._clock)
        self._timer.start()
        self._sampler.start()

    def stop(self) -> None:
        """Watch no more."""
        self._timer.stop()
        self._over.set()
        self._sampler.join()

    def _blocks(self) -> None:
        self._idle = True

    def _awakes(self) -> None:
        self._idle = False

    def _tick(self) -> None:
        now = time.clock_gettime(self._clock)
        busy = now - self._last
        self.ticks += 1
        if busy > self._limit:
            self._slow = slowness()  # just now, and here
        if busy / self._slow > UNSURE * self._limit:
            self._tell(busy / self._slow, "works")
        self.longest = max(self.longest, busy / self._slow)
        self._where, self._slow = "", 1.0
        self._last = time.clock_gettime(self._clock)

    def _tell(self, seconds: float, how: str) -> None:
        block = (round(seconds, 3), f"{self.act}: {how}", self._where)
        self.found.append(block)
        sys.stderr.write(f"held up: {block}\n")

    def _sample(self) -> None:
        """Note where the main thread stands once it has been held for most of the limit."""
        asleep, before, last = 0.0, (-1, -1), time.monotonic()
        while not self._over.wait(PAUSE):
            now, line = time.monotonic(), self._in_line()
            still = line is not None and line == before and not self._idle
            asleep = asleep + min(now - last, 2 * PAUSE) if still else 0.0
            before, last = line or (-1, -1), now
            busy = time.clock_gettime(self._clock) - self._last
            if max(busy, asleep) > 0.6 * self._limit and not self._where:
                self._where = self._stack()
            if asleep > self._limit:
                self._tell(asleep, "waits")
                asleep = 0.0

    def _in_line(self) -> tuple[int, int] | None:
        """Return how long the main thread ran and stood in line (ns); None where nobody tells."""
        try:
            ran, stood, _ = self._line.read_text().split()
        except (OSError, ValueError):
            return None
        return int(ran), int(stood)

    def _stack(self) -> str:
        stack = traceback.extract_stack(sys._current_frames().get(self._main or 0))[-6:]
        return " < ".join(f"{f.name}:{f.lineno}" for f in reversed(stack))
