"""From rows of the database to records and back, and what a rating or a name must be."""

from __future__ import annotations

import json
import math
import os
import sqlite3
from dataclasses import astuple
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, get_args

from perser_gui.emotions import normalized
from perser_gui.errors import PerserError
from perser_gui.records import Answer, Clip, Listener, Rating, Said
from perser_gui.store.profiles import emotions_from_data

CLIP = "content, path, seconds, speaker, source, synthetic, span_start, span_end, span_of"
LONGEST_NAME = 100
"""Characters of a listener's name."""
LONGEST_NOTE = 10_000
"""Characters of what is noted beside a rating."""

RATING = "id, listener, clip, answer, emotions, intensity, created, withdraws, details"


def row_of(connection: sqlite3.Connection, listener: int) -> tuple[Any, ...]:
    """Return id, name and emotions of a listener.

    Raises:
        PerserError: if there is none with this id.
    """
    row: tuple[Any, ...] | None = connection.execute(
        "SELECT id, name, emotions FROM listeners WHERE id = ?", (listener,)
    ).fetchone()
    if row is None:
        raise PerserError("This listener is not there any more; please choose one from the list.")
    return row


def profile_row(connection: sqlite3.Connection, listener: int, record: int) -> tuple[str, bool]:
    """Return the file of a profile, and whether it is the one in use.

    Raises:
        PerserError: if the profile is not in this listener's history.
    """
    row = connection.execute(
        "SELECT p.file, p.id IS l.profile FROM profiles AS p"
        " JOIN listeners AS l ON l.id = p.listener WHERE p.id = ? AND p.listener = ?",
        (record, listener),
    ).fetchone()
    if row is None:
        raise PerserError(
            f"There is no profile {record} in this listener's history; "
            "please choose one that the history shows."
        )
    return str(row[0]), bool(row[1])


def listener_of(row: tuple[Any, ...]) -> Listener:
    """Return the listener of such a row."""
    return Listener(row[0], row[1], emotions_from_data(json.loads(row[2])))


def clip_row(clip: Clip) -> tuple[object, ...]:
    """Return the values of the columns `CLIP`."""
    span = (None, None, None) if clip.span is None else astuple(clip.span)
    return (
        clip.content,
        _stored(str(clip.path)),
        clip.seconds,
        clip.speaker,
        _stored(clip.source),
        clip.synthetic,
        *span,
    )


def _stored(path: str) -> str | bytes:
    """Return a path as SQLite takes it: as bytes if it is no valid text."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def rating_of(row: tuple[Any, ...]) -> Rating:
    """Return the rating of the columns `RATING`."""
    number, listener, clip, answer, emotions, intensity, created, withdraws, details = row
    more = json.loads(details) if details else {}
    return Rating(
        number,
        listener,
        clip,
        answer,
        _words(emotions),
        intensity,
        created,
        withdraws is not None,
        tuple(more.get("shares", ())),
        tuple((str(name), float(value)) for name, value in more.get("dimensions", {}).items()),
        str(more.get("note", "")),
        more.get("blind"),
    )


@lru_cache(maxsize=4096)
def _words(stored: str) -> tuple[str, ...]:
    """Return the words of a rating; most ratings say one of a few things."""
    return tuple(json.loads(stored))


def details_of(said: Said) -> str | None:
    """Return what a rating says beyond its words and strength, for the column `details`."""
    more: dict[str, object] = {}
    if said.shares:
        more["shares"] = list(said.shares)
    if said.dimensions:
        more["dimensions"] = dict(said.dimensions)
    if said.note:
        more["note"] = said.note
    if said.blind is not None:
        more["blind"] = said.blind
    return json.dumps(more, ensure_ascii=False) if more else None


def check_rating(said: Said) -> None:
    """Refuse a rating that does not make sense.

    Raises:
        PerserError: saying what does not fit.
    """
    words, answer = said.emotions, said.answer
    if answer not in get_args(Answer):
        raise PerserError(f"“{answer}” is not an answer; please use {', '.join(get_args(Answer))}.")
    if (answer == "emotion") != bool(words):
        raise PerserError(
            "A rating names at least one emotion, or it is “can't tell” or “skip” without any."
        )
    if len({normalized(word) for word in words}) != len(words):
        raise PerserError("One emotion stands twice in the same rating; please name it once.")
    if said.intensity is not None and not math.isfinite(said.intensity):
        raise PerserError("An intensity must be a number.")
    if said.shares and (
        len(said.shares) != len(words)
        or not all(0 <= share <= 1 for share in said.shares)
        or abs(sum(said.shares) - 1) > 0.001
    ):
        raise PerserError("Shares must be one number for each emotion, and add up to 1.")
    if not all(math.isfinite(value) for _, value in said.dimensions):
        raise PerserError("Valence and arousal must be numbers.")
    if said.note != tidy_note(said.note):
        raise PerserError(
            f"A note cannot be kept as it is; please keep it under {LONGEST_NOTE:,} characters "
            "that can be printed."
        )


def tidy_note(text: str) -> str:
    """Return a text as it can stand beside a rating: printable, in lines, not too long."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c.isprintable() or c in "\n\t").strip()[:LONGEST_NOTE]


def insert_rating(connection: sqlite3.Connection, listener: int, said: Said, created: str) -> int:
    """Append the row of a rating and return its number.

    Raises:
        PerserError: if the clip is not known.
    """
    try:
        cursor = connection.execute(
            "INSERT INTO ratings (listener, clip, answer, emotions, intensity, created, details)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                listener,
                said.clip,
                said.answer,
                as_json(list(said.emotions)),
                said.intensity,
                created,
                details_of(said),
            ),
        )
    except sqlite3.IntegrityError as error:
        raise PerserError(
            f"The clip {said.clip[:12]} is not in the list; please open its file first."
        ) from error
    return int(cursor.lastrowid or 0)


def pseudonym_of(name: str) -> str:
    """Return a name with its spaces tidied.

    Raises:
        PerserError: if nothing is left of it, it is very long or cannot be printed.
    """
    pseudonym = " ".join(name.split())
    if not pseudonym:
        raise PerserError("A listener needs a name; please type a pseudonym.")
    if len(pseudonym) > LONGEST_NAME or not pseudonym.isprintable():
        raise PerserError(
            f"“{pseudonym[:40]}” cannot be a listener's name; please keep it under "
            f"{LONGEST_NAME} characters that can be printed."
        )
    return pseudonym


def taken(name: str) -> PerserError:
    """Return what to say when a name stands for another listener already."""
    return PerserError(f"There is already a listener called {name}; please choose another name.")


def as_json(data: object) -> str:
    """Return data as JSON text in any script."""
    return json.dumps(data, ensure_ascii=False)


def moment() -> str:
    """Return the time of day in UTC, fine enough to tell one press from the next."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


def now() -> str:
    """Return the time of day in UTC, as it is kept."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
