"""A whole store in one file that is checked when it is read, and automatic ones kept in turn.

A backup is a ZIP: `manifest.json` with the SHA-256 of everything else, the database, the
profiles and, if it was asked for, the recordings kept from the live view.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import appearing, make_folder, not_written, overwrite
from perser_gui.paths import DATABASE
from perser_gui.settings import load_settings
from perser_gui.store.checksums import damaged_rows, teach
from perser_gui.store.migrations import VERSION
from perser_gui.store.shape import shape_of, shape_of_version
from perser_gui.store.soundness import look_through
from perser_gui.store.standing import disagreements
from perser_gui.version import __version__

FORMAT = "perser-backup-1"
ENDING = ".perser-backup"
MANIFEST = "manifest.json"
MOST_BYTES = 512 * 2**20
"""Automatic backups beyond this, or more than the user wants, go, the oldest first; the two
latest always stay."""

LARGEST_MEMBER = 1 << 32
MOST_MEMBERS = 100_000

_MEMBER = re.compile(
    rf"{re.escape(DATABASE)}|profiles/[0-9a-f]{{1,64}}\.safetensors"
    r"|recordings/(?!\.)[^/\\\x00-\x1f]{1,200}/(?!\.)[^/\\\x00-\x1f]{1,200}\.wav"
)
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Backup:
    """What a backup holds: when it was made and why, and how much of what is in it."""

    path: Path
    created: str
    reason: str
    listeners: tuple[str, ...]
    ratings: int
    profiles: int
    recordings: int
    bytes: int

    @property
    def said(self) -> str:
        """One line that tells it from others."""
        who = ", ".join(self.listeners[:3]) + (" …" if len(self.listeners) > 3 else "")
        when = self.created[:16].replace("T", " ")
        labels = "1 label" if self.ratings == 1 else f"{self.ratings:,} labels"
        return f"{when} UTC, {self.reason}: {labels} of {who or 'nobody'}"


def write_backup(
    folder: Path,
    connection: sqlite3.Connection,
    target: Path,
    *,
    reason: str,
    recordings: bool = False,
    private: bool = False,
) -> Backup:
    """Write the store in `folder`, open as `connection`, to one file, and read it back to check.

    Raises:
        PerserError: if it cannot be written, or is not what it should be when read.
    """
    if target.exists() and target.is_dir():
        raise PerserError(f"{target} is a folder; please give the name of a file.")
    try:
        with tempfile.TemporaryDirectory(prefix="perser-backup-") as scratch:
            copy = Path(scratch) / DATABASE
            _copy(connection, copy)
            members = {DATABASE: copy}
            for name in _profiles_of(copy):
                if (folder / "profiles" / name).is_file():
                    members[f"profiles/{name}"] = folder / "profiles" / name
            if recordings:
                for path in sorted((folder / "recordings").glob("*/*.wav")):
                    members[f"recordings/{path.parent.name}/{path.name}"] = path
            digests = {name: _digest(path) for name, path in members.items()}
            manifest = {
                "format": FORMAT,
                "program": __version__,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "reason": reason,
                "members": digests,
                **_counts(copy),
                "recordings": sum(name.startswith("recordings/") for name in members),
            }
            with (
                appearing(target, private=private) as stream,
                zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            ):
                archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
                for name, path in members.items():
                    archive.write(path, name)
    except OSError as error:
        raise not_written(target, error) from error
    return read_backup(target)


def read_backup(path: Path) -> Backup:
    """Check a backup as a whole, and say what it holds.

    Raises:
        PerserError: if it is no backup, damaged, or from a newer version.
    """
    with _opened(path) as (archive, manifest):
        for name, digest in manifest["members"].items():
            sha = hashlib.sha256()
            with archive.open(name) as stream:
                while block := stream.read(_BLOCK):
                    sha.update(block)
            if sha.hexdigest() != digest:
                raise ValueError(f"{name} is not what was written")
        return _described(path, manifest)


def look_at_backup(path: Path) -> Backup | None:
    """Say what a backup holds by its manifest alone; None if it is none."""
    with contextlib.suppress(PerserError), _opened(path) as (_, manifest):
        return _described(path, manifest)
    return None


def unpack_backup(path: Path, folder: Path) -> Path:
    """Unpack a checked backup into an empty private folder; return its database, checked.

    Raises:
        PerserError: if it is no backup, damaged, or from a newer version.
    """
    read_backup(path)
    with _opened(path) as (archive, manifest):
        for name in manifest["members"]:
            target = folder / name
            make_folder(target.parent, private=True)
            with archive.open(name) as source, appearing(target, private=True) as stream:
                while block := source.read(_BLOCK):
                    stream.write(block)
    check_database(path, folder / DATABASE)
    return folder / DATABASE


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, Any]]]:
    """Open a backup; whatever is wrong with its bytes becomes a sentence."""
    try:
        if not path.is_file():
            raise PerserError(f"{path} was not found or is no file; please check the path.")
        with zipfile.ZipFile(path) as archive:
            manifest = json.loads(_small(archive, MANIFEST))
            if manifest["format"] != FORMAT:
                raise ValueError("its format is not known here")
            members = manifest["members"]
            names = [item.filename for item in archive.infolist()]
            if sorted(names) != sorted({MANIFEST, *members}) or len(names) > MOST_MEMBERS:
                raise ValueError("it holds other files than it names")
            for item in archive.infolist():
                if item.filename != MANIFEST and not _MEMBER.fullmatch(item.filename):
                    raise ValueError("it holds a file that belongs to no store")
                if item.file_size > LARGEST_MEMBER:
                    raise ValueError("it holds a file that is far too large")
            yield archive, manifest
    except PerserError:
        raise
    except OSError as error:
        raise PerserError(
            f"{path} cannot be read ({error.strerror or error}); please check its permissions."
        ) from error
    except (
        *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError),
        *MISFIT,
        *(sqlite3.Error, EOFError, MemoryError),
    ) as error:
        raise PerserError(
            f"{path} is not a backup of perser-gui, or is damaged ({_short(error)}); "
            "please choose another."
        ) from error
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma"):
            raise PerserError(f"{path} is damaged; please choose another backup.") from error
        raise


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).file_size > 64 * 2**20:
        raise ValueError("its manifest is far too large")
    return archive.read(name)


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:100] if str(error) else type(error).__name__


def _described(path: Path, manifest: dict[str, Any]) -> Backup:
    return Backup(
        path=path,
        created=str(manifest["created"])[:40],
        reason=str(manifest["reason"])[:80],
        listeners=tuple(str(name) for name in manifest["listeners"]),
        ratings=int(manifest["ratings"]),
        profiles=int(manifest["profiles"]),
        recordings=int(manifest["recordings"]),
        bytes=path.stat().st_size,
    )


def _copy(connection: sqlite3.Connection, target: Path) -> None:
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")
    finally:
        copy.close()


def _profiles_of(database: Path) -> list[str]:
    connection = sqlite3.connect(database)
    try:
        return [row[0] for row in connection.execute("SELECT file FROM profiles ORDER BY id")]
    finally:
        connection.close()


def _counts(database: Path) -> dict[str, Any]:
    connection = sqlite3.connect(database)
    try:
        names = [row[0] for row in connection.execute("SELECT name FROM listeners ORDER BY id")]
        one = "SELECT count(*) FROM "
        standing = (
            "(SELECT DISTINCT listener, clip FROM ratings AS r WHERE withdraws IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id))"
        )
        return {
            "listeners": names,
            "ratings": connection.execute(one + standing).fetchone()[0],
            "profiles": connection.execute(f"{one} profiles").fetchone()[0],
        }
    finally:
        connection.close()


def check_database(path: Path, database: Path) -> None:
    """Refuse the database of a backup if it is not whole, or this version cannot read it.

    Raises:
        PerserError: naming the backup at `path`.
    """
    connection = sqlite3.connect(database)
    teach(connection)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > VERSION:
            raise PerserError(
                f"{path} was written by a newer version of perser-gui; please update the program."
            )
        sound = connection.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
        known = shape_of(connection) == shape_of_version(version)
        whole = sound and known and not damaged_rows(connection)
        if not whole or (version == VERSION and disagreements(connection)):
            raise PerserError(f"The database in {path} is damaged; please choose another backup.")
        if version == VERSION:
            look_through(connection)
    except (sqlite3.Error, *MISFIT) as error:
        raise PerserError(
            f"The database in {path} is damaged; please choose another backup."
        ) from error
    finally:
        connection.close()


def _digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            sha.update(block)
    return sha.hexdigest()


# -- automatic ones


def automatic_backups(folder: Path) -> list[Backup]:
    """Return the automatic backups of a store, latest first; what is no backup is left out."""
    found = (look_at_backup(path) for path in sorted((folder / "backups").glob(f"*{ENDING}")))
    return sorted((b for b in found if b is not None), key=lambda b: b.path.name, reverse=True)


def automatic_name(reason: str) -> str:
    """Return the file name of an automatic backup made now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%S-%f")
    return f"{now}-{re.sub('[^a-z]+', '-', reason)}{ENDING}"


def made_today(folder: Path) -> bool:
    """Whether there is an automatic backup of this day (UTC)."""
    today = datetime.now(UTC).strftime("%Y-%m-%d")
    return any((folder / "backups").glob(f"{today}*{ENDING}"))


def rotate(folder: Path, most: int | None = None) -> None:
    """Remove the oldest automatic backups beyond the limits; `most` is the user's own."""
    most = load_settings().backups_kept if most is None else most
    kept, total = 0, 0
    for path in sorted((folder / "backups").glob(f"*{ENDING}"), reverse=True):
        with contextlib.suppress(OSError):
            total += path.stat().st_size
            kept += 1
            if kept > 2 and (kept > most or total > MOST_BYTES):
                overwrite(path)
