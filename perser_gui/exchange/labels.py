"""Labels of other programs in and out: which format a file has, and one table from any."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal

from perser_gui.corpora.answers import Reading
from perser_gui.corpora.audformat_db import read_audformat
from perser_gui.corpora.ratings import read_ratings
from perser_gui.corpora.table import RatingRow, RatingsTable
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import Recording
from perser_gui.exchange.audacity import audacity_of, file_name, looks_like_labels, read_audacity
from perser_gui.exchange.audformat_labels import write_audformat_labels
from perser_gui.exchange.elan import eaf_of, read_eaf
from perser_gui.exchange.label_studio import label_studio_of, read_label_studio
from perser_gui.exchange.textgrid import read_textgrid, textgrid_of
from perser_gui.files import write_whole

Kind = Literal["table", "textgrid", "eaf", "audacity", "label-studio", "audformat", "folder"]

ENDINGS: Mapping[str, Kind] = {
    ".csv": "table",
    ".tsv": "table",
    ".textgrid": "textgrid",
    ".eaf": "eaf",
    ".txt": "audacity",
    ".json": "label-studio",
    ".jsonl": "label-studio",
}
"""Formats by the ending of a file's name."""

NAMES: Mapping[Kind, str] = {
    "table": "a table",
    "textgrid": "a TextGrid of Praat",
    "eaf": "an EAF of ELAN",
    "audacity": "a label track of Audacity",
    "label-studio": "an export of Label Studio",
    "audformat": "an audformat database",
    "folder": "a folder of label files",
}
"""Formats in words."""

WRITTEN = ("csv", "textgrid", "eaf", "audacity", "label-studio", "audformat")
"""Formats that labels can be written in, as they are asked for."""

_READERS: Mapping[Kind, Callable[..., tuple[list[RatingRow], list[str]]]] = {
    "textgrid": read_textgrid,
    "eaf": read_eaf,
    "audacity": read_audacity,
    "label-studio": read_label_studio,
}
_LOOKED_AT = 4096
MOST_FILES = 20_000


def kind_of(path: Path) -> Kind | None:
    """Return what a file or folder with labels is, by what is in it; None for anything else.

    >>> kind_of(Path("missing.flac")) is None
    True
    """
    try:
        if path.is_dir():
            if (path / "db.yaml").is_file():
                return "audformat"
            return "folder" if _label_files(path) else None
        with path.open("rb") as stream:
            head = stream.read(_LOOKED_AT)
    except (OSError, ValueError):
        return ENDINGS.get(path.suffix.lower())
    if b"ooTextFile" in head[:80] or head.startswith(b"ooBinaryFile"):
        return "textgrid"
    if b"ANNOTATION_DOCUMENT" in head:
        return "eaf"
    kind = ENDINGS.get(path.suffix.lower())
    if kind == "audacity":
        return "audacity" if looks_like_labels(head.decode("utf-8", "replace")) else "table"
    return kind


def read_labels(
    path: Path,
    *,
    audio: Path | None = None,
    listener: str | None = None,
    own: Collection[str] = (),
) -> RatingsTable:
    """Read a table of ratings, or the labels of another program, as one table.

    `audio` is the folder of the recordings (default: beside the labels), `listener` whose
    labels they are where that is not said, `own` words that stand for themselves.

    Raises:
        PerserError: if the file is not whole, or holds no labels.
    """
    kind = kind_of(path)
    root = audio if audio is not None else (path if path.is_dir() else path.absolute().parent)
    if kind == "audformat":
        found = read_audformat(path, parts=True)
        return RatingsTable(found.rows, audio or path, found.source, found.notes)
    if kind == "folder":
        return _read_folder(path, root, listener, own)
    if path.is_dir():
        raise PerserError(
            f"{path} holds no labels (a table, TextGrid, EAF, label track or Label Studio's "
            "JSON); please choose another folder."
        )
    reader = _READERS.get(kind) if kind is not None else None
    if reader is None:
        return read_ratings(path, root=root, listener=listener, own=own)
    reading = Reading(own)
    rows, notes = reader(path, path.absolute().parent, listener, reading)
    return RatingsTable(tuple(rows), root, path.stem, (*notes, *reading.notes()))


def write_labels(
    path: Path, recordings: Sequence[Recording], form: str, *, names: Mapping[Path, str]
) -> list[Path]:
    """Write recordings with their labels in the format of another program.

    `path` is a file if the format holds everything in one, else a folder with a file for each
    recording (and listener, for label tracks), called as in `names`. Returns what was written.

    Raises:
        PerserError: for a format that there is not, a file where a folder is needed, or if it
            cannot be written.
    """
    if form == "label-studio":
        write_whole(path, label_studio_of(recordings, names))
        return [path]
    if form == "audformat":
        write_audformat_labels(path, recordings, names)
        return [path]
    contents = _contents(recordings, form, names)
    if path.suffix.lower() in ENDINGS and not path.is_dir():
        if len(contents) != 1:
            raise PerserError(
                f"The labels are about {len(recordings)} recordings, of "
                f"{len({who for one in recordings for who in one.listeners})} listeners, and one "
                f"file holds one; please give a folder instead of {path.name}."
            )
        ((_, data),) = contents.items()
        write_whole(path, data)
        return [path]
    for name, data in contents.items():
        write_whole(path / name, data)
    return [path / name for name in contents]


def _contents(
    recordings: Sequence[Recording], form: str, names: Mapping[Path, str]
) -> dict[str, bytes]:
    """Return the content of each file to write, by its name in the folder."""
    ending = {"textgrid": ".TextGrid", "eaf": ".eaf", "audacity": ".txt"}.get(form)
    if ending is None:
        raise PerserError(f"There is no format “{form}”; please choose {', '.join(WRITTEN)}.")
    stems = [os.path.splitext(_inside(names[one.path]))[0] for one in recordings]
    contents: dict[str, bytes] = {}
    for recording, stem in zip(recordings, stems, strict=True):
        own = stem if stems.count(stem) == 1 else _inside(names[recording.path])
        if form == "audacity":
            for listener in recording.listeners:
                contents[file_name(own, listener)] = audacity_of(recording, listener)
        else:
            write = textgrid_of if form == "textgrid" else eaf_of
            contents[own + ending] = write(recording)
    return contents


def _inside(name: str) -> str:
    """Return a name that stays inside the folder it is written to."""
    return name if not os.path.isabs(name) and ".." not in Path(name).parts else Path(name).name


def _label_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [
            path
            for name in sorted(files)
            if not name.startswith(".")
            and (path := Path(place) / name).suffix.lower() in (".textgrid", ".eaf", ".txt")
            and kind_of(path) in ("textgrid", "eaf", "audacity")
        ]
        if len(found) > MOST_FILES:
            raise PerserError(f"{folder} holds more than {MOST_FILES:,} label files.")
    tables = [folder / name for name in ("ratings.csv", "ratings.tsv")]
    return [table for table in tables if table.is_file()][:1] or found


def _read_folder(
    folder: Path, root: Path, listener: str | None, own: Collection[str]
) -> RatingsTable:
    files = _label_files(folder)
    if files[0].suffix.lower() in (".csv", ".tsv"):
        return read_ratings(files[0], root=root, listener=listener, own=own)
    reading = Reading(own)
    rows: list[RatingRow] = []
    notes: list[str] = []
    for path in files:
        kind = kind_of(path)
        assert kind is not None
        try:
            more, said = _READERS[kind](path, folder, listener, reading)
        except PerserError as error:
            more, said = [], [f"{error} It was left out."]
        rows += more
        notes += said
    if not rows:
        raise PerserError(notes[0] if notes else f"{folder} holds no labels.")
    return RatingsTable(tuple(rows), root, folder.name, (*notes, *reading.notes()))
