"""Work off the main thread: one serial worker per lane, results by one queued signal.

A work function gets a `Progress` and returns a plain value; it never touches Qt.
All its outcomes (done, failed, cancelled, progress) arrive on the main thread
through a single signal, in the order in which they happened.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal, Slot

from perser_gui.errors import Cancelled
from perser_gui.memory import give_back
from perser_gui.progress import Progress

T = TypeVar("T")


class Lane(Enum):
    """Which worker does the work; each lane does one thing at a time, in order."""

    STORE = "store"
    """Ratings, listeners, history: milliseconds each, never behind anything slow."""
    COMPUTE = "compute"
    """Model loading, predictions, adaptation."""
    MEDIA = "media"
    """Decoding and playing the clip at hand."""
    PICTURES = "pictures"
    """Spectrograms of the stretch in view."""
    PITCH = "pitch"
    """The pitch of the stretch in view, which may be an hour."""
    UPKEEP = "upkeep"
    """What opening leaves for later; nobody waits for it."""
    FILES = "files"
    """Reading folders of new clips, import and export."""


@dataclass(eq=False)
class Job(Generic[T]):
    """One piece of work on its way, with the wishes of the user about it."""

    work: Callable[[Progress], T]
    lane: Lane
    label: str
    done: Callable[[T], None] | None = None
    failed: Callable[[Exception], None] | None = None
    cancelled: Callable[[], None] | None = None
    reported: Callable[[float, str], None] | None = None
    progress: Progress = field(default_factory=Progress)
    finished: bool = False
    _future: Future[None] | None = None
    _latest: tuple[float, str] | None = None
    _on_dropped: Callable[[], None] | None = None

    def cancel(self) -> None:
        """Discard the work: at once if it has not begun, else at its next check."""
        self.progress.cancel()
        if self._future is not None and self._future.cancel() and self._on_dropped is not None:
            self._on_dropped()

    def stop(self) -> None:
        """Ask the work to end early and to keep the best it has."""
        self.progress.stop()


@dataclass(frozen=True)
class _Outcome:
    task: Job[Any]
    kind: str
    value: Any = None


_HEAVY = (Lane.COMPUTE, Lane.MEDIA, Lane.FILES)
"""Lanes whose work may take much memory for a while."""


def _nothing() -> None:
    return None


class JobRunner(QObject):
    """Starts work on lanes and brings its outcome back to the main thread.

    `unhandled` gets failures that nobody else deals with, with their task if there is one.
    """

    _posted = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._executors: dict[Lane, ThreadPoolExecutor] = {}
        self._running: list[Job[Any]] = []
        self._lock = threading.Lock()
        self._closed = False
        self.unhandled: Callable[[Job[Any] | None, Exception], None] | None = None
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        work: Callable[[Progress], T],
        *,
        lane: Lane,
        label: str = "",
        done: Callable[[T], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        cancelled: Callable[[], None] | None = None,
        reported: Callable[[float, str], None] | None = None,
    ) -> Job[T]:
        """Queue `work` on a lane; the callbacks run on the main thread."""
        task: Job[T] = Job(work, lane, label, done, failed, cancelled, reported)
        task.progress = Progress(lambda fraction, message: self._report(task, fraction, message))
        task._on_dropped = lambda: self._post(_Outcome(task, "cancelled"))
        if self._closed:
            return task
        self._running.append(task)
        task._future = self._executor(lane).submit(self._work, task)
        return task

    def drained(self, lane: Lane) -> Future[None]:
        """Return a future that is done when everything queued on a lane so far is done."""
        return self._executor(lane).submit(_nothing)

    def _executor(self, lane: Lane) -> ThreadPoolExecutor:
        executor = self._executors.get(lane)
        if executor is None:
            executor = ThreadPoolExecutor(1, thread_name_prefix=f"perser-{lane.value}")
            self._executors[lane] = executor
        return executor

    @property
    def busy(self) -> bool:
        """Whether any work is queued, running, or not delivered yet."""
        return bool(self._running)

    def pending(self, lane: Lane) -> list[Job[Any]]:
        """Return the tasks of a lane whose outcome has not been delivered."""
        return [task for task in self._running if task.lane is lane]

    def close(self, last: Callable[[], None] | None = None) -> None:
        """Cancel everything, wait for the workers, run `last` on the store's worker and end.

        Queued store work (ratings) is still carried out; nothing is delivered any more.
        """
        if self._closed:
            return
        for task in list(self._running):
            if task.lane is not Lane.STORE:
                task.cancel()
        store = self._executors.pop(Lane.STORE, None)
        self._closed = True
        for executor in self._executors.values():
            executor.shutdown(wait=True, cancel_futures=True)
        if store is not None:
            if last is not None:
                store.submit(last)
            store.shutdown(wait=True)
        elif last is not None:
            last()
        self._running.clear()

    def _work(self, task: Job[Any]) -> None:
        try:
            task.progress.check()
            value = task.work(task.progress)
        except Cancelled:
            self._post(_Outcome(task, "cancelled"))
        except Exception as error:
            self._post(_Outcome(task, "failed", error))
        else:
            self._post(_Outcome(task, "done", value))
        if task.lane in _HEAVY:
            give_back()

    def _report(self, task: Job[Any], fraction: float, message: str) -> None:
        with self._lock:
            waiting = task._latest is not None
            task._latest = (fraction, message)
        if not waiting:
            self._post(_Outcome(task, "reported"))

    def _post(self, outcome: _Outcome) -> None:
        if not self._closed:
            self._posted.emit(outcome)

    @Slot(object)
    def _deliver(self, outcome: _Outcome) -> None:
        task = outcome.task
        if self._closed or task.finished:
            return
        if outcome.kind == "reported":
            with self._lock:
                latest, task._latest = task._latest, None
            if task.reported is not None and latest is not None:
                task.reported(*latest)
            return
        task.finished = True
        if task in self._running:
            self._running.remove(task)
        if outcome.kind == "done" and task.done is not None:
            task.done(outcome.value)
        elif outcome.kind == "cancelled" and task.cancelled is not None:
            task.cancelled()
        elif outcome.kind == "failed":
            if task.failed is not None:
                task.failed(outcome.value)
            else:
                self.fail(outcome.value, task)

    def fail(self, error: Exception, task: Job[Any] | None = None) -> None:
        """Show a failure where failures are shown; raise it where nobody shows them."""
        if self.unhandled is None:
            raise error
        self.unhandled(task, error)
