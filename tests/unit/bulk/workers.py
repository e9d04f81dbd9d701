"""Workers that die when asked to; importable, since worker processes start anew."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from perser_gui.bulk.manifest import Shard
from perser_gui.bulk.output import Output
from perser_gui.bulk.worker import BulkTask, Told


class Numbering:
    """Writes the rows of a shard; `about` may say at which shard to die, before or after writing.

    A death happens once: the file that it leaves says that it has been.
    """

    def __init__(self, task: BulkTask) -> None:
        self._task = task

    def work(self, shard: Shard) -> Told:
        about = self._task.about
        marks = Path(about["marks"])
        (marks / f"{shard.number}-{os.getpid()}").touch()
        if about.get("dies before") == str(shard.number):
            self._die(marks / "died-before", always="always" in about)
        rows = [{"row": row.number, "file": row.file} for row in shard.rows]
        Output(self._task.out).write(shard.number, rows, [], {})
        if about.get("dies after") == str(shard.number):
            self._die(marks / "died-after", always=False)
        return Told(shard.number, len(rows), 0, 1.0)

    @staticmethod
    def _die(mark: Path, *, always: bool) -> None:
        if always or not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
