"""Any number of listeners side by side: what they said, their models, and everyone's."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from perser_gui.clip_table import ClipColumns
from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.desk import adapting, predicting
from perser_gui.desk.engine import Engine
from perser_gui.desk.named_clips import CONTENT, END, START
from perser_gui.desk.sharing import Sharing
from perser_gui.emotions import EmotionSet, normalized
from perser_gui.errors import PerserError
from perser_gui.evaluation.comparing_output import comparison_document, comparison_tables
from perser_gui.evaluation.side_by_side import (
    AgainstModels,
    Comparison,
    Hearing,
    Strip,
    against_models,
    compared,
    in_common_words,
    strip_of,
)
from perser_gui.exchange.table_files import write_table
from perser_gui.files import write_whole
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener
from perser_gui.store import ProfileRecord
from perser_gui.stretches import heard_in

GENERIC = "everyone's model"
"""What everyone's model is called among listeners."""

FEWEST_MOMENTS = 3
"""Utterances with answers of two listeners below which a recording gets no strip."""


@dataclass(frozen=True)
class Compared:
    """A comparison, and what its clips are called; `colours` are those of the words."""

    found: Comparison
    clips: Mapping[str, str]
    colours: Mapping[str, str]
    problems: tuple[str, ...] = ()


class Comparing(Sharing):
    """The part of the desk that sets listeners and models beside each other."""

    _engine: Engine

    def comparison(
        self, listeners: Sequence[int], progress: Progress, *, models: bool = True, seed: int = 0
    ) -> Compared:
        """Compare listeners with each other, with themselves, with their models and everyone's.

        `models` adds everyone's model and each listener's own, on clips on the list and with
        a label; clips that cannot be read are left out, and said in `problems`. Copies of a file
        are one clip. What an own model learned from, it is asked about as it is without that label.

        Raises:
            PerserError: if there is no such listener, or a model cannot be loaded.
        """
        owners = [self.listener(one) for one in dict.fromkeys(listeners)]
        people = self._under_one_name([self._hearing(one) for one in owners])
        clips = self._clips_around({c for one in people for c, words in one.words.items() if words})
        taken = {one.name for one in people}
        hearings, against, problems = list(people), list[AgainstModels](), list[str]()
        if models and clips:
            problems = self._engine.embed(list(clips.values()), progress.part(0.0, 0.8))
            known = self._engine.known_features(list(clips.values()))
            ready = [clip for content, clip in clips.items() if content in known]
            generic = self._generic(owners, ready, progress.part(0.8, 0.85))
            hearings.append(replace(generic, name=_unlike(generic.name, taken)))
            for number, (owner, person) in enumerate(zip(owners, people, strict=True)):
                share = progress.part(0.85 + 0.1 * number / len(owners), 0.95)
                beside = self._beside_models(owner, person, ready, share)
                if beside is not None:
                    own = replace(beside[0], name=_unlike(beside[0].name, taken))
                    hearings.append(own)
                    against.append(beside[1])
        progress.report(0.95, "Comparing")
        found = compared(hearings, seed=seed)
        strips = _strips(ClipColumns.of(clips.values()).together(), in_common_words(hearings))
        result = replace(found, models=tuple(against), strips=strips)
        colours = {e.word: e.colour for one in reversed(owners) for e in one.emotions.emotions}
        names = {content: clip_name(clip) for content, clip in clips.items()}
        return Compared(result, names, colours, tuple(problems))

    def _under_one_name(self, people: Sequence[Hearing]) -> list[Hearing]:
        """Return hearings in which all copies of a file are one of them, whose file is there."""
        copies: dict[str, list[str]] = {}
        for clip in dict.fromkeys(clip for one in people for clip in one.words):
            copies.setdefault(heard_in(clip), []).append(clip)
        several = [clip for same in copies.values() if len(same) > 1 for clip in same]
        stored = self._store.clips_by_content(several)
        there = {clip for clip in several if clip in stored and stored[clip].path.exists()}
        names = {
            heard: next((clip for clip in same if clip in there), same[0])
            for heard, same in copies.items()
        }

        def name(clip: str) -> str:
            return names.get(heard_in(clip), clip)

        return [
            replace(
                one,
                words={name(clip): words for clip, words in one.words.items()},
                repeats=tuple((name(clip), a, b) for clip, a, b in one.repeats),
            )
            for one in people
        ]

    def _hearing(self, owner: Listener) -> Hearing:
        ratings = adapting.one_each(self.ratings(owner.id))
        return Hearing(owner.name, {r.clip: r.emotions for r in ratings})

    def _clips_around(self, contents: set[str]) -> dict[str, Clip]:
        """Return clips, and the listed utterances of the recordings that they are part of."""
        labelled = self._store.clips_by_content(sorted(contents))
        cut = {clip.recording for clip in labelled.values() if clip.span}
        listed = self._store.clips()
        spoken = listed.spoken if cut else []
        around = [listed[place] for place in spoken if listed.recording(place) in cut]
        return labelled | {clip.content: clip for clip in around}

    def _generic(
        self, owners: Sequence[Listener], clips: Sequence[Clip], progress: Progress
    ) -> Hearing:
        """Return how everyone's model labels clips, over the words of all these listeners."""
        view = predicting.View(_words_of_all(owners))
        said = predicting.predictions(self._engine, clips, self._store.clips(), view, progress)
        return Hearing(GENERIC, {p.clip: (p.word,) for p in said if p.word}, "model")

    def _beside_models(
        self, owner: Listener, person: Hearing, clips: Sequence[Clip], progress: Progress
    ) -> tuple[Hearing, AgainstModels] | None:
        """Return how a listener's own model labels clips, and how it does; None without one.

        Labels that it learned from it labels as the verdict has it: made without them in turn.
        Where that cannot be done, such clips are left out.
        """
        record = self.current_profile(owner.id)
        if record is None:
            return None
        renamed = self._store.renamed_words(owner.id)
        view = predicting.view_of(owner, record.profile, renamed)
        half = progress.part(0.0, 0.5)
        pairs = predicting.pairs(self._engine, clips, self._store.clips(), view, half)
        own = {yours.clip: yours.word for yours, _ in pairs if yours.listener and yours.word}
        generic = {other.clip: other.word for _, other in pairs if other.word}
        if not own:
            return None
        material = self._material(owner.id, record)
        taught = {heard_in(content) for content in material.learned}
        learned = frozenset(clip for clip in own if heard_in(clip) in taught)
        held = self._held_out(material, progress.part(0.5, 1.0)) if learned else {}
        verdict = record.profile.verdict
        said = against_models(
            person,
            own,
            generic,
            learned,
            before=verdict.before if verdict else math.nan,
            after=verdict.after if verdict else math.nan,
            outcome=verdict.outcome if verdict else "",
        )
        without = {c: held.get(heard_in(c), "") if c in learned else w for c, w in own.items()}
        words = {clip: (word,) for clip, word in without.items() if word}
        return Hearing(f"{owner.name}'s model", words, "model"), said

    def _held_out(
        self, material: adapting.LearningMaterial, progress: Progress
    ) -> Mapping[str, str]:
        """Return the words of the present profile, each made without that label, by what is heard.

        Empty if its adapter cannot do that, or there is no label.
        """
        try:
            return adapting.held_out_words(self._engine, material, progress)
        except PerserError:
            return {}

    def _material(
        self, listener: int, record: ProfileRecord | None = None
    ) -> adapting.LearningMaterial:
        """Return what there is to learn from, and to judge the profile of a record by."""
        ratings = self._store.ratings(listener)
        return adapting.LearningMaterial(
            ratings=ratings,
            clips=self._store.clips_by_content([rating.clip for rating in ratings]),
            library=self._store.clips(),
            emotions=self.listener(listener).emotions,
            renamed=self._store.renamed_words(listener),
            present=record.profile if record else None,
            learned=self._learned(listener, record),
        )

    def _learned(self, listener: int, record: ProfileRecord | None) -> frozenset[str]:
        """Return the clips, by content, whose labels a profile was made from."""
        if record is None:
            return frozenset()
        numbers = set(record.profile.ratings)
        return frozenset(r.clip for r in self._store.every_rating(listener) if r.id in numbers)


def write_comparison(folder: Path, compared: Compared) -> list[Path]:
    """Write a comparison as a document, tables (CSV) and figures (SVG and PNG) into a folder.

    Returns what was written.

    Raises:
        PerserError: if something cannot be written.
    """
    from perser_gui.evaluation.comparing_figures import comparison_figures

    written = [folder / "comparison.json"]
    document = {**comparison_document(compared.found), "clips": dict(compared.clips)}
    text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    write_whole(written[0], text)
    for name, (columns, rows) in comparison_tables(compared.found, compared.clips).items():
        written.append(folder / f"{name}.csv")
        write_table(written[-1], columns, rows)
    taken: set[str] = set()
    for name, forms in comparison_figures(compared.found, compared.colours).items():
        stem = _file_stem(name, taken)
        for form, content in forms.items():
            written.append(folder / f"{stem}.{form}")
            write_whole(written[-1], content)
    return written


def table_comparison(
    tables: Sequence[RatingsTable], names: Sequence[str] = (), *, seed: int = 0
) -> Compared:
    """Compare the listeners of ratings tables, all of them or those named.

    A listener who answered to a clip several times counts with the last answer; in the results
    of a study (column `presentation`) with the first one. The others are repeats.

    Raises:
        PerserError: if a name is in none of the tables.
    """
    answers: dict[str, dict[str, list[tuple[str, ...]]]] = {}
    called: dict[str, str] = {}
    first: set[tuple[str, str]] = set()
    for table in tables:
        for row in table.rows:
            clip = _clip_key(row)
            called.setdefault(clip, _row_name(row))
            own = answers.setdefault(row.listener, {}).setdefault(clip, [])
            own.append(row.emotions)
            if row.extra.get("presentation"):
                first.add((row.listener, clip))
    if names:
        by_name = {normalized(name): name for name in answers}
        missing = next((name for name in names if normalized(name) not in by_name), None)
        if missing is not None:
            raise PerserError(
                f"There is no listener called {missing} in the table ({', '.join(answers)})."
            )
        answers = {by_name[normalized(n)]: answers[by_name[normalized(n)]] for n in names}
    hearings = [
        Hearing(
            name,
            {c: given[0 if (name, c) in first else -1] for c, given in own.items()},
            repeats=tuple((clip, a, b) for clip, given in own.items() for a, b in pairwise(given)),
        )
        for name, own in answers.items()
    ]
    return Compared(compared(hearings, seed=seed), called, {})


def clip_name(clip: Clip) -> str:
    """Return what a clip is called: its file, and the times of an utterance.

    >>> clip_name(Clip("ab12", Path("/calls/call.wav"), 90.0))
    'call.wav'
    """
    name = clip.path.name + (f" channel {clip.channel}" if clip.channel else "")
    return f"{name} {clip.span.start:.2f}–{clip.span.end:.2f} s" if clip.span else name


def _unlike(name: str, taken: set[str]) -> str:
    """Return a name for a model that no listener has."""
    while name in taken:
        name += " (model)"
    taken.add(name)
    return name


def _words_of_all(owners: Sequence[Listener]) -> EmotionSet:
    """Return the first listener's words, and of the others' those that mean something else."""
    kept = list(owners[0].emotions.emotions)
    for emotion in (e for one in owners[1:] for e in one.emotions.emotions):
        words = {normalized(one.word) for one in kept}
        meanings = {one.sources for one in kept if one.sources}
        if normalized(emotion.word) not in words and emotion.sources not in meanings:
            kept.append(emotion)
    return EmotionSet(tuple(kept))


def _strips(clips: Sequence[Clip], hearings: Sequence[Hearing]) -> tuple[Strip, ...]:
    """Return a strip for each recording on which enough utterances have two listeners."""
    people = [one for one in hearings if one.kind == "listener"]
    by_recording: dict[str, list[Clip]] = {}
    for clip in clips:
        if clip.span is not None:
            by_recording.setdefault(clip.recording, []).append(clip)
    strips = []
    for recording, parts in by_recording.items():
        both = sum(sum(bool(one.words.get(c.content)) for one in people) > 1 for c in parts)
        if both < FEWEST_MOMENTS:
            continue
        times = [(c.content, c.span.start, c.span.end) for c in parts if c.span]
        seconds = max(c.span.of for c in parts if c.span)
        strips.append(strip_of(recording, parts[0].path.name, seconds, times, hearings))
    return tuple(strips)


def _clip_key(row: RatingRow) -> str:
    """Return what tells the clips of tables apart: what was heard, else the file and the times."""
    return row.extra.get(CONTENT) or "\n".join(
        (row.file, row.extra.get(START, ""), row.extra.get(END, ""))
    )


def _row_name(row: RatingRow) -> str:
    start, end = row.extra.get(START, ""), row.extra.get(END, "")
    return f"{row.file} {start}–{end} s" if start or end else row.file


def _file_stem(name: str, taken: set[str]) -> str:
    """Return a name that any disk takes for a file, another one than those taken."""
    stem = "-".join(re.findall(r"\w+", name))[:80] or "figure"
    found, number = stem, 1
    while found.casefold() in taken:
        number += 1
        found = f"{stem}-{number}"
    taken.add(found.casefold())
    return found
