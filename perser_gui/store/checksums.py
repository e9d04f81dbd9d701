"""A checksum for every row, so that a flipped bit is noticed and never read as a label.

SQLite finds damage to its own structure, not to what stands in it. Triggers fill the column
`checksum` of every table through the function `row_checksum`, which each connection of this
program knows; another program that writes here has no such function and is refused.
"""

from __future__ import annotations

import json
import sqlite3
import time
from hashlib import blake2b
from typing import Any

from perser_gui.progress import Progress

CHECKED: dict[str, tuple[str, ...]] = {
    "listeners": ("id", "name", "emotions", "created", "profile", "blind"),
    "clips": (
        *("id", "content", "path", "seconds", "speaker", "source", "synthetic", "added"),
        *("listed", "span_start", "span_end", "span_of"),
    ),
    "ratings": (
        *("id", "listener", "clip", "answer", "emotions", "intensity", "created", "withdraws"),
        "details",
    ),
    "profiles": ("id", "listener", "created", "file", "sha256", "description"),
    "renamed_words": ("id", "listener", "old", "new"),
    "acts": ("id", "listener", "kind", "said", "changes", "undone", "created"),
    "standing": ("id", "listener", "clip", "rating", "written"),
    "gaps": ("id", "first", "last"),
    "studies": ("id", "key", "name", "definition", "clips", "created"),
    "study_listeners": ("id", "study", "listener", "place", "trials", "joined"),
    "trials": ("id", "study", "listener", "trial", "rating", "begun", "seconds", "plays"),
}
"""The columns that a row's checksum covers."""

_PORTION = 500
"""Rows that are looked at in one go, a few milliseconds."""


def row_checksum(*values: Any) -> bytes:
    """Return 16 bytes that stand for the values of a row."""
    return blake2b(_as_text(values).encode("ascii"), digest_size=16).digest()


_as_text = json.JSONEncoder(default=bytes.hex).encode


def teach(connection: sqlite3.Connection) -> None:
    """Make `row_checksum` known to a connection."""
    connection.create_function("row_checksum", -1, row_checksum, deterministic=True)


def checked_columns(connection: sqlite3.Connection, table: str) -> tuple[str, ...]:
    """Return the columns that a row's checksum covers in this database; none if it has none.

    An older format lacks columns that came later, which stand at the end of `CHECKED`.
    """
    rows = connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    there = {row[0] for row in rows}
    return tuple(n for n in CHECKED[table] if n in there) if "checksum" in there else ()


def checksum_of(columns: tuple[str, ...]) -> str:
    """Return the expression in SQL for the checksum over these columns."""
    return f"row_checksum({', '.join(columns)})"


def damaged_rows(
    connection: sqlite3.Connection, *, but: tuple[str, ...] = ()
) -> dict[str, list[int]]:
    """Return the ids of rows that are not what was written, by table; nothing if all are.

    The tables of `but` are not looked at.
    """
    found = {}
    for table in CHECKED:
        if table in but:
            continue
        columns = checked_columns(connection, table)
        if not columns:
            continue
        rows = connection.execute(
            f"SELECT id FROM {table} WHERE checksum IS NOT {checksum_of(columns)} ORDER BY id"
        ).fetchall()
        if rows:
            found[table] = [int(row[0]) for row in rows]
    return found


def damaged_clips(connection: sqlite3.Connection, progress: Progress) -> bool:
    """Whether a row of a long list of clips is not what was written; others get their turns.

    Raises:
        Cancelled: if the progress was cancelled.
    """
    columns = checked_columns(connection, "clips")
    query = (
        f"SELECT sum(checksum IS NOT {checksum_of(columns)}), max(id) FROM"
        f" (SELECT * FROM clips WHERE id > ? ORDER BY id LIMIT {_PORTION})"
    )
    last: int | None = 0
    while last is not None:
        progress.check()
        damaged, last = connection.execute(query, (last,)).fetchone()
        if damaged:
            return True
        time.sleep(0.001)
    return False
