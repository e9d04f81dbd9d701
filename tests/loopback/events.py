"""Keeps what a live engine tells, for tests to wait for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from perser_gui.live.readouts import Event, Status


class Events:
    """Keeps what an engine tells, with the moment it was told."""

    def __init__(self) -> None:
        self.all: list[tuple[float, Event]] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.all.append((time.monotonic(), event))
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Event], bool], seconds: float = 20.0) -> float:
        """Return when the first event of that kind was told."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(wanted(e) for _, e in self.all), seconds)
            return next(moment for moment, event in self.all if wanted(event))

    def of(self, kind: type) -> list:
        return [event for _, event in list(self.all) if isinstance(event, kind)]


def status(kind: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Status) and event.kind == kind
