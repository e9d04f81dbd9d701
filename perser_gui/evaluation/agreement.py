"""How far listeners agree beyond chance, how steady each of them is, and how sure that is.

A unit is one clip: what each listener answered, by listener. Whoever did not answer is not in
it. All figures are nominal: two words are the same or they are not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Unit = Mapping[Any, str]
"""Who -> which word, of one clip."""

RESAMPLES = 1000
"""Bootstrap samples of clips behind an interval."""

_CHUNK = 4_000_000
"""Numbers that are drawn at once, so that many clips fit into memory."""

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval, and the number of clips it rests on.

    All three are NaN where nothing can be said, `low` and `high` where there is no interval.
    """

    value: float
    low: float
    high: float
    clips: int


NOTHING = Estimate(math.nan, math.nan, math.nan, 0)
"""What is said where no two answers can be compared."""


@dataclass(frozen=True)
class Agreement:
    """How far several listeners agree on the clips that at least two of them answered.

    `alpha` is Krippendorff's (any may miss any clip), `fleiss` Fleiss' kappa, `cohen` the mean
    of Cohen's kappa over all pairs of listeners who share a clip, `share` the mean share of
    pairs of answers that are the same. 1 is full agreement; of the first three, 0 is what
    chance gives.
    """

    alpha: Estimate
    fleiss: Estimate
    cohen: Estimate
    share: Estimate


def agreement_of(units: Sequence[Unit], *, seed: int = 0, resamples: int = RESAMPLES) -> Agreement:
    """Return every figure of agreement with percentile bootstrap intervals over clips.

    The same units in the same order, and the same seed, give the same intervals.
    """
    table = _Table.of(units)
    if table is None:
        return Agreement(NOTHING, NOTHING, NOTHING, NOTHING)
    ones = np.ones((1, table.clips))
    values = table.figures(ones)[0]
    drawn = np.concatenate([table.figures(w) for w in _weights(table.clips, seed, resamples)])
    return Agreement(
        *(_with_interval(v, d, table.clips) for v, d in zip(values, drawn.T, strict=True))
    )


def fleiss_kappa(units: Sequence[Unit]) -> float:
    """Return Fleiss' kappa (1971), weighing every clip alike.

    With the same number of answers to each clip this is the published formula; a clip with
    fewer than two says nothing. NaN when nothing can be compared, 1 when all words are one.
    """
    table = _Table.of(units)
    return math.nan if table is None else float(table.fleiss(np.ones((1, table.clips)))[0])


def cohen_kappa(first: Sequence[str], second: Sequence[str]) -> float:
    """Return Cohen's kappa (1960) of two lists of words, clip by clip.

    NaN for empty lists, 1 when both always say the same one word.
    """
    units = [{0: a, 1: b} for a, b in zip(first, second, strict=True)]
    table = _Table.of(units)
    return math.nan if table is None else float(table.cohen(np.ones((1, table.clips)))[0])


def same_share(same: int, count: int) -> Estimate:
    """Return a share with its 95 % interval by Wilson's score, which suits few clips.

    >>> same_share(8, 10)
    Estimate(value=0.8, low=0.49..., high=0.94..., clips=10)
    """
    if count == 0:
        return NOTHING
    share, z2 = same / count, _Z95**2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = _Z95 * math.sqrt(share * (1 - share) / count + z2 / (4 * count**2)) / (1 + z2 / count)
    return Estimate(share, max(0.0, middle - half), min(1.0, middle + half), count)


@dataclass(frozen=True)
class _Table:
    """Answers as numbers: `said` [U, R] holds the place of a word, -1 where nobody answered."""

    said: npt.NDArray[np.int64]
    words: int

    @classmethod
    def of(cls, units: Sequence[Unit]) -> _Table | None:
        """Return the table of the clips with at least two answers; None if there is none."""
        pairable = [unit for unit in units if len(unit) >= 2]
        if not pairable:
            return None
        raters = {who: n for n, who in enumerate(dict.fromkeys(r for u in pairable for r in u))}
        words = {w: n for n, w in enumerate(sorted({w for u in pairable for w in u.values()}))}
        said = np.full((len(pairable), len(raters)), -1, np.int64)
        for row, unit in enumerate(pairable):
            for who, word in unit.items():
                said[row, raters[who]] = words[word]
        return cls(said, len(words))

    @property
    def clips(self) -> int:
        """How many clips can be compared."""
        return len(self.said)

    def _counts(self) -> Array:
        """Return how often each word was answered [U, V]."""
        return np.stack([(self.said == v).sum(axis=1) for v in range(self.words)], axis=1).astype(
            float
        )

    def figures(self, weights: Array) -> Array:
        """Return alpha, Fleiss' and mean Cohen's kappa and the share [B, 4] of samples [B, U]."""
        return np.stack(
            [self.alpha(weights), self.fleiss(weights), self.cohen(weights), self.share(weights)],
            axis=1,
        )

    def _same(self) -> Array:
        """Return the share of pairs of answers to each clip that are the same [U]."""
        counts = self._counts()
        many = counts.sum(axis=1)
        return np.asarray((counts * (counts - 1)).sum(axis=1) / (many * (many - 1)))

    def share(self, weights: Array) -> Array:
        """Return the mean share of pairs that say the same."""
        return np.asarray(weights @ self._same() / weights.sum(axis=1))

    def alpha(self, weights: Array) -> Array:
        """Return Krippendorff's nominal alpha of each sample of clips."""
        counts = self._counts()
        many = counts.sum(axis=1)
        differing = (many**2 - (counts**2).sum(axis=1)) / (many - 1)
        totals = weights @ counts
        all_of = totals.sum(axis=1)
        expected = (all_of**2 - (totals**2).sum(axis=1)) / (all_of - 1)
        return _one_minus(weights @ differing, expected)

    def fleiss(self, weights: Array) -> Array:
        """Return Fleiss' kappa of each sample of clips."""
        totals = weights @ self._counts()
        shares = totals / totals.sum(axis=1, keepdims=True)
        return _one_minus(1 - self.share(weights), 1 - (shares**2).sum(axis=1))

    def cohen(self, weights: Array) -> Array:
        """Return the mean of Cohen's kappa over pairs of listeners, of each sample of clips.

        A pair that shares no clip of a sample does not count in it.
        """
        sums, pairs = np.zeros(len(weights)), np.zeros(len(weights))
        for a, b in combinations(range(self.said.shape[1]), 2):
            both = (self.said[:, a] >= 0) & (self.said[:, b] >= 0)
            if not both.any():
                continue
            first, second, w = self.said[both, a], self.said[both, b], weights[:, both]
            many = w.sum(axis=1)
            there = many > 0
            safe = np.where(there, many, 1.0)[:, None]
            eye = np.eye(self.words)
            chance = ((w @ eye[first]) / safe * ((w @ eye[second]) / safe)).sum(axis=1)
            differing = w @ (first != second).astype(float) / safe[:, 0]
            sums += np.where(there, _one_minus(differing, 1 - chance), 0.0)
            pairs += there
        nothing = np.full(len(weights), np.nan)
        return np.asarray(np.divide(sums, pairs, out=nothing, where=pairs > 0), dtype=float)


def _one_minus(observed: Array, expected: Array) -> Array:
    """Return 1 - observed / expected; 1 where no disagreement could be expected."""
    nothing = np.abs(expected) < 1e-12
    return np.asarray(
        np.where(nothing, 1.0, 1.0 - observed / np.where(nothing, 1.0, expected)), dtype=float
    )


def _weights(clips: int, seed: int, resamples: int) -> Iterator[Array]:
    """Yield how often each clip is in each sample: arrays [B, U], `resamples` rows in all."""
    chance = np.random.default_rng([seed, clips])
    portion = max(1, min(resamples, _CHUNK // clips))
    sizes = [portion] * (resamples // portion) + [resamples % portion] * bool(resamples % portion)
    for size in sizes:
        picks = chance.integers(0, clips, (size, clips))
        flat = (picks + clips * np.arange(size)[:, None]).ravel()
        yield np.bincount(flat, minlength=size * clips).reshape(size, clips).astype(float)


def _with_interval(value: float, drawn: Array, clips: int) -> Estimate:
    known = drawn[~np.isnan(drawn)]
    if math.isnan(value) or not len(known):
        return NOTHING
    if clips < 2:  # drawn again it is the same clip: no interval comes of that
        return Estimate(float(value), math.nan, math.nan, clips)
    low, high = np.quantile(known, [0.025, 0.975])
    return Estimate(float(value), float(low), float(high), clips)
