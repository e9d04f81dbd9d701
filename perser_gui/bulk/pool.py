"""Workers as processes of this machine, one thread each."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any

from perser_gui.bulk.manifest import Shard
from perser_gui.bulk.worker import BulkTask, Told, Worker, given_up
from perser_gui.errors import PerserError
from perser_gui.progress import Progress

TRIES = 3
"""How many workers may die over a shard before it is given up."""

LOOK_SECONDS = 0.2
"""How often to look whether the user wants to stop."""


@dataclass
class _Hand:
    """A worker: its process, the pipe to it, and the shard that it is at."""

    process: Any
    pipe: Connection
    shard: Shard | None = None


def run_pool(
    task: BulkTask,
    shards: Iterable[Shard],
    workers: int,
    progress: Progress,
    make: Callable[[BulkTask], Any] = Worker,
) -> Iterator[Told]:
    """Yield what came of each shard. A worker that dies is replaced, and its shard done again.

    `make` is what a worker process makes of the task, a function that can be imported.

    Raises:
        PerserError: what a worker says for which trying again is of no use.
        Cancelled: if the progress was cancelled; the workers are ended.
    """
    context = multiprocessing.get_context("spawn")
    waiting, again = iter(shards), deque[Shard]()
    deaths: dict[int, int] = {}
    hands: list[_Hand] = []

    def following() -> Shard | None:
        return again.popleft() if again else next(waiting, None)

    def employ(shard: Shard) -> None:
        ours, theirs = context.Pipe()
        process = context.Process(target=_serve, args=(theirs, task, make), daemon=True)
        process.start()
        theirs.close()
        hand = _Hand(process, ours, shard)
        hands.append(hand)
        _send(hand, shard)

    try:
        for _ in range(workers):
            if (shard := following()) is not None:
                employ(shard)
        while hands:
            progress.check()
            ready = wait([hand.pipe for hand in hands], LOOK_SECONDS)
            for hand in [one for one in hands if one.pipe in ready]:
                told = _received(hand)
                shard = hand.shard
                assert shard is not None
                if isinstance(told, Told):
                    hand.shard = following()
                    if hand.shard is not None:
                        _send(hand, hand.shard)
                    yield told  # after that: a worker does not wait for whoever hears it
                    if hand.shard is not None:
                        continue
                elif isinstance(told, PerserError):
                    raise told
                else:
                    deaths[shard.number] = deaths.get(shard.number, 0) + 1
                    if deaths[shard.number] < TRIES:
                        again.append(shard)
                    else:
                        yield given_up(task, shard, f"{TRIES} workers died over this shard: {told}")
                hands.remove(hand)
                _dismiss(hand)
                if not isinstance(told, Told) and (other := following()) is not None:
                    employ(other)
    finally:
        for hand in hands:
            hand.process.kill()
            _dismiss(hand)


def _send(hand: _Hand, shard: Shard) -> None:
    with contextlib.suppress(OSError):  # it died; reading from it will tell
        hand.pipe.send(shard)


def _received(hand: _Hand) -> Told | PerserError | str:
    """Return what a worker says, or why it cannot say anything any more."""
    try:
        told: Told | PerserError | str = hand.pipe.recv()
    except (EOFError, OSError):
        hand.process.join(5)
        return f"exit status {hand.process.exitcode}"
    return told


def _dismiss(hand: _Hand) -> None:
    hand.pipe.close()
    hand.process.join(5)
    if hand.process.is_alive():
        hand.process.kill()
        hand.process.join()


def _serve(pipe: Connection, task: BulkTask, make: Callable[[BulkTask], Any]) -> None:
    """Be a worker, until the driver closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the driver's to answer
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        worker = make(task)
        if "torch" in sys.modules:
            sys.modules["torch"].set_num_threads(1)
        while True:
            pipe.send(worker.work(pipe.recv()))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except PerserError as error:
        with contextlib.suppress(OSError):
            pipe.send(error)
