"""What was done, so that it can be undone and done again.

An act notes which ratings it added and withdrew, which clips it put on the list and took off,
and which words it changed. Undoing does the opposite by new rows and notes that in turn; doing
again is the same once more. Nothing is ever taken out of the ratings.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from perser_gui.store.rows import as_json, moment, now

MOST_ACTS = 1000
"""Acts of one listener that are remembered."""


@dataclass(frozen=True)
class Act:
    """Something done at the desk, as `said` in words: a label, a clip removed, an import.

    `clip` is the content hash of the clip that it was about, or empty.
    """

    id: int
    listener: int | None
    kind: str
    said: str
    clip: str = ""


@dataclass
class RowChanges:
    """What an act changed; ratings by id, clips by content.

    `words` holds (listener, words before, words after, what was renamed) as JSON data.
    """

    added: list[int] = field(default_factory=list)
    withdrawn: list[int] = field(default_factory=list)
    listed: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)
    words: list[tuple[int, str, str, list[tuple[str, str]]]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any((self.added, self.withdrawn, self.listed, self.unlisted, self.words))

    def as_json(self) -> str:
        """Return the changes as JSON text; what is empty is left out."""
        return as_json({name: value for name, value in vars(self).items() if value})

    @classmethod
    def of_json(cls, text: str) -> RowChanges:
        """Return the changes that `as_json` wrote.

        Raises:
            ValueError: or another of `MISFIT`, for anything else.
        """
        data: dict[str, Any] = json.loads(text)
        words = [
            (int(who), str(before), str(after), [(str(old), str(new)) for old, new in renamed])
            for who, before, after, renamed in data.pop("words", ())
        ]
        found = cls(
            added=[int(one) for one in data.pop("added", ())],
            withdrawn=[int(one) for one in data.pop("withdrawn", ())],
            listed=[str(one) for one in data.pop("listed", ())],
            unlisted=[str(one) for one in data.pop("unlisted", ())],
            words=words,
        )
        if data:
            raise ValueError("changes of a kind that is not known")
        return found


def note_act(
    connection: sqlite3.Connection,
    listener: int | None,
    kind: str,
    said: str,
    changes: RowChanges,
    when: str = "",
) -> None:
    """Remember an act; what was undone before it can no longer be done again.

    `when` is when it was asked for, if that was earlier: it comes before what was asked for
    later, although it is saved only now.
    """
    asked = when or moment()
    connection.execute(
        "DELETE FROM acts WHERE undone AND (listener IS ? OR listener IS NULL OR ? IS NULL)",
        (listener, listener),
    )
    connection.execute(
        "INSERT INTO acts (listener, kind, said, changes, created) VALUES (?, ?, ?, ?, ?)",
        (listener, kind, said, changes.as_json(), asked),
    )
    later = connection.execute(
        "SELECT id FROM acts WHERE created > ? ORDER BY id", (asked,)
    ).fetchall()
    for (number,) in later:
        connection.execute(
            "UPDATE acts SET id = (SELECT max(id) + 1 FROM acts) WHERE id = ?", (number,)
        )
    connection.execute(
        "DELETE FROM acts WHERE listener IS ? AND id <= (SELECT id FROM acts WHERE listener IS ?"
        " ORDER BY id DESC LIMIT 1 OFFSET ?)",
        (listener, listener, MOST_ACTS),
    )


def turn_back(connection: sqlite3.Connection, listener: int, *, undone: bool) -> Act | None:
    """Undo a listener's latest act, or do the one undone last again; None if there is none.

    Acts that concern all listeners, such as taking a clip off the list, count as everybody's.
    """
    row = connection.execute(
        "SELECT id, listener, kind, said, changes FROM acts WHERE undone = ?"
        " AND (listener = ? OR listener IS NULL)"
        f" ORDER BY id {'ASC' if undone else 'DESC'} LIMIT 1",
        (int(undone), listener),
    ).fetchone()
    if row is None:
        return None
    number, owner, kind, said, text = row
    before = RowChanges.of_json(text)
    after = _reversed(connection, before)
    connection.execute(
        "UPDATE acts SET undone = ?, changes = ? WHERE id = ?",
        (int(not undone), after.as_json(), number),
    )
    return Act(number, owner, kind, said, _clip_of(connection, before))


def withdraw(connection: sqlite3.Connection, rating: int) -> bool:
    """Withdraw a rating by a new row; return whether it, or a copy of it, still stood.

    A rating that was withdrawn and brought back stands as a copy with the same time.
    """
    row = connection.execute(
        "SELECT r.id FROM ratings AS r JOIN ratings AS one ON one.id = ?"
        " WHERE r.listener = one.listener AND r.clip = one.clip AND r.answer = one.answer"
        " AND r.emotions = one.emotions AND r.created = one.created AND +r.withdraws IS NULL"
        " AND r.intensity IS one.intensity AND r.details IS one.details"
        " AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id)"
        " ORDER BY r.id = one.id DESC, r.id DESC LIMIT 1",
        (rating,),
    ).fetchone()
    if row is None:
        return False
    connection.execute(
        "INSERT INTO ratings"
        " (listener, clip, answer, emotions, intensity, created, withdraws, details)"
        " SELECT listener, clip, answer, emotions, intensity, ?, id, details FROM ratings"
        " WHERE id = ?",
        (now(), row[0]),
    )
    return True


def _reversed(connection: sqlite3.Connection, changes: RowChanges) -> RowChanges:
    back = RowChanges(listed=changes.unlisted, unlisted=changes.listed)
    back.withdrawn = [n for n in reversed(changes.added) if withdraw(connection, n)]
    for rating in reversed(changes.withdrawn):
        cursor = connection.execute(
            "INSERT INTO ratings (listener, clip, answer, emotions, intensity, created, details)"
            " SELECT listener, clip, answer, emotions, intensity, created, details FROM ratings"
            " WHERE id = ?",
            (rating,),
        )
        if cursor.rowcount == 1:
            back.added.append(int(cursor.lastrowid or 0))
    mark_listed(connection, back.listed, True)
    mark_listed(connection, back.unlisted, False)
    for listener, before, after, renamed in reversed(changes.words):
        set_words(connection, listener, before)
        turned = [(new, old) for old, new in reversed(renamed)]
        note_renamed(connection, listener, turned)
        back.words.append((listener, after, before, turned))
    return back


def mark_listed(connection: sqlite3.Connection, contents: Sequence[str], listed: bool) -> None:
    """Put known clips on the list or take them off it."""
    connection.executemany(
        "UPDATE clips SET listed = ? WHERE content = ?", [(int(listed), c) for c in contents]
    )


def set_words(connection: sqlite3.Connection, listener: int, words: str) -> None:
    """Give a listener the words of this JSON text."""
    connection.execute("UPDATE listeners SET emotions = ? WHERE id = ?", (words, listener))


def note_renamed(
    connection: sqlite3.Connection, listener: int, renamed: Sequence[tuple[str, str]]
) -> None:
    """Remember which ratings a new name stands for."""
    connection.executemany(
        "INSERT INTO renamed_words (listener, old, new) VALUES (?, ?, ?)",
        [(listener, old, new) for old, new in renamed],
    )


def _clip_of(connection: sqlite3.Connection, changes: RowChanges) -> str:
    """Return a clip that the changes were about: if it can be, one that is on the list now."""
    if changes.unlisted:
        return changes.unlisted[0]
    if changes.listed and not changes.added:
        return changes.listed[0]
    for rating in (*reversed(changes.added), *reversed(changes.withdrawn)):
        row = connection.execute("SELECT clip FROM ratings WHERE id = ?", (rating,)).fetchone()
        if row is not None:
            return str(row[0])
    return ""
