"""MSP-Improv and MSP-Podcast: blocks of one clip's line and a line for each of its raters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import intern

from perser_gui.corpora.acted import audio_files
from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.corpora.reading import (
    Oddities,
    counted,
    existing_file,
    is_file,
    lines_of,
    number_of,
    table_lines,
    without_audio,
    without_copies,
    word_of,
)
from perser_gui.errors import PerserError

PODCAST_RATINGS, PODCAST_FILES = 649_102, 116_221
"""Ratings and rated files of the release whose format is read here."""

FEWEST = 10
"""Workers with fewer ratings are left out: none of them could be adapted to and tested."""

_CLIP = re.compile(r"[A-Za-z0-9_.-]{1,200}\.(?:avi|wav)", re.IGNORECASE)
_VALUE = re.compile(r"([AVDN])\s*:\s*(\S+)")
_NAMES = {"A": "activation", "V": "valence", "D": "dominance", "N": "naturalness"}
_IMPROV = re.compile(r"(?:UTD|MSP)-IMPROV-(S\w+)-([FM]\d+)-([A-Z])-(\w+)", re.IGNORECASE)


@dataclass(frozen=True)
class _Rating:
    line: int
    clip: str
    rater: str
    primary: str
    secondary: tuple[str, ...]
    values: Mapping[str, float]


def read_msp_improv(folder: Path | str) -> RatingsTable:
    """Read MSP-Improv; the emotion is the primary one, and activation is put the right way round.

    The label file counts activation downwards, so 6 minus it is given. A rater who stands
    twice under one clip counts once. `extra` holds `secondary`, `activation`, `valence`,
    `dominance`, `naturalness` (1 to 5), `session`, `sentence` and `scenario`.

    Raises:
        PerserError: if the folder is not MSP-Improv's.
    """
    root = Path(folder)
    odd = Oddities(root)
    path = existing_file(root, ("Evaluation.txt", "Evalution.txt"), "MSP-Improv")
    audio = {stem.upper(): file for file, stem in audio_files(root)}
    rows: list[RatingRow] = []
    absent: set[str] = set()
    for rating in _ratings(path, odd):
        name = _IMPROV.fullmatch(rating.clip.rpartition(".")[0])
        if name is None:
            odd.add("naming no clip of MSP-Improv", path, rating.line)
            continue
        stem = f"MSP-IMPROV-{name[1]}-{name[2]}-{name[3]}-{name[4]}".upper()
        if stem not in audio:
            absent.add(stem)
        values = dict(rating.values)
        if "activation" in values:
            values["activation"] = 6 - values["activation"]
        extra = {key: f"{value:g}" for key, value in values.items()}
        extra |= {"session": name[2][1:], "sentence": name[1], "scenario": name[3]}
        word = word_of(rating.primary)
        rows.append(
            RatingRow(
                file=audio.get(stem, f"{stem}.wav"),
                listener=f"msp-improv-{rating.rater}",
                emotions=(word,) if word else (),
                speaker=f"msp-improv-{name[2]}",
                extra=extra | _others(rating),
            )
        )
    if not rows:
        raise PerserError(f"{path} holds no rating of MSP-Improv; please check the file.")
    rows, copies = without_copies(rows)
    notes = odd.notes()
    if copies:
        notes += (f"{root}: {copies:,} ratings stood twice and count once.",)
    if absent:
        notes += (f"{root}: {len(absent):,} rated clips have no audio here.",)
    return RatingsTable(tuple(rows), root, "msp-improv", notes)


def read_msp_podcast(folder: Path | str, fewest: int = FEWEST) -> RatingsTable:
    """Read MSP-Podcast's `labels.txt` in two passes, so that only what is kept takes memory.

    Workers with fewer than `fewest` ratings are left out. Speaker and split come from
    `labels_consensus.csv` where it is there. `extra` holds `activation`, `valence`,
    `dominance` (1 to 7), `secondary`, and `other`, the free text of an “other”.

    Raises:
        PerserError: if the folder is not MSP-Podcast's.
    """
    root = Path(folder)
    odd = Oddities(root)
    path = existing_file(root, ("labels.txt", "Labels/labels.txt"), "MSP-Podcast")
    per_worker: Counter[str] = Counter()
    ratings = 0
    clips = set()
    for rating in _ratings(path, odd):
        ratings += 1
        per_worker[rating.rater] += 1
        clips.add(rating.clip)
    speakers = _podcast_speakers(path.parent / "labels_consensus.csv")
    place = next((p for p in ("Audios/", "Audio/") if _is_folder(root / p)), "")
    extras: dict[tuple[tuple[str, str], ...], dict[str, str]] = {}
    words: dict[str | None, tuple[str, ...]] = {None: ()}
    rows = []
    for rating in _ratings(path, Oddities(root)):
        if per_worker[rating.rater] < fewest:
            continue
        word = word_of(rating.primary)
        extra = {key: f"{value:g}" for key, value in rating.values.items()} | _others(rating)
        speaker, split = speakers.get(rating.clip, (None, None))
        rows.append(
            RatingRow(
                file=intern(place + rating.clip),
                listener=intern(f"msp-podcast-{rating.rater}"),
                emotions=words.setdefault(word, (word,) if word else ()),
                speaker=speaker,
                split=split,
                extra=extras.setdefault(tuple(extra.items()), extra),
            )
        )
    if not rows:
        raise PerserError(
            f"{path} holds no worker of MSP-Podcast with {fewest} ratings; please check the file."
        )
    rows, copies = without_copies(rows)
    few = sum(count < fewest for count in per_worker.values())
    notes = odd.notes() + counted(root, "ratings", ratings, PODCAST_RATINGS)
    notes += counted(root, "rated files", len(clips), PODCAST_FILES)
    if few:
        notes += (f"{root}: {few:,} workers with fewer than {fewest} ratings were left out.",)
    if copies:
        notes += (f"{root}: {copies:,} ratings stood twice and count once.",)
    notes += without_audio(root, (row.file for row in rows))
    return RatingsTable(tuple(rows), root, "msp-podcast", notes)


def _ratings(path: Path, odd: Oddities) -> Iterator[_Rating]:
    """Yield the raters' lines of a label file, one by one.

    A block ends with a blank line, so raters whose clip's line is damaged stand under no clip
    and are never taken for the raters of the clip before.
    """
    clip = ""
    for number, line in lines_of(path):
        fields = [part.strip() for part in line.split(";")]
        if not any(fields):
            clip = ""
            continue
        if _CLIP.fullmatch(fields[0]):
            clip = intern(fields[0])
            continue
        values = [_VALUE.fullmatch(part) for part in fields]
        found = {}
        for value in values:
            amount = number_of(value[2]) if value else None
            if value and amount is not None:
                found[_NAMES[value[1]]] = amount
        primary = fields[1] if len(fields) > 1 and not values[1] else ""
        if not clip:
            odd.add("standing under no clip", path, number)
        elif not primary or not fields[0] or not line.isprintable():
            odd.add("with the rater or the emotion blank or unreadable", path, number)
        else:
            others = fields[2].split(",") if len(fields) > 2 and not values[2] else []
            named = tuple(word for word in map(word_of, others) if word)
            yield _Rating(number, clip, intern(fields[0]), primary, named, found)


def _others(rating: _Rating) -> dict[str, str]:
    extra = {}
    if rating.secondary:
        extra["secondary"] = ",".join(rating.secondary)
    if rating.primary.lower().startswith("other-") and rating.primary[6:].strip():
        extra["other"] = rating.primary[6:].strip()
    return extra


def _podcast_speakers(path: Path) -> dict[str, tuple[str | None, str | None]]:
    if not is_file(path):
        return {}
    splits = {"train": "train", "development": "dev"}
    return {
        intern(row["FileName"]): (
            f"msp-podcast-{row['SpkrID']}" if row["SpkrID"].isdigit() else None,
            splits.get(row["Split_Set"].lower()) or ("test" if row["Split_Set"] else None),
        )
        for row in table_lines(path, ("FileName", "SpkrID", "Split_Set"), Oddities(path))
    }


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
