"""Derivative annealing: cheap first-order gradients early, second-order ones later."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from perser_gui.errors import PerserError


@dataclass(frozen=True)
class Annealing:
    """First order before epoch `switch` (from 0), second order from it on.

    A switch of 0 is always second order, an infinite one is first-order MAML.
    """

    switch: float

    def __post_init__(self) -> None:
        if math.isnan(self.switch) or self.switch < 0:
            raise PerserError("The epoch at which derivatives switch cannot be negative.")

    @classmethod
    def half(cls, epochs: int) -> Annealing:
        """Return the default: a switch after half of the epochs."""
        return cls(epochs / 2)

    def order(self, epoch: int) -> Literal["first", "second"]:
        """Return which derivatives epoch `epoch` (from 0) uses.

        >>> [Annealing(2).order(epoch) for epoch in range(4)]
        ['first', 'first', 'second', 'second']
        """
        return "first" if epoch < self.switch else "second"
