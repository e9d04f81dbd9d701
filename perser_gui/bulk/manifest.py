"""What is to be done: a table of files, dealt into shards."""

from __future__ import annotations

import hashlib
import math
import posixpath
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePath
from typing import Any

from perser_gui.errors import PerserError

COLUMNS = ("file", "speaker", "start", "end")
"""What a manifest may say of an utterance; only `file` must be there."""


@dataclass(frozen=True)
class ManifestRow:
    """One line of a manifest, counted from 0: a file, or the part of it from `start` to `end` (s).

    `file` is a path or any address that fsspec knows. Rows without a speaker are of one voice
    if their files lie in one folder.
    """

    number: int
    file: str
    speaker: str | None = None
    start: float | None = None
    end: float | None = None

    @property
    def voice(self) -> str:
        """The key under which the speaker's statistics are kept."""
        return self.speaker or folder_of(self.file)


@dataclass(frozen=True)
class Shard:
    """Rows that one worker does at a time, and the number that names their output."""

    number: int
    rows: tuple[ManifestRow, ...]


class Manifest:
    """A table of files, in the order of the manifest, dealt into shards of about `size` rows.

    The rows of a voice share a shard, since their features are normalized together; a voice
    with more than `size` rows is dealt into equal portions.
    """

    def __init__(self, table: Any, size: int, *, source: str = "") -> None:
        """Take a pyarrow table with the column `file` and any of the other `COLUMNS`."""
        if size < 1:
            raise PerserError("A shard has at least one row; please ask for more.")
        self._table = table
        self._size = size
        self._source = source
        self._names = [name for name in COLUMNS if name in table.column_names]

    def __len__(self) -> int:
        return int(self._table.num_rows)

    @cached_property
    def digest(self) -> str:
        """A hash of all rows and of how they are dealt."""
        digest = hashlib.sha256(f"{self._size}".encode())
        for name in self._names:
            digest.update(f"\0{name}".encode())
            for value in self._table.column(name):
                digest.update(f"\0{value.as_py()}".encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    @cached_property
    def dealt(self) -> list[list[int]]:
        """The numbers of the rows of every shard."""
        voices: dict[str, list[int]] = {}
        files = self._table.column("file")
        speakers = self._table.column("speaker") if "speaker" in self._names else None
        for number in range(len(self)):
            speaker = speakers[number].as_py() if speakers is not None else None
            voice = speaker or folder_of(files[number].as_py() or "")
            voices.setdefault(voice, []).append(number)
        shards: list[list[int]] = [[]]
        for numbers in voices.values():
            if shards[-1] and len(shards[-1]) + len(numbers) > self._size:
                shards.append([])
            portions = math.ceil(len(numbers) / self._size)
            borders = [round(k * len(numbers) / portions) for k in range(portions + 1)]
            for portion in range(portions):
                if portion:
                    shards.append([])
                shards[-1].extend(numbers[borders[portion] : borders[portion + 1]])
        return [sorted(numbers) for numbers in shards if numbers]

    def shard(self, number: int) -> Shard:
        """Return a shard with its rows."""
        numbers = self.dealt[number]
        taken = self._table.select(self._names).take(numbers).to_pylist()
        rows = [_row(at, values) for at, values in zip(numbers, taken, strict=True)]
        return Shard(number, tuple(rows))

    def shards(self, numbers: Sequence[int]) -> Iterator[Shard]:
        """Return these shards one after the other."""
        return map(self.shard, numbers)


def read_manifest(address: str, size: int = 256) -> Manifest:
    """Read a manifest, CSV (with a header) or Parquet, from a path or any address of fsspec.

    Raises:
        PerserError: if it cannot be read, has no column `file`, or no rows.
    """
    pyarrow = needed("pyarrow")
    import fsspec

    kind = PurePath(address.split("?")[0]).suffix.lower()
    if kind not in (".csv", ".parquet"):
        raise PerserError(f"{address} is neither .csv nor .parquet; please convert it.")
    try:
        with fsspec.open(address, "rb") as stream:
            table = _csv(stream) if kind == ".csv" else _parquet(stream)
            names = table.column_names  # decoded only now
    except FileNotFoundError as error:
        raise PerserError(
            f"There is no manifest {address}; please check whether it was moved or renamed."
        ) from error
    except (OSError, ValueError, ImportError, pyarrow.ArrowException) as error:
        raise PerserError(f"The manifest {address} cannot be read: {error}") from error
    if "file" not in names:
        raise PerserError(f"The manifest {address} has no column “file”; please name it so.")
    if not table.num_rows:
        raise PerserError(f"The manifest {address} has no rows.")
    return Manifest(table, size, source=address)


def from_files(files: Sequence[str], size: int = 256) -> Manifest:
    """Return the manifest of a list of files."""
    pyarrow = needed("pyarrow")
    return Manifest(pyarrow.table({"file": pyarrow.array(files, pyarrow.string())}), size)


def folder_of(address: str) -> str:
    """Return the folder that a path or address lies in."""
    return posixpath.dirname(address.replace("\\", "/"))


def needed(name: str) -> Any:
    """Import a package of the extra `bulk`.

    Raises:
        PerserError: if it is not installed.
    """
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        extra = "ray" if name.startswith("ray") else "bulk"
        raise PerserError(
            f"{name} is not installed; please run pip install 'perser-gui[{extra}]'."
        ) from error


def _csv(stream: Any) -> Any:
    import pyarrow
    from pyarrow import csv

    types = {"file": pyarrow.string(), "speaker": pyarrow.string()}
    types |= {"start": pyarrow.float64(), "end": pyarrow.float64()}
    return csv.read_csv(stream, convert_options=csv.ConvertOptions(column_types=types))


def _parquet(stream: Any) -> Any:
    from pyarrow import parquet

    return parquet.read_table(stream)


def _row(number: int, values: dict[str, Any]) -> ManifestRow:
    def seconds(name: str) -> float | None:
        value = values.get(name)
        return None if value is None else float(value)

    speaker = values.get("speaker")
    return ManifestRow(
        number=number,
        file=str(values["file"] or ""),
        speaker=str(speaker) if speaker not in (None, "") else None,
        start=seconds("start"),
        end=seconds("end"),
    )
