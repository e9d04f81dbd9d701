"""Keeping a store as a whole: backups of it, bringing one back, deleting for good."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.files import make_folder, not_written, overwrite, put_in_place
from perser_gui.store import spool
from perser_gui.store.backups import (
    Backup,
    automatic_backups,
    automatic_name,
    check_database,
    made_today,
    read_backup,
    rotate,
    unpack_backup,
    write_backup,
)
from perser_gui.store.base import Acts
from perser_gui.store.checksums import teach
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.rows import profile_row, row_of
from perser_gui.store.shape import statements
from perser_gui.store.standing import note_gaps

KEPT_ASIDE = ("{name}.damaged-*", "{name}.format-*", "{name}.rescued-*")
"""Copies of a database that lie beside it."""

_NEVER_DELETED = ("ratings_are_never_deleted", "trials_are_never_deleted")


class Keeping(Acts):
    """What a store does with all that it holds."""

    def backup(self, target: Path, *, reason: str = "by hand", private: bool = False) -> Backup:
        """Write the whole store to one file, recordings included, and check it.

        Raises:
            PerserError: if it cannot be written.
        """
        with self._database.read() as connection:
            return write_backup(
                self.folder, connection, target, reason=reason, recordings=True, private=private
            )

    def backup_automatically(self, reason: str) -> Backup | None:
        """Keep a checked backup in the folder `backups`; none if there is nothing to keep.

        Raises:
            PerserError: if it cannot be written.
        """
        with self._keeping, self._database.read() as connection:
            if connection.execute("SELECT 1 FROM ratings LIMIT 1").fetchone() is None:
                return None
            target = self.folder / "backups" / automatic_name(reason)
            made = write_backup(self.folder, connection, target, reason=reason, private=True)
            rotate(self.folder)
        return made

    def backup_of_the_day(self) -> None:
        """Keep a backup if there is none of today; what fails becomes a notice."""
        with self._keeping:
            if self.read_only or made_today(self.folder):
                return
            try:
                self.backup_automatically("first opening of the day")
            except PerserError as error:
                self._database.notices.append(f"Today's backup could not be made: {error}")

    def backups(self) -> list[Backup]:
        """Return the automatic backups, latest first."""
        return automatic_backups(self.folder)

    def restore(self, source: Path) -> Backup:
        """Put a backup in the place of everything here; what was here is backed up before.

        Raises:
            PerserError: if it is no backup or damaged, or cannot be written; then everything
                is as it was.
        """
        held = read_backup(source)
        if self.read_only:
            raise PerserError(self.read_only)
        self.backup_automatically("before bringing back a backup")
        with tempfile.TemporaryDirectory(prefix="perser-restore-") as scratch:
            database = unpack_backup(source, Path(scratch))
            _bring_up_to_date(database)
            check_database(source, database)
            try:
                self._take_files(Path(scratch))
            except OSError as error:
                raise not_written(self.folder, error) from error
            copy = sqlite3.connect(database)
            try:
                with self._database.read() as connection:
                    copy.backup(connection)
            finally:
                copy.close()
        self._database.note_rows()
        return held

    def _take_files(self, scratch: Path) -> None:
        for path in sorted(p for p in scratch.rglob("*") if p.is_file()):
            inside = path.relative_to(scratch)
            target = self.folder / inside
            if len(inside.parts) == 1 or target.exists():
                continue
            make_folder(target.parent, private=True)
            part = target.with_name(f".{target.name[:40]}.part")
            shutil.copyfile(path, part)
            part.chmod(0o600)
            put_in_place(part, target)

    def delete_listener(self, listener: int, *, caches: Iterable[Path] = ()) -> None:
        """Delete a listener with everything of theirs, so that the disk holds it no more.

        Ratings, words, profiles, automatic backups, damaged and older copies and labels that
        wait for being saved are overwritten; `caches` are folders that are emptied as well.
        Backups made by hand elsewhere are not touched. A backup is kept until all is done.

        Raises:
            PerserError: if there is no such listener, or the disk refuses.
        """
        if self.read_only:
            raise PerserError(self.read_only)
        with self._keeping:
            self._delete_listener(listener, caches)

    def _delete_listener(self, listener: int, caches: Iterable[Path]) -> None:
        with self._database.read() as connection:
            row_of(connection, listener)
        self.backup_automatically("before deleting a listener")
        with self._database.write() as connection:
            _forget_rows(connection, listener)
        with self._database.read() as connection:
            kept = {row[0] for row in connection.execute("SELECT file FROM profiles")}
        gone = [p for p in (self.folder / "profiles").glob("*") if p.name not in kept]
        gone += [*self._copies(), self.folder / spool.SPOOL]
        for cache in caches:
            gone += [cache / spool.SPOOL, *(p for p in cache.rglob("*") if p.is_file())]
        self._wipe(gone)
        self.backup_automatically("after deleting a listener")

    def delete_profile(self, listener: int, record: int) -> bool:
        """Delete one profile of a listener, so that the disk holds it no more.

        Its file, automatic backups, damaged and older copies are overwritten; ratings stay.
        Backups made by hand elsewhere are not touched. A backup is kept until all is done.
        Returns whether it was in use: then everyone's model is used from now on.

        Raises:
            PerserError: if the profile is not in this listener's history, or the disk refuses.
        """
        if self.read_only:
            raise PerserError(self.read_only)
        with self._database.read() as connection:
            file, _ = profile_row(connection, listener, record)
        self.backup_automatically("before deleting a profile")
        with self._database.write() as connection:
            _, used = profile_row(connection, listener, record)
            if used:
                connection.execute("UPDATE listeners SET profile = NULL WHERE id = ?", (listener,))
            connection.execute("DELETE FROM profiles WHERE id = ?", (record,))
        self._wipe([self.folder / "profiles" / file, *self._copies()])
        self.backup_automatically("after deleting a profile")
        return used

    def _copies(self) -> list[Path]:
        """Return the copies of what the store holds that the program has made beside it."""
        beside = [p for pattern in KEPT_ASIDE
                  for p in self.folder.glob(pattern.format(name=self.path.name))]  # fmt: skip
        return [*beside, *(self.folder / "backups").glob("*")]

    def _wipe(self, gone: Iterable[Path]) -> None:
        """Take deleted rows out of the database's file, and overwrite files."""
        try:
            self._database.compact()
            for path in gone:
                with contextlib.suppress(FileNotFoundError):
                    overwrite(path)
        except OSError as error:
            raise not_written(Path(error.filename or self.folder), error) from error


def _forget_rows(connection: sqlite3.Connection, listener: int) -> None:
    """Delete every row of a listener; answers are kept from that by triggers at other times."""
    query = "SELECT sql FROM sqlite_master WHERE name = ?"
    kept = [connection.execute(query, (name,)).fetchone()[0] for name in _NEVER_DELETED]
    for name in _NEVER_DELETED:
        connection.execute(f"DROP TRIGGER {name}")
    connection.execute("UPDATE listeners SET profile = NULL WHERE id = ?", (listener,))
    connection.execute("DELETE FROM acts WHERE listener = ? OR listener IS NULL", (listener,))
    note_gaps(connection, listener)
    for table in ("trials", "study_listeners", "renamed_words", "profiles", "standing"):
        connection.execute(f"DELETE FROM {table} WHERE listener = ?", (listener,))
    connection.execute(
        "DELETE FROM ratings WHERE listener = ? AND withdraws IS NOT NULL", (listener,)
    )
    connection.execute("DELETE FROM ratings WHERE listener = ?", (listener,))
    connection.execute("DELETE FROM listeners WHERE id = ?", (listener,))
    for trigger in kept:
        connection.execute(trigger)


def _bring_up_to_date(database: Path) -> None:
    """Bring an unpacked database of an older version to this one's."""
    connection = sqlite3.connect(database, isolation_level=None)
    teach(connection)
    try:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        connection.execute("BEGIN")
        for step in STEPS[version:]:
            for statement in statements(step):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    finally:
        connection.close()
