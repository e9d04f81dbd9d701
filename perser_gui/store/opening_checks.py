"""What is looked at before a database is used, so that damage is seen at the door."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.store.checksums import damaged_rows
from perser_gui.store.migrations import VERSION
from perser_gui.store.shape import shape_of, shape_of_version
from perser_gui.store.standing import disagreements

MANY_CLIPS = 5_000
"""Of more clips the checksums may be left for after opening; those of labels never are."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the number of the format."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def look_through_at_opening(
    connection: sqlite3.Connection, path: Path, *, later: bool = False
) -> bool:
    """Return whether the checksums of many clips were left for later, where `later` allows it.

    Raises:
        sqlite3.DatabaseError: for a damaged database.
        PerserError: for one of another program.
    """
    answer = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if answer is None or answer[0] != "ok":
        raise sqlite3.DatabaseError("database disk image is malformed")
    version = version_of(connection)
    if _count(connection, "sqlite_master") and version == 0:
        if "ratings" in {name for _, name, _ in shape_of(connection)}:
            raise sqlite3.DatabaseError("malformed: the version is gone")
        raise PerserError(
            f"{path} is a database of another program; "
            "please move it away or choose another folder with PERSER_HOME."
        )
    if version <= VERSION and shape_of(connection) != shape_of_version(version):
        raise sqlite3.DatabaseError("malformed: the tables are not those of the version")
    later = later and version == VERSION and _count(connection, "clips") > MANY_CLIPS
    but = ("clips",) if later else ()
    if version <= VERSION and damaged_rows(connection, but=but):
        raise sqlite3.DatabaseError("malformed: rows are not what was written")
    if version == VERSION and disagreements(connection):
        raise sqlite3.DatabaseError("malformed: rows are missing")
    return later


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])
