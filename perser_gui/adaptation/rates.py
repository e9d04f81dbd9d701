"""Learning rates of the inner loop: one per parameter tensor and step, positive as exp(rho)."""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from perser_gui.model.classes import NEW, ListenerClasses
from perser_gui.model.head import PARAMETER_NAMES, PRIOR, HeadConfig

Rates = Mapping[str, Tensor]
"""Log rates rho by parameter name: [S], one per step, or [S, shape], one per single weight.
A parameter without an entry is not adapted. Under `prior_of(name)` may stand the log precision
[1] with which that parameter is held at its start; steps shrink its way by rate times precision."""

OUTPUT_NAMES = ("output.weight", "output.bias")
"""The parameters of the last layer."""


def constant_rates(
    config: HeadConfig,
    value: float,
    steps: int = 1,
    names: tuple[str, ...] = PARAMETER_NAMES,
    dtype: torch.dtype = torch.float32,
) -> dict[str, Tensor]:
    """Return log rates [steps] of one and the same rate for the named parameters of a head."""
    rho = math.log(value) if value > 0 else -math.inf
    shapes = config.shapes()
    return {
        name: torch.full((max(steps, 1),), rho, dtype=dtype) for name in names if name in shapes
    }


def prior_of(name: str) -> str:
    """Return the key of a parameter's log precision among the rates."""
    return PRIOR + name


def is_prior(name: str) -> bool:
    """Whether a key among the rates is that of a log precision."""
    return name.startswith(PRIOR)


def precision(rates: Rates, name: str, l2: float) -> Tensor | float:
    """Return the precision with which a parameter is held at its start: learned, plus `l2`."""
    learned = rates.get(prior_of(name))
    return l2 if learned is None else l2 + learned[0].exp()


def rate(rho: Tensor, step: int) -> Tensor:
    """Return the rate of a step (from 0); beyond the trained steps the last one holds."""
    return rho[min(step, rho.shape[0] - 1)].exp()


def downwards(rho: Tensor) -> tuple[Tensor, ...]:
    """Return what each step multiplies the gradient with: its rate, negative."""
    return (-rho.exp()).unbind(0)


def elementwise(rho: Tensor) -> bool:
    """Whether there is one rate per single weight and not one per tensor."""
    return rho.dim() > 1


def listener_rates(rates: Rates, words: ListenerClasses) -> dict[str, Tensor]:
    """Return the rates laid over a listener's words, where there is one per single weight.

    A word that the checkpoint does not know takes the average log rate of all classes.
    """
    result = dict(rates)
    for name in OUTPUT_NAMES:
        rho = rates.get(name)
        if rho is not None and elementwise(rho):
            average = rho.mean(dim=1)
            rows = [average if s == NEW else rho[:, s] for s in words.sources]
            result[name] = torch.stack(rows, dim=1)
    return result
