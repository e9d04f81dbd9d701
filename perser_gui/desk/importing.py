"""A ratings table into the store and out of it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_ratings, write_ratings
from perser_gui.desk.named_clips import CONTENT, END, START, Name, latest, name_of, named_clips
from perser_gui.desk.values import ImportedRatings
from perser_gui.desk.words import check_words, present_words
from perser_gui.emotions import EmotionSet, normalized
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Answer, Clip, Listener, Rating
from perser_gui.store import Store

Said = tuple[str, tuple[str, ...], Answer, float | None]
"""A rating on its way into the store: clip, words, answer, intensity."""


@dataclass(frozen=True)
class PlannedListener:
    """What a table says of one listener; `known` is that listener in the store, if there."""

    name: str
    emotions: EmotionSet
    known: Listener | None
    said: tuple[Said, ...]


@dataclass(frozen=True)
class PlannedImport:
    """What an import would write; nothing has been written yet."""

    listeners: tuple[PlannedListener, ...]
    clips: tuple[Clip, ...]
    problems: tuple[str, ...] = field(default=())


def plan_import(
    store: Store,
    table: Path,
    audio_dir: Path,
    progress: Progress,
    listener: str | None = None,
) -> PlannedImport:
    """Read a ratings table and the clips it names; write nothing.

    A file is looked for in `audio_dir`; one that is not there is known by the column
    `content`, if the table has it and the clip was opened before. With the columns `start`
    and `end` (s) a row names a part of its file. `listener` limits the import to the
    ratings of one person.

    Raises:
        PerserError: if the table cannot be read, or nothing of it can be used.
        Cancelled: nothing was written.
    """
    read = read_ratings(table, root=audio_dir)
    ratings = replace(read, rows=tuple(latest(read.rows)))
    if listener is not None:
        ratings = _only(ratings, listener, table)
    known = store.clips_by_content()
    named = named_clips(ratings, known, progress)
    if not named.by_name:
        problems = named.problems
        raise PerserError(
            f"None of the {len(ratings.files)} files of {table} can be read in {audio_dir}; "
            f"{problems[0] if problems else 'please check the folder.'}"
        )
    people = {one.name: one for one in store.listeners()}
    same = {normalized(name): one for name, one in people.items()}
    planned = tuple(
        _planned(store, name, own, named.by_name, people.get(name) or same.get(normalized(name)))
        for name, own in ratings.by_listener().items()
    )
    return PlannedImport(planned, tuple(named.found), tuple(named.problems))


def carry_out(store: Store, plan: PlannedImport) -> ImportedRatings:
    """Write a planned import: clips, listeners, ratings; all of it or nothing.

    What is there already is not repeated. The listeners are looked up anew, since another
    program may have written since the plan was made; it is one act, which can be undone.
    """
    labels = sum(len(planned.said) for planned in plan.listeners)
    what = "1 label" if labels == 1 else f"{labels:,} labels"
    listeners = []
    with store.act("import", f"the import of {what}"):
        store.add_clips(plan.clips)
        people = {one.name: one for one in store.listeners()}
        same = {normalized(name): one for name, one in people.items()}
        for planned in plan.listeners:
            known = people.get(planned.name) or same.get(normalized(planned.name))
            if known is None:
                owner = store.add_listener(planned.name, planned.emotions)
            elif known.emotions != planned.emotions:
                owner = store.set_emotions(known.id, _extended(known.emotions, planned))
            else:
                owner = known
            store.add_ratings(owner.id, planned.said)
            people[owner.name] = same[normalized(owner.name)] = owner
            listeners.append(owner)
    return ImportedRatings(listeners, labels, list(plan.problems))


def _extended(present: EmotionSet, planned: PlannedListener) -> EmotionSet:
    """Return a listener's present words and those that the table adds."""
    before = planned.known.emotions.words if planned.known else ()
    new = [w for w in planned.emotions.words if w not in before and present.find(w) is None]
    extended = EmotionSet.of((*present.words, *new))
    return EmotionSet((*present.emotions, *extended.emotions[len(present.emotions) :]))


def ratings_after(planned: PlannedListener, standing: Sequence[Rating]) -> list[Rating]:
    """Return the ratings as they would stand after a planned import, oldest first.

    Nothing is stored yet, so the n-th of them is numbered -1 - n.
    """
    owner = planned.known.id if planned.known else 0
    latest = {rating.clip: rating for rating in standing}
    for clip, words, answer, intensity in planned.said:
        latest.pop(clip, None)
        latest[clip] = Rating(0, owner, clip, answer, words, intensity)
    return [replace(rating, id=-1 - n) for n, rating in enumerate(latest.values())]


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
            )
        )
    write_ratings(RatingsTable(tuple(rows), folder), path)


def _only(ratings: RatingsTable, listener: str, table: Path) -> RatingsTable:
    same = [name for name in ratings.listeners if normalized(name) == normalized(listener)]
    if not same:
        names = ", ".join(ratings.listeners[:10])
        raise PerserError(f"{table} holds no ratings of {listener} (it holds those of {names}).")
    return ratings.where(lambda row: row.listener in same)


def _planned(
    store: Store,
    name: str,
    ratings: RatingsTable,
    clips: Mapping[Name, Clip],
    known: Listener | None,
) -> PlannedListener:
    """Work out one listener's words, and which ratings are not in the store yet."""
    renamed = store.renamed_words(known.id) if known else []
    emotions = known.emotions if known else EmotionSet.of(ratings.emotions or ("neutral",))
    new = [w for w in ratings.emotions if not present_words((w,), emotions, renamed)]
    if new:
        extended = EmotionSet.of((*emotions.words, *new))
        emotions = EmotionSet((*emotions.emotions, *extended.emotions[len(emotions.emotions) :]))
    check_words(emotions)
    standing = {r.clip: r for r in store.ratings(known.id)} if known else {}
    said: dict[str, Said] = {}
    for row in ratings:
        clip = clips.get(name_of(row))
        if clip is None:
            continue
        before = standing.get(clip.content)
        entry: Said = (clip.content, row.emotions, _answer(row), row.intensity)
        if before and (before.emotions, before.answer, before.intensity) == entry[1:]:
            continue
        said[clip.content] = entry
    return PlannedListener(name, emotions, known, tuple(said.values()))


def _answer(row: RatingRow) -> Answer:
    if row.emotions:
        return "emotion"
    return "skip" if row.extra.get("answer", "").strip().lower() == "skip" else "cant-tell"
