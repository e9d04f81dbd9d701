"""Progress and cancellation of long actions, without Qt and without threads of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable

from perser_gui.errors import Cancelled

Report = Callable[[float, str], None]


class Progress:
    """A token that a long action reports to and asks whether it should go on.

    Two wishes of the user are kept apart: `cancel` (discard everything) makes
    `check` raise `Cancelled`; `stop` (stop and keep the best so far) only sets
    `stop_requested`, which iterative work looks at between steps.
    """

    def __init__(self, report: Report | None = None) -> None:
        self._report = report
        self._cancelled = threading.Event()
        self._stopped = threading.Event()

    def report(self, fraction: float, message: str = "") -> None:
        """Say how far the work is: `fraction` in 0..1; checks for cancellation first."""
        self.check()
        if self._report is not None:
            self._report(min(max(fraction, 0.0), 1.0), message)

    def check(self) -> None:
        """Raise `Cancelled` if the user asked for it."""
        if self._cancelled.is_set():
            raise Cancelled

    def cancel(self) -> None:
        """Ask the work to end and to leave everything as it was."""
        self._cancelled.set()

    def stop(self) -> None:
        """Ask the work to end now and to keep its best result so far."""
        self._stopped.set()

    @property
    def cancelled(self) -> bool:
        """Whether `cancel` was called."""
        return self._cancelled.is_set()

    @property
    def stop_requested(self) -> bool:
        """Whether `stop` was called."""
        return self._stopped.is_set()

    def part(self, start: float, end: float, *, stoppable: bool = True) -> Progress:
        """Return a view that maps 0..1 onto `start`..`end` and shares both wishes.

        Work that must be whole once it was begun takes a view that is not `stoppable`:
        `stop` does not reach it, `cancel` does.
        """
        inner = self._report

        def scaled(fraction: float, message: str) -> None:
            if inner is not None:
                inner(start + (end - start) * fraction, message)

        view = Progress(scaled)
        view._cancelled = self._cancelled
        if stoppable:
            view._stopped = self._stopped
        return view
