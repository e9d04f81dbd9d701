"""Run every adapter over the same episodes and score it on the same test sets."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.emotions import CLASSES, EmotionSet, class_of, normalized
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import (
    Episode,
    EpisodeList,
    ListenerPlan,
    check_episodes,
)
from perser_gui.evaluation.metrics import (
    Array,
    confusion,
    krippendorff_alpha,
    personalization_gain,
    query_scores,
    top_words,
)
from perser_gui.evaluation.reliability import Certainty
from perser_gui.evaluation.results import GENERIC, ORDERS, SCORES, Confusion, Results, Row
from perser_gui.progress import Progress
from perser_gui.records import FloatArray
from perser_gui.stretches import recordings_of

if TYPE_CHECKING:
    from perser_gui.adaptation.protocol import Adapter, Support
    from perser_gui.model.checkpoint import Checkpoint


_Cell = tuple[str, str, int, str, str]
"""Order, adapter, shots, rated and predicted word."""


@dataclass(frozen=True)
class Answer:
    """What one adapter said after one episode: `p` and `y` [N, C] over `words`, `given` [K, C].

    `y` are the listener's ratings of the test clips, `given` those of the support.
    """

    episode: Episode
    adapter: str
    words: EmotionSet
    p: Array
    y: Array
    given: FloatArray


@dataclass(frozen=True)
class EvaluationMaterial:
    """What is evaluated on: ratings whose clips have features.

    `contents` maps a file to the hash of its bytes, `features` a hash to the normalized
    statistics [L, W] of the clip. `notes` say what was left out. `voices` says who speaks in
    each clip, by hash; empty: nobody says. `speechless` are the hashes of clips without speech.
    """

    table: RatingsTable
    contents: Mapping[str, str]
    features: Mapping[str, FloatArray]
    notes: tuple[str, ...] = ()
    voices: Mapping[str, str] = field(default_factory=dict)
    speechless: frozenset[str] = frozenset()

    def voices_of(self, files: Sequence[str]) -> tuple[str, ...]:
        """Return who speaks in files; nothing where it is not known."""
        contents = [self.contents[file] for file in files]
        known = all(content in self.voices for content in contents)
        return tuple(self.voices[content] for content in contents) if known else ()

    def recordings_of(self, files: Sequence[str]) -> tuple[int, ...]:
        """Return which recording each file is, by number; empty where no two are the same."""
        numbers = recordings_of([self.contents[file] for file in files])
        return numbers if len(set(numbers)) < len(numbers) else ()

    def stack(self, files: Sequence[str]) -> FloatArray:
        """Return the features [N, L, W] of files."""
        return np.stack([self.features[self.contents[file]] for file in files])


@dataclass(frozen=True)
class _Bench:
    """What stays the same over one listener's episodes."""

    words: EmotionSet
    targets: Mapping[str, Array]
    test: tuple[str, ...]
    x: FloatArray
    y: Array
    others: tuple[tuple[int, Array], ...]
    pool: tuple[str, ...]
    library: FloatArray
    voices: tuple[str, ...]


def run(
    material: EvaluationMaterial,
    theta: Checkpoint,
    episodes: EpisodeList,
    adapters: Mapping[str, Adapter],
    *,
    configuration: Mapping[str, Any] | None = None,
    shared_words: bool = False,
    offered: Sequence[str] = (),
    use_library: bool = True,
    device: str = "cpu",
    progress: Progress | None = None,
    observe: Callable[[Answer], None] | None = None,
) -> Results:
    """Adapt and test every adapter on every episode, one listener after the other.

    An adapter sees the support and, without ratings, the rest of the listener's pool
    (`use_library`); of the test clips it sees nothing before it is asked for their
    probabilities. `shared_words` gives everyone all words of the table instead of
    their own, `offered` more words that are in everyone's set and that nobody said, as they are
    at a desk whose set was left as it came. `observe` is told every answer, for figures that are
    not kept here.

    Raises:
        PerserError: if an episode leaks, or `generic` is not among the adapters.
    """
    if GENERIC not in adapters:
        raise PerserError("The adapter generic is needed, since gains are measured over it.")
    from perser_gui.adaptation.gradient import heard

    progress = progress or Progress()
    check_episodes(episodes, material.table, material.contents)
    rows: list[Row] = []
    confusions: Counter[_Cell] = Counter()
    certain: dict[tuple[str, str, int], Certainty] = {}
    rated = material.table.latest()
    by_listener = rated.by_listener()
    by_file: dict[str, list[RatingRow]] = {}
    for row in rated.rows:
        by_file.setdefault(row.file, []).append(row)
    own: dict[str, list[Episode]] = {}
    for episode in episodes.episodes:
        own.setdefault(episode.listener, []).append(episode)
    for number, plan in enumerate(episodes.plans):
        ratings = by_listener[plan.listener]
        words = emotion_set(rated if shared_words else ratings, theta.classes, offered)
        bench = _bench(material, plan, ratings, words, by_file, use_library)
        for place, episode in enumerate(own.get(plan.listener, [])):
            done = (number + place / len(own[plan.listener])) / len(episodes.plans)
            progress.report(done, f"{plan.listener}, {episode.shots} shots")
            support = _support(material, bench, episode.support)
            for name, adapter in adapters.items():
                progress.check()
                start = time.perf_counter()
                profile = adapter.adapt(theta, support, seed=episode.seed, device=device)
                found = heard(adapter, theta, profile, bench.x, bench.voices)
                p = np.asarray(found, dtype=float)
                seconds = time.perf_counter() - start
                rows.append(
                    replace(
                        _scored(bench, p),
                        adapter=name,
                        listener=episode.listener,
                        shots=episode.shots,
                        repeat=episode.repeat,
                        seconds=seconds,
                        order=episode.order,
                    )
                )
                cell = (episode.order, name, episode.shots)
                _count(confusions, cell, bench, p)
                truth, guess = top_words(p, bench.y)
                certain.setdefault(cell, Certainty()).add(p.max(axis=1), truth == guess)
                if observe is not None:
                    observe(Answer(episode, name, words, p, bench.y, support.targets))
    order = {name: place for place, name in enumerate(adapters)}
    rows.sort(
        key=lambda r: (ORDERS.index(r.order), order[r.adapter], r.shots, r.listener, r.repeat)
    )
    return Results(
        rows=tuple(rows),
        confusions=tuple(
            Confusion(adapter, shots, rated_as, predicted, count, kind)
            for (kind, adapter, shots, rated_as, predicted), count in sorted(
                confusions.items(),
                key=lambda item: (ORDERS.index(item[0][0]), order[item[0][1]], item[0][2:]),
            )
        ),
        configuration=dict(configuration or {}),
        notes=(*material.notes, *episodes.notes),
        agreement=agreement(material.table, [plan.listener for plan in episodes.plans]),
        calibration=tuple(
            found.result(name, shots, kind)
            for (kind, name, shots), found in sorted(
                certain.items(),
                key=lambda item: (ORDERS.index(item[0][0]), order[item[0][1]], item[0][2]),
            )
        ),
    )


def emotion_set(
    table: RatingsTable, known: Sequence[str], offered: Sequence[str] = ()
) -> EmotionSet:
    """Return the words of a table as a set: the program's classes first, then by alphabet.

    Words that are offered come last, and only where no word of the table means the same.
    """

    def place(word: str) -> tuple[int, str]:
        source = class_of(word)
        return (CLASSES.index(source) if source in CLASSES else len(CLASSES), normalized(word))

    said = sorted(table.emotions, key=place)
    meant = {class_of(word) or normalized(word) for word in said}
    more = [word for word in offered if (class_of(word) or normalized(word)) not in meant]
    return EmotionSet.of([*said, *more], known)


def agreement(table: RatingsTable, listeners: Sequence[str]) -> dict[str, Any]:
    """Return Krippendorff's alpha between listeners (first-named words) and what it rests on.

    `alpha` is None where no clip was rated by two of them.
    """
    wanted = set(listeners)
    units: dict[str, dict[Any, float | str]] = {}
    for row in table.latest().rows:
        if row.emotions and row.listener in wanted:
            word = row.emotions[0]
            units.setdefault(row.file, {})[row.listener] = class_of(word) or normalized(word)
    alpha = krippendorff_alpha(list(units.values()))
    return {
        "alpha": None if math.isnan(alpha) else round(float(alpha), 6),
        "listeners": len(wanted),
        "clips": len(units),
        "clips_rated_by_several": sum(len(unit) > 1 for unit in units.values()),
    }


def _bench(
    material: EvaluationMaterial,
    plan: ListenerPlan,
    ratings: RatingsTable,
    words: EmotionSet,
    by_file: Mapping[str, Sequence[RatingRow]],
    use_library: bool,
) -> _Bench:
    targets = targets_of(ratings, words)
    others = []
    for place, file in enumerate(plan.test):
        for row in by_file[file]:
            theirs = words.target(row.emotions) if row.listener != plan.listener else None
            if theirs is not None:
                others.append((place, theirs))
    return _Bench(
        words=words,
        targets=targets,
        test=plan.test,
        x=material.stack(plan.test),
        y=np.stack([targets[file] for file in plan.test]),
        others=tuple(others),
        pool=plan.pool if use_library else (),
        library=material.stack(plan.pool),
        voices=material.voices_of(plan.test),
    )


def targets_of(ratings: RatingsTable, words: EmotionSet) -> dict[str, Array]:
    """Return what was said of each file, as a distribution over the words [C]."""
    found = {row.file: words.target(row.emotions) for row in ratings.rows}
    return {file: target for file, target in found.items() if target is not None}


def _support(material: EvaluationMaterial, bench: _Bench, files: Sequence[str]) -> Support:
    from perser_gui.adaptation.protocol import Support

    chosen = set(files)
    rest = [place for place, file in enumerate(bench.pool) if file not in chosen]
    return Support(
        x=material.stack(files),
        targets=np.stack([bench.targets[file] for file in files]).astype(np.float32),
        classes=bench.words,
        unlabelled=bench.library[rest] if rest else None,
        voices=material.voices_of(files),
        unlabelled_voices=material.voices_of([bench.pool[place] for place in rest]),
        recordings=material.recordings_of(files),
    )


def _scored(bench: _Bench, p: Array) -> Row:
    scores = query_scores(p, bench.y)

    def pooled(probabilities: Array, targets: Array) -> float:
        return query_scores(probabilities, targets).macro_f1

    gain = personalization_gain(pooled, p, bench.y, bench.others)
    return Row(
        adapter="",
        listener="",
        shots=0,
        repeat=0,
        **{name: round(getattr(scores, name), 6) + 0.0 for name in SCORES},
        personalization_gain=None if gain is None else round(gain, 6) + 0.0,
        tested=scores.count,
        seconds=0.0,
    )


def _count(
    confusions: Counter[_Cell], episode: tuple[str, str, int], bench: _Bench, p: Array
) -> None:
    truth, guess = top_words(p, bench.y)
    words = [normalized(word) for word in bench.words.words]
    counts = confusion(truth, guess, len(words))
    for rated, predicted in np.argwhere(counts):
        confusions[*episode, words[rated], words[predicted]] += int(counts[rated, predicted])
