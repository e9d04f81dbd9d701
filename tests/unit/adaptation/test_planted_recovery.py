"""Listeners made of a shared teacher and a known habit: adaptation must find the habit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from perser_gui.adaptation import get_adapter, predict
from perser_gui.adaptation.inner import InnerOptions, Task, constant_rates, query_logits
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import logits
from perser_gui.model.losses import cross_entropy

from .planted import LAYERS, WIDTH, clips, rated, said, teacher

OPTIONS = InnerOptions(steps=5)


def leaning(base: Checkpoint, x: Tensor, lean: Tensor) -> Tensor:
    """What a listener says who leans to some words by `lean` (logits): class indices."""
    return (logits(base.parameters, x, base.head) + lean).argmax(-1)


def with_learned_rates(width: float) -> Checkpoint:
    """The teacher with inner rates learned over listeners who lean by logits this wide."""
    base = teacher()
    generator = torch.Generator().manual_seed(0)
    rates = constant_rates(base.head, 0.003, OPTIONS.steps)
    rates["output.bias"] += 4.6  # a rate of 0.3
    for rho in rates.values():
        rho.requires_grad_()
    outer = torch.optim.Adam(rates.values(), lr=0.3)
    for _ in range(60):
        x = torch.randn(6, 20 + 48, LAYERS, WIDTH, generator=generator) * 1.5
        lean = width * torch.randn(6, 1, 8, generator=generator)
        y = torch.eye(8)[leaning(base, x, lean)]
        task = Task(x=x[:, :20], targets=y[:, :20])
        values = query_logits(base.parameters, base.head, task, x[:, 20:], rates, OPTIONS)
        outer.zero_grad()
        cross_entropy(values, y[:, 20:]).mean().backward()
        outer.step()
    learned_rates = {name: rho.detach() for name, rho in rates.items()}
    return replace(base, rates=learned_rates, training={"inner": OPTIONS.as_dict()})


@pytest.fixture(scope="module")
def learned() -> Checkpoint:
    return with_learned_rates(3.0)


def accuracy(base: Checkpoint, name: str, x: np.ndarray, labels: np.ndarray, shots: int) -> float:
    profile = get_adapter(name).adapt(base, rated(x[:shots], labels[:shots]))
    guessed = predict(base, profile, x[shots:]).argmax(1)
    return float((guessed == labels[shots:]).mean())


@pytest.mark.parametrize("name", ["meta-perser", "bias-and-temperature"])
def test_a_listener_who_leans_to_some_words_is_approached_half_way_with_twenty_ratings(
    name: str, learned: Checkpoint
) -> None:
    generator = torch.Generator().manual_seed(77)
    generic, adapted = [], []
    for listener in range(8):
        x = clips(400, 200 + listener)
        lean = 3 * torch.randn(8, generator=generator)
        labels = leaning(learned, torch.from_numpy(x), lean).numpy()
        generic.append(accuracy(learned, "generic", x, labels, 20))
        adapted.append(accuracy(learned, name, x, labels, 20))
    oracle = 1.0  # the teacher with the true lean makes no mistake
    assert np.mean(generic) < 0.85
    assert np.mean(adapted) > np.mean(generic) + 0.5 * (oracle - np.mean(generic))


@pytest.mark.parametrize("shots", [5, 20])
def test_where_no_listener_has_a_habit_the_rates_learn_to_lose_nothing(shots: int) -> None:
    alike = with_learned_rates(0.0)
    x = clips(800, 23)
    assert accuracy(alike, "meta-perser", x, said(alike, x), shots) > 0.98


@pytest.mark.parametrize("name", ["bias-and-temperature", "confusion-matrix"])
@pytest.mark.parametrize("shots", [5, 20])
def test_calibrations_lose_next_to_nothing_on_a_listener_without_a_habit(
    name: str, shots: int, theta: Checkpoint
) -> None:
    x = clips(800, 23)
    assert accuracy(theta, name, x, said(theta, x), shots) > 0.97


def test_what_is_learned_is_that_habits_of_this_kind_are_in_the_bias(learned: Checkpoint) -> None:
    assert learned.rates is not None
    rates = {name: float(rho.exp().mean()) for name, rho in learned.rates.items()}
    assert rates["output.bias"] > 20 * rates["output.weight"]
    assert rates["output.bias"] > 1000 * rates["projection.weight"]


def test_a_confusion_table_finds_two_words_that_a_listener_swaps(theta: Checkpoint) -> None:
    swap = np.array([0, 1, 2, 4, 3, 5, 6, 7])
    x = clips(800, 21)
    labels = swap[said(theta, x)]
    assert accuracy(theta, "generic", x, labels, 96) < 0.8
    assert accuracy(theta, "confusion-matrix", x, labels, 96) > 0.95
