"""What all adapters by gradient steps share: a start, rates, and the inner loop under watch."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch
from torch import Tensor

from perser_gui.adaptation.device import on_device
from perser_gui.adaptation.inner import InnerOptions, Rates, Task, Watch, adapt, query_logits
from perser_gui.adaptation.listener import (
    ListenerStart,
    NewWords,
    head_probabilities,
    head_profile,
    listener_start,
    listener_task,
    probabilities_of,
    sampled_rows,
)
from perser_gui.adaptation.protocol import Adapter, Support
from perser_gui.adaptation.rates import is_prior, listener_rates
from perser_gui.adaptation.voices import Marks
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import HeadConfig, Parameters
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile

DIVERGED = "The steps did not settle on these ratings, so shorter ones were taken."
UNSETTLED = "The steps did not settle on these ratings, however short, so none were taken."


@dataclass(frozen=True)
class Recipe:
    """One learner's start (None: the checkpoint's), log rates and inner-loop options."""

    rates: Rates
    options: InnerOptions
    parameters: Parameters | None = None


class GradientAdapter(ABC):
    """Adapts by gradient steps from a checkpoint; what differs is the `recipe`."""

    name: str
    most_steps: int | None = None
    """Steps after which it ends, for models like one that was stopped; None: the recipe's."""

    def limited(self, steps: int) -> Self:
        """Return this adapter as it is when it ends after so many steps."""
        result = copy.copy(self)
        result.most_steps = steps
        return result

    @abstractmethod
    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        """Return where this learner starts and how it steps."""

    def start(
        self,
        theta: Checkpoint,
        support: Support,
        recipe: Recipe,
        *,
        device: str = "cpu",
        folds: Tensor | None = None,
    ) -> ListenerStart:
        """Return the listener's start; words the checkpoint lacks start from their examples."""
        return listener_start(
            theta,
            support,
            parameters=recipe.parameters,
            device=device,
            folds=folds,
            new_words=NewWords(recipe.options.new_scale, recipe.options.new_bias),
        )

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        """Return the head after the inner steps; without any rating, the start itself."""
        recipe = self.recipe(theta, seed)
        options = _for_use(recipe.options, support.count, self.most_steps)
        taken, shortened = 0, 0

        def work(place: str) -> tuple[ListenerStart, Mapping[str, Tensor]]:
            nonlocal taken, shortened
            start = self.start(theta, support, recipe, device=place)
            begin, config, task, marks = _played(start, support, options, place)
            watch = watching(progress, options.steps)
            for number, rates in enumerate(_rates_to_try(recipe, start, place)):
                with torch.no_grad():
                    adapted = adapt(begin, config, task, rates, options, watch=watch)
                taken, shortened = adapted.steps, number
                if all(bool(torch.isfinite(v.sum())) for v in adapted.parameters.values()):
                    if marks is None:
                        return start, adapted.parameters
                    plain, offsets = marks.parted(adapted.parameters)
                    return start, {**plain, **offsets}
            taken = 0
            return start, start.parameters

        (start, parameters), used, notes = on_device(device, work)
        if progress is not None:
            progress.check()
        if shortened:
            notes = (*notes, DIVERGED if taken else UNSETTLED)
        return head_profile(
            self.name,
            theta,
            start,
            parameters,
            support,
            seed=seed,
            steps=taken,
            device=used,
            notes=notes,
        )

    def probabilities(
        self,
        theta: Checkpoint,
        profile: Profile,
        x: FloatArray,
        voices: Sequence[str] = (),
    ) -> FloatArray:
        """Return probabilities [N, C] for features x [N, L, W] of clips in these voices."""
        return head_probabilities(theta, profile, x, voices)

    def held_out(
        self,
        theta: Checkpoint,
        support: Support,
        folds: FloatArray,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> FloatArray:
        """Return the probabilities [T, K, C] of all clips by models adapted in T folds at once.

        `folds` [T, K] is 1 where a fold may see a rating. The model of fold t is the same, up
        to rounding, as `adapt` makes of those rows alone.
        """
        recipe = self.recipe(theta, seed)
        options = _for_use(recipe.options, support.count, self.most_steps)

        def work(place: str) -> FloatArray:
            mask = torch.from_numpy(folds).to(place)
            start = self.start(theta, support, recipe, device=place, folds=mask)
            begin, config, task, _ = _played(start, support, options, place, mask)
            watch = watching(progress, options.steps)
            for rates in _rates_to_try(recipe, start, place):
                with torch.no_grad():
                    values = query_logits(begin, config, task, task.x, rates, options, watch=watch)
                if bool(torch.isfinite(values).all()):
                    break
            else:
                values = torch.zeros_like(values)
            values = values.expand(len(folds), *values.shape[-2:])
            return probabilities_of(values.to("cpu"))

        return on_device(device, work)[0]


def heard(
    adapter: Adapter,
    theta: Checkpoint,
    profile: Profile,
    x: FloatArray,
    voices: Sequence[str] = (),
) -> FloatArray:
    """Return a profile's probabilities [N, C] for features x [N, L, W] of clips in these voices.

    Adapters that know nothing of voices are not told of them.
    """
    if isinstance(adapter, GradientAdapter):
        return adapter.probabilities(theta, profile, x, voices)
    return adapter.probabilities(theta, profile, x)


def _played(
    start: ListenerStart,
    support: Support,
    options: InnerOptions,
    device: str,
    folds: Tensor | None = None,
) -> tuple[Mapping[str, Tensor], HeadConfig, Task, Marks | None]:
    """Return the inner loop's start, sizes and task, with voices marked where options say so."""
    task = listener_task(start, support, options, device=device, folds=folds)
    marks = Marks.of(support.voices, start.config, options.voice)
    if marks is None:
        return start.parameters, start.config, task, None
    others = task.unlabelled
    if others is not None:
        named = support.unlabelled_voices or ("",) * len(others)
        rows = sampled_rows(len(named)).tolist()
        others = marks.marked(others, [named[row] for row in rows])
    marked = replace(task, x=marks.marked(task.x, support.voices), unlabelled=others)
    return marks.start(start.parameters), marks.config(start.config), marked, marks


def watching(progress: Progress | None, steps: int) -> Watch | None:
    """Return what looks at the user's wishes before every inner step; None without progress."""
    if progress is None:
        return None

    def watch(step: int, loss: float) -> bool:
        progress.report(step / max(steps, 1), f"Step {step} of {steps}, loss {loss:.3f}")
        return not progress.stop_requested

    return watch


def _rates_to_try(recipe: Recipe, start: ListenerStart, device: str) -> Iterator[dict[str, Tensor]]:
    """Yield the log rates, then ever smaller ones for the case that the steps diverge."""
    rates = listener_rates(recipe.rates, start.words)
    for factor in (1.0, 0.1, 0.01, 1e-3, 1e-4):
        yield {
            name: rho.to(device) + (0.0 if is_prior(name) else math.log(factor))
            for name, rho in rates.items()
        }


def _for_use(options: InnerOptions, count: int, most: int | None) -> InnerOptions:
    """Return the options as used for adapting: nothing to learn from means no steps."""
    steps = min(options.steps, options.steps if most is None else most) if count else 0
    return replace(options, steps=steps, order="first")


def folds_of(count: int, most: int = 30, seed: int = 0) -> FloatArray:
    """Return leave-out folds [T, K]: one per rating, or 20 seeded ones for more than `most`.

    Every rating is left out (0) by exactly one fold.
    """
    if count <= most:
        return np.ones((count, count), np.float32) - np.eye(count, dtype=np.float32)
    parts = 20
    order = np.random.default_rng(seed).permutation(count)
    folds = np.ones((parts, count), np.float32)
    folds[np.arange(count) % parts, order] = 0.0
    return folds
