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

from perser_gui.errors import PerserError
from perser_gui.files import PRIVATE_FILE, overwrite, put_in_place
from perser_gui.paths import DATABASE
from perser_gui.store.backups import Backup, automatic_backups, read_backup
from perser_gui.store.checksums import damaged_rows, teach
from perser_gui.store.condition import DamagedError
from perser_gui.store.keeping import Keeping
from perser_gui.store.log import lost_commits
from perser_gui.store.migrations import VERSION
from perser_gui.store.salvage import salvage
from perser_gui.store.shape import shape_of, shape_of_version
from perser_gui.store.standing import UnsureLabel, disagreements


@dataclass(frozen=True)
class Checked:
    """What a look at a whole store found: problems (none: all is well) and how much there is.

    `database` tells whether the problems are in the database itself, which a repair writes anew.
    """

    problems: tuple[str, ...]
    ratings: int
    orphans: tuple[Path, ...]
    database: bool = False


@dataclass(frozen=True)
class Rescued:
    """What was rescued into a new database, and where the damaged one lies.

    `unsure` are the labels that do not stand any more, each to be given again.
    """

    damaged: Path | None
    kept: dict[str, int]
    lost: dict[str, int]
    swept: int
    unsure: tuple[UnsureLabel, ...] = ()


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
            else:
                problems += [
                    f"{len(ids)} rows of {table} are not what was written."
                    for table, ids in damaged_rows(connection).items()
                ]
                apart = disagreements(connection) if version == VERSION else 0
                if apart:
                    problems.append(f"Ratings of {apart} clips are missing.")
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                problems.append(f"{len(broken)} rows point to others that are not there.")
            ratings = connection.execute("SELECT count(*) FROM ratings").fetchone()[0]
            named = dict(connection.execute("SELECT file, sha256 FROM profiles"))
        except (sqlite3.Error, UnicodeDecodeError) as error:
            problems.append(f"The database is damaged: {error}.")
            named = {}
    database = bool(problems)
    problems += list(_profile_problems(folder, named))
    for path in sorted((folder / "backups").glob("*")):
        if path not in {b.path for b in automatic_backups(folder)}:
            problems.append(f"{path} is no backup that can be read.")
    # a damaged database that is kept may still name some of them
    kept_aside = list(folder.glob(f"{DATABASE}.damaged-*"))
    orphans = _orphans(folder, named) if not problems and not kept_aside else ()
    return Checked(tuple(problems), ratings, orphans, database)


def repair_store(folder: Path) -> Rescued:
    """Write every row that can be read into a new database, and keep the damaged one beside it.

    Weight files that no row names are removed. Where the database is whole, that is all.

    Raises:
        PerserError: if there is nothing to rescue, or the disk refuses.
    """
    found = check_store(folder)
    path = folder / DATABASE
    if not found.database:
        return Rescued(None, {}, {}, _sweep(found.orphans))
    fresh = path.with_name(f".{DATABASE}.rescuing")
    try:
        fresh.unlink(missing_ok=True)
        os.close(os.open(fresh, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        with _copied(path) as old:
            found_rows = salvage(old, fresh)
        kept = found_rows.kept
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
    return Rescued(aside, kept, found_rows.lost, 0, found_rows.unsure)


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
