"""How ratings go along when clips take the place of others on the list."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence

from perser_gui.records import Rating
from perser_gui.store.rows import RATING, rating_of
from perser_gui.store.undoing import RowChanges, withdraw

Standing = Mapping[str, Rating]
"""The ratings of one listener that count, by clip."""

Follow = Callable[[int, Standing], Mapping[str, int]]
"""Says for a listener which new clips take over which rating (by its id)."""

_STANDING = """
    FROM ratings AS r WHERE withdraws IS NULL AND clip = ?
    AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id) ORDER BY id
"""
_COPY = """
    INSERT INTO ratings (listener, clip, answer, emotions, intensity, created, details)
    SELECT listener, ?, answer, emotions, intensity, created, details FROM ratings WHERE id = ?
"""


def carry_ratings(
    connection: sqlite3.Connection, note: RowChanges, old: Sequence[str], follow: Follow
) -> None:
    """Withdraw what everybody said about old clips, and say it of the new ones that take it over.

    All rows stay in the history; a rating that follows keeps its words and its time.
    """
    rows = [
        row for clip in old for row in connection.execute(f"SELECT {RATING} {_STANDING}", (clip,))
    ]
    standing: dict[int, dict[str, Rating]] = {}
    for row in rows:
        rating = rating_of(row)
        standing.setdefault(rating.listener, {})[rating.clip] = rating  # the latest counts
    carried = [pair for listener, own in standing.items() for pair in follow(listener, own).items()]
    note.withdrawn += [row[0] for row in reversed(rows) if withdraw(connection, row[0])]
    for clip, rating_id in carried:
        cursor = connection.execute(_COPY, (clip, rating_id))
        note.added.append(int(cursor.lastrowid or 0))


def replaced_clips(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the utterances that are off the list and of which nothing is said any more."""
    rows = connection.execute(
        "SELECT content FROM clips AS c WHERE NOT listed AND span_start IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM ratings AS r WHERE r.clip = c.content"
        " AND withdraws IS NULL"
        " AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id))"
    )
    return frozenset(content for (content,) in rows)
