"""Which clip a row of a ratings table names: a file, or a part of one."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_ratings
from perser_gui.desk.finding import find_files
from perser_gui.desk.opening import read_clips
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, clip_channel, clip_part

START, END, CONTENT = "start", "end", "content"
"""Columns of a table: where in the file the part begins and ends (s), and what was heard."""

TOLERANCE = 0.05
"""Seconds that a part may go beyond its recording, as rounding makes it."""

LEAST = 0.0015
"""Seconds that are lost when times are written to the millisecond."""

Name = tuple[str, str, str, int]
"""What tells the clips of a table apart: file, start and end as they are written, channel."""


def name_of(row: RatingRow) -> Name:
    """Return what names the clip of a row."""
    channel = _channel(row.extra.get(CONTENT, ""))
    return row.file, row.extra.get(START, ""), row.extra.get(END, ""), channel


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

    `found` are those whose file is there, each once, by path and time; `found_by` says how
    many files were found in which way.
    """

    by_name: Mapping[Name, Clip]
    found: Sequence[Clip]
    problems: Sequence[str]
    found_by: Mapping[str, int]
    notes: Sequence[str] = ()


def named_clips(
    ratings: RatingsTable, known: Mapping[str, Clip], progress: Progress, table: Path | None = None
) -> NamedClips:
    """Find the files of a table, read them, and find its clips in them.

    A file that is not there is known by the column `content`, if the clip was opened before.
    """
    hashes: dict[str, str] = {}
    for row in ratings:
        hashes[row.file] = hashes.get(row.file) or _sha256(row.extra.get(CONTENT, ""))
    files = find_files(hashes, ratings.root or Path(), progress.part(0.0, 0.3), table=table)
    paths = {file: path.absolute() for file, path in files.paths.items()}
    speakers = {
        paths[row.file]: row.speaker for row in ratings if row.speaker and row.file in paths
    }
    read = read_clips(sorted(set(paths.values())), known, progress.part(0.3, 1.0), speakers)
    clips: dict[Name, Clip] = {}
    there: dict[str, Clip] = {}
    problems = list(read.problems)
    for name, row in {name_of(row): row for row in ratings}.items():
        content = row.extra.get(CONTENT, "")
        try:
            if row.file in paths:
                whole = read.by_path.get(paths[row.file])
                if whole is not None:
                    channel = _channel(content)
                    voice = clip_channel(whole, channel) if channel else whole
                    clip = clips[name] = _part(voice, row, known)
                    there[clip.content] = clip
            elif content in known:
                clips[name] = known[content]
            else:
                problems.append(files.problems[row.file])
        except PerserError as error:
            problems.append(str(error))
    in_order = sorted(there.values(), key=lambda c: (c.path, c.span.start if c.span else 0.0))
    return NamedClips(
        clips, in_order, list(dict.fromkeys(problems)), files.counts(), _changed(files.changed)
    )


def _sha256(content: str) -> str:
    found = re.match(r"[0-9a-f]{64}(?![0-9a-f])", content.lower())
    return found[0] if found else ""


def _channel(content: str) -> int:
    """Return which channel (from 1) a row is about, 0 for all of them."""
    found = re.search(r"#(\d{1,3})(?:@|$)", content)
    return int(found[1]) if found else 0


def _changed(files: Sequence[str]) -> list[str]:
    if not files:
        return []
    many = f"{len(files):,} files are" if len(files) > 1 else "1 file is"
    return [
        f"{many} not the very same as when the table was written, such as {files[0]}; "
        "their labels were taken over all the same."
    ]


def _part(whole: Clip, row: RatingRow, known: Mapping[str, Clip]) -> Clip:
    """Return the part of a file that a row names: all of it without `start` and `end`.

    A part that is all of the file, to the millisecond, is the file, unless it was an
    utterance before.
    """
    _, start, end, _ = name_of(row)
    if not start and not end:
        return whole
    first, last = _seconds(start or "0"), _seconds(end or str(whole.seconds))
    if not 0 <= first < last <= whole.seconds + TOLERANCE:
        raise PerserError(
            f"{row.file} lasts {whole.seconds:.2f} s and has no part from {start or 0} to "
            f"{end or 'its end'} s; its row was left out."
        )
    part = clip_part(whole, first, min(last, whole.seconds))
    everything = first < LEAST and last > whole.seconds - LEAST
    return whole if everything and part.content not in known else part


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return math.nan
    return seconds if math.isfinite(seconds) else math.nan
