"""Acted corpora, labelled by what the actor was asked to show: RAVDESS, EMO-DB, nEMO.

The acted label is not anybody's hearing: its listener is called `acted`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

from perser_gui.audio.folders import find_audio
from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_bytes, read_text
from perser_gui.corpora.reading import is_file
from perser_gui.errors import PerserError

ACTED = "acted"
"""The listener of acted labels."""

THROAT = "laryngo"
"""The folder of EMO-DB 2.0 with signals from the throat, called as the recordings are."""

RAVDESS_CLIPS, EMODB_CLIPS, NEMO_CLIPS = 1440, 535, 4481
"""How many clips the complete corpora have."""

_RAVDESS = re.compile(r"(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)-(\d\d)")
_RAVDESS_EMOTIONS = {
    "01": "neutral",
    "02": "calm",
    "03": "happy",
    "04": "sad",
    "05": "angry",
    "06": "fearful",
    "07": "disgusted",
    "08": "surprised",
}
_EMODB = re.compile(r"(\d\d)([ab]\d\d)([WLEAFTN])([a-z])")
_EMODB_EMOTIONS = {
    "W": "angry",
    "L": "bored",
    "E": "disgusted",
    "A": "fearful",
    "F": "happy",
    "T": "sad",
    "N": "neutral",
}
_EMODB_MEN = ("03", "10", "11", "12", "15")
_NEMO_EMOTIONS = {
    "anger": "angry",
    "angry": "angry",
    "fear": "fearful",
    "happiness": "happy",
    "happy": "happy",
    "neutral": "neutral",
    "sadness": "sad",
    "sad": "sad",
    "surprised": "surprised",
    "surprise": "surprised",
}


def audio_files(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield (path relative to `folder` with `/`, name without ending) of audio files, sorted.

    Hidden files, such as the `._` companions that macOS leaves, are passed over, and so are
    names that no table of ratings can hold (control characters, broken encodings).

    Raises:
        PerserError: if the folder is missing.
    """
    try:
        found = folder.is_dir()
    except (OSError, ValueError):
        found = False
    if not found:
        raise PerserError(f"{str(folder)!r} is not a folder; please give the folder of the corpus.")
    inside = (path.relative_to(folder).as_posix() for path in find_audio([folder]))
    names = [name for name in inside if name.isprintable()]
    for name in sorted(names):
        yield name, Path(name).stem


def each_once(
    root: Path, without: tuple[str, ...] = ()
) -> tuple[list[tuple[str, str]], tuple[str, ...]]:
    """Return the audio files as `audio_files`, one of each name, and sentences about the others.

    A corpus that was unpacked twice, or that lies there in two formats, holds each clip twice;
    the one least deep inside counts. Folders called as in `without` are left out.

    Raises:
        PerserError: if the folder is missing.
    """
    found: dict[str, tuple[str, str]] = {}
    twice: list[tuple[str, str]] = []
    apart = 0
    files = sorted(audio_files(root), key=lambda one: (one[0].count("/"), one[0]))
    for file, stem in files:
        if set(file.lower().split("/")[:-1]) & set(without):
            apart += 1
        elif stem.lower() in found:
            twice.append((found[stem.lower()][0], file))
        else:
            found[stem.lower()] = (file, stem)
    notes: tuple[str, ...] = ()
    if twice:
        first, other = twice[0]
        many = "1 clip stands" if len(twice) == 1 else f"{len(twice):,} clips stand"
        notes += (f"{root}: {many} there twice ({first} and {other}); each counts once.",)
    if apart:
        notes += (f"{root}: {apart:,} files in {', '.join(without)} were left out.",)
    return sorted(found.values()), notes


def read_ravdess(folder: Path | str) -> RatingsTable:
    """Read the speech clips of RAVDESS from their names; song and video are left out.

    Intensity is .5 for normal and 1 for strong. `extra` holds `sentence`, `repetition`
    and `gender`. Speakers are `ravdess-01` to `ravdess-24`.

    Raises:
        PerserError: if the folder is missing or holds no such clip.
    """
    root = Path(folder)
    rows, foreign, other = [], 0, 0
    files, doubled = each_once(root)
    for file, stem in files:
        match = _RAVDESS.fullmatch(stem)
        emotion = _RAVDESS_EMOTIONS.get(match[3]) if match else None
        if match is None or emotion is None:
            foreign += 1
        elif match[1] != "03" or match[2] != "01":
            other += 1
        else:
            actor = match[7]
            extra = {
                "sentence": match[5],
                "repetition": match[6],
                "gender": "male" if int(actor) % 2 else "female",
            }
            strength = 1.0 if match[4] == "02" else 0.5
            rows.append(
                RatingRow(file, ACTED, (emotion,), f"ravdess-{actor}", strength, extra=extra)
            )
    notes = _notes("RAVDESS", root, len(rows), RAVDESS_CLIPS, foreign) + doubled
    if other:
        notes += (f"{root}: {other} clips of RAVDESS are song or video and were left out.",)
    return RatingsTable(tuple(rows), root, "ravdess", notes)


def read_emodb(folder: Path | str) -> RatingsTable:
    """Read EMO-DB from its file names, with `erkennung.txt` where it is there.

    `extra` holds `sentence`, `version`, `gender` and, as shares of the 20 listeners of the
    original study, `recognized` and `natural`. Speakers are `emodb-03` to `emodb-16`. The
    throat signals of EMO-DB 2.0 (`laryngo`) are no recordings of speech and left out.

    Raises:
        PerserError: if the folder is missing or holds no such clip.
    """
    root = Path(folder)
    rows, foreign = [], 0
    shares = _recognition(root)
    files, doubled = each_once(root, (THROAT,))
    for file, stem in files:
        match = _EMODB.fullmatch(stem)
        if match is None:
            foreign += 1
            continue
        extra = {
            "sentence": match[2],
            "version": match[4],
            "gender": "male" if match[1] in _EMODB_MEN else "female",
        } | shares.get(stem, {})
        rows.append(
            RatingRow(file, ACTED, (_EMODB_EMOTIONS[match[3]],), f"emodb-{match[1]}", extra=extra)
        )
    notes = _notes("EMO-DB", root, len(rows), EMODB_CLIPS, foreign) + doubled
    absent = [
        word for word in _EMODB_EMOTIONS.values() if not any(word in r.emotions for r in rows)
    ]
    if absent:
        notes += (f"{root}: EMO-DB has no clip here that is {', '.join(absent)}.",)
    return RatingsTable(tuple(rows), root, "emodb", notes)


def read_nemo(folder: Path | str) -> RatingsTable:
    """Read nEMO from its `data.tsv`; audio may have any ending.

    `extra` holds `sentence` (the text), `gender` and `age`. Speakers are `nemo-WR0` and so on.

    Raises:
        PerserError: if the folder or its table is missing, damaged, or holds no such clip.
    """
    root = Path(folder)
    files, doubled = each_once(root)
    found = {stem: file for file, stem in files}
    table = root / "data.tsv"
    reader = csv.DictReader(io.StringIO(read_text(table)), delimiter="\t", quoting=csv.QUOTE_NONE)
    rows: list[RatingRow] = []
    missing = 0
    try:
        names = reader.fieldnames or []
        for name in ("file_id", "emotion", "speaker_id"):
            if name not in names:
                raise PerserError(
                    f"{table}, line 1: the column “{name}” is missing; "
                    "please download nEMO's data.tsv again."
                )
        for record in reader:
            stem = Path(_cell(record, "file_id")).stem
            emotion = _NEMO_EMOTIONS.get(_cell(record, "emotion").lower())
            speaker = _cell(record, "speaker_id")
            if not stem or emotion is None or not speaker or not speaker.isprintable():
                raise PerserError(
                    f"{table}, line {reader.line_num}: the file, emotion or speaker is blank or "
                    "unknown; please download nEMO's data.tsv again."
                )
            if stem not in found:
                missing += 1
                continue
            extra = {
                "sentence": _cell(record, "raw_text"),
                "gender": _cell(record, "gender"),
                "age": _cell(record, "age"),
            }
            extra = {name: text for name, text in extra.items() if text.isprintable()}
            rows.append(RatingRow(found[stem], ACTED, (emotion,), f"nemo-{speaker}", extra=extra))
    except csv.Error as error:
        raise PerserError(
            f"{table}, line {reader.line_num}: this is not a table row ({error}); "
            "please download nEMO's data.tsv again."
        ) from error
    rows.sort(key=lambda row: row.file)
    notes = _notes("nEMO", root, len(rows), NEMO_CLIPS, 0) + doubled
    if missing:
        notes += (f"{root}: {missing} clips of data.tsv have no audio file.",)
    return RatingsTable(tuple(rows), root, "nemo", notes)


def _cell(record: dict[str, str], name: str) -> str:
    return (record.get(name) or "").strip()


def _recognition(root: Path) -> dict[str, dict[str, str]]:
    """Return the recognition and naturalness shares of EMO-DB by clip, {} without the file."""
    path = root / "erkennung.txt"
    if not is_file(path):
        return {}
    content = read_bytes(path, limit=1 << 20)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    shares = {}
    for line in text.splitlines()[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        if len(cells) < 4:
            continue
        values = {}
        for name, cell in zip(("recognized", "natural"), cells[2:4], strict=True):
            number = cell.replace(",", ".")
            if re.fullmatch(r"\d{1,3}(\.\d+)?", number, re.ASCII):
                values[name] = f"{float(number) / 100:.4g}"
        shares[Path(cells[1]).stem] = values
    return shares


def _notes(corpus: str, root: Path, found: int, complete: int, foreign: int) -> tuple[str, ...]:
    if not found:
        raise PerserError(
            f"{root} holds no clip named as in {corpus}; please give the folder of its audio."
        )
    notes: tuple[str, ...] = ()
    if found != complete:
        word = "more" if found > complete else "fewer"
        notes += (f"{root}: {found:,} clips of {corpus}, {word} than its {complete:,}.",)
    if foreign:
        notes += (f"{root}: {foreign} audio files are not named as in {corpus}; left out.",)
    return notes
