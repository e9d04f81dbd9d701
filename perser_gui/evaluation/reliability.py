"""How sure predictions were, how right they were, and what leaving the unsure ones out gains.

Over single episodes of some fifty clips a calibration error is mostly noise: ten bins of five
clips each miss their mean by a tenth even where every probability is right. So the predictions of
all episodes of one adapter and one number of labels are pooled here. Coverage stays within an
episode: a listener sees the most certain part of *their* clips, not other people's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perser_gui.evaluation.metrics import Array

BINS = 10
"""Equal bins of confidence between 0 and 1."""

COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Shares of the most certain clips of an episode whose accuracy is told."""


@dataclass(frozen=True)
class Bin:
    """Predictions of like confidence: their share of all, mean confidence and accuracy."""

    share: float
    confidence: float
    accuracy: float


@dataclass(frozen=True)
class Calibration:
    """How confidence and accuracy go together, pooled over all episodes of one kind.

    `ece` is the mean distance of confidence and accuracy over `bins` (those without a
    prediction are left out); `accuracy_at` maps a coverage to the mean accuracy, over
    episodes, of so large a part of an episode's clips, the most certain first.
    """

    adapter: str
    shots: int
    predictions: int
    ece: float
    bins: tuple[Bin, ...]
    accuracy_at: Mapping[str, float]
    order: str = "random"


class Certainty:
    """Collects the predictions of episodes of one kind."""

    def __init__(self) -> None:
        self._counts = np.zeros((3, BINS))
        self._covered: list[list[float]] = []

    def add(self, confidence: Array, right: npt.NDArray[np.bool_]) -> None:
        """Take in an episode: confidence [N] of each prediction, and whether it was right [N]."""
        which = np.minimum((confidence * BINS).astype(np.int64), BINS - 1)
        for row, weights in enumerate((np.ones(len(right)), confidence, right.astype(float))):
            self._counts[row] += np.bincount(which, weights=weights, minlength=BINS)
        self._covered.append(accuracies(confidence, right))

    def result(self, adapter: str, shots: int, order: str) -> Calibration:
        """Return what was collected."""
        count, sure, hits = self._counts
        total = count.sum()
        bins = tuple(
            Bin(_round(n / total), _round(c / n), _round(h / n))
            for n, c, h in zip(count, sure, hits, strict=True)
            if n
        )
        means = np.mean(self._covered, axis=0)
        return Calibration(
            adapter=adapter,
            shots=shots,
            predictions=int(total),
            ece=_round(np.abs(sure - hits).sum() / total),
            bins=bins,
            accuracy_at={f"{c:g}": _round(m) for c, m in zip(COVERAGES, means, strict=True)},
            order=order,
        )


def accuracies(
    confidence: Array, right: npt.NDArray[np.bool_], coverages: Sequence[float] = COVERAGES
) -> list[float]:
    """Return the accuracy of the most certain part of the clips, for each coverage.

    Clips of equal confidence count with their mean accuracy, so their order has no say.

    >>> accuracies(np.array([0.9, 0.8, 0.6, 0.6]), np.array([True, True, True, False]), (1, 0.75))
    [0.75, 0.8333333333333334]
    """
    values, place = np.unique(-confidence, return_inverse=True)
    shared = np.bincount(place, weights=right) / np.bincount(place, minlength=len(values))
    hits = np.cumsum(shared[np.sort(place)])
    kept = [max(1, round(coverage * len(right))) for coverage in coverages]
    return [float(hits[k - 1] / k) for k in kept]


def _round(value: float) -> float:
    return round(float(value), 6) + 0.0
