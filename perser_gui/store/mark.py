"""How far the store had come, beside it, so that a log that lost its end is noticed.

The mark is written after each commit without waiting for the disk: after a power cut it may
be behind, never ahead of what was told to be saved.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import struct
import zlib
from pathlib import Path

from perser_gui.files import PRIVATE_FILE

_MARK = struct.Struct(">QI")


def rows_ever(connection: sqlite3.Connection) -> int:
    """Return how many rows have ever been written; it never grows smaller."""
    return int(
        connection.execute("SELECT coalesce(sum(seq), 0) FROM sqlite_sequence").fetchone()[0]
    )


def read_mark(path: Path) -> int:
    """Return how many rows there were; 0 if that is not known."""
    try:
        count, checksum = _MARK.unpack(path.read_bytes())
    except (OSError, struct.error):
        return 0
    return int(count) if zlib.crc32(struct.pack(">Q", count)) == checksum else 0


def write_mark(path: Path, count: int) -> None:
    """Note how many rows there are; a disk that refuses costs only the notice."""
    data = _MARK.pack(count, zlib.crc32(struct.pack(">Q", count)))
    with contextlib.suppress(OSError):
        handle = os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE)
        try:
            os.write(handle, data)
        finally:
            os.close(handle)
