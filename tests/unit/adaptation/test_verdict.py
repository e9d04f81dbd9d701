from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.adaptation import get_adapter
from perser_gui.adaptation.gradient import folds_of
from perser_gui.adaptation.scores import held_out_probabilities
from perser_gui.adaptation.verdict import (
    CONVINCING,
    FEWEST,
    PLENTY,
    TRUSTED,
    Present,
    chosen,
    heard_of,
    interval,
    judge,
    plain_logs,
    stopped,
    suited_logs,
    verdict,
    weigh,
)
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import FloatArray, Outcome, Profile, Verdict

from .planted import clips, rated, said

WORDS = ("a", "b", "c")


def of(share: float, count: int, words: int = 3) -> tuple[FloatArray, FloatArray]:
    """Probabilities that give every label this share, and the labels, all words by turns."""
    targets = np.eye(words, dtype=np.float32)[np.arange(count) % words]
    return np.where(targets > 0, share, (1 - share) / (words - 1)).astype(np.float32), targets


def judged(before: FloatArray, after: FloatArray, targets: FloatArray, strength: float) -> Verdict:
    return verdict(before, after, targets, WORDS, strength)


def test_being_less_sure_of_the_same_is_mostly_no_gain() -> None:
    gains, raw = 0, 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        before = rng.dirichlet(np.full(3, 0.4), 40).astype(np.float32)
        targets = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 40)]
        flat = (before**0.2) / (before**0.2).sum(1, keepdims=True)
        raw += plain_logs(flat, targets).mean() > plain_logs(before, targets).mean() + 0.3
        gains += judged(before, flat, targets, 1e6).outcome == "closer"
    assert raw == 60
    assert gains <= 15


def test_a_label_says_nothing_of_how_sure_a_model_is_made_for_it() -> None:
    p = np.random.default_rng(7).dirichlet(np.full(4, 0.4), 9).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)[np.random.default_rng(8).integers(0, 4, 9)]
    copied = [0, 1, 2, 2, 3, 4, 5, 6, 6]
    for recordings, rows in (([], [3]), (copied, [2, 3])):
        total = 0.0
        for word in range(4):
            targets[rows] = np.eye(4)[word]
            total += float(np.exp(suited_logs(p[[3] * 9], targets, recordings)[3]))
        assert total == pytest.approx(1)


def test_a_model_that_is_too_sure_is_made_less_sure_and_one_that_is_right_stays() -> None:
    rng = np.random.default_rng(9)
    p = rng.dirichlet(np.ones(4), 60).astype(np.float32)
    labels = (p.cumsum(1) > rng.random((60, 1))).argmax(1)
    targets, sharp = np.eye(4, dtype=np.float32)[labels], p**4 / (p**4).sum(1, keepdims=True)
    assert suited_logs(p, targets).mean() == pytest.approx(plain_logs(p, targets).mean(), abs=0.02)
    assert suited_logs(sharp, targets).mean() == pytest.approx(
        plain_logs(p, targets).mean(), abs=0.06
    )
    assert plain_logs(sharp, targets).mean() < plain_logs(p, targets).mean() - 0.3


def test_the_agreement_is_the_geometric_mean_of_the_labels_probabilities() -> None:
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(3), 60).astype(np.float32)
    labels = (p.cumsum(1) > rng.random((60, 1))).argmax(1)
    targets = np.eye(3, dtype=np.float32)[labels]
    found = judged(p, p, targets, 1.0)
    plain = np.exp(np.log(p[np.arange(60), labels]).mean())
    assert found.before == pytest.approx(plain, abs=0.03)
    assert found.before == found.after
    assert sum(word.count for word in found.words.values()) == 60
    assert found.words["b"].before == pytest.approx(
        np.exp(suited_logs(p, targets)[labels == 1].mean())
    )


@pytest.mark.parametrize(
    ("before", "after", "count", "strength", "outcome", "more"),
    [
        (0.5, 0.6, 8, CONVINCING, "closer", 0),
        (0.5, 0.6, 8, CONVINCING - 0.1, "too early", 12),
        (0.5, 0.6, 30, 1.0, "no difference", 0),
        (0.5, 0.5, 30, 1e9, "no difference", 0),
        (0.6, 0.5, 30, 1e9, "further away", 0),
        (0.6, 0.5, 9, 1e9, "too early", 11),
        (0.5, 0.6, 1, 1e9, "closer", 0),
    ],
)
def test_outcomes_follow_from_evidence_and_gain(
    before: float, after: float, count: int, strength: float, outcome: Outcome, more: int
) -> None:
    # the listener disagrees with everyone now and then, so that neither model is surest of all
    old, targets = of(before, count)
    new, _ = of(after, count)
    if count > 3:
        targets = (
            np.roll(targets, 1, axis=1) * (np.arange(count) % 4 == 0)[:, None]
            + targets * (np.arange(count) % 4 != 0)[:, None]
        )
    found = judged(old, mixed(old, new, targets, after > before), targets, strength)
    assert (found.outcome, found.more) == (outcome, more)


def mixed(old: FloatArray, new: FloatArray, targets: FloatArray, better: bool) -> FloatArray:
    """Everyone's probabilities, moved towards the labels or away from them."""
    if np.array_equal(old, new):
        return old
    pull = 0.25 if better else -0.15
    moved = np.clip(old + pull * (targets - old), 0.01, None)
    return np.asarray(moved / moved.sum(1, keepdims=True), dtype=np.float32)


@pytest.mark.parametrize(("sure", "outcome"), [(0.9999, "too early"), (0.7, "further away")])
def test_a_model_that_does_better_as_it_is_is_not_further_away(
    sure: float, outcome: Outcome
) -> None:
    """Everyone's model is right in 7 of 10 labels; the other says hardly anything."""
    before, targets = of(sure, 40)
    wrong = np.arange(40) % 10 >= 7
    targets[wrong] = np.roll(targets[wrong], 1, axis=1)
    after = np.full_like(before, 1 / 3)
    after[:, 0] += np.float32(0.001)
    found = judged(before, after, targets, 1.0)
    assert found.high < found.before
    assert found.outcome == outcome


@pytest.mark.parametrize(("pull", "seen"), [(3e-5, False), (3e-3, True)])
def test_what_cannot_be_read_off_the_figures_is_no_difference(pull: float, seen: bool) -> None:
    rng = np.random.default_rng(2)
    before = rng.dirichlet(np.ones(3), 40).astype(np.float32)
    labels = (before.cumsum(1) > rng.random((40, 1))).argmax(1)
    targets = np.eye(3, dtype=np.float32)[labels]
    found = judged(before, before + np.float32(pull) * (targets - before), targets, 1e9)
    assert found.after > found.before
    assert (round(1000 * found.after) > round(1000 * found.before)) == seen
    assert found.outcome == ("closer" if seen else "no difference")


def test_differences_that_scatter_want_more_labels_but_never_without_end() -> None:
    rng = np.random.default_rng(3)
    before = rng.dirichlet(np.full(3, 0.3), PLENTY).astype(np.float32)
    after = rng.dirichlet(np.full(3, 0.3), PLENTY).astype(np.float32)
    targets = np.eye(3, dtype=np.float32)[rng.integers(0, 3, PLENTY)]
    assert judged(before[:5], after[:5], targets[:5], 1.0).more == FEWEST - 5
    some = [judged(before[:k], after[:k], targets[:k], 1.0) for k in (FEWEST, 40, PLENTY)]
    assert some[-1].more == 0
    assert all(v.count + v.more <= PLENTY for v in some)


def test_the_interval_covers_the_mean_of_skewed_differences() -> None:
    rng = np.random.default_rng(4)
    for count, least in ((5, 0.78), (20, 0.82), (80, 0.86)):
        hits = 0
        for _ in range(300):
            low, high = interval(rng.exponential(size=count))
            hits += low <= 1.0 <= high
        assert hits / 300 >= least
    assert interval(np.array([0.3])) == (-np.inf, np.inf)


def test_the_interval_for_few_values_is_as_wide_as_students() -> None:
    stats = pytest.importorskip("scipy.stats")
    d = np.random.default_rng(5).normal(size=12)
    low, high = interval(d)
    half = stats.t.ppf(0.95, 11) * d.std(ddof=1) / np.sqrt(12)
    assert (high - low) / 2 == pytest.approx(half, rel=0.12)


def seen(outcome: Outcome) -> Verdict:
    return Verdict(outcome, 20, 0.3, 0.4, 0.3, 0.5, 1.0)


@pytest.mark.parametrize(
    ("new", "present", "stays", "trusted", "use"),
    [
        ("closer", None, False, False, "new"),
        ("closer", "too early", True, False, "new"),
        ("closer", "closer", False, False, "new"),
        ("closer", "closer", True, False, "present"),
        ("too early", "closer", False, False, "present"),
        ("further away", "closer", False, True, "present"),
        ("no difference", "no difference", True, False, "everyone"),
        ("too early", "further away", False, False, "everyone"),
        ("too early", None, False, False, "everyone"),
        ("too early", None, False, True, "new"),
        ("no difference", None, False, True, "new"),
        ("further away", None, False, True, "everyone"),
    ],
)
def test_one_rule_says_which_model_is_used(
    new: Outcome, present: Outcome | None, stays: bool, trusted: bool, use: str
) -> None:
    other = seen(present) if present else None
    assert chosen(seen(new), other, stays=stays, trusted=trusted) == use


def habits(theta: Checkpoint, x: FloatArray, rng: np.random.Generator, kind: str) -> np.ndarray:
    labels = said(theta, x)
    if kind == "exchanged":
        first, second = rng.choice(np.unique(labels), 2, replace=False)
        return np.where(labels == first, second, np.where(labels == second, first, labels))
    if kind == "leaning":
        return np.where(rng.random(len(x)) < 0.5, rng.integers(0, 8), labels)
    return rng.integers(0, 8, len(x))


def outcomes(theta: Checkpoint, name: str, kind: str, runs: int, count: int) -> list[Outcome]:
    adapter, generic = get_adapter(name), get_adapter("generic")
    found = []
    for run in range(runs):
        rng = np.random.default_rng(1000 + run)
        x = clips(count, 3000 + run)
        support = rated(x, habits(theta, x, rng, kind))
        found.append(judge(adapter, generic, theta, support).new.outcome)
    return found


@pytest.mark.parametrize("name", ["meta-perser", "fine-tune"])
@pytest.mark.parametrize("count", [5, 20, 40])
def test_labels_at_random_are_hardly_ever_called_a_gain(
    name: str, count: int, full_theta: Checkpoint
) -> None:
    """A short form of `benchmarks/verdict.py`, which runs 200 listeners of each kind."""
    assert outcomes(full_theta, name, "random", 20, count).count("closer") <= 1


@pytest.mark.parametrize(
    ("name", "kind"), [("confusion-matrix", "exchanged"), ("bias-and-temperature", "leaning")]
)
def test_habits_are_recognized_by_twenty_labels(
    name: str, kind: str, full_theta: Checkpoint
) -> None:
    found = outcomes(full_theta, name, kind, 25, 20)
    assert found.count("closer") >= 20


class Memory:
    """Knows its labels by heart, and says nothing of other clips."""

    name = "memory"

    def adapt(self, theta: Checkpoint, support: object, **_: object) -> Profile:
        parameters = {"x": support.x, "targets": support.targets}
        return Profile(self.name, theta.digest, support.classes.words, parameters)

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        words = len(profile.classes)
        result = np.full((len(x), words), 1 / words, np.float32)
        for row, clip in enumerate(x):
            for known, target in zip(
                profile.parameters["x"], profile.parameters["targets"], strict=True
            ):
                if np.array_equal(clip, known):
                    result[row] = 0.98 * target + 0.02 / words
        return result


def test_a_present_profile_is_not_scored_on_what_it_learned(full_theta: Checkpoint) -> None:
    x = clips(24, 8)
    support = rated(x, said(full_theta, x))
    memory, generic = Memory(), get_adapter("generic")
    made = memory.adapt(full_theta, support.only(range(12)))
    own = memory.probabilities(full_theta, made, x)
    by_heart = Present(memory, own, np.zeros(24, bool), 0)
    honest = Present(memory, own, np.arange(24) < 12, 0)
    flattered = weigh(by_heart, generic, full_theta, support)
    found = weigh(honest, generic, full_theta, support)
    assert flattered.after > 0.3
    assert found.after == pytest.approx(1 / 8, rel=0.01)
    both = judge(get_adapter("fine-tune"), generic, full_theta, support, present=honest)
    assert both.present == found


def test_what_a_profile_did_not_learn_is_scored_by_the_profile_itself(
    full_theta: Checkpoint,
) -> None:
    x = clips(20, 9)
    support = rated(x, said(full_theta, x))
    fine, generic = get_adapter("fine-tune"), get_adapter("generic")
    made = fine.adapt(full_theta, support.only(range(8)))
    own = fine.probabilities(full_theta, made, x)
    present = Present(fine, own, np.arange(20) < 8, made.steps)
    folds = held_out_probabilities(fine, full_theta, support.only(range(8)), folds_of(8))
    expected = np.exp(suited_logs(np.concatenate([folds, own[8:]]), support.targets).mean())
    assert weigh(present, generic, full_theta, support).after == pytest.approx(expected)


def test_of_two_profiles_from_the_same_labels_the_one_in_use_stays_if_it_is_no_worse(
    full_theta: Checkpoint,
) -> None:
    x = clips(40, 10)
    support = rated(x, np.where(said(full_theta, x) == 4, 3, said(full_theta, x)))
    fine, generic = get_adapter("fine-tune-tuned"), get_adapter("generic")
    made = fine.adapt(full_theta, support)
    own = fine.probabilities(full_theta, made, x)
    present = Present(fine, own, np.ones(40, bool), made.steps, same_labels=True)
    again = judge(fine, generic, full_theta, support, present=present)
    assert again.new.outcome == "closer"
    assert again.present is not None
    assert again.present.after == again.new.after
    assert again.use == "present"
    others = replace(present, same_labels=False)
    assert judge(fine, generic, full_theta, support, present=others).use == "new"


def test_a_checkpoint_can_say_that_an_adapter_may_be_used_before_it_is_seen_to_be_closer(
    full_theta: Checkpoint,
) -> None:
    x = clips(6, 11)
    support = rated(x, said(full_theta, x))
    fine, generic = get_adapter("fine-tune"), get_adapter("generic")
    trusting = replace(full_theta, training={**full_theta.training, TRUSTED: ["fine-tune"]})
    found = judge(fine, generic, full_theta, support)
    assert (found.new.outcome, found.use) == ("too early", "everyone")
    assert judge(fine, generic, trusting, support).use == "new"
    other = get_adapter("fine-tune-tuned")
    assert judge(other, generic, trusting, support).use == "everyone"


def test_a_stopped_adapter_takes_as_many_steps_as_it_had_taken(full_theta: Checkpoint) -> None:
    x = clips(10, 12)
    support = rated(x, said(full_theta, x))
    fine = get_adapter("fine-tune")
    short = stopped(fine, 2)
    assert fine.adapt(full_theta, support).steps == 5
    assert short.adapt(full_theta, support).steps == 2
    none = judge(fine, get_adapter("generic"), full_theta, support, steps=0)
    assert none.new.after == pytest.approx(none.new.before)
    ridge = get_adapter("ridge")
    assert stopped(ridge, 2) is ridge


@pytest.mark.parametrize("count", [0, 1, 2, 45])
def test_any_number_of_labels_can_be_judged(count: int, full_theta: Checkpoint) -> None:
    x = clips(count, 13)
    support = rated(x, np.arange(count) % 3, EmotionSet.of(["happy", "wistful", "sad"]))
    found = judge(get_adapter("fine-tune"), get_adapter("generic"), full_theta, support).new
    assert found.count == count
    assert 0 <= found.low <= found.after <= found.high <= 1 or not count
    assert found.evidence >= 1
    assert (found.outcome == "too early") == (count < FEWEST) or found.outcome == "closer"


@pytest.mark.parametrize(("count", "called"), [(30, "leave-one-out"), (31, "20-fold")])
def test_a_verdict_says_how_many_labels_were_left_out_at_a_time(
    count: int, called: str, full_theta: Checkpoint
) -> None:
    x = clips(count, 3)
    support = rated(x, said(full_theta, x))
    generic = get_adapter("generic")
    found = judge(generic, generic, full_theta, support)
    assert found.new.protocol == found.before.protocol == found.after.protocol == called


def test_classes_without_a_word_stand_for_the_words_that_are_not_known(
    full_theta: Checkpoint,
) -> None:
    x, eight = clips(3, 14), full_theta.classes
    assert heard_of(full_theta, rated(x, [0, 1, 2]), [0, 1, 2]) is None
    own = EmotionSet.of([*eight[:6], "wistful", "wry"])
    found = heard_of(full_theta, rated(x, [0, 6, 7], own), [0, 2])
    assert found is not None
    assert found.unknown == (6, 7)
    assert np.array_equal(found.words[:6, :6], np.eye(6))
    assert np.array_equal(found.words[6:], [[0, 0, 0, 0, 0, 0, 0.5, 0.5]] * 2)
    assert found.probabilities.argmax(1).tolist() == said(full_theta, x[[0, 2]]).tolist()
    two = heard_of(full_theta, rated(x, [0, 1, 1], EmotionSet.of(eight[:2])), [0, 1, 2])
    assert two is not None
    assert two.unknown == ()
    assert np.array_equal(two.words, [[1, 0], [0, 1], *[[0.5, 0.5]] * 6])
