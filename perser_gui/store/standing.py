"""Which rating stands for each clip, noted a second time beside the ratings themselves.

What stands follows from the ratings: the latest that no later row withdraws. Where the row that
withdrew or replaced one is lost, an earlier answer would stand again. The table `standing`,
which a trigger keeps, says what stood and how many rows there were; the table `gaps`, which
numbers of ratings are gone on purpose, as when a listener was deleted.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from perser_gui.clip_table import text_of
from perser_gui.store.undoing import RowChanges, note_act, withdraw

_NOT_WITHDRAWN = (
    "+withdraws IS NULL"  # the sign keeps SQLite from going through all that is not withdrawn
    " AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id)"
)
_FOLLOWS = (
    f"SELECT listener, clip, max(CASE WHEN {_NOT_WITHDRAWN} THEN id END), count(*)"
    " FROM ratings AS r GROUP BY listener, clip"
)

Fate = Literal["lost", "in doubt"]


@dataclass(frozen=True)
class UnsureLabel:
    """A label of a damaged store that does not stand any more, by whom and of which file.

    `lost`: the last answer cannot be read. `in doubt`: `said` may have been replaced or taken
    back by a row that is lost; undoing the repair at the desk brings it back.
    """

    listener: str
    file: str
    fate: Fate
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stood:
    """What a damaged store said of one clip: the rating that stood, and rows ever written."""

    listener: int
    clip: str
    rating: int | None
    written: int


def disagreements(connection: sqlite3.Connection) -> int:
    """Return for how many clips what was noted to stand does not follow from the ratings."""
    noted = "SELECT listener, clip, rating, written FROM standing"
    (count,) = connection.execute(
        f"SELECT count(*) FROM (SELECT listener, clip FROM ({_FOLLOWS} EXCEPT {noted})"
        f" UNION SELECT listener, clip FROM ({noted} EXCEPT {_FOLLOWS}))"
    ).fetchone()
    return int(count)


def note_gaps(connection: sqlite3.Connection, listener: int) -> None:
    """Note the numbers of a listener's ratings, which are about to be deleted on purpose."""
    connection.execute(
        "INSERT INTO gaps (first, last) SELECT min(id), max(id) FROM"
        " (SELECT id, id - row_number() OVER (ORDER BY id) AS island"
        " FROM ratings WHERE listener = ?) GROUP BY island",
        (listener,),
    )


def missing_ids(connection: sqlite3.Connection, last: int) -> list[tuple[int, int]]:
    """Return the ranges of numbers up to `last` that no rating has and no gap explains."""
    taken: list[tuple[int, int]] = connection.execute(
        "SELECT min(id), max(id) FROM"
        " (SELECT id, id - row_number() OVER (ORDER BY id) AS island FROM ratings)"
        " GROUP BY island UNION ALL SELECT first, last FROM gaps ORDER BY 1"
    ).fetchall()
    found, expected = [], 1
    for first, end in [*taken, (last + 1, last + 1)]:
        if first > expected:
            found.append((expected, first - 1))
        expected = max(expected, end + 1)
    return found


def let_stand_what_stood(
    connection: sqlite3.Connection, stood: Iterable[Stood] | None, last: int, *, rows_lost: bool
) -> list[UnsureLabel]:
    """Withdraw in rescued ratings what stands only because later rows are lost.

    `stood` is what the damaged store had noted (None: it had no such table), `last` the highest
    number that it gave to a rating. What no note decides is withdrawn if a row with a higher
    number is lost. The numbers that are missing are noted as gaps. All that is withdrawn for a
    listener is one act, which the desk can undo.
    """
    missing = missing_ids(connection, last)
    latest_lost = missing[-1][1] if missing and (stood is not None or rows_lost) else 0
    noted = {(one.listener, one.clip): one for one in stood or ()}
    unsure: list[UnsureLabel] = []
    changed: dict[int, RowChanges] = {}
    follows = connection.execute(_FOLLOWS).fetchall()
    for listener, clip, rating, written in follows:
        one = noted.pop((listener, clip), None)
        if one is not None and one.written == written:
            continue  # every row is there
        if one is not None and one.written > written:
            keeps = one.rating is not None and _stands(connection, one.rating)
            _withdraw_after(connection, listener, clip, one.rating if keeps else 0)
            if one.rating is not None and not keeps:
                unsure.append(_unsure(connection, listener, clip, "lost"))
        elif rating is not None and rating <= latest_lost:
            unsure.append(_unsure(connection, listener, clip, "in doubt", rating))
            gone = _withdraw_after(connection, listener, clip, 0)
            changed.setdefault(listener, RowChanges()).withdrawn += gone
    for (listener, clip), one in noted.items():
        if one.rating is not None:
            unsure.append(_unsure(connection, listener, clip, "lost"))
    for listener, changes in changed.items():
        count = len(changes.withdrawn)
        what = "a label in doubt" if count == 1 else f"{count:,} labels in doubt"
        note_act(connection, listener, "repair", f"the repair, which took {what} off", changes)
    connection.executemany("INSERT INTO gaps (first, last) VALUES (?, ?)", missing)
    return unsure


def _withdraw_after(
    connection: sqlite3.Connection, listener: int, clip: str, last: int | None
) -> list[int]:
    """Withdraw a clip's ratings that stand and came after one, latest first; return which."""
    standing = connection.execute(
        f"SELECT id FROM ratings AS r WHERE listener = ? AND clip = ? AND {_NOT_WITHDRAWN}"
        " AND id > ? ORDER BY id DESC",
        (listener, clip, last),
    ).fetchall()
    return [number for (number,) in standing if withdraw(connection, number)]


def _stands(connection: sqlite3.Connection, rating: int) -> bool:
    query = f"SELECT 1 FROM ratings AS r WHERE id = ? AND {_NOT_WITHDRAWN}"
    return connection.execute(query, (rating,)).fetchone() is not None


def _unsure(
    connection: sqlite3.Connection, listener: int, clip: str, fate: Fate, rating: int | None = None
) -> UnsureLabel:
    """Say of a label by whom, of which file and what it said; names that are lost are made up."""
    name = connection.execute("SELECT name FROM listeners WHERE id = ?", (listener,)).fetchone()
    path = connection.execute("SELECT path FROM clips WHERE content = ?", (clip,)).fetchone()
    told = connection.execute(
        "SELECT emotions, answer FROM ratings WHERE id = ?", (rating,)
    ).fetchone()
    return UnsureLabel(
        listener=name[0] if name else f"listener {listener}",
        file=PurePath(text_of(path[0])).name if path else f"clip {clip[:12]}",
        fate=fate,
        said=(tuple(json.loads(told[0])) or (told[1],)) if told else (),
    )
