"""Scores, agreement and intervals, each against a value computed another way."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, log_loss, recall_score

from perser_gui.evaluation import metrics
from perser_gui.evaluation.metrics import (
    bootstrap_mean,
    krippendorff_alpha,
    personalization_gain,
    query_scores,
)


def random_query(seed: int, n: int, c: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(c), n), rng.integers(0, c, n)


@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(2, 8))
def test_single_word_scores_equal_scikit_learn(seed: int, n: int, c: int) -> None:
    p, truth = random_query(seed, n, c)
    scores = query_scores(p, np.eye(c)[truth])
    present = sorted(set(truth))
    guess = p.argmax(axis=1)
    f1 = f1_score(truth, guess, labels=present, average="macro", zero_division=0)
    uar = recall_score(truth, guess, labels=present, average="macro", zero_division=0)
    assert scores.macro_f1 == pytest.approx(f1)
    assert scores.uar == pytest.approx(uar)
    assert scores.accuracy == pytest.approx(accuracy_score(truth, guess))
    nll = log_loss(truth, p, labels=list(range(c)))
    assert scores.nll == pytest.approx(nll, rel=1e-5)
    assert scores.count == n


def test_classes_that_nobody_rated_do_not_lower_the_macro_f1() -> None:
    p = np.array([[0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    assert query_scores(p, np.eye(3)[[0, 1]]).macro_f1 == 1.0


def test_a_prediction_among_several_rated_emotions_is_right() -> None:
    targets = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    p = np.array([[0.2, 0.7, 0.1], [0.2, 0.1, 0.7]])
    assert query_scores(p, targets).accuracy == 0.5


def test_multilabel_f1_equals_scikit_learn_on_the_binarized_sides() -> None:
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(4), 50)
    said = rng.random((50, 4)) < 0.4
    said[~said.any(axis=1), 0] = True
    said[said.all(axis=1), 1] = False
    targets = said / said.sum(axis=1, keepdims=True)
    expected = f1_score(said, p > 0.25, average="macro", zero_division=0)
    assert query_scores(p, targets).multilabel_f1 == pytest.approx(expected)


def test_an_emotion_shared_equally_by_all_classes_still_counts() -> None:
    p = np.array([[0.6, 0.4]])
    assert metrics.multilabel_f1(p, np.array([[0.5, 0.5]])) == 0.5


def test_calibration_error_of_a_worked_example() -> None:
    p = np.array([[0.95, 0.05]] * 2 + [[0.65, 0.35]] * 3)
    truth = [0, 1, 0, 0, 1]
    # two at .95 with accuracy .5, three at .65 with accuracy 2/3
    expected = 2 / 5 * 0.45 + 3 / 5 * abs(2 / 3 - 0.65)
    assert query_scores(p, np.eye(2)[truth]).ece == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("p", "targets"),
    [
        (np.ones((2, 2)) / 2, np.ones((2, 3)) / 3),
        (np.empty((0, 2)), np.empty((0, 2))),
        (np.array([[np.nan, 1.0]]), np.array([[1.0, 0.0]])),
        (np.array([[1.5, 0.0]]), np.array([[1.0, 0.0]])),
        (np.array([[0.5, 0.5]]), np.array([[0.0, 0.0]])),
    ],
)
def test_numbers_that_are_no_probabilities_are_refused(p: np.ndarray, targets: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"must"):
        query_scores(p, targets)


# The worked examples of Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011),
# and of the encyclopedia article on the coefficient.
TWELVE_UNITS = [
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
]
THREE_CODERS = [
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
]
TWO_OBSERVERS = ["a a b b d c c c e d d a", "b a b b b c c c e d d d"]
BINARY = ["0 1 0 0 0 0 0 0 1 0", "1 1 1 0 0 1 0 0 0 0"]


def units(coders: list[str], numbers: bool = True) -> list[dict[int, float | str]]:
    rows = [coder.split() for coder in coders]
    return [
        {
            coder: float(row[unit]) if numbers else row[unit]
            for coder, row in enumerate(rows)
            if row[unit] != "."
        }
        for unit in range(len(rows[0]))
    ]


@pytest.mark.parametrize(
    ("coders", "level", "published"),
    [
        (TWELVE_UNITS, "nominal", 0.743),
        (TWELVE_UNITS, "ordinal", 0.815),
        (TWELVE_UNITS, "interval", 0.849),
        (TWELVE_UNITS, "ratio", 0.797),
        (THREE_CODERS, "nominal", 0.691),
        (THREE_CODERS, "interval", 0.811),
        (BINARY, "nominal", 0.095),
    ],
)
def test_alpha_equals_the_published_examples(
    coders: list[str], level: metrics.Level, published: float
) -> None:
    assert krippendorff_alpha(units(coders), level) == pytest.approx(published, abs=5e-4)


def test_alpha_of_words_equals_the_published_example() -> None:
    assert krippendorff_alpha(units(TWO_OBSERVERS, numbers=False)) == pytest.approx(0.692, abs=5e-4)
    with pytest.raises(ValueError, match="must be numbers"):
        krippendorff_alpha(units(TWO_OBSERVERS, numbers=False), "interval")


def test_alpha_at_its_ends() -> None:
    assert math.isnan(krippendorff_alpha([{0: 1.0}, {1: 2.0}]))
    assert krippendorff_alpha([{0: 1.0, 1: 1.0}]) == 1.0
    assert krippendorff_alpha([{0: 1.0, 1: 2.0}, {0: 2.0, 1: 1.0}]) < 0


def accuracy(p: np.ndarray, y: np.ndarray) -> float:
    return query_scores(p, y).accuracy


def test_personalization_gain_compares_the_same_clips_with_other_ears() -> None:
    p = np.eye(2)[[0, 1, 0]] * 0.8 + 0.1
    own = np.eye(2)[[0, 1, 1]]
    others = [(0, np.array([0.0, 1.0])), (0, np.array([1.0, 0.0])), (1, np.array([1.0, 0.0]))]
    # clips 0 and 1 were rated by others: own accuracy 1, others' accuracy 1/3
    assert personalization_gain(accuracy, p, own, others) == pytest.approx(1 - 1 / 3)
    assert personalization_gain(accuracy, p, own, []) is None


def test_bootstrap_covers_the_true_mean_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for trial in range(300):
        interval = bootstrap_mean(rng.normal(0.1, 1.0, 40), seed=trial, resamples=500)
        covered += interval.low <= 0.1 <= interval.high
    assert 0.90 <= covered / 300 <= 0.98


def test_bootstrap_is_paired_and_repeatable() -> None:
    x = np.random.default_rng(1).normal(size=12)
    first, second = bootstrap_mean(x, seed=5), bootstrap_mean(x + 2, seed=5)
    assert second.low - first.low == pytest.approx(2)
    assert bootstrap_mean(x, seed=5) == first
    assert bootstrap_mean([0.3], seed=5) == metrics.Interval(0.3, 0.3, 0.3)
    with pytest.raises(ValueError, match="at least one"):
        bootstrap_mean([], seed=0)
