"""Which clip a row of a ratings table names: a file, or a part of one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_ratings
from perser_gui.desk.opening import ReadClips, read_clips
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, clip_part

START, END, CONTENT = "start", "end", "content"
"""Columns of a table: where in the file the part begins and ends (s), and what was heard."""

TOLERANCE = 0.05
"""Seconds that a part may go beyond its recording, as rounding makes it."""

Name = tuple[str, str, str]
"""What tells the clips of a table apart: file, start and end as they are written."""


def name_of(row: RatingRow) -> Name:
    """Return what names the clip of a row."""
    return row.file, row.extra.get(START, ""), row.extra.get(END, "")


def latest(rows: Iterable[RatingRow]) -> list[RatingRow]:
    """Return one row per listener and clip: the last one given."""
    return list({(row.listener, *name_of(row)): row for row in rows}.values())


def refuse_parts(table: Path) -> None:
    """Refuse a table that names several parts of one file, where whole files are compared.

    Raises:
        PerserError: if it is such a table, or cannot be read.
    """
    parts: dict[str, Name] = {}
    for row in read_ratings(table):
        if parts.setdefault(row.file, name_of(row)) != name_of(row):
            raise PerserError(
                f"{table} rates parts of {row.file} (columns start and end), and evaluating "
                "takes whole files; please cut the recording into files first."
            )


@dataclass(frozen=True)
class NamedClips:
    """The clips that a table names, and plain sentences about those it names in vain.

    `found` are those whose file is there, each once, by path and time.
    """

    by_name: Mapping[Name, Clip]
    found: Sequence[Clip]
    problems: Sequence[str]


def named_clips(ratings: RatingsTable, known: Mapping[str, Clip], progress: Progress) -> NamedClips:
    """Read the files of a table and find its clips in them.

    A file that is not there is known by the column `content`, if the clip was opened before.
    """
    found = {row.file: ratings.path(row) for row in ratings if ratings.path(row).is_file()}
    speakers = {
        found[row.file].absolute(): row.speaker
        for row in ratings
        if row.speaker and row.file in found
    }
    read = read_clips(sorted(set(found.values())), known, progress, speakers)
    clips: dict[Name, Clip] = {}
    there: dict[str, Clip] = {}
    problems = list(read.problems)
    for name, row in {name_of(row): row for row in ratings}.items():
        content = row.extra.get(CONTENT, "")
        try:
            if row.file in found:
                whole = _whole(read, ratings, row)
                if whole is not None:
                    clip = clips[name] = _part(whole, row)
                    there[clip.content] = clip
            elif content in known:
                clips[name] = known[content]
            else:
                problems.append(f"{ratings.path(row)} was not found; its ratings were left out.")
        except PerserError as error:
            problems.append(str(error))
    in_order = sorted(there.values(), key=lambda c: (c.path, c.span.start if c.span else 0.0))
    return NamedClips(clips, in_order, list(dict.fromkeys(problems)))


def _whole(read: ReadClips, ratings: RatingsTable, row: RatingRow) -> Clip | None:
    return read.by_path.get(ratings.path(row).absolute())


def _part(whole: Clip, row: RatingRow) -> Clip:
    """Return the part of a file that a row names: all of it without `start` and `end`."""
    _, start, end = name_of(row)
    if not start and not end:
        return whole
    first, last = _seconds(start or "0"), _seconds(end or str(whole.seconds))
    if not 0 <= first < last <= whole.seconds + TOLERANCE:
        raise PerserError(
            f"{row.file} lasts {whole.seconds:.2f} s and has no part from {start or 0} to "
            f"{end or 'its end'} s; its rating was left out."
        )
    return clip_part(whole, first, min(last, whole.seconds))


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return math.nan
    return seconds if math.isfinite(seconds) else math.nan
