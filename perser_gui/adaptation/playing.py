"""Playing the inner loop for one listener: the start, voices marked, and steps under watch."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from perser_gui.adaptation.inner import (
    InnerOptions,
    Rates,
    Task,
    Watch,
    adapt,
    adapt_anchored,
    anchored_logits,
)
from perser_gui.adaptation.listener import ListenerStart, listener_task, sampled_rows
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.rates import is_prior, listener_rates
from perser_gui.adaptation.voices import Marks
from perser_gui.model.classes import class_logits
from perser_gui.model.head import HeadConfig, Parameters, logits
from perser_gui.progress import Progress

DIVERGED = "The steps did not settle on these ratings, so shorter ones were taken."
UNSETTLED = "The steps did not settle on these ratings, however short, so none were taken."

SPOILED = 1.0
"""Steps after which the labels they were made from are less likely, by so many nats for each, have
gone astray."""


@dataclass(frozen=True)
class Recipe:
    """One learner's start (None: the checkpoint's), log rates and inner-loop options."""

    rates: Rates
    options: InnerOptions
    parameters: Parameters | None = None


@dataclass(frozen=True)
class Play:
    """What an inner loop begins with: the listener's start, and the same with voices marked."""

    start: ListenerStart
    parameters: Mapping[str, Tensor]
    config: HeadConfig
    task: Task
    marks: Marks | None


def play_of(
    start: ListenerStart,
    support: Support,
    options: InnerOptions,
    device: str,
    folds: Tensor | None = None,
) -> Play:
    """Lay a support out for the inner loop; `folds` [T, K] masks it T times.

    Clips without a rating that are only counted on the mean stand together as one.
    """
    task = listener_task(start, support, options, device=device, folds=folds)
    marks = Marks.of(support.voices, start.config, options.voice)
    others, count = task.unlabelled, 0
    if marks is not None:
        if others is not None:
            named = support.unlabelled_voices or ("",) * len(others)
            rows = sampled_rows(len(named)).tolist()
            others = marks.marked(others, [named[row] for row in rows])
        task = replace(task, x=marks.marked(task.x, support.voices), unlabelled=others)
    if others is not None and not options.information and start.config.activation == "none":
        count = len(others)
        mean = others.mean(0, keepdim=True)
        task = replace(task, unlabelled=mean, unlabelled_mask=mean.new_full((1,), float(count)))
    if marks is None:
        return Play(start, start.parameters, start.config, task, None)
    return Play(start, marks.start(start.parameters), marks.config(start.config), task, marks)


def settled(
    play: Play, recipe: Recipe, options: InnerOptions, device: str, watch: Watch | None = None
) -> tuple[dict[str, Tensor], int, int]:
    """Return the adapted parameters, the steps taken, and how often rates had to be shortened."""
    for number, rates in enumerate(_rates_to_try(recipe, play.start, device)):
        with torch.no_grad():
            adapted = adapt(play.parameters, play.config, play.task, rates, options, watch=watch)
        if all(bool(torch.isfinite(v.sum())) for v in adapted.parameters.values()):
            return _parted(play, adapted.parameters), adapted.steps, number
    return dict(play.start.parameters), 0, number


def held(play: Play, recipe: Recipe, options: InnerOptions, device: str) -> list[dict[str, Tensor]]:
    """Return a candidate's adapted parameters, by steps that leave its labels about as likely.

    One set of them for every anchor of the options, the first one first. Steps that are too long
    for the clips at hand swing ever further to and fro, and may end at finite numbers all the same;
    a mean over candidates would be spoiled by the least share of them. Then shorter ones are taken,
    or none.
    """
    task = play.task

    def unlikely(parameters: Mapping[str, Tensor]) -> float:
        values = class_logits(logits(parameters, task.x, play.config), task.groups)
        return float(-(task.targets * values.log_softmax(-1)).sum(-1).mean())

    anchors = anchors_of(options)
    found: dict[float, dict[str, Tensor]] = {}
    with torch.no_grad():
        most = unlikely(play.parameters) + SPOILED
        for rates in _rates_to_try(recipe, play.start, device):
            wanted = [anchor for anchor in anchors if anchor not in found]
            if not wanted:
                break
            ends = adapt_anchored(play.parameters, play.config, task, rates, options, wanted)
            for anchor, end in zip(wanted, ends, strict=True):
                finite = all(bool(torch.isfinite(v.sum())) for v in end.parameters.values())
                if finite and unlikely(end.parameters) <= most:
                    found[anchor] = _parted(play, end.parameters)
    return [found.get(anchor) or dict(play.start.parameters) for anchor in anchors]


def foreseen(
    play: Play, recipe: Recipe, options: InnerOptions, device: str, watch: Watch | None = None
) -> Tensor:
    """Return word logits [A, T, K, C] of all labelled clips after the steps in T folds at once.

    There are A of them, one for every anchor of the options.
    """
    for rates in _rates_to_try(recipe, play.start, device):
        with torch.no_grad():
            values = anchored_logits(
                *(play.parameters, play.config, play.task, play.task.x, rates, options),
                anchors_of(options),
                watch=watch,
            )
        if bool(torch.isfinite(values).all()):
            break
    else:
        values = torch.zeros_like(values)
    assert play.task.mask is not None
    return values.expand(len(values), len(play.task.mask), *values.shape[-2:])


def anchors_of(options: InnerOptions) -> tuple[float, ...]:
    """Return every anchor that steps with these options are tried with, each once."""
    return tuple(dict.fromkeys((options.anchor, *options.anchors)))


def _parted(play: Play, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return adapted parameters, the offsets of voices apart."""
    if play.marks is None:
        return dict(parameters)
    plain, offsets = play.marks.parted(parameters)
    return {**plain, **offsets}


def watching(progress: Progress | None, steps: int) -> Watch | None:
    """Return what looks at the user's wishes before every inner step; None without progress."""
    if progress is None:
        return None

    def watch(step: int, loss: float) -> bool:
        progress.report(step / max(steps, 1), f"Step {step} of {steps}")
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


def for_use(options: InnerOptions, count: int, most: int | None = None) -> InnerOptions:
    """Return the options as used for adapting: nothing to learn from means no steps."""
    steps = min(options.steps, options.steps if most is None else most) if count else 0
    return replace(options, steps=steps, order="first")
