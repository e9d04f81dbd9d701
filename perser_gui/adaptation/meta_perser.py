"""Learners whose start and rates come out of meta-training: Meta-PerSER and its relatives.

They differ in what meta-training learned and stored, not in how they adapt: Meta-PerSER one
rate per parameter tensor and step (combined sets, derivative annealing), MAML and first-order
MAML one fixed rate, Meta-SGD one rate per single weight, Reptile a start only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from perser_gui.adaptation.gradient import GradientAdapter, Recipe
from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.adaptation.listener import GROUPS, probabilities_of
from perser_gui.adaptation.placing import on_device
from perser_gui.adaptation.playing import for_use, foreseen, held, play_of
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.rates import is_prior
from perser_gui.adaptation.swapped_words import (
    SwappedWords,
    exchanges,
    hindsight,
    mingled,
    with_exchanged,
)
from perser_gui.adaptation.weighing import (
    Array,
    label_likelihoods,
    mean_parameters,
    sureness_of,
    weights_of,
)
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.classes import listener_classes
from perser_gui.model.schema import LARGEST_OPTION
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile

META_LEARNERS = ("meta-perser", "meta-perser-published", "maml", "fomaml", "meta-sgd", "reptile")

WORDS_REFERENCE = 2
"""The number of words at which `words_power` changes nothing."""

MOST_LESS = 500.0
"""Nats beyond which an exchange counts for no less than next to nothing."""

DEFAULT_LEARNER = "meta-perser"
"""The learner whose rates stand at the top of a checkpoint that does not say otherwise."""


class MetaLearned(GradientAdapter):
    """Gradient steps from a meta-learned start with meta-learned rates.

    A checkpoint holds a learner as a variant of that name, or as its own parameters and rates
    when `training["learner"]` (by default "meta-perser") names it; the options stand in the
    variant's `inner` or in `training["inner"]`, where `rate` is the fixed rate of learners
    that learn none. With `boldness` among the options the profile is a mean over candidates,
    weighed by how well they foresee the listener's own labels.
    """

    folds = 10
    """Into how many parts labels are dealt to weigh candidates."""

    def __init__(self, name: str = DEFAULT_LEARNER) -> None:
        self.name = name

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        """Return the head after the inner steps, or the weighted mean of all candidates'."""
        profile = super().adapt(theta, support, seed=seed, device=device, progress=progress)
        recipe = self.recipe(theta, seed)
        stopped = progress is not None and progress.stop_requested
        if not recipe.options.boldness or not support.count or stopped:
            return profile
        candidates = _candidates(recipe, theta, support.classes)
        seen = support.shares
        folds = _dealt(support.count, self.folds, seed, support.recordings)
        own = _own(self._foreseen(theta, support, folds, candidates, device, progress), folds)
        swaps = _exchanges(recipe, theta, support.classes)
        before = _before(recipe, own, support.targets, seen, len(swaps))
        own = with_exchanged(own, swaps)
        weights = weights_of(label_likelihoods(own, support.targets), seen, before)

        def work(place: str) -> dict[str, FloatArray]:
            start = self.start(theta, support, recipe, device=place)
            options = for_use(recipe.options, support.count, self.most_steps)
            play = play_of(start, support, options, place)
            found = []
            for each in candidates:
                options = for_use(each.options, support.count, self.most_steps)
                found += held(play, each, options, place)
            shares = weights[: len(found)].copy()
            generic = np.append(weights[0], weights[len(found) :])
            found[0], shares[0] = mingled(found[0], swaps, generic), generic.sum()
            return mean_parameters(found, shares)

        parameters = on_device(device, work)[0]
        mixed = np.tensordot(weights, own, axes=1)
        sure = float(sureness_of(mixed, support.targets, seen, recipe.options.sureness))
        for name in ("output.weight", "output.bias"):
            parameters[name] = np.asarray(sure * parameters[name], dtype=np.float32)
        parameters[GROUPS] = profile.parameters[GROUPS]
        return replace(profile, parameters=parameters)

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

        With candidates, those of a fold are weighed by how well they foresee the labels that it
        may see, each by a model of the fold that left it out. Those models saw the labels that
        this fold left out, so these keep a small say in the weights and none in the candidates.
        """
        recipe = self.recipe(theta, seed)
        if not recipe.options.boldness or not support.count:
            return super().held_out(
                theta, support, folds, seed=seed, device=device, progress=progress
            )
        candidates = _candidates(recipe, theta, support.classes)
        logits = self._foreseen(theta, support, folds, candidates, device, progress)
        own = _own(logits, folds)
        seen = folds.astype(np.float64) * support.shares
        swaps = _exchanges(recipe, theta, support.classes)
        before = _before(recipe, own, support.targets, seen, len(swaps))
        logits, own = with_exchanged(logits, swaps), with_exchanged(own, swaps)
        weights = weights_of(label_likelihoods(own, support.targets), seen, before)
        result = np.einsum("tm,mtkc->tkc", weights, logits.astype(np.float64))
        for fold in range(len(folds)):
            mixed = np.tensordot(weights[fold], own, axes=1)
            spread = recipe.options.sureness
            result[fold] *= sureness_of(mixed, support.targets, seen[fold], spread)
        return probabilities_of(torch.from_numpy(result))

    def _foreseen(
        self,
        theta: Checkpoint,
        support: Support,
        folds: FloatArray,
        candidates: Sequence[Recipe],
        device: str,
        progress: Progress | None,
    ) -> FloatArray:
        """Return logits [M, T, K, C] in all folds, of each candidate with each of its anchors."""

        def work(place: str) -> FloatArray:
            mask = torch.from_numpy(folds).to(place)
            start = self.start(theta, support, candidates[0], device=place, folds=mask)
            play = play_of(start, support, candidates[0].options, place, mask)
            parts = []
            for number, each in enumerate(candidates):
                if progress is not None:
                    progress.report(number / len(candidates), "Weighing how far to move")
                options = for_use(each.options, support.count, self.most_steps)
                parts.append(foreseen(play, each, options, place).to("cpu").numpy())
            return np.concatenate(parts)

        return on_device(device, work)[0]

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
    rate = inner.get("rate", 0.01)
    if not isinstance(rate, int | float) or not 0 <= rate <= LARGEST_OPTION:
        raise PerserError(f"The inner loop's rate is no number from 0: {rate}.")
    fixed = constant_rates(theta.head, float(rate))
    return Recipe(rates=rates or fixed, options=options, parameters=parameters)


def _held(recipe: Recipe, boldness: float) -> Recipe:
    """Return the recipe with its precisions divided by `boldness`, steps in proportion."""
    if boldness == 1.0:
        return recipe
    shift = math.log(boldness)
    rates = {k: rho - shift if is_prior(k) else rho + shift for k, rho in recipe.rates.items()}
    return replace(recipe, rates=rates)


def _candidates(recipe: Recipe, theta: Checkpoint, emotions: EmotionSet) -> list[Recipe]:
    """Return everyone's model and all ways to move from it, for a listener of these words."""
    words = listener_classes(emotions, theta.classes, theta.untaught)
    count = len(words.words)
    options = recipe.options
    bolder = (max(count, WORDS_REFERENCE) / WORDS_REFERENCE) ** options.words_power
    more = () if words.unknown else options.anchors
    changed = replace(options, damping=options.damping / bolder, anchors=more)
    moving = replace(recipe, options=changed)
    stay = replace(recipe, options=replace(options, steps=0, anchors=()))
    return [stay, *(_held(moving, bolder * each) for each in options.boldness)]


def _exchanges(recipe: Recipe, theta: Checkpoint, emotions: EmotionSet) -> list[SwappedWords]:
    """Return the exchanges of two words that are tried for a listener of these words."""
    if not recipe.options.exchanged:
        return []
    return exchanges(listener_classes(emotions, theta.classes, theta.untaught))


def _before(
    recipe: Recipe, own: FloatArray, targets: FloatArray, seen: Array, swaps: int = 0
) -> Array:
    """Return how likely [..., M + swaps] each candidate is before the first label.

    `own` [M, K, C] are the logits of labels by the candidates that move, everyone's model first:
    it is `doubt` times as likely as those of one boldness, however many of them are tried.
    """
    options = recipe.options
    before = np.ones((*seen.shape[:-1], len(own) + swaps))
    before[..., 0] = options.doubt * (len(own) - 1) / len(options.boldness)
    if swaps:
        all_of_them = options.exchanged * before[..., : len(own)].sum(axis=-1)
        less = np.exp(-np.minimum(hindsight(own[0], targets, seen), MOST_LESS))
        before[..., len(own) :] = (all_of_them * less / swaps)[..., None]
    return before


def _own(logits: FloatArray, folds: FloatArray) -> FloatArray:
    """Return logits [M, K, C] of each label's clip in the fold that left it out."""
    return np.asarray(logits[:, folds.argmin(axis=0), np.arange(folds.shape[1])])


def _dealt(count: int, parts: int, seed: int, recordings: Sequence[int] = ()) -> FloatArray:
    """Return folds [T, K] that each leave out every T-th recording of a seeded order.

    `recordings` [K] says which one each label is of; empty: each of its own.
    """
    if recordings:
        names, of = np.unique(recordings, return_inverse=True)
        return np.ascontiguousarray(_dealt(len(names), parts, seed)[:, of])
    parts = min(count, parts)
    folds = np.ones((parts, count), np.float32)
    order = np.random.default_rng(seed).permutation(count)
    folds[np.arange(count) % parts, order] = 0.0
    return folds
