"""Listeners' ratings as a table that another desk reads back, or as labels of other programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from perser_gui.corpora.blind import blind_cell
from perser_gui.corpora.columns import NOTE
from perser_gui.corpora.ratings import RatingRow, RatingsTable, write_ratings
from perser_gui.desk.named_clips import CONTENT, END, START
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import Label, Recording
from perser_gui.exchange.labels import ENDINGS, WRITTEN, write_labels
from perser_gui.records import Clip, Listener, Rating, Span


def export_ratings(
    path: Path,
    people: Sequence[tuple[Listener, Sequence[Rating]]],
    clips: Mapping[str, Clip],
    *,
    form: str = "csv",
    bom: bool = False,
) -> list[Path]:
    """Write listeners' ratings, as a table that `plan_import` reads back or for another program.

    Files below the folder that is written to are named relative to it, others in full; an
    utterance of a recording by its file, `start` and `end` (s). With a `bom`, Excel shows the
    accents of a table. Returns the files that were written.

    Raises:
        PerserError: if there is nothing to write, or the file cannot be written.
    """
    rated = [(listener, ratings) for listener, ratings in people if ratings]
    if not rated:
        nobody = " and ".join(listener.name for listener, _ in people)
        raise PerserError(f"{nobody} has not rated anything yet; there is nothing to save.")
    if form not in WRITTEN:
        raise PerserError(f"There is no format “{form}”; please choose {', '.join(WRITTEN)}.")
    if form == "csv":
        folder = path.absolute().parent
        rows = [
            table_row(listener, rating, clips[rating.clip], folder)
            for listener, ratings in rated
            for rating in ratings
        ]
        write_ratings(RatingsTable(tuple(rows), folder), path, bom=bom)
        return [path]
    alone = path.suffix.lower() in ENDINGS and form != "audformat"
    folder = path.absolute().parent if alone else path.absolute()
    recordings = recordings_of(rated, clips)
    names = names_in(folder, [one.path for one in recordings])
    return write_labels(path, recordings, form, names=names)


def form_of(path: Path) -> str:
    """Return the format that a path asks for by its ending; a table for one without.

    An ending of none of them comes back as it is: `export_ratings` refuses it, since a CSV that
    is called .xlsx or .tsv is not what another program takes it for.
    """
    ending = path.suffix.lower()
    kind = ENDINGS.get(ending, "table")
    return kind if kind != "table" else ending.removeprefix(".") or "csv"


def table_row(
    listener: Listener, rating: Rating, clip: Clip, folder: Path, name: str | None = None
) -> RatingRow:
    """Return a rating as a row of a table in a folder; `name` is what its file is called there."""
    extra = {"answer": rating.answer, "created": rating.created, CONTENT: clip.heard}
    if clip.span is not None:
        extra |= {START: f"{clip.span.start:.3f}", END: f"{clip.span.end:.3f}"}
    extra |= {name: f"{value:g}" for name, value in rating.dimensions}
    extra |= blind_cell(rating.blind) | ({NOTE: rating.note} if rating.note else {})
    if clip.synthetic:
        extra["synthetic"] = "yes"
    return RatingRow(
        file=name or names_in(folder, [clip.path])[clip.path],
        listener=listener.name,
        emotions=rating.emotions,
        speaker=clip.speaker,
        intensity=rating.intensity,
        extra=extra,
        shares=rating.shares,
    )


def recordings_of(
    people: Sequence[tuple[Listener, Sequence[Rating]]], clips: Mapping[str, Clip]
) -> list[Recording]:
    """Return the recordings that were rated, with everybody's labels by time."""
    labels: dict[Path, list[Label]] = {}
    lengths: dict[Path, float] = {}
    for listener, ratings in people:
        for rating in ratings:
            clip = clips[rating.clip]
            span = clip.span or Span(0.0, clip.seconds, clip.seconds)
            lengths[clip.path] = max(lengths.get(clip.path, 0.0), span.of)
            label = Label(listener.name, span.start, span.end, rating)
            labels.setdefault(clip.path, []).append(label)
    return [
        Recording(path, lengths[path], tuple(sorted(own, key=lambda one: (one.start, one.end))))
        for path, own in labels.items()
    ]


def names_in(folder: Path, paths: Sequence[Path]) -> dict[Path, str]:
    """Return what files are called in a folder: relative to it if they are inside, else in full."""
    return {
        path: (path.relative_to(folder) if path.is_relative_to(folder) else path).as_posix()
        for path in paths
    }
