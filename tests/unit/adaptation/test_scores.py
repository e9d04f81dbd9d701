from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, log_loss, recall_score

from perser_gui.adaptation import ADAPTERS, get_adapter
from perser_gui.adaptation.gradient import folds_of
from perser_gui.adaptation.scores import (
    expected_calibration_error,
    held_out_probabilities,
    leave_one_out,
    scores,
)
from perser_gui.emotions import EmotionSet
from perser_gui.errors import Cancelled
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress

from .planted import clips, rated

RNG = np.random.default_rng(2)


def guesses(count: int, classes: int) -> np.ndarray:
    return RNG.dirichlet(np.ones(classes), count).astype(np.float32)


def test_pooled_figures_are_those_of_scikit_learn() -> None:
    p, labels = guesses(60, 4), RNG.integers(0, 3, 60)  # the fourth emotion never occurs
    found = scores(p, np.eye(4, dtype=np.float32)[labels], ("a", "b", "c", "d"), "test")
    guess, present = p.argmax(1), [0, 1, 2]
    assert found.macro_f1 == pytest.approx(f1_score(labels, guess, labels=present, average="macro"))
    assert found.uar == pytest.approx(recall_score(labels, guess, labels=present, average="macro"))
    assert found.accuracy == pytest.approx(accuracy_score(labels, guess))
    exact = p.astype(float) / p.astype(float).sum(1, keepdims=True)
    assert found.nll == pytest.approx(log_loss(labels, exact, labels=range(4)), abs=1e-5)
    each = f1_score(labels, guess, labels=present, average=None)
    assert found.f1 == pytest.approx(dict(zip("abc", each, strict=True)))
    assert (found.count, found.protocol) == (60, "test")


def test_a_rating_of_two_emotions_is_right_with_either() -> None:
    targets = np.array([[0.5, 0.5, 0.0]], np.float32)
    for right, p in ((1.0, [0.2, 0.7, 0.1]), (1.0, [0.7, 0.2, 0.1]), (0.0, [0.1, 0.2, 0.7])):
        assert scores(np.array([p], np.float32), targets, ("a", "b", "c")).accuracy == right


def test_no_rating_and_one_word_give_finite_figures() -> None:
    empty = scores(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32), ("a", "b", "c"))
    assert (empty.count, empty.macro_f1) == (0, 0.0)
    one = scores(np.ones((2, 1), np.float32), np.ones((2, 1), np.float32), ("a",))
    assert (one.accuracy, one.macro_f1) == (1.0, 1.0)
    assert one.nll == pytest.approx(0.0)


def test_calibration_error_is_the_gap_of_confidence_and_accuracy() -> None:
    p = np.tile(np.array([[0.75, 0.25]], np.float32), (8, 1))
    right = np.eye(2, dtype=np.float32)[[0] * 6 + [1] * 2]
    assert expected_calibration_error(p, right) == pytest.approx(0.0, abs=1e-7)
    wrong = np.eye(2, dtype=np.float32)[[0] * 2 + [1] * 6]
    assert expected_calibration_error(p, wrong) == pytest.approx(0.5)


def test_every_rating_is_left_out_exactly_once() -> None:
    for count in (0, 1, 2, 30, 31, 200):
        folds = folds_of(count)
        assert ((folds == 0).sum(0) == 1).all()
        assert len(folds) == (count if count <= 30 else 20)


def test_many_ratings_are_left_out_in_groups_that_a_seed_mixes() -> None:
    """Ratings that were given one after another may be alike, so they are not left out together."""
    folds = folds_of(40, seed=1)
    assert (folds.shape, set((folds == 0).sum(1))) == ((20, 40), {2})
    assert np.array_equal(folds, folds_of(40, seed=1))
    for other in (folds_of(40, seed=2), 1 - np.tile(np.eye(20, dtype=np.float32), 2)):
        assert not np.array_equal(folds, other)


@pytest.mark.parametrize(("count", "protocol"), [(30, "leave-one-out"), (31, "20-fold")])
def test_the_protocol_is_called_what_it_is(
    count: int, protocol: str, full_theta: Checkpoint
) -> None:
    support = rated(clips(count, 5), np.arange(count) % 4)
    found = leave_one_out(get_adapter("generic"), full_theta, support)
    assert (found.protocol, found.count) == (protocol, count)


@pytest.mark.parametrize("name", [name for name in ADAPTERS if name != "listener-embedding"])
def test_all_folds_at_once_equal_adapting_to_each_fold_alone(
    name: str, full_theta: Checkpoint
) -> None:
    words = EmotionSet.of(["happy", "angry", "wistful", "excited"])
    support = rated(clips(7, 4), [0, 1, 2, 3, 2, 1, 0], words)
    adapter, folds = get_adapter(name), folds_of(7)
    together = held_out_probabilities(adapter, full_theta, support, folds)
    for left in range(7):
        rest = support.only([row for row in range(7) if row != left])
        profile = adapter.adapt(full_theta, rest)
        alone = adapter.probabilities(full_theta, profile, support.x[left : left + 1])
        assert np.allclose(together[left], alone[0], atol=2e-5)


def test_a_left_out_rating_does_not_leak_into_its_own_prediction(full_theta: Checkpoint) -> None:
    """Changing one rating changes the predictions of the other clips and not of its own."""
    x = clips(9, 5)
    labels = np.arange(9) % 4
    changed = labels.copy()
    changed[3] = 7
    adapter, folds = get_adapter("meta-perser"), folds_of(9)
    before, after = (
        held_out_probabilities(adapter, full_theta, rated(x, rows), folds)
        for rows in (labels, changed)
    )
    assert np.array_equal(before[3], after[3])
    assert not np.allclose(before[4], after[4], atol=1e-4)


@pytest.mark.parametrize("name", ["meta-perser", "bias-and-temperature", "film"])
def test_cancel_ends_the_check_on_left_out_ratings(name: str, full_theta: Checkpoint) -> None:
    progress = Progress(lambda fraction, message: progress.cancel())
    support = rated(clips(9, 5), np.arange(9) % 4)
    with pytest.raises(Cancelled):
        leave_one_out(get_adapter(name), full_theta, support, progress=progress)


def test_one_rating_and_none_can_be_scored_too(full_theta: Checkpoint) -> None:
    adapter = get_adapter("meta-perser")
    assert leave_one_out(adapter, full_theta, rated(clips(0, 5), [])).count == 0
    one = leave_one_out(adapter, full_theta, rated(clips(1, 5), [2]))
    generic = leave_one_out(get_adapter("generic"), full_theta, rated(clips(1, 5), [2]))
    assert one.nll == pytest.approx(generic.nll, rel=1e-5)


def test_the_check_on_left_out_ratings_tells_how_far_it_is(full_theta: Checkpoint) -> None:
    told: list[float] = []
    support = rated(clips(4, 5), np.arange(4))
    leave_one_out(
        get_adapter("majority"), full_theta, support, progress=Progress(lambda f, _: told.append(f))
    )
    assert told[:4] == [0.0, 0.25, 0.5, 0.75]
