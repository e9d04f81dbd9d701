"""One run over a manifest, whichever engine does the work."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass

from perser_gui.bulk.manifest import Manifest, Shard
from perser_gui.bulk.on_ray import run_ray
from perser_gui.bulk.output import Output
from perser_gui.bulk.pool import run_pool
from perser_gui.bulk.worker import BulkTask, Told
from perser_gui.errors import PerserError
from perser_gui.progress import Progress

Engine = Callable[[BulkTask, Iterable[Shard], int, Progress], Iterator[Told]]

ENGINES: dict[str, Engine] = {"local": run_pool, "ray": run_ray}
"""What can do the work: processes of this machine, or actors of a Ray cluster."""


@dataclass(frozen=True)
class Finished:
    """What this run did; `before` counts rows that an earlier one had done."""

    rows: int
    before: int
    done: int
    failed: int
    audio_seconds: float
    seconds: float


def run_bulk(
    manifest: Manifest,
    task: BulkTask,
    *,
    engine: str = "local",
    workers: int | None = None,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Finished:
    """Do every row of a manifest that is not done yet.

    Args:
        manifest: the rows.
        task: what to do with them, and where the results go.
        engine: one of `ENGINES`.
        workers: how many (None: one a core).
        progress: told rows, rate and the time that is left, as far as that can be known.
        clock: what the time is, in seconds.

    Raises:
        PerserError: if the results belong to another plan or cannot be written, or the
            model cannot be loaded.
        Cancelled: if the progress was cancelled. What was done by then stays, and the same call
            goes on from there.
    """
    if engine not in ENGINES:
        raise PerserError(f"There is no engine “{engine}”; please choose {' or '.join(ENGINES)}.")
    progress = progress or Progress()
    output = Output(task.out)
    plan = {
        "task": task.kind,
        "manifest": manifest.digest,
        "model": dict(task.about),
        "cut_above": task.cut_above,
        "rows": len(manifest),
    }
    done = output.begin(plan)
    dealt = manifest.dealt
    missing = [number for number in range(len(dealt)) if number not in done]
    before = sum(len(dealt[number]) for number in done if number < len(dealt))
    began, seen, rows, failed, audio = clock(), set[int](), 0, 0, 0.0
    count = max(1, min(workers or os.cpu_count() or 1, len(missing)))
    progress.report(before / len(manifest), f"{before} of {len(manifest)} rows were done before")
    told = ENGINES[engine](task, manifest.shards(missing), count, progress) if missing else ()
    for one in told:
        if one.number in seen:
            continue
        seen.add(one.number)
        rows, failed, audio = rows + one.done, failed + one.failed, audio + one.seconds
        taken, so_far = clock() - began, before + rows + failed
        progress.report(
            so_far / len(manifest), _estimate(so_far, rows + failed, len(manifest), failed, taken)
        )
    left = [number for number in range(len(dealt)) if number not in output.done()]
    if left:
        raise PerserError(
            f"{len(left)} of {len(dealt)} shards are not done; please run the same command again."
        )
    return Finished(len(manifest), before, rows, failed, audio, clock() - began)


def _estimate(so_far: int, now: int, total: int, failed: int, taken: float) -> str:
    rate = now / taken if taken > 0 else 0.0
    text = f"{so_far} of {total} rows"
    if rate > 0:
        text += f", {rate:.1f} a second, about {_spelled((total - so_far) / rate)} left"
    return text + (f"; {failed} failed" if failed else "")


def _spelled(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def document(finished: Finished) -> dict[str, object]:
    """Return what a run did as JSON data."""
    return asdict(finished)
