"""Learners whose start and rates come out of meta-training: Meta-PerSER and its relatives.

They differ in what meta-training learned and stored, not in how they adapt: Meta-PerSER one
rate per parameter tensor and step (combined sets, derivative annealing), MAML and first-order
MAML one fixed rate, Meta-SGD one rate per single weight, Reptile a start only.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perser_gui.adaptation.gradient import GradientAdapter, Recipe
from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint

META_LEARNERS = ("meta-perser", "maml", "fomaml", "meta-sgd", "reptile")

DEFAULT_LEARNER = "meta-perser"
"""The learner whose rates stand at the top of a checkpoint that does not say otherwise."""


class MetaLearned(GradientAdapter):
    """Gradient steps from a meta-learned start with meta-learned rates.

    A checkpoint holds a learner as a variant of that name, or as its own parameters and rates
    when `training["learner"]` (by default "meta-perser") names it; the options stand in the
    variant's `inner` or in `training["inner"]`, where `rate` is the fixed rate of learners
    that learn none.
    """

    def __init__(self, name: str = DEFAULT_LEARNER) -> None:
        self.name = name

    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        """Return what meta-training stored for this learner.

        Raises:
            PerserError: if the checkpoint was not meta-trained that way.
        """
        variant = theta.variants.get(self.name)
        if variant is not None:
            return _recipe(theta, variant.inner, variant.rates, variant.parameters or None)
        if theta.training.get("learner", DEFAULT_LEARNER) == self.name and theta.rates:
            return _recipe(theta, theta.training.get("inner", {}), theta.rates, None)
        raise PerserError(
            f"The checkpoint {theta.name} was not meta-trained for {self.name}; please run "
            f"perser meta-train with learner = {self.name}, or choose the adapter fine-tune."
        )


def _recipe(
    theta: Checkpoint, inner: Mapping[str, Any], rates: Mapping[str, Any], parameters: Any
) -> Recipe:
    options = InnerOptions.from_dict({k: v for k, v in inner.items() if k != "rate"})
    fixed = constant_rates(theta.head, float(inner.get("rate", 0.01)))
    return Recipe(rates=rates or fixed, options=options, parameters=parameters)
