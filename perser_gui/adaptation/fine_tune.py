"""Plain gradient descent from everyone's model, pulled back towards it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from perser_gui.adaptation.gradient import GradientAdapter, Recipe
from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.adaptation.rates import OUTPUT_NAMES
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import PARAMETER_NAMES, initial_parameters

DEFAULT_RATE = 0.004
DEFAULTS = InnerOptions(
    steps=5, l2=1.0, class_weighted=False, sharpness=1.65, new_scale=0.24, new_bias=-1.2
)
"""Rate and steps that did best, over K of 5 to 40, on simulated listeners of a corpus that the
checkpoint had never met (each of three corpora in turn)."""


class FineTune(GradientAdapter):
    """A few gradient steps at one rate for everything, with a pull towards the start."""

    name = "fine-tune"
    names: tuple[str, ...] = PARAMETER_NAMES

    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        """Return the checkpoint's values under `training["fine-tune"]`, or the defaults."""
        return _recipe(theta, theta.training.get(self.name, {}), self.names)


class FineTuneTuned(FineTune):
    """Fine-tuning with the rate and steps that were best on development listeners."""

    name = "fine-tune-tuned"

    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        """Return the checkpoint's tuned values.

        Raises:
            PerserError: if the checkpoint holds none.
        """
        if self.name not in theta.training:
            raise PerserError(
                f"The checkpoint {theta.name} holds no tuned rate and steps for {self.name}; "
                "please run perser meta-train with development listeners, or use fine-tune."
            )
        return super().recipe(theta, seed)


class LastLayer(FineTune):
    """Gradient steps on the output layer alone (ANIL without its own meta-training)."""

    name = "last-layer"
    names = OUTPUT_NAMES


class Scratch(GradientAdapter):
    """A head drawn at random and trained on the listener's ratings alone."""

    name = "scratch"
    steps = 100
    rate = 0.05

    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        """Return a random start for this seed, with enough steps to fit the ratings."""
        return Recipe(
            rates=constant_rates(theta.head, self.rate),
            options=InnerOptions(steps=self.steps, class_weighted=False),
            parameters=initial_parameters(theta.head, seed),
        )


def _recipe(theta: Checkpoint, values: Mapping[str, Any], names: tuple[str, ...]) -> Recipe:
    options = {key: value for key, value in values.items() if key != "rate"}
    return Recipe(
        rates=constant_rates(theta.head, float(values.get("rate", DEFAULT_RATE)), names=names),
        options=replace(InnerOptions.from_dict({**DEFAULTS.as_dict(), **options})),
    )
