"""How far to move: profiles of different boldness, weighed by how well they foresee labels.

Each candidate (everyone's model, and steps held more or less firmly than meta-training learned)
predicts the listener's labels by models that did not see them. The likelihood of all labels
makes each candidate's weight, as in Bayesian model averaging; the profile is the weighted mean of
their parameters. With few labels, or labels that nothing foresees, the weights stay what they
were and the profile stays near everyone's model. One more number,
how sure the profile is of itself (a temperature), is averaged over its posterior likewise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from torch import Tensor

from perser_gui.records import FloatArray

Array = npt.NDArray[np.float64]

SURENESS: Array = np.exp(np.linspace(-1.2, 1.2, 25))
"""What logits may be multiplied with."""

LEAST_SPREAD = 1e-3
"""A smaller standard deviation of its logarithm leaves it at 1."""


def label_likelihoods(logits: FloatArray | Array, targets: FloatArray) -> Array:
    """Return the log likelihood [..., K] of labels with shares `targets` [K, C] given logits."""
    z = np.asarray(logits, dtype=np.float64)
    top = z.max(axis=-1, keepdims=True)
    log_p = z - top - np.log(np.exp(z - top).sum(axis=-1, keepdims=True))
    return np.asarray((targets * np.maximum(log_p, -30.0)).sum(axis=-1))


def weights_of(likelihoods: Array, seen: Array, before: Array | None = None) -> Array:
    """Return the weights [..., M] of candidates from label likelihoods [M, K].

    `seen` [..., K] is 1 for labels that count; `before` [..., M] is how likely each candidate is
    before the first label, compared with the others (None: all alike).

    >>> weights_of(np.log([[0.5, 0.5], [0.25, 0.25]]), np.ones(2)).round(2)
    array([0.8, 0.2])
    """
    total = seen @ likelihoods.T
    if before is not None:
        total = total + np.log(before)
    total = total - total.max(axis=-1, keepdims=True)
    weights = np.exp(total)
    return np.asarray(weights / weights.sum(axis=-1, keepdims=True))


def sureness_of(logits: Array, targets: FloatArray, seen: Array, spread: float) -> Array:
    """Return what to multiply logits [K, C] with, as a mean over its posterior [...].

    Its logarithm has a normal prior of standard deviation `spread` around 0 (next to 0: always 1).
    """
    if spread < LEAST_SPREAD:
        return np.ones(seen.shape[:-1])
    likelihoods = np.stack([label_likelihoods(logits * value, targets) for value in SURENESS])
    prior = -0.5 * np.square(np.log(SURENESS) / spread)
    total = seen @ likelihoods.T + prior
    total = np.exp(total - total.max(axis=-1, keepdims=True))
    share = total / total.sum(axis=-1, keepdims=True)
    return np.asarray(np.exp(share @ np.log(SURENESS)))


def mean_parameters(
    candidates: Sequence[Mapping[str, Tensor]], weights: Array
) -> dict[str, FloatArray]:
    """Return the weighted mean of parameters by name; one that is missing counts as zero."""
    names = dict.fromkeys(name for each in candidates for name in each)
    result: dict[str, FloatArray] = {}
    for name in names:
        parts = [
            float(weight) * each[name]
            for each, weight in zip(candidates, weights, strict=True)
            if name in each
        ]
        result[name] = np.asarray(sum(parts[1:], parts[0]).cpu().numpy(), dtype=np.float32)
    return result
