"""A gradient adapter with another number of inner steps, to sweep over them."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from perser_gui.adaptation.gradient import GradientAdapter, Recipe
from perser_gui.adaptation.listener import ListenerStart
from perser_gui.adaptation.protocol import Support
from perser_gui.model.checkpoint import Checkpoint


class WithSteps(GradientAdapter):
    """Does what another gradient adapter does, in `steps` inner steps.

    Steps beyond the trained number keep the last rate, as the inner loop's own rule says.
    """

    def __init__(self, inner: GradientAdapter, steps: int) -> None:
        self.inner = inner
        self.steps = steps
        self.name = inner.name

    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        """Return the inner adapter's recipe with the other number of steps."""
        recipe = self.inner.recipe(theta, seed)
        return replace(recipe, options=replace(recipe.options, steps=self.steps))

    def start(
        self,
        theta: Checkpoint,
        support: Support,
        recipe: Recipe,
        *,
        device: str = "cpu",
        folds: Tensor | None = None,
    ) -> ListenerStart:
        """Return where the inner adapter starts."""
        return self.inner.start(theta, support, recipe, device=device, folds=folds)
