"""What single baselines compute, worked out another way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.optimize import minimize

from perser_gui.adaptation import get_adapter, predict
from perser_gui.adaptation.calibration import BiasAndTemperature, ConfusionMatrix
from perser_gui.adaptation.film import DIRECTIONS, Film, folded, with_listener_embedding
from perser_gui.adaptation.hidden_space import Prototypes, Ridge
from perser_gui.adaptation.listener import NewWords, listener_start
from perser_gui.adaptation.other_listeners import with_listener_heads
from perser_gui.adaptation.protocol import Support
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import hidden, logits

from .planted import clips, rated, said


def test_majority_predicts_the_listeners_own_word_counts(theta: Checkpoint) -> None:
    profile = get_adapter("majority").adapt(theta, rated(clips(5, 1), [2, 2, 2, 4, 4]))
    p = predict(theta, profile, clips(3, 2))
    expected = (np.array([0, 0, 3, 0, 2, 0, 0, 0]) + 0.5) / (5 + 4)
    assert np.allclose(p, expected)


def test_bias_and_temperature_is_the_minimum_that_a_general_solver_finds() -> None:
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(12, 4)) * 3, np.eye(4)[rng.integers(0, 4, 12)]
    weights = rng.uniform(0.5, 2, 12)
    fitted = BiasAndTemperature().fit(inputs, targets, weights)
    centred = inputs - inputs.mean(1, keepdims=True)

    def objective(v: np.ndarray) -> float:
        z = v[0] * centred + v[1:]
        log_p = z - np.log(np.exp(z).sum(1, keepdims=True))
        prior = 0.5 * 4.0 * (v[0] - 1) ** 2 + 0.5 * 1.0 * (v[1:] ** 2).sum()
        return float(-(weights[:, None] * targets * log_p).sum() + prior)

    best = minimize(objective, np.array([1.0, 0, 0, 0, 0]), tol=1e-10).x
    assert fitted["scale"] == pytest.approx(best[0], abs=1e-4)
    assert fitted["bias"] == pytest.approx(best[1:], abs=1e-4)


def test_the_confusion_table_counts_sure_predictions_onto_its_prior() -> None:
    """Where everyone's model is sure, the posterior mean needs no iteration: counts plus prior."""
    sure = np.where(np.eye(3)[[0, 0, 0, 1]] > 0, 200.0, 0.0)
    said_words = np.eye(3)[[0, 2, 2, 1]]
    table = ConfusionMatrix().fit(sure, said_words, np.ones(4))["table"]
    prior = 10 * (0.8 * np.eye(3) + 0.2 / 3)
    expected = prior + np.array([[1, 0, 2], [0, 1, 0], [0, 0, 0]])
    assert np.allclose(table, expected / expected.sum(1, keepdims=True), atol=1e-6)


def test_ridge_is_the_regularized_least_squares_solution_of_the_normal_equations() -> None:
    rng = np.random.default_rng(3)
    rows, base = rng.normal(size=(6, 9)), rng.normal(size=(6, 3))
    targets = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    found = Ridge().fit(np.concatenate([rows, base], 1), targets, np.ones(6))["correction"]
    p = np.exp(base) / np.exp(base).sum(1, keepdims=True)
    ridge = (rows**2).sum(1).mean() + 1e-6
    expected = np.linalg.solve(rows.T @ rows + ridge * np.eye(9), rows.T @ (4 * (targets - p)))
    assert np.allclose(found, expected)


def test_ridge_without_a_rating_is_everyones_model(theta: Checkpoint) -> None:
    nothing, x = rated(clips(0, 1), []), clips(6, 2)
    found = predict(theta, get_adapter("ridge").adapt(theta, nothing), x)
    generic = predict(theta, get_adapter("generic").adapt(theta, nothing), x)
    assert np.allclose(found, generic, atol=1e-6)


def test_prototypes_name_the_word_of_the_nearest_examples(theta: Checkpoint) -> None:
    centres = clips(3, 7) * 3
    x = np.concatenate([centres + 0.01 * clips(3, i) for i in range(4)])
    labels = np.tile([1, 6, 4], 4)
    profile = get_adapter("prototypes").adapt(theta, rated(x[:9], labels[:9]))
    assert predict(theta, profile, x[9:]).argmax(1).tolist() == [1, 6, 4]


def test_prototypes_of_few_examples_lie_nearer_to_the_middle_of_all() -> None:
    """Each mean counts one more example at the middle: a word of one example goes half the way."""
    inputs = np.array([[0.0], [0.0], [0.0], [8.0]])
    targets = np.eye(3)[[0, 0, 0, 1]]
    fitted = Prototypes().fit(inputs, targets, np.ones(4))
    middle = 2.0
    assert fitted["means"][:, 0] == pytest.approx([middle / 4, (8 + middle) / 2, middle])


def test_last_layer_moves_the_last_layer_alone(theta: Checkpoint) -> None:
    profile = get_adapter("last-layer").adapt(theta, rated(clips(5, 1), [0, 1, 2, 3, 4]))
    assert set(profile.parameters) == {"output.weight", "output.bias", "groups"}


def test_a_profile_of_gradient_steps_holds_the_whole_adapted_head(theta: Checkpoint) -> None:
    profile = get_adapter("fine-tune").adapt(theta, rated(clips(5, 1), [0, 1, 2, 3, 4]))
    x = clips(4, 2)
    parameters = {k: torch.from_numpy(v) for k, v in profile.parameters.items() if k != "groups"}
    assert set(parameters) == set(theta.parameters)
    by_hand = torch.softmax(logits(parameters, torch.from_numpy(x), theta.head), -1).numpy()
    assert np.allclose(predict(theta, profile, x), by_hand, atol=1e-6)


def habits(theta: Checkpoint, turn: int, seed: int, count: int = 60) -> Support:
    x = clips(count, seed)
    return rated(x, (said(theta, x) + turn) % 8)


def test_the_nearest_listener_is_the_one_with_the_same_habit(theta: Checkpoint) -> None:
    theta = replace(theta, training={"last-layer": {"rate": 0.2, "steps": 60, "l2": 0.0}})
    trained = with_listener_heads(theta, [habits(theta, turn, 30 + turn) for turn in (1, 2, 3)])
    same = habits(theta, 2, 90)
    nearest = get_adapter("nearest-listener").adapt(trained, same.only(range(10)))
    assert nearest.parameters["posterior"].tolist() == [0, 0, 1, 0]
    mixture = get_adapter("listener-mixture").adapt(trained, same.only(range(2)))
    assert mixture.parameters["posterior"].argmax() == 2
    assert mixture.parameters["posterior"].sum() == pytest.approx(1)
    generic = get_adapter("generic").adapt(trained, same)
    right = same.targets[10:].astype(bool)
    assert predict(trained, nearest, same.x[10:])[right].mean() > 0.1 + (
        predict(trained, generic, same.x[10:])[right].mean()
    )


def test_without_a_rating_the_nearest_listener_is_everyones_model(full_theta: Checkpoint) -> None:
    profile = get_adapter("nearest-listener").adapt(full_theta, rated(clips(0, 1), []))
    assert profile.parameters["posterior"].tolist() == [1, 0, 0, 0, 0]


def test_modulation_folded_into_the_output_layer_equals_modulating_the_hidden_layer(
    theta: Checkpoint,
) -> None:
    modulation = torch.randn(2 * theta.head.hidden)
    x = torch.from_numpy(clips(4, 1))
    scale, shift = modulation.chunk(2)
    inside = (1 + scale) * hidden(theta.parameters, x, theta.head) + shift
    expected = inside @ theta.parameters["output.weight"].T + theta.parameters["output.bias"]
    found = logits(folded(dict(theta.parameters), modulation), x, theta.head)
    assert torch.allclose(found, expected, atol=1e-4)


def test_film_settles_where_its_objective_is_flat(theta: Checkpoint) -> None:
    """The optimum of a convex problem: prior pull and data pull cancel in every coordinate."""
    support = rated(clips(12, 1), np.arange(12) % 8)
    film = Film()
    film.iterations = 200
    found = torch.from_numpy(film.modulation(theta, support)).requires_grad_()
    inside = hidden(theta.parameters, torch.from_numpy(support.x), theta.head)
    scale, shift = found.chunk(2)
    values = ((1 + scale) * inside + shift) @ theta.parameters["output.weight"].T
    loss = torch.nn.functional.cross_entropy(
        values + theta.parameters["output.bias"], torch.arange(12) % 8, reduction="sum"
    )
    (slope,) = torch.autograd.grad(loss + 0.5 * found.square().sum(), found)
    assert float(slope.abs().max()) < 0.02


def test_the_embedding_spans_how_training_listeners_differ(theta: Checkpoint) -> None:
    """Listeners whose hidden layer is shifted along one line need one direction, this line."""
    line = torch.randn(theta.head.hidden, generator=torch.Generator().manual_seed(4))
    x = clips(60, 40)

    def shifted(amount: float, at: np.ndarray) -> Support:
        inside = hidden(theta.parameters, torch.from_numpy(at), theta.head) + amount * line
        weight, bias = theta.parameters["output.weight"], theta.parameters["output.bias"]
        return rated(at, (inside @ weight.T + bias).argmax(-1).numpy())

    trained = with_listener_embedding(theta, [shifted(a, x) for a in (-1, -0.5, 0, 0.5, 1)], 2)
    lengths = trained.extras[DIRECTIONS].norm(dim=1)
    assert lengths[1] < 0.5 * lengths[0]
    new = shifted(0.75, clips(400, 95))
    profile = get_adapter("listener-embedding").adapt(trained, new.only(range(6)))
    generic = get_adapter("generic").adapt(trained, new)
    right = new.targets[6:].astype(bool)
    adapted, before = (predict(trained, p, new.x[6:])[right] for p in (profile, generic))
    assert np.log(adapted).mean() > 0.75 * np.log(before).mean()


def test_a_new_words_row_points_from_the_average_clip_to_the_words_examples(
    theta: Checkpoint,
) -> None:
    words = EmotionSet.of(["happy", "wistful"])
    support = rated(clips(6, 1), [0, 0, 1, 1, 1, 0], words)
    support = replace(support, unlabelled=clips(3, 2))
    start = listener_start(theta, support, new_words=NewWords(scale=0.5, bias=-1.0))
    assert support.unlabelled is not None
    every = np.concatenate([support.x, support.unlabelled, np.zeros((1, 2, 24), np.float32)])
    inside = hidden(theta.parameters, torch.from_numpy(every), theta.head)
    away = inside[2:5].mean(0) - inside.mean(0)
    row = start.parameters["output.weight"][1]
    assert torch.allclose(row, 0.5 * away / away.norm() * 3 / 4, atol=1e-5)
    values = inside @ start.parameters["output.weight"].T + start.parameters["output.bias"]
    assert float((values[:, 1] - values[:, 0]).mean()) == pytest.approx(-1.0, abs=1e-4)


def test_a_new_word_without_an_example_has_no_direction_and_its_bias_alone(
    theta: Checkpoint,
) -> None:
    support = rated(clips(4, 1), [0, 0, 0, 0], EmotionSet.of(["happy", "wistful"]))
    start = listener_start(theta, support, new_words=NewWords(scale=0.5, bias=-1.0))
    assert start.parameters["output.weight"][1].abs().max() == 0
