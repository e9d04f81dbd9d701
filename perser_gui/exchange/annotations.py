"""What labels are, as other programs see them: who said what from when to when in a recording."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from perser_gui.corpora.answers import Reading, says_nothing
from perser_gui.corpora.beside import (
    beside,
    beside_each,
    milliseconds,
    tier_beside,
    tier_name,
    with_beside,
)
from perser_gui.corpora.table import RatingRow
from perser_gui.emotions import class_of, normalized
from perser_gui.errors import PerserError
from perser_gui.records import Rating

MAX_BYTES = 64 * 1024 * 1024
LONGEST_LABEL = 80
MOST_WORDS = 4
"""A label of more words than this is a sentence and no emotion."""

FEW_LABELS = 6
"""Labels of which none is known and none comes again are emotions only if they are so few."""

TEXT_TIERS = frozenset(
    (
        *("words", "word", "phones", "phone", "phonemes", "phoneme", "mau", "ort", "kan"),
        *("syllables", "syllable", "text", "texts", "transcript", "transcripts", "transcription"),
        *("orthography", "sentence", "sentences", "utterance", "utterances", "translation"),
        *("gloss", "notes", "note", "comment", "comments", "speech", "silence", "silences"),
    )
)
"""Names of tiers that hold what was said and not how it sounded."""


@dataclass(frozen=True)
class Label:
    """One rating of a part of a recording, from `start` to `end` (s)."""

    listener: str
    start: float
    end: float
    rating: Rating


@dataclass(frozen=True)
class Recording:
    """A sound file of `seconds` and what was said about it."""

    path: Path
    seconds: float
    labels: tuple[Label, ...]

    @property
    def listeners(self) -> tuple[str, ...]:
        """Who labelled it, each once."""
        return tuple(dict.fromkeys(label.listener for label in self.labels))


@dataclass(frozen=True)
class Tier:
    """What one program keeps as a line of labels: (start, end, text), times in seconds.

    `listener` is who gave them where the program says so.
    """

    name: str
    intervals: tuple[tuple[float, float, str], ...]
    listener: str = ""


def text_of(rating: Rating) -> str:
    """Return a rating as the text of a label: words, words with shares, or the answer.

    >>> text_of(Rating(1, 1, "ab12", "emotion", ("happy", "sad"), shares=(0.75, 0.25)))
    'happy:0.75;sad:0.25'
    """
    if not rating.emotions:
        return rating.answer
    if rating.shares:
        pairs = zip(rating.emotions, rating.shares, strict=True)
        return ";".join(f"{word}:{share:g}" for word, share in pairs)
    return ";".join(rating.emotions)


def lanes_of(recording: Recording) -> dict[str, list[tuple[float, float, str]]]:
    """Return the labels of a recording by tier, one a listener; what overlaps gets another.

    The second tier of Ana is called `Ana (2)`. What stands beside the words has tiers of its own.
    """
    lanes: dict[str, list[tuple[float, float, str]]] = {name: [] for name in recording.listeners}
    others: dict[str, list[tuple[float, float, str]]] = {}
    for label in sorted(recording.labels, key=lambda one: (one.start, one.end)):
        number = 1
        while True:
            lane = label.listener if number == 1 else f"{label.listener} ({number})"
            taken = lanes.setdefault(lane, [])
            if not taken or taken[-1][1] <= label.start:
                break
            number += 1
        taken.append((label.start, label.end, text_of(label.rating)))
        for name, text in beside(label.rating).items():
            others.setdefault(tier_name(lane, name), []).append((label.start, label.end, text))
    return {**lanes, **others}


def rows_of_tiers(
    place: Path, file: str, tiers: Sequence[Tier], listener: str | None, reading: Reading
) -> tuple[list[RatingRow], list[str]]:
    """Return the ratings in the tiers of a file, and sentences about tiers that hold none.

    A tier is taken for a listener's answers by its name and its labels, others for what stands
    beside them. `listener` is whose the labels are if there is one tier only.

    Raises:
        PerserError: naming `place`, if no tier holds labels.
    """
    more = beside_each({tier.name: tier.intervals for tier in tiers})
    labels = [tier for tier in tiers if tier_beside(tier.name, (t.name for t in tiers)) is None]
    filled = [tier for tier in labels if any(text.strip() for _, _, text in tier.intervals)]
    usable = [tier for tier in filled if _is_usable(tier, reading.own)]
    if not usable:
        names = ", ".join(f"“{tier.name[:40]}”" for tier in filled[:5])
        raise PerserError(
            f"{place} holds no labels of emotions"
            + (f" (its tiers are {names})" if names else "")
            + "; please choose another file."
        )
    others = [tier.name for tier in filled if tier not in usable]
    notes = [f"{place.name}: the tier “{name[:40]}” was not taken." for name in others]
    names_of_tiers = {tier.name for tier in usable}
    rows = []
    for tier in usable:
        who = tier.listener or _owner(tier.name, names_of_tiers)
        if listener is not None and len(usable) == 1:
            who = listener
        for start, end, text in tier.intervals:
            row = row_of(place, file, who, start, end, text, reading)
            if row is not None:
                said = more.get(tier.name, {}).get(milliseconds(start, end), {})
                rows.append(with_beside(row, said))
    return rows, notes


def row_of(
    place: Path, file: str, listener: str, start: float, end: float, text: str, reading: Reading
) -> RatingRow | None:
    """Return the rating that a label stands for; None for a label without text.

    Raises:
        PerserError: naming `place`, if the text is not understood.
    """
    label = " ".join(text.split())
    if not label:
        return None
    try:
        said = reading.read(label)
    except ValueError as error:
        raise PerserError(f"{place}: the label “{label[:40]}” is not understood ({error}).") from (
            error
        )
    name = " ".join(listener.split()) or "listener"
    printable = all(one.isprintable() for one in (file, name, *said.words))
    if not printable or max(map(len, (name, *said.words))) > 100:
        raise PerserError(
            f"{place}: a name or a label is too long or cannot be printed; please change it."
        )
    times = {"start": f"{start:.6f}", "end": f"{end:.6f}"}
    extra = times if said.words else times | {"answer": said.answer}
    return RatingRow(file, name, said.words, extra=extra, shares=said.shares)


def file_of(path: Path, folder: Path) -> str:
    """Return what a label file is about by its own name: the recording that is called alike."""
    inside = path.relative_to(folder) if path.is_relative_to(folder) else Path(path.name)
    return inside.with_suffix("").as_posix()


def _is_usable(tier: Tier, own: Collection[str]) -> bool:
    texts = {text.strip() for _, _, text in tier.intervals} - {""}
    if normalized(tier.name.split(" - ")[0]) in TEXT_TIERS:
        return False
    if any(len(text) > LONGEST_LABEL or len(text.split()) > MOST_WORDS for text in texts):
        return _share_known(tier, own) >= 0.5
    often = len(texts) <= FEW_LABELS or len(texts) < 0.7 * len(tier.intervals)
    return often or _share_known(tier, own) > 0


def _share_known(tier: Tier, own: Collection[str]) -> float:
    """Return how many of a tier's labels name emotions that are known, as a share."""
    texts = {text.strip() for _, _, text in tier.intervals} - {""}
    known = sum(_known(text, own) for text in texts)
    return known / len(texts) if texts else 0.0


def _known(text: str, own: Iterable[str]) -> bool:
    try:
        said = Reading(own if isinstance(own, Collection) else ()).read(text)
    except ValueError:
        return False
    if not said.words:
        return says_nothing(text) or bool(said.answer)
    return all(class_of(word) is not None or normalized(word) in own for word in said.words)


def _owner(name: str, names: Collection[str]) -> str:
    """Return whose tier it is: `Ana (2)` beside `Ana` is Ana's too."""
    before, bracket, rest = name.rpartition(" (")
    if bracket and before in names and rest.removesuffix(")").isdigit():
        return before
    return name
