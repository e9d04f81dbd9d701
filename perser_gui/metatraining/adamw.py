"""AdamW on a handful of tensors, and the cosine that its rate falls along.

Its own few lines, because constructing torch's optimizers imports the compiler, which takes
longer than pre-training does.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping

import torch
from torch import Tensor

BETAS = (0.9, 0.999)
EPSILON = 1e-8


class AdamW:
    """Adam with decoupled weight decay; the rate is given at every step."""

    def __init__(
        self, parameters: Mapping[str, Tensor], *, decayed: Collection[str], weight_decay: float
    ) -> None:
        """Prepare for tensors that require gradients; only those `decayed` shrink."""
        self._parameters = dict(parameters)
        self._decay = {name: weight_decay if name in decayed else 0.0 for name in parameters}
        self._first = {name: torch.zeros_like(value) for name, value in parameters.items()}
        self._second = {name: torch.zeros_like(value) for name, value in parameters.items()}
        self._steps = 0

    def step(self, loss: Tensor, rate: float) -> None:
        """Change the tensors in place, down the gradient of `loss`."""
        names = list(self._parameters)
        gradients = torch.autograd.grad(loss, [self._parameters[name] for name in names])
        self._steps += 1
        rest_first, rest_second = (1 - beta**self._steps for beta in BETAS)
        with torch.no_grad():
            for name, gradient in zip(names, gradients, strict=True):
                value, first, second = (
                    self._parameters[name],
                    self._first[name],
                    self._second[name],
                )
                value.mul_(1 - rate * self._decay[name])
                first.lerp_(gradient, 1 - BETAS[0])
                second.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
                width = second.sqrt().div_(rest_second**0.5).add_(EPSILON)
                value.addcdiv_(first, width, value=-rate / rest_first)


def cosine(iteration: int, total: int) -> float:
    """Return the share of the outer rate at an iteration (from 0): 1 falling to almost 0.

    >>> cosine(0, 10), cosine(5, 10)
    (1.0, 0.5)
    """
    return round(0.5 * (1 + math.cos(math.pi * iteration / total)), 12)
