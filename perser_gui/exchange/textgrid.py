"""Praat TextGrids: one interval tier for each listener, through praatio."""

from __future__ import annotations

import tempfile
from pathlib import Path

from perser_gui.corpora.answers import Reading
from perser_gui.corpora.ratings import read_bytes
from perser_gui.corpora.table import RatingRow
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import (
    MAX_BYTES,
    Recording,
    Tier,
    file_of,
    lanes_of,
    rows_of_tiers,
)


def read_textgrid(
    path: Path, folder: Path, listener: str | None, reading: Reading
) -> tuple[list[RatingRow], list[str]]:
    """Return the ratings in the interval tiers of a TextGrid, and sentences about the others.

    Raises:
        PerserError: if it is no TextGrid, is cut off, or holds no labels.
    """
    content = read_bytes(path, limit=MAX_BYTES)
    if content.startswith(b"ooBinaryFile"):
        raise PerserError(f"{path} is a binary TextGrid; please save it as a text file in Praat.")
    from praatio.utilities import textgrid_io

    try:
        found = textgrid_io.parseTextgridStr(_text(content), False)
        tiers = [
            Tier(
                str(tier["name"]).strip() or f"tier {number}",
                tuple((float(a), float(b), str(text)) for a, b, text in tier["entries"]),
            )
            for number, tier in enumerate(found["tiers"], start=1)
            if tier["class"] == "IntervalTier"
        ]
        end = float(found["xmax"])
    except Exception as error:  # whatever the library meets in a damaged file
        raise PerserError(
            f"{path} is not a whole TextGrid; please save it again in Praat."
        ) from error
    points = len(found["tiers"]) - len(tiers)
    stray = any(not 0 <= a < b <= end + 0.001 for t in tiers for a, b, _ in t.intervals)
    if stray or end <= 0:
        raise PerserError(f"{path} has times that are out of order; please check it in Praat.")
    rows, notes = rows_of_tiers(path, file_of(path, folder), tiers, listener, reading)
    if points:
        notes.append(f"{path.name}: {points} point tiers were not taken; points have no length.")
    return rows, notes


def textgrid_of(recording: Recording) -> bytes:
    """Return the labels of a recording as a TextGrid in its long text form (UTF-8)."""
    from praatio import textgrid

    grid = textgrid.Textgrid()
    last = max([recording.seconds, *(label.end for label in recording.labels)])
    for name, intervals in lanes_of(recording).items():
        grid.addTier(textgrid.IntervalTier(name, intervals, 0, last))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.TextGrid"
        grid.save(str(path), format="long_textgrid", includeBlankSpaces=True)
        return path.read_bytes()


def _text(content: bytes) -> str:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")
