"""Where the results lie: one Parquet file per shard, and beside it what failed."""

from __future__ import annotations

import io
import json
import posixpath
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from perser_gui.bulk.manifest import needed
from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole

PLAN = "plan.json"
_PART = re.compile(r"part-([0-9]{5,})\.parquet")
FAILED = "failed"
FAILURE = ("row", "file", "reason")
"""Columns of the files of what failed."""


class Output:
    """A folder, local or at any address that fsspec can write to.

    `part-00012.parquet` holds the rows of shard 12, `failed/part-00012.parquet` its rows that
    failed, with the reason. What failed is written first: a shard is done when its part is
    there. A file appears whole or not at all.
    """

    def __init__(self, address: str) -> None:
        needed("pyarrow")
        import fsspec

        self.address = address.rstrip("/") or "/"
        try:
            self._files, self._root = fsspec.core.url_to_fs(self.address)
        except (ImportError, ValueError) as error:
            raise PerserError(f"{address} cannot be written to: {error}") from error
        self._local = "file" in (self._files.protocol, *self._files.protocol)

    def begin(self, plan: Mapping[str, Any]) -> set[int]:
        """Note down the plan, or check it against the one of the run before.

        Returns:
            The numbers of the shards that are done.

        Raises:
            PerserError: if the folder holds results of another plan, or cannot be written.
        """
        before = self._plan()
        if before is None:
            self._write(PLAN, (json.dumps(dict(plan), indent=1) + "\n").encode())
            return set()
        other = [name for name, value in plan.items() if before.get(name) != value]
        if other:
            raise PerserError(
                f"{self.address} holds results with another {', '.join(other)}; "
                "please choose an empty folder, or ask for the same again."
            )
        return self.done()

    def done(self) -> set[int]:
        """Return the numbers of the shards whose parts are there."""
        self._files.invalidate_cache()
        names = [posixpath.basename(name) for name in self._files.ls(self._root, detail=False)]
        parts = (_PART.fullmatch(name) for name in names)
        return {int(part[1]) for part in parts if part}

    def write(
        self,
        number: int,
        rows: Sequence[Mapping[str, Any]],
        failures: Sequence[Mapping[str, Any]],
        about: Mapping[str, str],
    ) -> None:
        """Write the results of a shard.

        Raises:
            PerserError: if they cannot be written.
        """
        name = f"part-{number:05}.parquet"
        if failures:
            columns = {key: [row[key] for row in failures] for key in FAILURE}
            self._write(f"{FAILED}/{name}", _parquet(columns, about))
        header = list(rows[0]) if rows else ["row"]
        columns = {key: [row[key] for row in rows] for key in header}
        self._write(name, _parquet(columns, about))

    def _plan(self) -> dict[str, Any] | None:
        path = posixpath.join(self._root, PLAN)
        try:
            if not self._files.exists(path):
                return None
            found = json.loads(self._files.cat_file(path))
        except (OSError, *MISFIT) as error:
            raise PerserError(f"{self.address}/{PLAN} cannot be read: {error}") from error
        return found if isinstance(found, dict) else {}

    def _write(self, name: str, content: bytes) -> None:
        path = posixpath.join(self._root, name)
        if self._local:
            write_whole(Path(path), content)
            return
        try:
            self._files.makedirs(posixpath.dirname(path), exist_ok=True)
            self._files.pipe_file(path, content)
        except OSError as error:
            raise PerserError(f"{self.address}/{name} cannot be written: {error}") from error


def _parquet(columns: Mapping[str, Sequence[Any]], about: Mapping[str, str]) -> bytes:
    import pyarrow
    from pyarrow import parquet

    arrays = {name: _array(values) for name, values in columns.items()}
    if not columns.get("row"):
        arrays["row"] = pyarrow.array([], pyarrow.int64())
    table = pyarrow.table(arrays).replace_schema_metadata(dict(about))
    stream = io.BytesIO()
    # Features repeat nothing: a dictionary of them would only be written beside them.
    named = [name for name in arrays if name != "features"]
    parquet.write_table(table, stream, compression="zstd", use_dictionary=named)
    return stream.getvalue()


def _array(values: Sequence[Any]) -> Any:
    import pyarrow

    if not values or not isinstance(values[0], np.ndarray):
        numbers = bool(values) and all(one is None or isinstance(one, float) for one in values)
        return pyarrow.array(values, pyarrow.float64() if numbers else None)
    flat = pyarrow.array(np.concatenate(values))
    return pyarrow.FixedSizeListArray.from_arrays(flat, len(values[0]))
