"""What all adapters by gradient steps share: a start, rates, and the inner loop under watch."""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
import torch
from torch import Tensor

from perser_gui.adaptation.listener import (
    ListenerStart,
    NewWords,
    head_probabilities,
    head_profile,
    listener_start,
    probabilities_of,
)
from perser_gui.adaptation.placing import on_device
from perser_gui.adaptation.playing import (
    DIVERGED,
    UNSETTLED,
    Recipe,
    for_use,
    foreseen,
    play_of,
    settled,
    watching,
)
from perser_gui.adaptation.protocol import Adapter, Support
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile

__all__ = ["DIVERGED", "UNSETTLED", "GradientAdapter", "Recipe", "folds_of", "heard", "watching"]


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
        options = for_use(recipe.options, support.count, self.most_steps)
        shortened = 0

        def work(place: str) -> tuple[ListenerStart, Mapping[str, Tensor], int]:
            nonlocal shortened
            start = self.start(theta, support, recipe, device=place)
            play = play_of(start, support, options, place)
            watch = watching(progress, options.steps)
            parameters, taken, shortened = settled(play, recipe, options, place, watch)
            return start, parameters, taken

        (start, parameters, taken), used, notes = on_device(device, work)
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
        options = for_use(recipe.options, support.count, self.most_steps)

        def work(place: str) -> FloatArray:
            mask = torch.from_numpy(folds).to(place)
            start = self.start(theta, support, recipe, device=place, folds=mask)
            play = play_of(start, support, options, place, mask)
            watch = watching(progress, options.steps)
            return probabilities_of(foreseen(play, recipe, options, place, watch)[0].to("cpu"))

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


def folds_of(
    count: int, most: int = 30, seed: int = 0, recordings: Sequence[int] = ()
) -> FloatArray:
    """Return leave-out folds [T, K]: one per rating, or 20 seeded ones for more than `most`.

    Every rating is left out (0) by exactly one fold, and with it those of the same recording, if
    `recordings` [K] says which one each is of; then it is recordings that are dealt.
    """
    if recordings:
        names, of = np.unique(recordings, return_inverse=True)
        return np.ascontiguousarray(folds_of(len(names), most, seed)[:, of])
    if count <= most:
        return np.ones((count, count), np.float32) - np.eye(count, dtype=np.float32)
    parts = 20
    order = np.random.default_rng(seed).permutation(count)
    folds = np.ones((parts, count), np.float32)
    folds[np.arange(count) % parts, order] = 0.0
    return folds
