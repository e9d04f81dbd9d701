"""The inner objective's options, each against a formula written out, and rates over words."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perser_gui.adaptation.inner import InnerOptions, Task
from perser_gui.adaptation.objective import Objective
from perser_gui.adaptation.rates import downwards, listener_rates
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.model.classes import listener_classes

LOGITS = torch.tensor([[1.0, -1, 0], [0.5, 0, 2], [0, 0, 0], [3, 1, -2]], dtype=torch.float64)
TARGETS = torch.eye(3, dtype=torch.float64)[[0, 0, 0, 2]]
TASK = Task(x=torch.zeros(4, 1, 1), targets=TARGETS)


def surprise() -> np.ndarray:
    p = torch.softmax(LOGITS, 1).numpy()
    return -np.log(p[np.arange(4), [0, 0, 0, 2]])


def value(task: Task, **options: float) -> float:
    return float(Objective(task, InnerOptions(**options)).value(LOGITS, None))  # type: ignore[arg-type]


def test_a_balanced_support_counts_every_word_alike() -> None:
    """Three ratings of one word and one of another: at power one both words weigh two rows."""
    rows = np.array([2 / 3, 2 / 3, 2 / 3, 2])
    assert value(TASK, balance=1.0) == pytest.approx((rows * surprise()).mean())
    assert value(TASK) == pytest.approx(surprise().mean())


def test_half_balancing_weighs_by_the_root_of_the_counts_with_a_mean_of_one() -> None:
    rows = np.array([3, 3, 3, 1]) ** -0.5
    assert value(TASK, balance=0.5) == pytest.approx((rows / rows.mean() * surprise()).mean())


def test_spread_is_measured_against_the_listeners_own_use_of_words() -> None:
    unlabelled = torch.tensor([[2.0, 0, 0], [0, 1, 0]], dtype=torch.float64)
    task = Task(x=TASK.x, targets=TARGETS, unlabelled=torch.zeros(2, 1, 1))
    options = InnerOptions(information=2.0, spread=1.5, prior_count=2.0)
    found = float(Objective(task, options).value(LOGITS, unlabelled)) - surprise().mean()
    p = torch.softmax(unlabelled, 1).numpy()
    usual = (np.array([3, 0, 1]) + 2) / (4 + 3 * 2)
    entropy = -(p * np.log(p)).sum(1).mean()
    divergence = (p.mean(0) * np.log(p.mean(0) / usual)).sum()
    assert found == pytest.approx(2.0 * (entropy + 1.5 * divergence))


def test_rates_are_positive_and_go_downwards() -> None:
    steps = downwards(torch.log(torch.tensor([0.1, 0.5])))
    assert [float(s) for s in steps] == pytest.approx([-0.1, -0.5])


def test_single_weight_rates_follow_their_classes_to_the_listeners_words() -> None:
    words = listener_classes(EmotionSet.of(["angry", "wistful", "happy"]), CLASSES[:8])
    rates = {
        "output.weight": torch.randn(2, 8, 5),
        "output.bias": torch.randn(2, 8),
        "projection.bias": torch.randn(2),
    }
    laid = listener_rates(rates, words)
    assert torch.equal(laid["output.weight"][:, 0], rates["output.weight"][:, 4])
    assert torch.equal(laid["output.weight"][:, 2], rates["output.weight"][:, 2])
    assert torch.equal(laid["output.weight"][:, 1], rates["output.weight"].mean(1))
    assert torch.equal(laid["output.bias"][:, 0], rates["output.bias"][:, 4])
    assert laid["projection.bias"] is rates["projection.bias"]
