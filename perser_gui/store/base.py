"""An open store: its database, and transactions that are remembered as acts."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

from perser_gui.paths import DATABASE
from perser_gui.progress import Progress
from perser_gui.store.database import Database
from perser_gui.store.undoing import Act, RowChanges, note_act, turn_back


class Acts:
    """What can be done with a store as a whole; `Store` says what it holds."""

    def __init__(self, folder: Path, *, anew: bool = False, later: bool = False) -> None:
        """Open the store in `folder`, creating it when there is none.

        `anew` creates it also beside profiles and backups of one that is gone; `later` leaves
        to `check_rest` what takes long in a large one.

        Raises:
            PerserError: if it is damaged, from a newer version, or cannot be opened.
        """
        self.folder = folder
        self._database = Database(folder / DATABASE, anew=anew, later=later)
        self._local = threading.local()
        self._keeping = threading.RLock()  # a backup never comes between what deletes backups

    @property
    def path(self) -> Path:
        """The database file."""
        return self._database.path

    @property
    def read_only(self) -> str:
        """Why nothing can be written, as a sentence; empty if it can."""
        return self._database.read_only

    @property
    def notices(self) -> list[str]:
        """Sentences about the state of the store, to be shown when it is opened."""
        return list(self._database.notices)

    def changes(self) -> int:
        """Return a number that is another one after another program or thread has written."""
        return self._database.changes()

    def check_rest(self, progress: Progress) -> None:
        """Look at what opening left for later.

        Raises:
            PerserError: if the database is damaged.
            Cancelled: if the progress was cancelled.
        """
        self._database.check_rest(progress)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    # -- acts

    @contextlib.contextmanager
    def act(self, kind: str, said: str, listener: int | None = None) -> Iterator[None]:
        """Make everything in the block one act of a listener (None: of everybody).

        It is on the disk as a whole or not at all, and is undone as a whole.
        """
        if self._noting is not None:
            yield
            return
        changes = RowChanges()
        self._local.changes = changes
        try:
            with self._database.write() as connection:
                yield
                if changes:
                    self._note(connection, listener, kind, said, changes)
        finally:
            self._local.changes = None

    def _note(
        self,
        connection: sqlite3.Connection,
        listener: int | None,
        kind: str,
        said: str,
        changes: RowChanges,
    ) -> None:
        note_act(connection, listener, kind, said, changes, getattr(self._local, "when", ""))

    @contextlib.contextmanager
    def as_of(self, when: str) -> Iterator[None]:
        """Let acts in the block of this thread have been asked for at a moment in UTC.

        Undoing goes back by that, also where a label was saved only at the second try.
        """
        self._local.when = when
        try:
            yield
        finally:
            self._local.when = ""

    @property
    def _noting(self) -> RowChanges | None:
        noting: RowChanges | None = getattr(self._local, "changes", None)
        return noting

    def undo(self, listener: int) -> Act | None:
        """Undo a listener's latest act, by new rows; None if nothing is left."""
        with self._database.write() as connection:
            return turn_back(connection, listener, undone=False)

    def redo(self, listener: int) -> Act | None:
        """Do again what was undone last; None if something else was done since."""
        with self._database.write() as connection:
            return turn_back(connection, listener, undone=True)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[sqlite3.Connection, RowChanges]]:
        """Give the connection of the act under way, and where to note what it changes."""
        with self._database.write() as connection:
            assert self._noting is not None
            yield connection, self._noting
