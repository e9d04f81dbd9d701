"""The whole way once: the starter clips, an example listener, adapted and looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path

import numpy as np

from perser_gui.desk.desk import Desk
from perser_gui.desk.opening import starter_ratings
from perser_gui.desk.values import Adaptation
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener, Prediction, Verdict

HABIT = ("surprised", "happy")
"""What the example listener would call otherwise, and what it calls it: of 32 clips eight."""

RARE = 0.05
"""Chance makes a difference this often, at most, that is told to be more than chance."""


@dataclass(frozen=True)
class Shown:
    """A clip that was not learned from: what the example listener says, and both models."""

    clip: Clip
    label: tuple[str, ...]
    yours: Prediction
    generic: Prediction


@dataclass(frozen=True)
class Demonstration:
    """What came of it: the listener, how many ratings were learned from, and the other clips.

    `foreseen` says how well everyone's model and the listener's foresee the labels of `shown`,
    none of which was learned; its outcome says nothing, since no wager was made on them.
    """

    listener: Listener
    learned: int
    adaptation: Adaptation
    shown: tuple[Shown, ...]
    foreseen: Verdict

    @property
    def right(self) -> tuple[int, int]:
        """How many of the clips shown everyone's model labels as the listener, and theirs."""
        generics = sum(one.generic.emotion in one.label for one in self.shown)
        return generics, sum(one.yours.emotion in one.label for one in self.shown)

    @property
    def differing(self) -> tuple[int, int]:
        """On how many of the clips only everyone's model is right, and only theirs."""
        pairs = [(s.generic.emotion in s.label, s.yours.emotion in s.label) for s in self.shown]
        return pairs.count((True, False)), pairs.count((False, True))


def by_chance(one: int, other: int) -> float:
    """Return how often a fair coin is as uneven as `one` heads against `other` tails, or more.

    >>> by_chance(1, 3), by_chance(0, 6)
    (0.625, 0.03125)
    """
    thrown = one + other
    tail = sum(comb(thrown, k) for k in range(min(one, other) + 1))
    return min(1.0, tail / 2.0 ** (thrown - 1))


def demonstrate(
    desk: Desk, *, learned: int, adapter: str, seed: int, progress: Progress
) -> Demonstration:
    """Adapt to `learned` of the example listener's ratings, `drawn` by seed; predict the others.

    The example listener calls clips as they were made to sound, but for its `HABIT`. Predicted is
    by the model that the rule of adapting puts to use, as at the desk.

    Raises:
        PerserError: if the starter clips are missing, or too many ratings are asked for.
    """
    from perser_gui.corpora.ratings import read_ratings

    table = starter_ratings()
    if table is None:
        raise PerserError(
            "The starter clips are missing from this installation; please install it again."
        )
    rows = read_ratings(table).rows
    if learned >= len(rows):
        raise PerserError(
            f"There are {len(rows)} ratings; please learn from fewer, so that some are left to see."
        )
    opened = desk.open_clips([table.parent], progress.part(0.0, 0.2))
    clips = {clip.path.name: clip for clip in opened.clips}
    words = EmotionSet.of(dict.fromkeys(word for row in rows for word in row.emotions))
    listener = desk.add_listener(rows[0].listener, words)
    labelled = [(clips[Path(row.file).name], _by_habit(row.emotions)) for row in rows]
    taught = drawn([row.emotions[0] for row in rows], learned, seed)
    for index in taught:
        clip, label = labelled[index]
        desk.rate(listener.id, clip.content, emotions=label)
    desk.embed([clip.content for clip in opened.clips], progress.part(0.2, 0.8))
    result = desk.adapt(listener.id, adapter=adapter, seed=seed, progress=progress.part(0.8, 0.95))
    left = [each for index, each in enumerate(labelled) if index not in taught]
    pairs = desk.compare([clip.content for clip, _ in left], listener.id, progress.part(0.95, 1))
    shown = tuple(
        Shown(clip, label, yours, generic)
        for (clip, label), (yours, generic) in zip(left, pairs, strict=True)
    )
    return Demonstration(listener, learned, result, shown, _foreseen(shown, words.words))


def drawn(said: Sequence[str], count: int, seed: int) -> list[int]:
    """Return places of `said`, so many and in any order, of each word about the same share.

    Of few clips, what is left of a word would else be scarce where much of it was learned: what
    the learner gathers about how often words are said would be wrong of the clips left.

    >>> places = drawn(["sad", "sad", "happy", "happy"], 2, seed=0)
    >>> sorted(place // 2 for place in places)
    [0, 1]
    """
    rng = np.random.default_rng(seed)
    shuffled: list[int] = rng.permutation(len(said)).tolist()
    met: Counter[str] = Counter()
    place: dict[int, float] = {}
    for index in shuffled:
        place[index] = (met[said[index]] + 0.5) / said.count(said[index])
        met[said[index]] += 1
    first = sorted(shuffled, key=place.__getitem__)[:count]
    return [first[index] for index in rng.permutation(count)]


def _by_habit(said: Sequence[str]) -> tuple[str, ...]:
    return tuple(HABIT[1] if word == HABIT[0] else word for word in said)


def _foreseen(shown: Sequence[Shown], words: Sequence[str]) -> Verdict:
    from perser_gui.adaptation.verdict import verdict

    before = np.stack([one.generic.probabilities for one in shown])
    after = np.stack([one.yours.probabilities for one in shown])
    said = np.array([[word in one.label for word in words] for one in shown], np.float32)
    return verdict(before, after, said / said.sum(axis=1, keepdims=True), words, strength=1.0)
