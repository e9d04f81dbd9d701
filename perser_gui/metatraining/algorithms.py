"""Meta-learners by configuration: Meta-PerSER, its 2^3 ablation, and the classics."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

import torch

from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.adaptation.rates import OUTPUT_NAMES, prior_of
from perser_gui.errors import PerserError
from perser_gui.metatraining.annealing import Annealing
from perser_gui.metatraining.episodes import EpisodeConfig
from perser_gui.model.head import PARAMETER_NAMES, HeadConfig

Algorithm = Literal["meta-perser", "meta-perser-published", "maml", "fomaml", "meta-sgd", "reptile"]
Learn = Literal["both", "rates", "start"]
Layers = Literal["all", "last"]
Keep = Literal["best", "last", "first"]
RateKind = Literal["step", "weight", "fixed"]


@dataclass(frozen=True, kw_only=True)
class MetaConfig:
    """What is learned, and how long.

    Attributes:
        algorithm: the preset from which the three switches below take their defaults.
        combined_set: whether support and query share all of a listener's ratings (None: preset).
        annealing: whether derivatives start in first order (None: preset).
        learned_rates: whether there is a learned rate per tensor and step (None: preset).
        switch: epoch from which derivatives are of second order (None: half of the epochs);
            read when annealing is on.
        learn: the start and the rates, the rates only, or the start only.
        layers: whether the inner loop adapts all layers or the last one only.
        inner_rate: the rate that inner steps have, or begin with.
        inner_rates: that of single parameters by name, in place of `inner_rate`.
        precisions: by name, how firmly parameters are held at their start to begin with; these
            are learned with the rates. A parameter without one is held by `l2` alone.
        epochs: number of epochs.
        meta_batches: meta-batches of an epoch.
        outer_rate: Adam's rate for the start, falling to zero along a cosine.
        rates_outer_rate: Adam's rate for the log rates, falling likewise.
        clip: largest norm of the gradient of the start, and of that of the rates.
        multi_step: whether the query loss after every step counts, fading into the last one.
        soft_f1: share of one minus the soft macro-F1 in the query loss; the rest is the
            class-balanced cross-entropy.
        cross_fit: whether episodes of a corpus, or of a voice, begin at a start that never saw it.
        folds: number of folds of voices for `cross_fit = "voice"`.
        keep: what is shipped: the best epoch by the development listeners, the untrained start
            included ("best"), what was learned to the end ("last"), or what the run began with,
            where other listeners than these say that it serves better ("first"); what was learned
            is then only reported.
    """

    algorithm: Algorithm = "meta-perser"
    combined_set: bool | None = None
    annealing: bool | None = None
    learned_rates: bool | None = None
    switch: float | None = None
    learn: Learn = "both"
    layers: Layers = "all"
    inner_rate: float = 0.01
    inner_rates: Mapping[str, float] = field(default_factory=dict)
    precisions: Mapping[str, float] = field(default_factory=dict)
    epochs: int = 20
    meta_batches: int = 25
    outer_rate: float = 1e-3
    rates_outer_rate: float = 2e-2
    clip: float = 1.0
    multi_step: bool = False
    soft_f1: float = 0.0
    cross_fit: Literal["none", "corpus", "voice"] = "none"
    folds: int = 5
    keep: Keep = "best"

    def __post_init__(self) -> None:
        for value, kind in (
            (self.algorithm, Algorithm),
            (self.learn, Learn),
            (self.keep, Keep),
            (self.layers, Layers),
        ):
            if value not in get_args(kind):
                raise PerserError(
                    f"Meta-training knows no “{value}” here; use one of "
                    f"{', '.join(get_args(kind))}."
                )
        if min(self.epochs, self.meta_batches) < 1 or self.folds < 2:
            raise PerserError("Meta-training needs epochs and meta_batches of 1, folds of 2.")
        if min(self.inner_rate, self.outer_rate, self.rates_outer_rate, self.clip) <= 0:
            raise PerserError("Meta-training needs positive rates and a positive clip.")
        if not 0 <= self.soft_f1 <= 1:
            raise PerserError("soft_f1 is a share between 0 and 1.")
        for key, given in (("inner_rates", self.inner_rates), ("precisions", self.precisions)):
            strange = sorted(set(given) - set(PARAMETER_NAMES))
            if strange or any(value <= 0 for value in given.values()):
                raise PerserError(
                    f"{key} takes positive numbers for {', '.join(PARAMETER_NAMES)}, "
                    f"not {dict(given)}."
                )
        if self.algorithm == "reptile" and (self.learn != "both" or self.multi_step):
            raise PerserError("Reptile learns a start only; please leave learn and multi_step out.")


@dataclass(frozen=True)
class Plan:
    """A configuration with every default filled in."""

    episodes: EpisodeConfig
    annealing: Annealing
    rates: RateKind
    learn_start: bool
    learn_rates: bool
    reptile: bool


_PRESETS: dict[str, tuple[bool, bool, bool]] = {
    "meta-perser": (True, True, True),
    "meta-perser-published": (True, True, True),
    "maml": (False, False, False),
    "fomaml": (False, False, False),
    "meta-sgd": (False, False, True),
    "reptile": (True, False, False),
}


def plan(meta: MetaConfig, episodes: EpisodeConfig) -> Plan:
    """Fill in defaults and reject what contradicts itself.

    Raises:
        PerserError: with a sentence that names the two keys that do not go together.
    """
    combined, annealed, learned = (
        preset if given is None else given
        for preset, given in zip(
            _PRESETS[meta.algorithm],
            (meta.combined_set, meta.annealing, meta.learned_rates),
            strict=True,
        )
    )
    sets = episodes.sets
    if sets == "auto":
        sets = "csmt_overlap" if combined else "split"
    elif meta.combined_set is not None and combined != (sets != "split"):
        raise PerserError(
            f"combined_set = {str(combined).lower()} contradicts sets = “{sets}”; "
            "please leave one of them out."
        )
    reptile = meta.algorithm == "reptile"
    if reptile and learned:
        raise PerserError("Reptile has no way to learn rates; please set learned_rates to false.")
    if reptile and episodes.vocabulary.varies:
        raise PerserError("Reptile needs the classes as words; please leave [vocabulary] out.")
    if meta.learn == "rates" and not learned:
        raise PerserError("learn = “rates” needs learned_rates = true.")
    if not annealed and meta.switch is not None:
        raise PerserError("switch is read only with annealing = true; please leave it out.")
    return Plan(
        episodes=replace(episodes, sets=sets),
        annealing=_annealing(meta, annealed),
        rates=("weight" if meta.algorithm == "meta-sgd" else "step") if learned else "fixed",
        learn_start=meta.learn in ("both", "start"),
        learn_rates=learned and meta.learn in ("both", "rates"),
        reptile=reptile,
    )


def initial_rates(
    meta: MetaConfig, kind: RateKind, head: HeadConfig, inner: InnerOptions
) -> dict[str, torch.Tensor]:
    """Return the log rates before training: [S] per tensor, or [1, shape] per single weight."""
    shapes = head.shapes()
    names = OUTPUT_NAMES if meta.layers == "last" else tuple(shapes)
    steps = max(inner.steps, 1) if kind == "step" else 1
    rates: dict[str, torch.Tensor] = {}
    for name in names:
        value = meta.inner_rates.get(name, meta.inner_rate)
        if name in shapes and kind == "weight":
            rates[name] = torch.full((1, *shapes[name]), math.log(value))
        else:
            rates |= constant_rates(head, value, steps, (name,))
        if name in shapes and name in meta.precisions:
            rates[prior_of(name)] = torch.tensor([math.log(meta.precisions[name])])
    return rates


def _annealing(meta: MetaConfig, annealed: bool) -> Annealing:
    if meta.algorithm in ("fomaml", "reptile") and not annealed:
        return Annealing(math.inf)
    if not annealed:
        return Annealing(0)
    return Annealing.half(meta.epochs) if meta.switch is None else Annealing(meta.switch)
