"""Looking at a store as a whole, and rescuing from a damaged one what can still be read."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.files import PRIVATE_FILE, overwrite, put_in_place
from perser_gui.store.backups import Backup, automatic_backups, read_backup
from perser_gui.store.base import DATABASE
from perser_gui.store.checksums import CHECKED, damaged_rows, teach
from perser_gui.store.condition import DamagedError
from perser_gui.store.keeping import Keeping
from perser_gui.store.log import lost_commits
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.profiles import emotions_as_data
from perser_gui.store.rows import as_json, now
from perser_gui.store.shape import shape_of, shape_of_version, statements

ORDER = ("listeners", "clips", "ratings", "profiles", "renamed_words", "acts")
FARTHEST = 2000
"""Ids behind a damaged place among which rows are looked for."""


@dataclass(frozen=True)
class Checked:
    """What a look at a whole store found: problems (none: all is well) and how much there is."""

    problems: tuple[str, ...]
    ratings: int
    orphans: tuple[Path, ...]


@dataclass(frozen=True)
class Rescued:
    """What was rescued into a new database, and where the damaged one lies."""

    damaged: Path | None
    kept: dict[str, int]
    lost: dict[str, int]
    swept: int


def check_store(folder: Path) -> Checked:
    """Look at everything in a store, on a copy, and change nothing.

    Raises:
        PerserError: if there is no store, or it cannot be read at all.
    """
    path = folder / DATABASE
    if not path.is_file():
        raise PerserError(f"There is no store in {folder}.")
    problems: list[str] = []
    lost = lost_commits(path.with_name(f"{DATABASE}-wal"))
    if lost:
        problems.append(f"The log is damaged; about {lost} of the latest changes are gone.")
    ratings, named = 0, {}
    with _copied(path) as connection:
        try:
            found = [r[0] for r in connection.execute("PRAGMA integrity_check(20)")]
            problems += [f"The database is damaged: {text}." for text in found if text != "ok"]
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > VERSION:
                raise PerserError(f"{path} is from a newer version; please update the program.")
            if shape_of(connection) != shape_of_version(version):
                problems.append("The tables of the database are not those that it should have.")
            elif version == VERSION:
                problems += [
                    f"{len(ids)} rows of {table} are not what was written."
                    for table, ids in damaged_rows(connection).items()
                ]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                problems.append(f"{len(broken)} rows point to others that are not there.")
            ratings = connection.execute("SELECT count(*) FROM ratings").fetchone()[0]
            named = dict(connection.execute("SELECT file, sha256 FROM profiles"))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            problems.append(f"The database is damaged: {error}.")
            named = {}
    problems += list(_profile_problems(folder, named))
    for path in sorted((folder / "backups").glob("*")):
        if path not in {b.path for b in automatic_backups(folder)}:
            problems.append(f"{path} is no backup that can be read.")
    orphans = _orphans(folder, named) if not problems else ()
    return Checked(tuple(problems), ratings, orphans)


def repair_store(folder: Path) -> Rescued:
    """Write every row that can be read into a new database, and keep the damaged one beside it.

    Weight files that no row names are removed. A store without a problem only loses those.

    Raises:
        PerserError: if there is nothing to rescue, or the disk refuses.
    """
    found = check_store(folder)
    path = folder / DATABASE
    if not found.problems:
        return Rescued(None, {}, {}, _sweep(found.orphans))
    fresh = path.with_name(f".{DATABASE}.rescuing")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        with _copied(path) as old:
            kept, lost = _rescue(old, fresh)
        if not kept.get("listeners") and not kept.get("ratings"):
            raise PerserError(
                f"Nothing can be rescued from {path}; please bring back a backup (perser restore)."
            )
        aside = _put_aside(path)
        put_in_place(fresh, path)
    except OSError as error:
        raise PerserError(f"{path} cannot be repaired ({error.strerror or error}).") from error
    finally:
        fresh.unlink(missing_ok=True)
    return Rescued(aside, kept, lost, 0)


def restore_store(folder: Path, source: Path) -> Backup:
    """Put a backup in the place of a store, even of one that cannot be opened any more.

    A store that opens is backed up first; a damaged database is kept beside the new one.

    Raises:
        PerserError: if the backup or the disk does not allow it; then nothing changed.
    """
    held = read_backup(source)
    try:
        store = Keeping(folder)
    except DamagedError:
        _put_aside(folder / DATABASE)
        store = Keeping(folder, anew=True)
    try:
        store.restore(source)
    finally:
        store.close()
    return held


def _put_aside(path: Path) -> Path | None:
    """Move a damaged database and its log to a name beside it; return where."""
    if not path.exists():
        return None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
    aside = path.with_name(f"{path.name}.damaged-{digest}")
    try:
        for end in ("", "-wal"):
            source, target = path.with_name(path.name + end), aside.with_name(aside.name + end)
            if source.exists():
                shutil.copy2(source, target)
                target.chmod(PRIVATE_FILE)
        for end in ("-wal", "-shm", "-mark", ""):
            path.with_name(path.name + end).unlink(missing_ok=True)
    except OSError as error:
        raise PerserError(f"{path} cannot be put aside ({error.strerror or error}).") from error
    return aside


def _rescue(old: sqlite3.Connection, target: Path) -> tuple[dict[str, int], dict[str, int]]:
    new = sqlite3.connect(target, isolation_level=None)
    teach(new)
    kept: dict[str, int] = {}
    lost: dict[str, int] = {}
    try:
        new.execute("BEGIN")
        for step in STEPS:
            for statement in statements(step):
                new.execute(statement)
        known = _has_checksums(old)
        for table in ORDER:
            names = [n for n in CHECKED[table] if n in _columns(old, table)]
            for row in _rows(old, table, names, checked=known):
                if row is None or not _put(new, table, dict(zip(names, row, strict=True))):
                    lost[table] = lost.get(table, 0) + 1
                else:
                    kept[table] = kept.get(table, 0) + 1
        new.execute(
            "UPDATE listeners SET profile = NULL WHERE profile IS NOT NULL"
            " AND profile NOT IN (SELECT id FROM profiles)"
        )
        new.execute(f"PRAGMA user_version = {VERSION}")
        new.execute("COMMIT")
    finally:
        new.close()
    return kept, lost


def _put(new: sqlite3.Connection, table: str, row: dict[str, Any]) -> bool:
    """Insert a row; what a rating needs and lost is made up: an unlisted clip, a listener."""
    if table in ("ratings", "profiles", "renamed_words"):
        new.execute(
            "INSERT OR IGNORE INTO listeners (id, name, emotions, created) VALUES (?, ?, ?, ?)",
            (
                row.get("listener"),
                f"Rescued listener {row.get('listener')}",
                as_json(emotions_as_data(EmotionSet.default())),
                now(),
            ),
        )
    if table == "ratings":
        new.execute(
            "INSERT OR IGNORE INTO clips (content, path, seconds, source, synthetic, added, listed)"
            " VALUES (?, ?, 0, '', 0, ?, 0)",
            (row.get("clip"), f"/lost/{str(row.get('clip'))[:12]}", now()),
        )
    marks = ", ".join("?" * len(row))
    try:
        done = new.execute(
            f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({marks})",
            tuple(row.values()),
        )
    except sqlite3.Error:
        return False
    return done.rowcount == 1


def _rows(
    old: sqlite3.Connection, table: str, names: list[str], *, checked: bool
) -> Iterator[tuple[Any, ...] | None]:
    """Yield the rows of a table one by one; None for one that is not what was written."""
    if "id" not in names:
        return
    fits = f"checksum IS row_checksum({', '.join(names)})" if checked else "1"
    query = f"SELECT {', '.join(names)}, {fits} FROM {table} NOT INDEXED WHERE id "
    last = 0
    try:
        for row in old.execute(f"{query} > ? ORDER BY id", (last,)):
            last = int(row[0])
            yield row[:-1] if row[-1] else None
        return
    except (sqlite3.Error, UnicodeDecodeError, TypeError, ValueError):
        yield None
    number, seen = last, last
    while number < seen + FARTHEST:  # behind the damaged place, one by one
        number += 1
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
            row = old.execute(f"{query} = ?", (number,)).fetchone()
            if row is not None:
                seen = number
                yield row[:-1] if row[-1] else None


def _has_checksums(old: sqlite3.Connection) -> bool:
    """Whether rows can be checked: the tables are, whole, those of a format with checksums."""
    found = {("column", name, table) for table in ORDER for name in _columns(old, table)}
    shapes = (shape_of_version(version) for version in range(VERSION, 0, -1))
    columns = ({thing for thing in shape if thing[2] in ORDER} for shape in shapes)
    same = any(found == {one for one in own if one[0] == "column"} for own in columns)
    return same and all(("column", "checksum", table) in found for table in ORDER)


def _columns(old: sqlite3.Connection, table: str) -> set[str]:
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        return {row[0] for row in old.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    return set()


@contextlib.contextmanager
def _copied(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy of a database with its log, so that looking changes nothing."""
    try:
        with tempfile.TemporaryDirectory(prefix="perser-check-") as scratch:
            copy = Path(scratch) / path.name
            for end in ("", "-wal"):
                source = path.with_name(path.name + end)
                if source.exists():
                    shutil.copyfile(source, copy.with_name(copy.name + end))
            connection = sqlite3.connect(copy, isolation_level=None)
            teach(connection)
            try:
                yield connection
            finally:
                connection.close()
    except OSError as error:
        raise PerserError(
            f"{path} cannot be read ({error.strerror or error}); please check its permissions."
        ) from error


def _profile_problems(folder: Path, named: dict[str, str]) -> Iterator[str]:
    for name, sha256 in named.items():
        path = folder / "profiles" / str(name)
        try:
            if hashlib.sha256(path.read_bytes()).hexdigest() != sha256:
                yield f"The profile {path} is not what was written."
        except (OSError, ValueError):
            yield f"The profile {path} is missing or cannot be read."


def _orphans(folder: Path, named: dict[str, str]) -> tuple[Path, ...]:
    found = sorted((folder / "profiles").glob("*"))
    return tuple(path for path in found if path.name not in named and path.is_file())


def _sweep(orphans: tuple[Path, ...]) -> int:
    for path in orphans:
        with contextlib.suppress(OSError):
            overwrite(path)
    return len(orphans)
