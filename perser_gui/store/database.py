"""The SQLite file: durable, versioned, one connection per thread, plain words when it fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.files import PRIVATE_FILE, PRIVATE_FOLDER, make_folder, sync, why_not_written
from perser_gui.progress import Progress
from perser_gui.store.checksums import damaged_clips, damaged_rows, teach
from perser_gui.store.condition import (
    DamagedError,
    UnwritableError,
    copied_aside,
    damaged,
    told,
)
from perser_gui.store.drives import warning_once
from perser_gui.store.log import lost_commits
from perser_gui.store.mark import read_mark, rows_ever, write_mark
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.opening_checks import look_through_at_opening, version_of
from perser_gui.store.shape import statements

BUSY_SECONDS = 10.0
"""How long a write waits for another program that is writing."""

SETTINGS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    "secure_delete = ON",  # what is deleted is overwritten
    "fullfsync = ON",  # macOS: through the drive's own cache
    "checkpoint_fullfsync = ON",
    "trusted_schema = ON",  # the triggers that write checksums call a function of this program
)


class Database:
    """One database file, safe to use from any number of threads.

    Every commit is on the disk when it returns (write-ahead log, `synchronous=FULL`).
    `read_only` says why nothing can be written (empty: it can), `notices` are sentences to
    show once.
    """

    def __init__(self, path: Path, *, anew: bool = False, later: bool = False) -> None:
        """Open or create the file and bring it to this program's version.

        A missing file beside profiles or backups is damage, unless it is made `anew`. With
        `later` the checksums of a long list of clips are left to `check_rest`.

        Where the disk allows no writing, an existing file is opened for reading only.

        Raises:
            PerserError: if the file cannot be opened, is damaged (a copy is put
                beside it first), or was written by a newer version.
        """
        self.path = path
        self.read_only = ""
        self.notices: list[str] = []
        self._guard = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        self._anew, self._later = anew, later
        self._migrating = False
        self._place = path
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        try:
            try:
                self._prepare()
                with self._told():
                    self._check()
                    self._migrate()
                    self._compare_with_mark()
                warned = warning_once(path.parent)
                self.notices += [warned] if warned else []
            except UnwritableError as error:
                if not path.is_file() or not path.stat().st_size:
                    raise
                self._open_for_reading(str(error))
        except BaseException:
            self.close()
            raise

    def _prepare(self) -> None:
        """Make the folder and the file, for their owner only; look for what should be there."""
        self._look_for_losses()
        folder = self.path.parent
        try:
            make_folder(folder, private=True)
            for place, rights in (
                (folder, PRIVATE_FOLDER),
                *((f, PRIVATE_FILE) for f in self._files),
            ):
                if place.exists() and place.stat().st_mode & 0o077:
                    with contextlib.suppress(PermissionError):
                        place.chmod(rights)
            os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
            if not os.access(folder, os.W_OK | os.X_OK):  # there is no place for the log
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        except OSError as error:
            raise UnwritableError(
                f"The folder {folder} cannot be created or written: {why_not_written(error)}"
            ) from error

    @property
    def _files(self) -> tuple[Path, ...]:
        """The file, its log and the log's index."""
        return (self.path, *(self.path.with_name(self.path.name + end) for end in ("-wal", "-shm")))

    def _look_for_losses(self) -> None:
        """Notice a database that is gone or empty, and a log that lost commits."""
        log = self._files[1]
        there = self.path.exists() and self.path.stat().st_size > 0
        if not there and not (log.exists() and log.stat().st_size):
            left = "" if self._anew else self._left_behind()
            if left:
                gone = "is empty" if self.path.exists() else "is missing"
                raise DamagedError(
                    f"{self.path} {gone}, although {left} beside it; please bring back a backup "
                    "(perser restore), or move that folder away to start anew."
                )
            return
        lost = lost_commits(log)
        if lost:
            time.sleep(0.05)  # another program may be in the middle of writing
            lost = lost_commits(log)
        if lost:
            kept = copied_aside(self.path)
            self.notices.append(
                f"The log of {self.path.name} is damaged at its end: about {lost} of the latest "
                f"changes could not be read; {kept}. Please look through your latest labels."
            )

    @property
    def _mark(self) -> Path:
        return self._place.with_name(f"{self._place.name}-mark")

    def note_rows(self) -> None:
        """Note how many rows there are, after all of them were replaced."""
        write_mark(self._mark, rows_ever(self._connection()))

    def _compare_with_mark(self) -> None:
        """Notice that there was more here than there is, as when a log lost its end."""
        there, before = rows_ever(self._connection()), read_mark(self._mark)
        if there < before and not self.notices:
            self.notices.append(
                f"{before - there} of the latest changes in {self.path.name} are missing; "
                f"{copied_aside(self.path)}. Please look through your latest labels."
            )
        write_mark(self._mark, there)

    def _left_behind(self) -> str:
        """Say what lies in the folder that only a store that was in use leaves there."""
        folder = self.path.parent
        for name, pattern, what in (
            ("profiles", "*.safetensors", "profiles"),
            ("backups", "*.perser-backup", "backups"),
        ):
            count = len(list((folder / name).glob(pattern)))
            if count:
                return (
                    f"{count} {what if count > 1 else what[:-1]} {'lie' if count > 1 else 'lies'}"
                )
        if read_mark(self._mark):
            return "the mark of one that was in use lies"
        return ""

    def _open_for_reading(self, reason: str) -> None:
        """Read a copy of the file and its log in a private folder of the system's."""
        self._close_connections()
        self.read_only = reason
        try:
            self._scratch = tempfile.TemporaryDirectory(prefix="perser-reading-")
            self._place = Path(self._scratch.name) / self.path.name
            for file in self._files[:2]:
                if file.exists():
                    shutil.copyfile(file, self._place.with_name(file.name))
            with self._told():
                self._check()
                self._migrate(copy=False)
        except OSError as error:
            raise UnwritableError(reason) from error
        self.notices.append(
            f"{reason} Your labels can be read and exported, but nothing can be changed."
        )

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection for reading."""
        with self._told():
            yield self._connection()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection inside one transaction: all of it or nothing.

        A block within a block belongs to the transaction of the outer one.
        """
        if self.read_only and not self._migrating:
            raise UnwritableError(self.read_only)
        with self._told():
            connection = self._connection()
            inner = connection.in_transaction
            if inner:
                yield connection
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
                write_mark(self._mark, rows_ever(connection))
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections of all threads; closing twice does nothing."""
        with self._guard:
            self._closed = True
        self._close_connections()
        if self._scratch is not None:
            with contextlib.suppress(OSError):
                self._scratch.cleanup()

    def changes(self) -> int:
        """Return a number that is another one after another connection has written."""
        with self.read() as connection:
            return data_version(connection)

    def compact(self) -> None:
        """Write the file anew without anything that was deleted, and wipe its log.

        Raises:
            PerserError: if the disk refuses.
            OSError: if the log cannot be wiped.
        """
        with self._told():
            self._connection().execute("VACUUM")
            log = self._files[1]
            handle = os.open(log, os.O_RDWR) if log.exists() else None
            try:
                self._close_connections()  # the last one that closes removes the log
                if handle is not None and not log.exists():
                    os.pwrite(handle, bytes(os.fstat(handle).st_size), 0)
                    sync(handle)
            finally:
                if handle is not None:
                    os.close(handle)
            if log.exists():  # another program has the file open, too
                self._connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _close_connections(self) -> None:
        with self._guard:
            for connection in self._connections.values():
                connection.close()
            self._connections.clear()

    def _connection(self) -> sqlite3.Connection:
        thread = threading.current_thread()
        with self._guard:
            known = self._connections.get(thread)
            if known is not None:
                return known
            if self._closed:
                raise RuntimeError(f"{self.path} has been closed")
            for other in [t for t in self._connections if not t.is_alive()]:
                self._connections.pop(other).close()
            connection = sqlite3.connect(
                self._place, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connections[thread] = connection
        teach(connection)
        _log_ahead(connection)
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
        return connection

    def _check(self) -> None:
        """Raise what SQLite raises for a damaged file, at the door and not in the middle."""
        connection = self._connection()
        connection.execute("BEGIN")  # one view, whatever another program is just doing
        try:
            self._later = look_through_at_opening(connection, self.path, later=self._later)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def check_rest(self, progress: Progress) -> None:
        """Compare with their checksums the clips that opening left for later.

        Raises:
            PerserError: if the file is damaged (a copy is put beside it first).
            Cancelled: if the progress was cancelled.
        """
        with self._told():
            if self._later and damaged_clips(self._connection(), progress):
                raise sqlite3.DatabaseError("malformed: rows are not what was written")
        self._later = False

    def _migrate(self, *, copy: bool = True) -> None:
        connection = self._connection()
        version = version_of(connection)
        if version > VERSION:
            raise PerserError(
                f"{self.path} was written by a newer version of perser-gui "
                f"(format {version}, this one knows {VERSION}); please update the program."
            )
        if version == VERSION:
            return
        if version > 0 and copy:
            self._keep_copy(connection, version)
        self._migrating = True
        with self.write() as connection:
            # Another program may have done it while this one waited for the lock.
            for step in range(version_of(connection), VERSION):
                for statement in statements(STEPS[step]):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")
        self._migrating = False
        if damaged_rows(self._connection()):
            raise damaged(self.path)

    def _keep_copy(self, connection: sqlite3.Connection, version: int) -> None:
        """Keep the database as it was before its format changes."""
        target = self.path.with_name(f"{self.path.name}.format-{version}")
        os.close(os.open(target, os.O_RDWR | os.O_CREAT, PRIVATE_FILE))
        copy = sqlite3.connect(target)
        try:
            connection.backup(copy)
        finally:
            copy.close()

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's errors about the file into plain sentences."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as error:
            raise told(self.path, error) from error
        except UnicodeDecodeError as error:
            raise damaged(self.path) from error


def _log_ahead(connection: sqlite3.Connection) -> None:
    """Use a write-ahead log, waiting for another program that is just turning it on.

    SQLite waits for a busy file in all other cases, but gives up at once in this one.
    """
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > patience:
                raise
            time.sleep(0.01)
        else:
            return


def data_version(connection: sqlite3.Connection) -> int:
    """Return a number that is another one after another connection has written."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])
