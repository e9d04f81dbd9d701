"""Somebody who exchanges two words, and others who only look as if they did."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from perser_gui.adaptation import get_adapter
from perser_gui.adaptation.gradient import folds_of
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.scores import held_out_probabilities
from perser_gui.adaptation.swapped_words import (
    exchanges,
    hindsight,
    mingled,
    with_exchanged,
)
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.metatraining.config import parse_config
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.classes import class_logits, groups_tensor, listener_classes
from tests.unit.adaptation.test_weighing import checkpoint as toy

WORDS = ("happy", "sad", "angry", "calm")


def checkpoint(exchanged: float = 0.05) -> Checkpoint:
    """A model that hears each word in a direction of its own."""
    return replace(
        toy(WORDS, boldness=[1.0, 4.0], exchanged=exchanged),
        parameters={
            "projection.weight": torch.eye(8),
            "projection.bias": torch.zeros(8),
            "output.weight": torch.eye(8)[:4],
            "output.bias": torch.zeros(4),
        },
    )


def said(order: tuple[int, ...], count: int, seed: int = 0, sure: float = 5.0) -> Support:
    """A listener who says word `order[i]` for what everyone hears as word i."""
    random = np.random.default_rng(seed)
    meant = random.integers(4, size=count)
    x = random.standard_normal((count, 1, 8)).astype(np.float32)
    x[np.arange(count), 0, meant] += sure
    targets = np.eye(4, dtype=np.float32)[np.array(order)[meant]]
    return Support(x, targets, EmotionSet.of(WORDS))


def right(theta: Checkpoint, learned: Support, tested: Support) -> float:
    adapter = get_adapter("meta-perser")
    p = adapter.probabilities(theta, adapter.adapt(theta, learned), tested.x)
    return float((p.argmax(1) == tested.targets.argmax(1)).mean())


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 1, 3, 2), (3, 1, 2, 0)])
def test_two_exchanged_words_are_said_after_ten_labels(order: tuple[int, ...]) -> None:
    learned, tested = said(order, 10), said(order, 200, seed=1)
    assert right(checkpoint(), learned, tested) > 0.95
    assert right(checkpoint(exchanged=0.0), learned, tested) < 0.7


def test_nothing_is_exchanged_for_somebody_who_hears_as_everyone_does() -> None:
    learned, tested = said((0, 1, 2, 3), 20, sure=2.0), said((0, 1, 2, 3), 200, seed=1, sure=2.0)
    found = [right(checkpoint(exchanged=share), learned, tested) for share in (0.05, 0.0)]
    assert abs(found[0] - found[1]) < 0.02


@pytest.mark.parametrize("seed", range(6))
def test_two_surprising_labels_exchange_nothing(seed: int) -> None:
    learned = said((1, 0, 2, 3), 2, seed=seed)
    learned = replace(learned, targets=np.eye(4, dtype=np.float32)[[seed % 4, (seed + 1) % 4]])
    tested = said((0, 1, 2, 3), 100, seed=9)
    assert right(checkpoint(), learned, tested) > 0.97


def test_labels_that_are_left_out_are_foreseen_as_the_profile_would() -> None:
    learned = said((1, 0, 2, 3), 14)
    adapter = get_adapter("meta-perser")
    before, after = (
        held_out_probabilities(adapter, theta, learned, folds_of(14))
        for theta in (checkpoint(exchanged=0.0), checkpoint())
    )
    assert after.sum(1) == pytest.approx(np.ones(14), abs=1e-5)
    hit = [float((p.argmax(1) == learned.targets.argmax(1)).mean()) for p in (before, after)]
    assert hit[1] > hit[0] + 0.2


def test_only_known_words_of_one_class_are_exchanged_and_never_two_words_alone() -> None:
    def pairs(*names: str) -> list[list[int]]:
        tried = exchanges(listener_classes(EmotionSet.of(names), WORDS))
        return [[i for i, j in enumerate(each.words) if i != j] for each in tried]

    assert pairs("happy", "sad") == []
    assert pairs("happy", "sad", "calm") == [[0, 1], [0, 2], [1, 2]]
    assert pairs("happy", "wistful", "calm") == [[0, 2]]


def test_exchanged_parameters_say_what_exchanged_logits_say() -> None:
    """Also where another word stands for two classes, so that words and outputs differ."""
    laid = listener_classes(EmotionSet.of(WORDS), WORDS)
    merged = replace(laid, words=("good", "sad", "angry"), owners=(0, 1, 2, 0))
    each = exchanges(merged)
    assert [one.words for one in each] == [(0, 2, 1)]
    assert each[0].atoms == (0, 2, 1, 3)
    groups = groups_tensor(merged, "cpu")
    random = torch.Generator().manual_seed(1)
    weight, bias = torch.randn(4, 8, generator=random), torch.randn(4, generator=random)
    x = torch.randn(5, 8, generator=random)
    plain_head = {"output.weight": weight, "output.bias": bias}
    turned = mingled(plain_head, each, np.array([0.0, 1.0]))
    plain = class_logits(x @ weight.T + bias, groups)
    found = class_logits(x @ turned["output.weight"].T + turned["output.bias"], groups)
    wanted = with_exchanged(plain.numpy()[None], each)
    assert wanted.shape == (2, 5, 3)
    assert np.allclose(wanted[1], found.numpy())
    half = mingled(plain_head, each, np.array([0.3, 0.1]))
    assert torch.allclose(half["output.bias"], 0.75 * bias + 0.25 * bias[[0, 2, 1, 3]])
    assert torch.allclose(half["output.weight"], 0.75 * weight + 0.25 * weight[[0, 2, 1, 3]])
    assert torch.equal(mingled(plain_head, each, np.zeros(2))["output.weight"], weight)


def test_hindsight_is_what_the_best_sureness_would_have_gained() -> None:
    z = np.array([[4.0, 0.0], [4.0, 0.0]])
    wrong = np.array([[0.0, 1.0], [0.0, 1.0]], np.float32)
    both, first, none = hindsight(z, wrong, np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]]))
    each = math.log(0.5) + math.log(1 + math.exp(4.0))
    assert both == pytest.approx(2 * each)
    assert first == pytest.approx(each)
    assert none == 0.0
    assert hindsight(z, 1 - wrong, np.ones(2)) == pytest.approx(
        2 * (math.log(1 + math.exp(-4)) - math.log(1 + math.exp(-4 * math.exp(1.2))))
    )


def test_how_likely_exchanges_are_is_a_number_from_nothing() -> None:
    assert parse_config({"inner": {"exchanged": 0.1}}).inner.exchanged == 0.1
    with pytest.raises(PerserError):
        parse_config({"inner": {"exchanged": -0.1}})
