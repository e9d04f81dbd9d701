"""Labels of a table, or of another program, into the store: planned first, then written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from perser_gui.corpora.blind import blind_of
from perser_gui.corpora.columns import BLIND, DIMENSIONS, NOTE
from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.desk.named_clips import CONTENT, END, START, Name, name_of, named_clips
from perser_gui.desk.values import ImportedRatings, Understood, UnderstoodListener, UnderstoodWord
from perser_gui.desk.words import check_words, present_words
from perser_gui.emotions import EmotionSet, class_of, normalized
from perser_gui.errors import PerserError
from perser_gui.exchange.labels import NAMES, kind_of, read_labels
from perser_gui.progress import Progress
from perser_gui.records import Answer, Clip, Listener, Rating, Said
from perser_gui.store import LONGEST_NOTE, SharedProfile, Store, read_shared, tidy_note

MODEL = "model.safetensors"
"""What the model in a packed folder is called."""

_KEPT = frozenset((START, END, CONTENT, "answer", "created", "synthetic", *DIMENSIONS, NOTE, BLIND))
"""Columns whose values come along with a rating."""


@dataclass(frozen=True)
class PlannedListener:
    """What a table says of one listener; `known` is that listener in the store, if there.

    `rows` is how many of its rows were used, `replaced` how many of their earlier answers,
    in the table or in the store, do not count any more, `repeated` how many rows say what is
    known; `standing` is what they had said of these clips in the store, by clip.
    """

    name: str
    emotions: EmotionSet
    known: Listener | None
    said: tuple[Said, ...]
    replaced: int = 0
    repeated: int = 0
    standing: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True)
class PlannedImport:
    """What an import would write; nothing has been written yet.

    `understood` says in words what was made of it, to be shown before; `profile` is the model
    that comes along in a packed folder.
    """

    listeners: tuple[PlannedListener, ...]
    clips: tuple[Clip, ...]
    understood: Understood
    problems: tuple[str, ...] = field(default=())
    profile: SharedProfile | None = None


def holds_labels(path: Path) -> bool:
    """Whether a file or folder holds labels that `plan_import` reads, by its content and name."""
    return kind_of(path) is not None


def plan_import(
    store: Store,
    table: Path,
    audio_dir: Path,
    progress: Progress,
    listener: str | None = None,
) -> PlannedImport:
    """Read a ratings table, or labels of another program, and the clips it names; write nothing.

    A file is looked for in `audio_dir`, as `find_files` does; one that is not there is known
    by the column `content`, if the clip was opened before. With the columns `start` and `end`
    (s) a row names a part of its file. `listener` limits the import to the ratings of one
    person, or says whose they are where the table does not.

    Raises:
        PerserError: if the table cannot be read, or nothing of it can be used.
        Cancelled: nothing was written.
    """
    own = {word for one in store.listeners() for word in one.emotions.words}
    ratings = read_labels(table, audio=audio_dir, listener=listener, own=own)
    if listener is not None:
        ratings = _only(ratings, listener, table)
    known = store.clips_by_content()
    named = named_clips(ratings, known, progress, table)
    if not named.by_name:
        problems = named.problems
        raise PerserError(
            f"None of the {len(ratings.files)} files of {table} can be read in {audio_dir}; "
            f"{problems[0] if problems else 'please check the folder.'}"
        )
    people = {one.name: one for one in store.listeners()}
    same = {normalized(name): one for name, one in people.items()}
    of_each = ratings.by_listener()
    planned = tuple(
        _planned(store, name, rows, named.by_name, people.get(name) or same.get(normalized(name)))
        for name, rows in of_each.items()
    )
    profile = read_shared(table / MODEL) if (table / MODEL).is_file() else None
    comes = f"{profile.listener}'s model ({profile.profile.adapter})" if profile else ""
    used = sum(name_of(row) in named.by_name for row in ratings)
    understood = Understood(
        source=f"{table.name}, {NAMES[kind_of(table) or 'table']}",
        rows=len(ratings),
        listeners=tuple(_understood(one, of_each[one.name], named.by_name) for one in planned),
        found=named.found_by,
        left_out=len(ratings) - used,
        notes=(
            *ratings.notes,
            *_unused(ratings),
            *_cut_notes(ratings),
            *named.notes,
            *([f"{comes} comes along."] if comes else []),
        ),
        problems=tuple(named.problems),
    )
    found = tuple(named.found)
    return PlannedImport(planned, found, understood, tuple(named.problems), profile)


def carry_out(store: Store, plan: PlannedImport) -> ImportedRatings:
    """Write a planned import: clips, listeners, ratings; all of it or nothing.

    What is there already is not repeated. The listeners are looked up anew, since another
    program may have written since the plan was made; it is one act, which can be undone.

    Raises:
        PerserError: if one of them labelled these clips otherwise since the plan was made, which
            the import would replace unsaid; nothing is written.
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
            if known is not None:
                _check_standing(planned, store.ratings(known.id))
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
    for owner in listeners:
        if plan.profile and normalized(plan.profile.listener) == normalized(owner.name):
            first = store.current_profile(owner.id) is None
            store.add_profile(owner.id, plan.profile.profile, current=first)
    return ImportedRatings(listeners, labels, list(plan.problems), plan.understood)


def _check_standing(planned: PlannedListener, ratings: Sequence[Rating]) -> None:
    now = {rating.clip: rating.said for rating in ratings}
    changed = sum(
        one.clip in now
        and now[one.clip] != planned.standing.get(one.clip)
        and not _says_nothing_new(one, now[one.clip])
        for one in planned.said
    )
    if changed:
        clips = "1 of these clips" if changed == 1 else f"{changed:,} of these clips"
        raise PerserError(
            f"Meanwhile {planned.name} labelled {clips} otherwise; nothing was imported. Please "
            "import again to see what would be replaced."
        )


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
    for said in planned.said:
        latest.pop(said.clip, None)
        latest[said.clip] = said.by(owner, 0, "")
    return [replace(rating, id=-1 - n) for n, rating in enumerate(latest.values())]


def _only(ratings: RatingsTable, listener: str, table: Path) -> RatingsTable:
    same = [name for name in ratings.listeners if normalized(name) == normalized(listener)]
    if not same:
        names = ", ".join(ratings.listeners[:10])
        raise PerserError(f"{table} holds nothing of {listener} (it holds those of {names}).")
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
    standing = {r.clip: r.said for r in store.ratings(known.id)} if known else {}
    said: dict[str, Said] = {}
    replaced = repeated = 0
    for row in ratings:
        clip = clips.get(name_of(row))
        if clip is None:
            continue
        entry = _said(row, clip)
        before = said.pop(clip.content, None)
        if before is not None:
            replaced += before != entry
            repeated += before == entry
        said[clip.content] = entry
    new_ones = [one for clip, one in said.items() if not _says_nothing_new(one, standing.get(clip))]
    replaced += sum(one.clip in standing for one in new_ones)
    repeated += len(said) - len(new_ones)
    earlier = {one.clip: standing[one.clip] for one in new_ones if one.clip in standing}
    return PlannedListener(name, emotions, known, tuple(new_ones), replaced, repeated, earlier)


def _said(row: RatingRow, clip: Clip) -> Said:
    dimensions = tuple((d, float(row.extra[d])) for d in DIMENSIONS if row.extra.get(d))
    return Said(
        clip.content,
        row.emotions,
        _answer(row),
        row.intensity,
        row.shares,
        dimensions,
        tidy_note(row.extra.get(NOTE, "")),
        blind_of(row.extra),
    )


def _says_nothing_new(row: Said, standing: Said | None) -> bool:
    """Whether a row repeats a rating; one without a note or “blind” does not take them away."""
    if standing is None:
        return False
    blind = standing.blind if row.blind is None else row.blind
    return replace(row, note=row.note or standing.note, blind=blind) == standing


def _answer(row: RatingRow) -> Answer:
    if row.emotions:
        return "emotion"
    return "skip" if row.extra.get("answer", "").strip().lower() == "skip" else "cant-tell"


def _understood(
    planned: PlannedListener, ratings: RatingsTable, clips: Mapping[Name, Clip]
) -> UnderstoodListener:
    counts: Counter[str] = Counter()
    spelled: dict[str, str] = {}
    for row in ratings:
        if name_of(row) in clips:
            for word in row.emotions:
                counts[spelled.setdefault(normalized(word), word)] += 1
    before = planned.known.emotions if planned.known else None
    words = []
    for word, count in counts.most_common():
        same = present_words((word,), before) if before else ()
        words.append(UnderstoodWord(word, count, same[0] if same else "", class_of(word) or ""))
    return UnderstoodListener(
        name=planned.known.name if planned.known else planned.name,
        new=planned.known is None,
        ratings=len(planned.said),
        replaced=planned.replaced,
        repeated=planned.repeated,
        words=tuple(words),
        without=sum(not row.emotions and name_of(row) in clips for row in ratings),
    )


def _cut_notes(ratings: RatingsTable) -> list[str]:
    cut = sum(len(row.extra.get(NOTE, "").strip()) > LONGEST_NOTE for row in ratings)
    return [f"{cut:,} notes are cut after {LONGEST_NOTE:,} characters."] if cut else []


def _unused(ratings: RatingsTable) -> list[str]:
    unused = dict.fromkeys(n for row in ratings for n in row.extra if n not in _KEPT)
    if not unused:
        return []
    names = ", ".join(f"“{name[:40]}”" for name in list(unused)[:8])
    more = f" and {len(unused) - 8} more" if len(unused) > 8 else ""
    one = len(unused) == 1
    return [f"The column{'' if one else 's'} {names}{more} {'is' if one else 'are'} not kept."]
