"""The SQLite file: durable, versioned, one connection per thread, plain words when it fails."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.store.migrations import STEPS, VERSION

BUSY_SECONDS = 10.0
"""How long a write waits for another program that is writing."""


class Database:
    """One database file, safe to use from any number of threads.

    Every commit is on the disk when it returns (write-ahead log, `synchronous=FULL`).
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring it to this program's version.

        Raises:
            PerserError: if the file cannot be opened, is damaged (a copy is put
                beside it first), or was written by a newer version.
        """
        self.path = path
        self._guard = threading.Lock()
        self._connections: dict[threading.Thread, sqlite3.Connection] = {}
        self._closed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PerserError(
                f"The folder {path.parent} cannot be created ({error.strerror}); "
                "please check its permissions or choose another with PERSER_HOME."
            ) from error
        try:
            with self._told():
                self._check()
                self._migrate()
        except BaseException:
            self.close()
            raise

    @contextlib.contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection for reading."""
        with self._told():
            yield self._connection()

    @contextlib.contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """Give this thread's connection inside one transaction: all of it or nothing."""
        with self._told():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def close(self) -> None:
        """Close the connections of all threads; closing twice does nothing."""
        with self._guard:
            self._closed = True
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
                self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connections[thread] = connection
        _log_ahead(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    def _check(self) -> None:
        """Raise what SQLite raises for a damaged file, at the door and not in the middle."""
        connection = self._connection()
        answer = connection.execute("PRAGMA quick_check(1)").fetchone()
        if answer is None or answer[0] != "ok":
            raise sqlite3.DatabaseError("database disk image is malformed")
        if _tables(connection) and self._version(connection) == 0:
            raise PerserError(
                f"{self.path} is a database of another program; "
                "please move it away or choose another folder with PERSER_HOME."
            )

    def _migrate(self) -> None:
        connection = self._connection()
        version = self._version(connection)
        if version > VERSION:
            raise PerserError(
                f"{self.path} was written by a newer version of perser-gui "
                f"(format {version}, this one knows {VERSION}); please update the program."
            )
        if version == VERSION:
            return
        if version > 0:
            self._keep_copy(connection, version)
        with self.write() as connection:
            # Another program may have done it while this one waited for the lock.
            for step in range(self._version(connection), VERSION):
                for statement in _statements(STEPS[step]):
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {VERSION}")

    def _keep_copy(self, connection: sqlite3.Connection, version: int) -> None:
        """Keep the database as it was before its format changes."""
        target = self.path.with_name(f"{self.path.name}.format-{version}")
        copy = sqlite3.connect(target)
        try:
            connection.backup(copy)
        finally:
            copy.close()

    @staticmethod
    def _version(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Turn SQLite's errors about the file into plain sentences."""
        try:
            yield
        except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
            raise
        except sqlite3.DatabaseError as error:
            raise PerserError(self._sentence(error)) from error

    def _sentence(self, error: sqlite3.DatabaseError) -> str:
        text = str(error)
        if "malformed" in text or "not a database" in text:
            return (
                f"The ratings in {self.path} cannot be read because the file is damaged; "
                f"it was left as it is and {self._copied()}. "
                "Please put a backup in its place, or move it away to start with an empty one."
            )
        if "locked" in text or "busy" in text:
            return (
                f"{self.path} is being written by another program; "
                "please close that one and try again."
            )
        if "full" in text:
            return f"{self.path} cannot be written because the disk is full; please make room."
        if "readonly" in text or "unable to open" in text or "disk I/O" in text:
            return (
                f"{self.path} cannot be written ({text}); please check the disk and the "
                "permissions, or choose another folder with PERSER_HOME."
            )
        raise error

    def _copied(self) -> str:
        """Copy the damaged file (and its log) aside, once for the same damage; say where."""
        try:
            digest = hashlib.sha256(self.path.read_bytes()).hexdigest()[:8]
            target = self.path.with_name(f"{self.path.name}.damaged-{digest}")
            if not target.exists():
                shutil.copy2(self.path, target)
                log = self.path.with_name(f"{self.path.name}-wal")
                if log.exists() and log.stat().st_size:
                    shutil.copy2(log, target.with_name(f"{target.name}-wal"))
        except OSError as error:
            return f"no copy could be made ({error.strerror})"
        return f"a copy is at {target}"


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


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    """Cut a script at the semicolons that end a whole statement (a trigger holds some inside)."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
