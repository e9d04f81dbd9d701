"""The class-balanced loss of the EMO-SUPERB benchmark, its target smoothing and its threshold."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

KEPT_MASS = 0.95
"""What smoothing leaves of a target before spreading the rest."""


def class_weights(counts: npt.ArrayLike, total: int) -> npt.NDArray[np.float64]:
    """Return class weights [C] from class counts [C] among `total` utterances.

    The "effective number" of class c is 1 - beta^n_c with beta = (N-1)/N; weights are its
    inverse, scaled to sum to C. A class without any utterance counts as if it had one.
    """
    n = np.maximum(np.asarray(counts, dtype=np.float64), 1.0)
    size = max(int(total), 2)
    # 1 - beta^n through expm1/log1p: beta is so close to one that the plain power loses digits
    effective = -np.expm1(n * np.log1p(-1.0 / size))
    weights = (1.0 / size) / effective
    return np.asarray(weights * (len(n) / weights.sum()), dtype=np.float64)


def threshold(classes: int) -> float:
    """Return the probability above which a class counts as chosen: 1/C."""
    return 1.0 / classes


def counts_of(targets: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Return how many rows of targets [N, C] choose each class (share above 1/C)."""
    matrix = np.asarray(targets, dtype=np.float64)
    return np.asarray((matrix > threshold(matrix.shape[1])).sum(axis=0), dtype=np.int64)


def smooth(targets: Tensor) -> Tensor:
    """Return smoothed targets [..., C]: most mass kept, the rest spread; rows still sum to 1."""
    classes = targets.shape[-1]
    if classes < 2:
        return targets
    spread = (1.0 - KEPT_MASS) / (classes - 1)
    return targets * (KEPT_MASS - spread) + spread


def sample_weights(targets: Tensor, weights: Tensor | None) -> Tensor:
    """Return each sample's weight [...]: the class weights [C] averaged by its target [..., C]."""
    if weights is None:
        return targets.new_ones(targets.shape[:-1])
    return (targets * weights).sum(-1)


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the cross-entropy of each sample [...] for soft targets [..., C], in nats."""
    return -(targets * torch.log_softmax(logits, dim=-1)).sum(-1)


def class_balanced_cross_entropy(
    logits: Tensor, targets: Tensor, weights: Tensor | None = None, mask: Tensor | None = None
) -> Tensor:
    """Return the mean class-balanced loss of logits and targets [..., N, C] over the N samples.

    `weights` [C] multiplies the whole sample, averaged by its target; `mask` [..., N] is zero
    for samples that do not count.
    """
    losses = sample_weights(targets, weights) * cross_entropy(logits, targets)
    if mask is None:
        return losses.mean(-1)
    return (losses * mask).sum(-1) / mask.sum(-1).clamp_min(1.0)
