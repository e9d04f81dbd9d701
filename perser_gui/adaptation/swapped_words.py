"""Two words exchanged: everyone's model as it would be for somebody who swaps them.

Small steps hardly ever turn one word into another: the row of each would have to become the
other's. So every pair of words is tried as a candidate of its own, everyone's model with the two
rows of its output exchanged, and weighed like the others by how well it foresees the labels. It
learns nothing, so no label has to be left out for it.

Two labels that everyone's model did not expect make some pair look likely. They make it as likely
that everyone's model is merely too sure of itself; so an exchange counts for as much less as
everyone's model would foresee the labels better, were it as sure as suits them best in hindsight.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import torch
from torch import Tensor

from perser_gui.adaptation.weighing import SURENESS, Array, label_likelihoods
from perser_gui.model.classes import ListenerClasses
from perser_gui.records import FloatArray

FEWEST_WORDS = 3
"""With two words an exchange is saying the opposite of everyone, which nobody means."""


@dataclass(frozen=True)
class SwappedWords:
    """Whose place each word [C] and each atom [A] takes."""

    words: tuple[int, ...]
    atoms: tuple[int, ...]


def exchanges(words: ListenerClasses) -> list[SwappedWords]:
    """Return all exchanges of two words that the model knows and that are one atom each."""
    count = len(words.words)
    if count < FEWEST_WORDS:
        return []
    atoms = [[a for a, owner in enumerate(words.owners) if owner == word] for word in range(count)]
    alone = [w for w in range(count) if len(atoms[w]) == 1 and w not in words.unknown]
    return [
        SwappedWords(
            _swapped(count, one, other),
            _swapped(len(words.owners), atoms[one][0], atoms[other][0]),
        )
        for one, other in combinations(alone, 2)
    ]


def with_exchanged(logits: FloatArray, tried: Sequence[SwappedWords]) -> FloatArray:
    """Return logits [M, ..., C], and after them the first candidate's with each exchange."""
    return np.concatenate([logits, *(logits[:1][..., list(each.words)] for each in tried)])


def mingled(
    parameters: Mapping[str, Tensor], tried: Sequence[SwappedWords], weights: Array
) -> dict[str, Tensor]:
    """Return a head whose output is a weighted mean of itself and of itself with each exchange.

    `weights` [1 + number of exchanges] begin with the head's own; what lies below its output is
    the same in all of them. Without any weight nothing is exchanged.
    """
    total = float(weights.sum())
    if not tried or not total:
        return dict(parameters)
    weight, bias = parameters["output.weight"], parameters["output.bias"]
    orders = [list(range(bias.shape[-1])), *(list(each.atoms) for each in tried)]
    shares = [float(value) / total for value in weights]
    return {
        **parameters,
        "output.weight": sum(
            (share * weight[..., order, :] for share, order in zip(shares, orders, strict=True)),
            torch.zeros_like(weight),
        ),
        "output.bias": sum(
            (share * bias[..., order] for share, order in zip(shares, orders, strict=True)),
            torch.zeros_like(bias),
        ),
    }


def hindsight(logits: FloatArray, targets: FloatArray, seen: Array) -> Array:
    """Return by how much the log likelihood [...] of seen labels is higher with the best sureness.

    `logits` [K, C] are everyone's, `seen` [..., K] is 1 for labels that count.
    """
    sure = [0.0, *SURENESS]
    totals = np.stack([seen @ label_likelihoods(logits * value, targets) for value in sure])
    return np.asarray(totals.max(axis=0) - seen @ label_likelihoods(logits, targets))


def _swapped(count: int, one: int, other: int) -> tuple[int, ...]:
    order = list(range(count))
    order[one], order[other] = other, one
    return tuple(order)
