"""From a damaged database to a new one: every row that can be read, and nothing made worse.

A row counts only if its checksum is right. What stood is decided by `standing`, so that no
answer stands only because the row that took it back is lost. Words that were lost are found
again in what was noted for undoing.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perser_gui.emotions import EmotionSet, class_of, normalized
from perser_gui.errors import MISFIT, PerserError
from perser_gui.store.checksums import CHECKED, checked_columns, checksum_of, teach
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.profiles import emotions_as_data, emotions_from_data
from perser_gui.store.rows import as_json, now
from perser_gui.store.shape import shape_of_version, statements
from perser_gui.store.standing import Stood, UnsureLabel, let_stand_what_stood
from perser_gui.store.undoing import RowChanges, note_renamed, set_words

ORDER = (
    *("listeners", "clips", "ratings", "profiles", "renamed_words", "acts"),
    *("studies", "study_listeners", "trials", "gaps"),
)
"""The tables that are rescued row by row; what stands follows from the ratings."""

NEEDED = {
    "study_listeners": {"studies": "study", "listeners": "listener"},
    "trials": {"studies": "study", "listeners": "listener", "ratings": "rating"},
}
"""Rows without which one of these tables says nothing, and the column that names them."""

FARTHEST = 2000
"""Ids behind a damaged place among which rows are looked for, at least."""

_UNREADABLE = (sqlite3.Error, *MISFIT)


@dataclass
class Salvaged:
    """How many rows of each table were kept and lost, and which labels do not stand any more."""

    kept: dict[str, int] = field(default_factory=dict)
    lost: dict[str, int] = field(default_factory=dict)
    unsure: tuple[UnsureLabel, ...] = ()


def salvage(old: sqlite3.Connection, target: Path) -> Salvaged:
    """Write what can be read of a damaged database to the empty file `target`."""
    new = sqlite3.connect(target, isolation_level=None)
    teach(new)
    found = Salvaged()
    try:
        new.execute("BEGIN")
        for step in STEPS:
            for statement in statements(step):
                new.execute(statement)
        for table in ORDER:
            _take_rows(old, new, table, found)
        _forget_what_is_gone(new, found)
        _find_words(new)
        last = _go_on_counting(old, new)
        stood = list(_stood(old)) if "checksum" in _columns(old, "standing") else None
        unsure = let_stand_what_stood(new, stood, last, rows_lost="ratings" in found.lost)
        found.unsure = tuple(unsure)
        new.execute(f"PRAGMA user_version = {VERSION}")
        new.execute("COMMIT")
    finally:
        new.close()
    return found


def _take_rows(
    old: sqlite3.Connection, new: sqlite3.Connection, table: str, found: Salvaged
) -> None:
    columns = _columns(old, table)
    names = tuple(n for n in CHECKED[table] if n in columns)
    for row in _rows(old, table, names):
        fits = row is not None and _put(new, table, dict(zip(names, row, strict=True)))
        counts = found.kept if fits else found.lost
        counts[table] = counts.get(table, 0) + 1


def _put(new: sqlite3.Connection, table: str, row: dict[str, Any]) -> bool:
    """Insert a row; what a rating needs and lost is made up: an unlisted clip, a listener."""
    if table in ("ratings", "profiles", "renamed_words"):
        new.execute(
            "INSERT OR IGNORE INTO listeners (id, name, emotions, created) VALUES (?, ?, '', ?)",
            (row.get("listener"), f"Rescued listener {row.get('listener')}", now()),
        )
    if table == "ratings":
        new.execute(
            "INSERT OR IGNORE INTO clips (content, path, seconds, source, synthetic, added, listed)"
            " VALUES (?, ?, 0, '', 0, ?, 0)",
            (row.get("clip"), f"/lost/{str(row.get('clip'))[:12]}", now()),
        )
        taken_back = row.get("withdraws")
        query = "SELECT 1 FROM ratings WHERE id = ?"
        if taken_back is not None and new.execute(query, (taken_back,)).fetchone() is None:
            return False  # what it took back is lost
    for parent, column in NEEDED.get(table, {}).items():
        query = f"SELECT 1 FROM {parent} WHERE id = ?"
        if new.execute(query, (row.get(column),)).fetchone() is None:
            return False  # what it is about is lost
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
    old: sqlite3.Connection, table: str, names: tuple[str, ...]
) -> Iterator[tuple[Any, ...] | None]:
    """Yield the rows of a table one by one; None for one that is not what was written.

    Where the columns are those of no format, a damaged name hides what the checksum covers.
    """
    if "id" not in names:
        return
    known = any(_columns(old, table) == columns for columns in _columns_ever(table))
    covered = checked_columns(old, table) if known else ()
    fits = f"checksum IS {checksum_of(covered)}" if covered else "1"
    query = f"SELECT {', '.join(names)}, {fits} FROM {table} NOT INDEXED WHERE id "
    last = 0
    try:
        for row in old.execute(f"{query} > ? ORDER BY id", (last,)):
            last = int(row[0])
            yield row[:-1] if row[-1] else None
        return
    except _UNREADABLE:
        yield None
    given = _last_given(old, table)
    number, seen = last, last
    while number < max(given, seen + FARTHEST):  # behind the damaged place, one by one
        number += 1
        with contextlib.suppress(*_UNREADABLE):
            row = old.execute(f"{query} = ?", (number,)).fetchone()
            if row is not None:
                seen = number
                yield row[:-1] if row[-1] else None


def _stood(old: sqlite3.Connection) -> Iterator[Stood]:
    for row in _rows(old, "standing", CHECKED["standing"]):
        if row is not None:
            yield Stood(*row[1:])


def _forget_what_is_gone(new: sqlite3.Connection, found: Salvaged) -> None:
    """Take out what names rows that are lost: profiles in use, acts of ratings that are gone."""
    new.execute(
        "UPDATE listeners SET profile = NULL WHERE profile IS NOT NULL"
        " AND profile NOT IN (SELECT id FROM profiles)"
    )
    ratings = {row[0] for row in new.execute("SELECT id FROM ratings")}
    for number, listener, text in new.execute("SELECT id, listener, changes FROM acts").fetchall():
        try:
            changes = RowChanges.of_json(text)
        except MISFIT:
            gone = True
        else:
            named = {*changes.added, *changes.withdrawn}
            gone = bool(named) and not named & ratings and not (changes.listed or changes.words)
        owner = "SELECT 1 FROM listeners WHERE id = ?"
        if gone or (listener is not None and new.execute(owner, (listener,)).fetchone() is None):
            new.execute("DELETE FROM acts WHERE id = ?", (number,))
            found.kept["acts"] -= 1
            found.lost["acts"] = found.lost.get("acts", 0) + 1


def _go_on_counting(old: sqlite3.Connection, new: sqlite3.Connection) -> int:
    """Let no number that was given be given again; return the last one of a rating."""
    for table in ORDER[:-1]:
        given = _last_given(old, table)
        new.execute("UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (given, table))
        known = "SELECT 1 FROM sqlite_sequence WHERE name = ?"
        if given and new.execute(known, (table,)).fetchone() is None:
            new.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", (table, given))
    return _last_given(new, "ratings")


def _last_given(connection: sqlite3.Connection, table: str) -> int:
    """Return the highest id that a table ever gave, 0 if that cannot be read."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = ?"
    with contextlib.suppress(*_UNREADABLE):
        row = connection.execute(query, (table,)).fetchone()
        given = int(row[0]) if row else 0
        return given if 0 <= given < 10**9 else 0
    return 0


def _find_words(new: sqlite3.Connection) -> None:
    """Give listeners that were lost their words again, and words that were renamed their name."""
    for listener, text in new.execute("SELECT id, emotions FROM listeners").fetchall():
        changes = [
            change
            for (noted,) in new.execute(
                "SELECT changes FROM acts WHERE listener = ? ORDER BY undone, id", (listener,)
            )
            for change in RowChanges.of_json(noted).words
        ]
        used = _used_words(new, listener)
        emotions = _emotions(text) or _words_noted(new, listener) or _words_of(used)
        set_words(new, listener, as_json(emotions_as_data(emotions)))
        renamed = new.execute(
            "SELECT old, new FROM renamed_words WHERE listener = ? ORDER BY id", (listener,)
        ).fetchall()
        pairs = [pair for _, _, _, renames in changes for pair in renames]
        for word in used:
            latest = _replayed(word, renamed)
            name = _replayed(latest, pairs)
            if emotions.find(word) or emotions.find(latest) or not emotions.find(name):
                continue
            note_renamed(new, listener, [(latest, name)])
            renamed.append((latest, name))


def _words_noted(new: sqlite3.Connection, listener: int) -> EmotionSet | None:
    """Return the words that a listener had after the last change of them that was noted.

    An act that was undone notes the way back: after it come the words that there are now.
    """
    for order in ("undone = 0 ORDER BY id DESC", "undone ORDER BY id"):
        for (noted,) in new.execute(
            f"SELECT changes FROM acts WHERE listener = ? AND {order}", (listener,)
        ):
            words = RowChanges.of_json(noted).words
            found = _emotions(words[-1][2]) if words else None
            if found is not None:
                return found
    return None


def _words_of(used: list[str]) -> EmotionSet:
    """Return the default words, and those of the ratings that none of them stands for."""
    own = {normalized(word): word for word in used if class_of(word) is None}
    return EmotionSet.of((*EmotionSet.default().words, *own.values()))


def _used_words(new: sqlite3.Connection, listener: int) -> list[str]:
    rows = new.execute("SELECT DISTINCT emotions FROM ratings WHERE listener = ?", (listener,))
    return list(dict.fromkeys(word for (text,) in rows for word in json.loads(text)))


def _replayed(word: str, renamed: list[tuple[str, str]]) -> str:
    for before, after in renamed:
        if normalized(before) == normalized(word):
            word = after
    return word


def _emotions(text: str) -> EmotionSet | None:
    try:
        return emotions_from_data(json.loads(text))
    except (*MISFIT, PerserError):
        return None


def _columns(old: sqlite3.Connection, table: str) -> set[str]:
    with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
        return {row[0] for row in old.execute("SELECT name FROM pragma_table_info(?)", (table,))}
    return set()


def _columns_ever(table: str) -> Iterator[set[str]]:
    """Yield the columns that a table had in each format, the latest first."""
    for version in range(VERSION, 0, -1):
        shape = shape_of_version(version)
        yield {name for kind, name, of in shape if kind == "column" and of == table}
