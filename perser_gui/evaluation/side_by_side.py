"""Any number of ways of labelling the same clips side by side: people, and models of them.

Two agree on a clip when they share an emotion; the kappas and alpha compare the emotions named
first. Both doors show what stands here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Literal

from perser_gui.emotions import class_of, normalized
from perser_gui.evaluation.agreement import (
    RESAMPLES,
    Agreement,
    Estimate,
    agreement_of,
    cohen_kappa,
    same_share,
)
from perser_gui.records import Outcome

Kind = Literal["listener", "model"]


@dataclass(frozen=True)
class Hearing:
    """How somebody labels clips: words by clip, the first the main one; none where unknown.

    `repeats` are pairs of answers (earlier, later) that a person gave to the same clip without
    being told so, with the clip.
    """

    name: str
    words: Mapping[str, tuple[str, ...]]
    kind: Kind = "listener"
    repeats: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class Swap:
    """Clips that one side labels `mine` and the other `theirs`."""

    mine: str
    theirs: str
    clips: tuple[str, ...]
    reverse: int = 0
    """How many clips it is the other way round for: then the two emotions are swapped."""


@dataclass(frozen=True)
class PairAgreement:
    """How two ways of labelling agree on the clips that both labelled.

    `counts` [W][W] says how often the first said the word of a row where the second said that
    of the column (first-named words, in the order of `words`); `swaps` are the differences,
    most frequent first. `kappa` is NaN where no clip is shared.
    """

    first: str
    second: str
    count: int
    same: int
    kappa: float
    words: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    swaps: tuple[Swap, ...]

    @property
    def share(self) -> float:
        """The share of shared clips with the same emotion, 0..1 (0 when none are shared)."""
        return self.same / self.count if self.count else 0.0


@dataclass(frozen=True)
class Consistency:
    """How often a listener says the same when they hear a clip again: share and kappa."""

    name: str
    count: int
    same: int
    share: Estimate
    kappa: float


@dataclass(frozen=True)
class AgainstModels:
    """A listener beside their own model and everyone's.

    `differ` counts clips, of `clips` that both predict, where the two say different words.
    `own` and `generic` are how often each says what the listener said, on `unlearned` labels
    that the own model was not made from. `before`, `after` and `outcome` are what leave-one-out
    said when the model was made (everyone's and own; empty: not said).
    """

    name: str
    clips: int
    differ: int
    unlearned: int
    own: Estimate
    generic: Estimate
    before: float = math.nan
    after: float = math.nan
    outcome: Outcome | Literal[""] = ""


@dataclass(frozen=True)
class Moment:
    """One utterance of a recording: when, what each says, and how far they differ.

    `disagreement` is the share of pairs that share no emotion, 0..1; NaN below two answers.
    """

    clip: str
    start: float
    end: float
    words: Mapping[str, tuple[str, ...]]
    disagreement: float


@dataclass(frozen=True)
class Strip:
    """A recording of `seconds`, utterance by utterance."""

    recording: str
    name: str
    seconds: float
    moments: tuple[Moment, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything that can be said of several ways of labelling.

    `pairs` has every pair of `names` once, in their order; `overall` is over listeners only,
    with `shared` clips that at least two of them labelled.
    """

    names: tuple[str, ...]
    kinds: tuple[Kind, ...]
    labelled: tuple[int, ...]
    shared: int
    overall: Agreement
    pairs: tuple[PairAgreement, ...]
    consistency: tuple[Consistency, ...] = ()
    models: tuple[AgainstModels, ...] = ()
    strips: tuple[Strip, ...] = field(default=())

    def pair(self, first: str, second: str) -> PairAgreement | None:
        """Return the agreement of two, seen from the first."""
        for found in self.pairs:
            if (found.first, found.second) == (first, second):
                return found
            if (found.first, found.second) == (second, first):
                return turned(found)
        return None


def compared(
    hearings: Sequence[Hearing], *, seed: int = 0, resamples: int = RESAMPLES
) -> Comparison:
    """Compare every pair, all listeners together, and each listener with themselves."""
    given = in_common_words(hearings)
    people = [one for one in given if one.kind == "listener"]
    units = units_of(people)
    return Comparison(
        names=tuple(one.name for one in given),
        kinds=tuple(one.kind for one in given),
        labelled=tuple(sum(1 for words in one.words.values() if words) for one in given),
        shared=sum(len(unit) > 1 for unit in units),
        overall=agreement_of(units, seed=seed, resamples=resamples),
        pairs=tuple(pair_of(a, b) for a, b in combinations(given, 2)),
        consistency=tuple(consistency_of(one) for one in people if one.repeats),
    )


def units_of(people: Sequence[Hearing]) -> list[dict[object, str]]:
    """Return, for each clip in order of first appearance, who first named which word."""
    units: dict[str, dict[object, str]] = {}
    for one in people:
        for clip, words in one.words.items():
            if words:
                units.setdefault(clip, {})[one.name] = words[0]
    return list(units.values())


def pair_of(first: Hearing, second: Hearing) -> PairAgreement:
    """Compare two ways of labelling on the clips that both labelled.

    >>> one = Hearing("Ana", {"a": ("sad",), "b": ("calm",)})
    >>> two = Hearing("Bo", {"a": ("sad",), "b": ("sad",)})
    >>> found = pair_of(one, two)
    >>> found.same, [(swap.mine, swap.theirs) for swap in found.swaps]
    (1, [('calm', 'sad')])
    """
    shared = [c for c, words in first.words.items() if words and second.words.get(c)]
    both = [(first.words[c], second.words[c]) for c in shared]
    order = tuple(dict.fromkeys(word for pair in both for said in pair for word in said[:1]))
    place = {word: n for n, word in enumerate(sorted(order))}
    counts = [[0] * len(place) for _ in place]
    same = 0
    differing: dict[tuple[str, str], list[str]] = {}
    for clip, (mine, theirs) in zip(shared, both, strict=True):
        counts[place[mine[0]]][place[theirs[0]]] += 1
        if set(mine) & set(theirs):
            same += 1
        else:
            differing.setdefault((mine[0], theirs[0]), []).append(clip)
    swaps = [
        Swap(a, b, tuple(clips), len(differing.get((b, a), ())))
        for (a, b), clips in differing.items()
    ]
    swaps.sort(key=lambda swap: (-len(swap.clips), swap.mine, swap.theirs))
    return PairAgreement(
        first.name,
        second.name,
        len(shared),
        same,
        cohen_kappa([mine[0] for mine, _ in both], [theirs[0] for _, theirs in both]),
        tuple(place),
        tuple(tuple(row) for row in counts),
        tuple(swaps),
    )


def turned(pair: PairAgreement) -> PairAgreement:
    """Return the same agreement seen from the other side."""
    swaps = tuple(
        Swap(swap.theirs, swap.mine, swap.clips, swap.reverse)
        for swap in sorted(pair.swaps, key=lambda s: (-len(s.clips), s.theirs, s.mine))
    )
    counts = tuple(zip(*pair.counts, strict=True))
    return PairAgreement(
        pair.second, pair.first, pair.count, pair.same, pair.kappa, pair.words, counts, swaps
    )


def consistency_of(one: Hearing) -> Consistency:
    """Return how often a listener said the same again; the interval is Wilson's."""
    answered = [(a, b) for _, a, b in one.repeats if a and b]
    same = sum(1 for a, b in answered if set(a) & set(b))
    return Consistency(
        one.name,
        len(answered),
        same,
        same_share(same, len(answered)),
        cohen_kappa([a[0] for a, _ in answered], [b[0] for _, b in answered]),
    )


def against_models(
    person: Hearing,
    own: Mapping[str, str],
    generic: Mapping[str, str],
    learned: frozenset[str] = frozenset(),
    *,
    before: float = math.nan,
    after: float = math.nan,
    outcome: Outcome | Literal[""] = "",
) -> AgainstModels:
    """Compare a listener's labels with the words of two models, by clip.

    `learned` are the clips that the own model was made from; they do not count for it.
    """
    both = [clip for clip in own if clip in generic]
    judged = [c for c in both if person.words.get(c) and c not in learned]
    return AgainstModels(
        person.name,
        len(both),
        sum(1 for clip in both if own[clip] != generic[clip]),
        len(judged),
        same_share(sum(own[c] in person.words[c] for c in judged), len(judged)),
        same_share(sum(generic[c] in person.words[c] for c in judged), len(judged)),
        before,
        after,
        outcome,
    )


def disagreement(answers: Sequence[Sequence[str]]) -> float:
    """Return the share of pairs of answers that share no emotion; NaN below two answers.

    >>> disagreement([("sad",), ("sad", "calm"), ("angry",)])
    0.6666666666666666
    """
    pairs = list(combinations([set(words) for words in answers if words], 2))
    return sum(not a & b for a, b in pairs) / len(pairs) if pairs else math.nan


def strip_of(
    recording: str,
    name: str,
    seconds: float,
    utterances: Sequence[tuple[str, float, float]],
    hearings: Sequence[Hearing],
) -> Strip:
    """Return what each says of the utterances (clip, start, end in s) of one recording."""
    moments = []
    for clip, start, end in utterances:
        words = {one.name: one.words[clip] for one in hearings if one.words.get(clip)}
        people = [one.words.get(clip, ()) for one in hearings if one.kind == "listener"]
        moments.append(Moment(clip, start, end, words, disagreement(people)))
    return Strip(recording, name, seconds, tuple(moments))


def in_common_words(hearings: Sequence[Hearing]) -> list[Hearing]:
    """Return hearings in which one word stands for the same emotion.

    Words that differ only in letter case and spacing are one, and so are synonyms ("joy",
    "happy"), unless somebody here uses two words of that class and so tells them apart.
    """
    used = [{w for words in _said(one) for w in words if w} for one in hearings]
    split = set()
    for own in used:
        classes: dict[str, set[str]] = {}
        for word in own:
            found = class_of(word)
            if found is not None:
                classes.setdefault(found, set()).add(normalized(word))
        split |= {name for name, words in classes.items() if len(words) > 1}
    spelling: dict[str, str] = {}

    def common(word: str) -> str:
        found = class_of(word)
        key = f"class {found}" if found is not None and found not in split else normalized(word)
        return spelling.setdefault(key, word)

    def all_of(words: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(common(word) for word in words))

    return [
        Hearing(
            one.name,
            {clip: all_of(words) for clip, words in one.words.items()},
            one.kind,
            tuple((clip, all_of(a), all_of(b)) for clip, a, b in one.repeats),
        )
        for one in hearings
    ]


def _said(one: Hearing) -> list[tuple[str, ...]]:
    return [*one.words.values(), *(words for _, a, b in one.repeats for words in (a, b))]
