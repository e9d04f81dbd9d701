"""Whether what stands in the rows of a database makes sense, where it comes from somebody else."""

from __future__ import annotations

import json
import math
import sqlite3

from perser_gui.clip_table import clip_of
from perser_gui.emotions import EmotionSet
from perser_gui.records import Said
from perser_gui.store.profiles import described, emotions_from_data
from perser_gui.store.rows import (
    CLIP,
    RATING,
    as_json,
    check_rating,
    listener_of,
    pseudonym_of,
    rating_of,
)
from perser_gui.store.undoing import RowChanges


def look_through(connection: sqlite3.Connection) -> None:
    """Read every row as the program will.

    Raises:
        ValueError: or another of `MISFIT`, or a `PerserError`, for a row that is none.
    """
    if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
        raise ValueError("a row points to one that is not there")
    listeners = set()
    for row in connection.execute("SELECT id, name, emotions FROM listeners"):
        listeners.add(row[0])
        _words(row[2])
        pseudonym_of(listener_of(row).name)
    for row in connection.execute(f"SELECT {CLIP} FROM clips"):
        clip = clip_of(row)
        if not math.isfinite(clip.seconds):
            raise ValueError("a clip without a length")
    for row in connection.execute(f"SELECT {RATING} FROM ratings"):
        one = rating_of(row)
        as_json(list(one.emotions)).encode()
        check_rating(Said(one.clip, one.emotions, one.answer, one.intensity, one.shares))
    for (description,) in connection.execute("SELECT description FROM profiles"):
        described(json.loads(description), {})
    for (changes,) in connection.execute("SELECT changes FROM acts"):
        for who, before, after, renamed in RowChanges.of_json(changes).words:
            if who not in listeners:
                raise ValueError("an act of nobody")
            _words(before)
            _words(after)
            as_json(renamed).encode()


def _words(text: str) -> None:
    words = emotions_from_data(json.loads(text)).words
    EmotionSet.of(words)
    as_json(list(words)).encode()  # half a sign cannot be written again
