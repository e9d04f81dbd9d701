from __future__ import annotations

import itertools

import numpy as np
import pytest

from perser_gui.adaptation.evidence import evidence, log_stands
from perser_gui.adaptation.verdict import CONVINCING
from perser_gui.adaptation.wagers import HeardClasses, sharpened

RUNS = 200
LOOKS = 40


def heard(rng: np.random.Generator, count: int, words: int, sure: float = 2.0) -> np.ndarray:
    """What everyone's model may say of so many clips."""
    return rng.dirichlet(np.full(words, 1 / sure), count).astype(np.float32)


def drawn(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    return (p.cumsum(1) > rng.random((len(p), 1)) * p.sum(1, keepdims=True)).argmax(1)


def one_hot(labels: np.ndarray, words: int) -> np.ndarray:
    return np.eye(words, dtype=np.float32)[labels]


def views(rng: np.random.Generator, p: np.ndarray) -> list[np.ndarray]:
    return [rng.normal(size=(len(p), 30)), np.log(p + 1e-3) @ rng.normal(size=(p.shape[1], 12))]


def convinced(make, words: int, count: int = LOOKS, runs: int = RUNS, seed: int = 0) -> float:
    """The share of listeners whose evidence reaches 20 at any look."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(runs):
        p = heard(rng, count, words)
        hits += evidence(p, one_hot(make(rng, p), words), views(rng, p)) >= 20
    return hits / runs


@pytest.mark.parametrize("words", [2, 5, 9])
def test_labels_at_random_convince_at_most_one_listener_of_twenty_looked_at_after_every_label(
    words: int,
) -> None:
    assert convinced(lambda rng, p: rng.integers(0, words, len(p)), words) <= 0.05


@pytest.mark.parametrize("sure", [0.3, 1.0, 3.0])
def test_everyones_own_labels_however_sure_convince_at_most_one_listener_of_twenty(
    sure: float,
) -> None:
    def labels(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
        return drawn(rng, np.exp(sharpened(np.log(p + 1e-9), np.array([sure]))[0]))

    assert convinced(labels, 7) <= 0.05


def test_who_always_says_what_everyones_model_says_has_no_habits() -> None:
    assert convinced(lambda rng, p: p.argmax(1), 7, runs=60) == 0


@pytest.mark.parametrize("sure", [0.0, 0.5, 1.0, 2.0])
def test_the_wager_gains_nothing_on_average_where_the_doubter_is_right(sure: float) -> None:
    """Worked out over every sequence of five labels, not drawn."""
    rng = np.random.default_rng(4)
    p, features = heard(rng, 5, 3), [rng.normal(size=(5, 6))]
    chance = np.exp(sharpened(np.log(p.astype(np.float64)), np.array([sure]))[0])
    means = np.zeros(5)
    for labels in itertools.product(range(3), repeat=5):
        weight = float(np.prod(chance[np.arange(5), labels]))
        means += weight * np.exp(log_stands(p, one_hot(np.array(labels), 3), features))
    assert (means <= 1 + 1e-6).all()
    assert means[0] > 0.3


def exchanged(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    first, second = rng.choice(p.shape[1], 2, replace=False)
    said = drawn(rng, sharp(p))
    return np.where(said == first, second, np.where(said == second, first, said))


def leaning(rng: np.random.Generator, p: np.ndarray) -> np.ndarray:
    return (np.log(sharp(p)) + 4 * rng.normal(size=p.shape[1])).argmax(1)


def sharp(p: np.ndarray) -> np.ndarray:
    return p.astype(float) ** 2 + 1e-4


@pytest.mark.parametrize("habit", [exchanged, leaning])
def test_habits_convince_by_twenty_labels_in_four_listeners_of_five(habit) -> None:
    assert convinced(habit, 6, count=20, runs=100) >= 0.8


def test_a_word_for_clips_that_sound_alike_convinces_though_everyones_model_hears_nothing() -> None:
    rng = np.random.default_rng(3)
    hits = 0
    for _ in range(50):
        own = rng.random(20) < 0.5
        p = heard(rng, 20, 4)
        features = rng.normal(size=(20, 40)) + 9 * own[:, None] * np.eye(40)[0]
        labels = np.where(own, 3, drawn(rng, p[:, :3]))
        hits += evidence(p, one_hot(labels, 4), [features]) >= 20
    assert hits >= 40
    assert evidence(p, one_hot(labels, 4)) < evidence(p, one_hot(labels, 4), [features])


def test_each_stand_rests_on_the_labels_up_to_it_alone() -> None:
    rng = np.random.default_rng(5)
    p = heard(rng, 12, 4)
    targets, features = one_hot(rng.integers(0, 4, 12), 4), views(rng, p)
    whole = log_stands(p, targets, features)
    half = log_stands(p[:6], targets[:6], [view[:6] for view in features])
    assert whole[:6] == pytest.approx(half)
    assert evidence(p, targets, features) == pytest.approx(np.exp(max(whole.max(), 0)))


def test_labels_of_two_emotions_lie_between_the_two() -> None:
    rng = np.random.default_rng(6)
    p = heard(rng, 1, 3)
    first, second, both = (
        log_stands(p, np.array([row], np.float32))[0]
        for row in ([1, 0, 0], [0, 1, 0], [0.5, 0.5, 0])
    )
    assert min(first, second) - 1 <= both <= max(first, second) + 1e-9


def among_classes(classes: np.ndarray) -> HeardClasses:
    """Everyone's model hears four classes; the listener has words for three, and one of their own.

    The fourth word of the listener's stands where the fourth class would.
    """
    return HeardClasses(classes.astype(np.float64), np.eye(4), (3,))


def without_the_fourth(classes: np.ndarray) -> np.ndarray:
    """What it gives to the listener's words: one of ten to the one that it does not know."""
    known = classes[:, :3] / classes[:, :3].sum(1, keepdims=True)
    return np.concatenate([0.9 * known, np.full((len(known), 1), 0.1)], axis=1)


def by_twenty(known: bool, runs: int = 60) -> float:
    """The share of listeners with a word for the fourth class whose evidence convinces."""
    rng = np.random.default_rng(11)
    hits = 0
    for _ in range(runs):
        classes = heard(rng, 20, 4, sure=5.0)
        labels, p = drawn(rng, classes), without_the_fourth(classes)
        about = among_classes(classes) if known else None
        hits += evidence(p, one_hot(labels, 4), (), about) >= CONVINCING
    return hits / runs


def test_a_word_for_a_class_without_one_convinces_by_twenty_labels() -> None:
    assert by_twenty(known=True) >= 0.7
    assert by_twenty(known=False) <= 0.5


@pytest.mark.parametrize("sure", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("words", [2, 4, 9])
def test_who_has_no_habits_hardly_ever_convinces_at_any_of_forty_looks(
    sure: float, words: int
) -> None:
    rng = np.random.default_rng(13)
    hits = 0
    for _ in range(120):
        classes = heard(rng, LOOKS, words)
        p = classes if words != 4 else without_the_fourth(classes)
        chance = np.exp(sharpened(np.log(p + 1e-9), np.array([sure]))[0])
        about = among_classes(classes) if words == 4 else None
        hits += evidence(p, one_hot(drawn(rng, chance), words), views(rng, p), about) >= CONVINCING
    assert hits / 120 <= 0.05


def test_nothing_to_tell_is_no_evidence() -> None:
    assert evidence(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)) == 1
    assert evidence(np.ones((4, 1), np.float32), np.ones((4, 1), np.float32)) == 1
