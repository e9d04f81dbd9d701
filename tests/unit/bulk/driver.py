"""A driver of its own process, to be killed.

python -m tests.unit.bulk.driver OUT MARKS SIZE ROWS [ray]
"""

from __future__ import annotations

import sys

from perser_gui.bulk import BulkTask, run_bulk
from perser_gui.bulk.manifest import from_files
from perser_gui.bulk.run import ENGINES
from perser_gui.progress import Progress

from .workers import Numbering


def main() -> None:
    from functools import partial

    from perser_gui.bulk.on_ray import run_ray
    from perser_gui.bulk.pool import run_pool

    out, marks, size, rows, *engine = sys.argv[1:]
    run = run_ray if engine == ["ray"] else run_pool
    ENGINES["numbering"] = partial(run, make=Numbering)
    manifest = from_files([f"{n}/{n}.wav" for n in range(int(rows))], int(size))
    task = BulkTask("embed", "none", out, {"marks": marks})

    def tell(fraction: float, text: str) -> None:
        print(text, flush=True)  # noqa: T201

    run_bulk(manifest, task, engine="numbering", workers=2, progress=Progress(tell))


if __name__ == "__main__":
    main()
