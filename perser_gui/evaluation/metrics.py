"""Scores of probabilities against ratings, agreement between listeners, and intervals.

Everything is pooled: a score is computed once over all predictions of a query set, not
averaged over batches. Rows of `targets` [N, C] are what a listener said of each clip:
equal shares over the emotions named, summing to 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from perser_gui.adaptation.scores import expected_calibration_error, scores

Array = npt.NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True)
class QueryScores:
    """How well probabilities match the ratings of one query set.

    `macro_f1` and `uar` run over the classes that the ratings name; `nll` is in nats per
    clip; `multilabel_f1` binarizes ratings and probabilities at 1/C.
    """

    macro_f1: float
    uar: float
    accuracy: float
    nll: float
    ece: float
    multilabel_f1: float
    count: int


def query_scores(probabilities: npt.ArrayLike, targets: npt.ArrayLike) -> QueryScores:
    """Return every score of `probabilities` [N, C] against `targets` [N, C].

    The first four are the same function that the desk shows before and after adapting.

    Raises:
        ValueError: for shapes that do not fit, no clips, or numbers that are no probabilities.
    """
    p, y = _checked(probabilities, targets)
    shown = scores(p.astype(np.float32), y.astype(np.float32), ("",) * p.shape[1])
    return QueryScores(
        macro_f1=shown.macro_f1,
        uar=shown.uar,
        accuracy=shown.accuracy,
        nll=shown.nll,
        ece=expected_calibration_error(p.astype(np.float32), y.astype(np.float32)),
        multilabel_f1=multilabel_f1(p, y),
        count=len(p),
    )


def top_words(p: Array, y: Array) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the one class per clip that was rated and that was predicted.

    Where a rating names several emotions, the predicted one counts if it is among
    them; otherwise the first named is the truth.
    """
    guess = p.argmax(axis=1)
    among = y[np.arange(len(y)), guess] > 0
    return np.where(among, guess, y.argmax(axis=1)), guess


def confusion(
    truth: npt.NDArray[np.intp], guess: npt.NDArray[np.intp], classes: int
) -> npt.NDArray[np.int64]:
    """Return counts [C, C]: rows what was rated, columns what was predicted."""
    cells = np.bincount(truth * classes + guess, minlength=classes * classes)
    return cells.reshape(classes, classes).astype(np.int64)


def multilabel_f1(p: Array, y: Array) -> float:
    """Return the mean F1 over the classes rated, both sides binarized at more than 1/C.

    A rating that shares its mass equally over all classes exceeds 1/C nowhere; its
    named classes count then.
    """
    limit = 1.0 / p.shape[1]
    said = y > limit + 1e-9
    said = np.where(said.any(axis=1, keepdims=True), said, y > 0)
    guessed = p > limit + 1e-9
    present = said.any(axis=0)
    hits = (said & guessed).sum(axis=0)[present]
    return float((2 * hits / (said.sum(axis=0) + guessed.sum(axis=0))[present]).mean())


def krippendorff_alpha(
    ratings: Sequence[Mapping[Hashable, float | str]], level: Level = "nominal"
) -> float:
    """Return Krippendorff's alpha of units that are each a mapping rater -> value.

    Any number of raters may miss a unit; units with fewer than two values say nothing.
    1 is full agreement, 0 what chance gives; NaN when no unit can be compared, and 1
    when all values are the same. Values are numbers for every level but nominal
    (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011).
    """
    units = [list(unit.values()) for unit in ratings if len(unit) >= 2]
    if not units:
        return math.nan
    values = sorted({value for unit in units for value in unit}, key=_sortable)
    index = {value: place for place, value in enumerate(values)}
    coincidence = np.zeros((len(values), len(values)))
    for unit in units:
        counts = np.bincount([index[v] for v in unit], minlength=len(values)).astype(float)
        coincidence += (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    totals = coincidence.sum(axis=0)
    distance = _distances(values, totals, level)
    expected: float = float((np.outer(totals, totals) * distance).sum()) / (totals.sum() - 1)
    if expected == 0:
        return 1.0
    return 1.0 - float((coincidence * distance).sum()) / expected


def _sortable(value: float | str) -> tuple[int, float, str]:
    return (1, 0.0, value) if isinstance(value, str) else (0, float(value), "")


def _distances(values: Sequence[float | str], totals: Array, level: Level) -> Array:
    if level == "nominal":
        return 1.0 - np.eye(len(values))
    if any(isinstance(value, str) for value in values):
        raise ValueError(f"values of the level {level} must be numbers")
    if level == "ordinal":
        middle = np.cumsum(totals) - totals / 2
        return np.asarray(np.subtract.outer(middle, middle) ** 2)
    numbers = np.array(values, dtype=float)
    difference = np.subtract.outer(numbers, numbers)
    if level == "interval":
        return np.asarray(difference**2)
    total = np.add.outer(numbers, numbers)
    return np.asarray(np.divide(difference, total, out=np.zeros_like(total), where=total != 0) ** 2)


def personalization_gain(
    score: Callable[[Array, Array], float],
    p: Array,
    own: Array,
    others: Sequence[tuple[int, Array]],
) -> float | None:
    """Return the score on the listener's ratings minus that on other listeners' ratings.

    Both are taken on the same predictions `p` [N, C] and the clips that somebody else
    rated too; `others` are (row of p, target [C]) for each rating of another listener.
    A model that learned the corpus but not the person gains nothing here. None when
    nobody else rated any of the clips.
    """
    if not others:
        return None
    rows = np.array([row for row, _ in others])
    shared = np.unique(rows)
    theirs = np.stack([target for _, target in others])
    return score(p[shared], own[shared]) - score(p[rows], theirs)


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval; `low` and `high` are the mean when there is one value."""

    mean: float
    low: float
    high: float


def bootstrap_mean(values: npt.ArrayLike, *, seed: int, resamples: int = 2000) -> Interval:
    """Return the mean of values (one a listener) with its percentile bootstrap interval.

    For a paired comparison give the differences within each listener. The same seed and
    number of values give the same resamples, so adapters are compared on equal draws.

    Raises:
        ValueError: for no values.
    """
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        raise ValueError("an interval needs at least one value")
    draws = np.random.default_rng([seed, x.size]).integers(0, x.size, size=(resamples, x.size))
    means = x[draws].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Interval(float(x.mean()), float(low), float(high))


def _checked(probabilities: npt.ArrayLike, targets: npt.ArrayLike) -> tuple[Array, Array]:
    p, y = np.asarray(probabilities, float), np.asarray(targets, float)
    if p.ndim != 2 or p.shape != y.shape or not p.size:
        raise ValueError(f"probabilities {p.shape} and targets {y.shape} must be one [N, C]")
    if not np.isfinite(p).all() or (p < 0).any() or (p > 1 + 1e-4).any():
        raise ValueError("probabilities must lie between 0 and 1")
    if not ((y >= 0).all() and (y > 0).any(axis=1).all()):
        raise ValueError("every target row must name an emotion")
    return p, y
