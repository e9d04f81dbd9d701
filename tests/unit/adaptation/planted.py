"""Small checkpoints and listeners with a planted habit."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch

from perser_gui.adaptation.film import with_listener_embedding
from perser_gui.adaptation.inner import constant_rates
from perser_gui.adaptation.meta_perser import META_LEARNERS
from perser_gui.adaptation.other_listeners import with_listener_heads
from perser_gui.adaptation.protocol import Support
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.model.checkpoint import Checkpoint, Variant
from perser_gui.model.head import HeadConfig, initial_parameters, logits
from perser_gui.model.normalization import SpeakerNormalization

LAYERS, WIDTH, HIDDEN = 2, 24, 12
EIGHT = CLASSES[:8]
"""The classes of the planted world; checkpoints made before boredom was one have these."""


def teacher(seed: int = 0) -> Checkpoint:
    """A checkpoint whose head separates random clips well, with nothing meta-trained."""
    config = HeadConfig(LAYERS, WIDTH, HIDDEN, len(EIGHT), layer_mix="concatenate")
    parameters = initial_parameters(config, seed)
    parameters["output.weight"] = parameters["output.weight"] * 12
    parameters["output.bias"] = torch.zeros(len(EIGHT))
    return Checkpoint(
        name="teacher",
        encoder="tiny",
        classes=EIGHT,
        head=config,
        parameters=parameters,
        normalization=SpeakerNormalization.identity(LAYERS, WIDTH),
        class_weights=torch.ones(len(EIGHT)),
    )


def clips(count: int, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=(count, LAYERS, WIDTH))
    return (values * 1.5).astype(np.float32)


def said(theta: Checkpoint, x: np.ndarray) -> np.ndarray:
    """What the teacher's head says about clips: class indices [N]."""
    return logits(theta.parameters, torch.from_numpy(x), theta.head).argmax(-1).numpy()


def rated(
    x: np.ndarray, labels: np.ndarray | list[int], classes: EmotionSet | None = None
) -> Support:
    emotions = classes or EmotionSet.default(EIGHT)
    eye = np.eye(len(emotions.words), dtype=np.float32)
    return Support(x=x, targets=eye[np.asarray(labels, dtype=int)], classes=emotions)


def trained_for_everything() -> Checkpoint:
    """A checkpoint that holds something for every adapter."""
    base = teacher()
    listeners = [rated(x := clips(24, 50 + i), (said(base, x) + i) % 8) for i in range(4)]
    base = with_listener_embedding(with_listener_heads(base, listeners), listeners)
    rates = constant_rates(base.head, 0.02, 5)
    elementwise = {
        name: torch.full((1, *shape), math.log(0.02)) for name, shape in base.head.shapes().items()
    }
    inner = {"steps": 5}
    variants = {
        name: Variant(
            parameters={k: v * 1.01 for k, v in base.parameters.items()},
            rates=elementwise if name == "meta-sgd" else {},
            inner={"steps": 1} if name == "meta-sgd" else {**inner, "rate": 0.02},
        )
        for name in META_LEARNERS
        if name != "meta-perser"
    }
    return replace(
        base,
        rates=rates,
        training={"inner": inner, "fine-tune-tuned": {"rate": 0.05, "steps": 40}},
        variants=variants,
    )
