"""A listener's ratings as a table that another desk reads back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable, write_ratings
from perser_gui.desk.named_clips import CONTENT, END, START
from perser_gui.errors import PerserError
from perser_gui.records import Clip, Listener, Rating


def export_ratings(
    path: Path, listener: Listener, ratings: Sequence[Rating], clips: Mapping[str, Clip]
) -> None:
    """Write a listener's ratings as a table that `plan_import` reads back.

    Files below the table's folder are written relative to it, others in full; an
    utterance of a recording by its file, `start` and `end` (s).

    Raises:
        PerserError: if there is nothing to write, or the file cannot be written.
    """
    if not ratings:
        raise PerserError(f"{listener.name} has not rated anything yet; there is nothing to save.")
    folder = path.absolute().parent
    rows = []
    for rating in ratings:
        clip = clips[rating.clip]
        inside = clip.path.is_relative_to(folder)
        extra = {"answer": rating.answer, "created": rating.created, CONTENT: clip.heard}
        if clip.span is not None:
            extra |= {START: f"{clip.span.start:.3f}", END: f"{clip.span.end:.3f}"}
        extra |= {name: f"{value:g}" for name, value in rating.dimensions}
        if clip.synthetic:
            extra["synthetic"] = "yes"
        rows.append(
            RatingRow(
                file=(clip.path.relative_to(folder) if inside else clip.path).as_posix(),
                listener=listener.name,
                emotions=rating.emotions,
                speaker=clip.speaker,
                intensity=rating.intensity,
                extra=extra,
                shares=rating.shares,
            )
        )
    write_ratings(RatingsTable(tuple(rows), folder), path)
