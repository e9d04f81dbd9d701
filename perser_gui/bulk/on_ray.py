"""Workers as actors of a Ray cluster, driven by Ray Data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from perser_gui.bulk.manifest import ManifestRow, Shard, needed
from perser_gui.bulk.worker import BulkTask, Told, Worker
from perser_gui.errors import PerserError
from perser_gui.progress import Progress

TRIES = 3
"""How often Ray begins an actor, and a shard, anew after a death."""


def run_ray(
    task: BulkTask,
    shards: Iterable[Shard],
    workers: int,
    progress: Progress,
    make: Callable[[BulkTask], Any] = Worker,
) -> Iterator[Told]:
    """Yield what came of each shard, done by `workers` actors of the cluster.

    The cluster is the one at RAY_ADDRESS, or one on this machine that ends with the program.
    `make` is what an actor makes of the task.

    Raises:
        PerserError: if ray is not installed, or its workers die again and again.
        Cancelled: if the progress was cancelled.
    """
    ray = needed("ray")
    needed("ray.data")
    ours = not ray.is_initialized()
    if ours:
        ray.init(
            address=os.environ.get("RAY_ADDRESS") or None,
            log_to_driver=False,
            include_dashboard=False,
        )
    try:
        ray.data.DataContext.get_current().enable_progress_bars = False
        items = [
            {"number": shard.number, "rows": [_plain(row) for row in shard.rows]}
            for shard in shards
        ]
        told = ray.data.from_items(items).map_batches(
            Actor,
            fn_constructor_args=(task, make),
            batch_size=1,
            batch_format="pandas",
            compute=ray.data.ActorPoolStrategy(size=workers),
            num_cpus=1,
            max_restarts=TRIES,
            max_task_retries=TRIES,
        )
        for row in told.iter_rows():
            progress.check()
            yield Told(
                int(row["number"]), int(row["done"]), int(row["failed"]), float(row["seconds"])
            )
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, PerserError):
            raise cause from error
        raise PerserError(
            f"The Ray cluster gave up ({type(error).__name__}); what was done stays, and the same "
            "command goes on from there."
        ) from error
    finally:
        if ours:
            ray.shutdown()


class Actor:
    """A worker as Ray Data calls it: a table with one shard in, what came of it out."""

    def __init__(self, task: BulkTask, make: Callable[[BulkTask], Any]) -> None:
        os.environ["OMP_NUM_THREADS"] = "1"
        self._worker = make(task)

    def __call__(self, batch: Any) -> dict[str, Any]:
        """Do the shards of a batch."""
        told = [
            self._worker.work(Shard(int(number), tuple(ManifestRow(**row) for row in rows)))
            for number, rows in zip(batch["number"], batch["rows"], strict=True)
        ]
        names = ("number", "done", "failed", "seconds")
        return {name: np.array([getattr(one, name) for one in told]) for name in names}


def _plain(row: ManifestRow) -> dict[str, Any]:
    return {
        "number": row.number,
        "file": row.file,
        "speaker": row.speaker,
        "start": row.start,
        "end": row.end,
    }
