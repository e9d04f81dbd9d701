"""Profiles of different boldness, weighed by how well they foresee the listener's labels."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from perser_gui.adaptation import get_adapter
from perser_gui.adaptation.gradient import folds_of
from perser_gui.adaptation.linear_dual_form import LinearDualForm
from perser_gui.adaptation.meta_perser import _before, _candidates, _dealt
from perser_gui.adaptation.playing import foreseen, held, play_of
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.rates import constant_rates, prior_of
from perser_gui.adaptation.scores import held_out_probabilities
from perser_gui.adaptation.weighing import (
    label_likelihoods,
    mean_parameters,
    sureness_of,
    weights_of,
)
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.metatraining.config import parse_config
from perser_gui.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from perser_gui.model.head import HeadConfig, initial_parameters
from perser_gui.model.normalization import SpeakerNormalization
from perser_gui.progress import Progress

WORDS = ("happy", "sad")
INNER = {
    "steps": 6,
    "shots_power": 1.0,
    "shots_reference": 1.0,
    "damping": 20.0,
    "class_weighted": False,
    "boldness": [1.0, 8.0],
    "doubt": 2.0,
}


def checkpoint(classes: tuple[str, ...] = WORDS, **inner: object) -> Checkpoint:
    head = HeadConfig(1, 8, 8, len(classes), "none", "concatenate")
    rates = constant_rates(head, 0.002)
    priors = {prior_of(name): torch.tensor([math.log(200.0)]) for name in rates}
    return Checkpoint(
        name="toy",
        encoder="toy",
        classes=classes,
        head=head,
        parameters=initial_parameters(head, 4),
        normalization=SpeakerNormalization.identity(1, 8),
        class_weights=torch.ones(len(classes)),
        rates={**rates, **priors},
        training={"inner": {**INNER, **inner}},
    )


def labels(theta: Checkpoint, count: int, *, steady: bool, seed: int = 0) -> Support:
    """A listener who hears the opposite of everyone, or one who answers at random."""
    random = np.random.default_rng(seed)
    x = (3 * random.standard_normal((count, 1, 8))).astype(np.float32)
    nothing = Support(np.zeros((0, 1, 8), np.float32), np.zeros((0, 2), np.float32), words())
    generic = get_adapter("generic")
    heard = generic.probabilities(theta, generic.adapt(theta, nothing), x)
    said = heard.argmin(1) if steady else random.integers(2, size=count)
    return Support(x, np.eye(2, dtype=np.float32)[said], words())


def words() -> EmotionSet:
    return EmotionSet.of(WORDS)


def moved(theta: Checkpoint, support: Support) -> float:
    profile = get_adapter("meta-perser").adapt(theta, support)
    weight = profile.parameters["projection.weight"]
    return float(np.linalg.norm(weight - theta.parameters["projection.weight"].numpy()))


def test_steady_labels_move_a_profile_further_than_labels_at_random() -> None:
    weighed, unweighed = checkpoint(), checkpoint(boldness=[])
    ratios = {}
    for steady in (True, False):
        supports = [labels(weighed, 24, steady=steady, seed=seed) for seed in range(6)]
        ratios[steady] = np.mean([moved(weighed, s) / moved(unweighed, s) for s in supports])
    assert ratios[True] > 1.5
    assert ratios[False] < 0.6 * ratios[True]


def test_one_label_leaves_the_weights_as_they_were() -> None:
    theta = checkpoint()
    one = labels(theta, 1, steady=True)
    bold = replace(theta, training={"inner": {**INNER, "doubt": 1e-9}})
    assert moved(theta, one) < moved(bold, one)


def test_a_label_that_was_left_out_has_next_to_no_say_in_its_own_prediction() -> None:
    theta = checkpoint(sureness=0.5)
    support = labels(theta, 12, steady=True)
    adapter, folds = get_adapter("meta-perser"), folds_of(12)
    before = held_out_probabilities(adapter, theta, support, folds)
    turned = support.targets.copy()
    turned[3] = turned[3, ::-1]
    changed = replace(support, targets=turned)
    after = held_out_probabilities(adapter, theta, changed, folds)
    seen = [
        adapter.probabilities(theta, adapter.adapt(theta, each), support.x[[3]])[0, 0]
        for each in (support, changed)
    ]
    assert abs(after[3, 0] - before[3, 0]) < 0.2 * abs(seen[1] - seen[0])
    assert np.abs(after - before).max() > 1e-4
    assert after.sum(1) == pytest.approx(np.ones(12), abs=1e-5)


@pytest.mark.parametrize("power", [0.5, 3.0])
def test_two_words_move_as_far_whatever_is_said_of_more_words(power: float) -> None:
    support = replace(labels(checkpoint(), 12, steady=True), unlabelled=library())
    found = [
        get_adapter("meta-perser").adapt(each, support).parameters
        for each in (checkpoint(anchor=0.8), checkpoint(anchor=0.8, words_power=power))
    ]
    assert set(found[0]) == set(found[1])
    assert all(np.array_equal(value, found[1][name]) for name, value in found[0].items())


def test_more_anchors_are_tried_for_two_words_too() -> None:
    """Who says one of two words nearly always is followed further once the other may lose mass."""
    tried, held = (checkpoint(anchor=1.0, anchors=more) for more in ([0.0], []))
    support = replace(labels(tried, 24, steady=True), unlabelled=library())
    support = replace(support, targets=np.eye(2, dtype=np.float32)[[1] * 24])
    adapter = get_adapter("meta-perser")
    said = [
        float(adapter.probabilities(theta, adapter.adapt(theta, support), library())[:, 1].mean())
        for theta in (tried, held)
    ]
    assert said[0] > said[1] + 0.1


def test_more_anchors_are_tried_where_every_one_of_three_words_is_known() -> None:
    """A listener who means one word by far the most is followed once words may lose mass."""
    tried, held = (checkpoint(("happy", "sad", "calm"), anchor=1.0, anchors=a) for a in ([0.0], []))
    support = replace(labels(tried, 24, steady=True), unlabelled=library())
    support = replace(support, targets=np.eye(3, dtype=np.float32)[[2] * 24], classes=named("calm"))
    adapter = get_adapter("meta-perser")
    said = [
        float(adapter.probabilities(theta, adapter.adapt(theta, support), library())[:, 2].mean())
        for theta in (tried, held)
    ]
    assert said[0] > said[1] + 0.2
    unknown = replace(support, classes=named("wistful"))
    found = [adapter.adapt(theta, unknown).parameters["output.bias"] for theta in (tried, held)]
    assert np.array_equal(*found)


def library() -> np.ndarray:
    """Clips without a label."""
    return np.random.default_rng(9).standard_normal((30, 1, 8)).astype(np.float32)


def named(third: str) -> EmotionSet:
    return EmotionSet.of((*WORDS, third))


def test_many_words_are_moved_as_by_so_much_more_boldness() -> None:
    """With six words and a power of 1, all is three times as bold and damped by a third."""
    powered = checkpoint(words_power=1.0)
    bolder = checkpoint(boldness=[3.0, 24.0], damping=20.0 / 3)
    unchanged = checkpoint()
    support = among(labels(unchanged, 12, steady=True), "calm", "angry", "fearful", "bored")
    folds = folds_of(12)
    adapter = get_adapter("meta-perser")
    for same, theta in ((True, bolder), (False, unchanged)):
        found = [
            [adapter.adapt(each, support).parameters["output.bias"] for each in (powered, theta)],
            [held_out_probabilities(adapter, each, support, folds) for each in (powered, theta)],
        ]
        assert all(np.allclose(one, other, atol=1e-6) is same for one, other in found)


def among(support: Support, *more: str) -> Support:
    """The same labels of a listener who has more words."""
    targets = np.pad(support.targets, ((0, 0), (0, len(more))))
    return replace(support, targets=targets, classes=EmotionSet.of((*WORDS, *more)))


def test_stopping_keeps_the_steps_that_were_taken_and_weighs_nothing() -> None:
    theta = checkpoint()
    support = labels(theta, 10, steady=True)
    progress = Progress()
    progress.stop()
    stopped = get_adapter("meta-perser").adapt(theta, support, progress=progress)
    plain = get_adapter("meta-perser").adapt(
        replace(theta, training={"inner": {**INNER, "boldness": []}}), support
    )
    assert stopped.steps < plain.steps
    assert "output.weight" in plain.parameters
    assert "output.weight" not in stopped.parameters  # neither stepped nor weighed


def test_a_checkpoint_keeps_its_precisions_and_candidates(tmp_path: object) -> None:
    theta = checkpoint(sureness=0.4)
    again = load_checkpoint(save_checkpoint(theta, tmp_path))  # type: ignore[arg-type]
    assert again.digest == theta.digest
    support = labels(theta, 8, steady=True)
    found = [get_adapter("meta-perser").adapt(each, support).parameters for each in (theta, again)]
    assert all(np.array_equal(value, found[1][name]) for name, value in found[0].items())


def test_weights_follow_the_likelihood_of_the_labels_that_count() -> None:
    likelihoods = np.log([[0.5, 0.5, 0.1], [0.9, 0.9, 0.9]])
    every = weights_of(likelihoods, np.ones(3))
    assert every[1] == pytest.approx(0.729 / (0.729 + 0.025))
    first = weights_of(likelihoods, np.array([1.0, 0.0, 0.0]), np.array([3.0, 1.0]))
    assert first[1] == pytest.approx(0.9 / (0.9 + 1.5))


def test_sureness_is_that_which_makes_the_labels_likely_shrunk_to_one() -> None:
    z = np.array([[1.0, -1.0]] * 40)
    right = np.eye(2, dtype=np.float32)[np.zeros(40, int)]
    mixed = np.eye(2, dtype=np.float32)[np.arange(40) % 2]
    assert sureness_of(z, right, np.ones(40), 0.5) > 1.5
    assert sureness_of(z, mixed, np.ones(40), 0.5) < 0.7
    assert sureness_of(z, right, np.ones(40), 0.0) == 1.0
    assert label_likelihoods(z, right)[0] == pytest.approx(-math.log(1 + math.exp(-2)))


def test_a_parameter_that_a_candidate_lacks_counts_as_zero() -> None:
    found = mean_parameters(
        [{"a": torch.ones(2)}, {"a": torch.zeros(2), "b": torch.full((1,), 4.0)}],
        np.array([0.25, 0.75]),
    )
    assert found["a"].tolist() == [0.25, 0.25]
    assert found["b"].tolist() == [3.0]


def test_a_class_without_a_training_clip_is_a_new_word() -> None:
    theta = replace(checkpoint(), training={"inner": INNER, "counts": [12, 0]})
    assert theta.untaught == {"sad"}
    profile = get_adapter("generic").adapt(theta, labels(theta, 1, steady=True))
    rows = profile.parameters["output.weight"]
    known = theta.parameters["output.weight"].numpy()
    assert np.array_equal(rows[0], known[0])
    assert not np.array_equal(rows[1], known[1])


def test_reptile_has_no_place_for_marked_voices() -> None:
    with pytest.raises(PerserError, match="marked voices"):
        parse_config({"meta": {"algorithm": "reptile"}, "inner": {"voice": 0.3}})


def test_labels_are_dealt_to_folds_as_a_seed_mixes_them() -> None:
    folds = _dealt(40, 5, seed=0)
    assert folds.shape == (5, 40)
    assert (folds == 0).sum(0).tolist() == [1] * 40
    assert (folds == 0).sum(1).tolist() == [8] * 5
    assert not np.array_equal(folds.argmin(0), np.arange(40) % 5)
    assert not np.array_equal(folds, _dealt(40, 5, seed=1))
    assert np.array_equal(_dealt(3, 5, seed=0).sum(0), np.full(3, 2.0))


@pytest.mark.parametrize("anchors", [[], [0.2], [0.2, 0.4, 0.6]])
def test_everyones_model_is_as_likely_to_begin_with_however_much_is_tried(
    anchors: list[float],
) -> None:
    """A label that nobody foresees better leaves half of the weight with everyone's model."""
    theta = checkpoint(("happy", "sad", "calm"), anchor=0.9, anchors=anchors)
    adapter = get_adapter("meta-perser")
    recipe = adapter.recipe(theta, 0)  # type: ignore[attr-defined]
    support = replace(among(labels(checkpoint(), 1, steady=True), "calm"), unlabelled=library())
    candidates = _candidates(recipe, theta, support.classes)
    found = adapter._foreseen(theta, support, folds_of(1), candidates, "cpu", None)  # type: ignore[attr-defined]
    assert len(found) == 1 + 2 * (1 + len(anchors))
    before = _before(recipe, found[:, 0], support.targets, np.ones(1))
    weights = weights_of(np.zeros((len(found), 1)), np.ones(1), before)
    assert float(weights[0]) == pytest.approx(0.5)


def test_steps_are_taken_once_for_all_anchors(monkeypatch: pytest.MonkeyPatch) -> None:
    """And each anchor's end is, bit for bit, that of steps of its own."""
    theta = checkpoint(("happy", "sad", "calm"), anchor=0.9, anchors=[0.4, 0.0])
    support = replace(among(labels(checkpoint(), 4, steady=True), "calm"), unlabelled=library())
    adapter = get_adapter("meta-perser")
    recipe = adapter.recipe(theta, 0)  # type: ignore[attr-defined]
    start = adapter.start(theta, support, recipe)  # type: ignore[attr-defined]
    play = play_of(start, support, recipe.options, "cpu")
    taken = []
    step = LinearDualForm.step
    monkeypatch.setattr(
        LinearDualForm, "step", lambda self, *more: taken.append(1) or step(self, *more)
    )
    ends = held(play, recipe, recipe.options, "cpu")
    assert len(taken) == recipe.options.steps
    assert len(ends) == 3
    for anchor, end in zip((0.9, 0.4, 0.0), ends, strict=True):
        alone = replace(recipe.options, anchor=anchor, anchors=())
        same = held(play, recipe, alone, "cpu")[0]
        assert all(torch.equal(value, same[name]) for name, value in end.items())
    masked = replace(play, task=replace(play.task, mask=torch.from_numpy(folds_of(4))))
    together = foreseen(masked, recipe, recipe.options, "cpu")
    alone = replace(recipe.options, anchor=0.4, anchors=())
    assert torch.equal(together[1], foreseen(masked, recipe, alone, "cpu")[0])


@pytest.mark.parametrize(
    "silly",
    [
        {"words_power": 1e6},
        {"words_power": 1000.0},
        {"words_power": math.nan},
        {"boldness": [1.0, math.nan]},
        {"boldness": [1e300]},
        {"doubt": math.nan},
        {"doubt": math.inf},
        {"sureness": math.nan},
        {"new_bias": math.nan},
        {"steps": math.inf},
        {"rate": "fast"},
        {"rate": math.nan},
    ],
)
def test_options_that_no_number_comes_of_are_refused_in_a_sentence(silly) -> None:
    theta = checkpoint(**silly)
    with pytest.raises(PerserError, match=r"^(The|An option of the) inner loop"):
        get_adapter("meta-perser").adapt(theta, labels(checkpoint(), 6, steady=True))


def test_a_temperature_that_may_not_move_is_one() -> None:
    sure = sureness_of(np.array([[9.0, 0.0]]), np.eye(2, dtype=np.float32)[:1], np.ones(1), 1e-300)
    assert sure == 1.0


def test_steps_that_swing_ever_further_spoil_no_profile_though_they_end_at_numbers() -> None:
    names = tuple(f"word {number}" for number in range(20))
    theta = checkpoint(names, words_power=1.0)
    random = np.random.default_rng(0)
    generic, adapter = get_adapter("generic"), get_adapter("meta-perser")
    for _ in range(6):
        common = random.standard_normal((1, 1, 8))
        x = (30 * (common + 0.3 * random.standard_normal((2, 1, 8)))).astype(np.float32)
        said = np.eye(20, dtype=np.float32)[random.integers(20, size=2)]
        support = Support(x, said, EmotionSet.of(names))
        surprise = []
        for each in (generic, adapter):
            heard = each.probabilities(theta, each.adapt(theta, support), x)
            surprise.append(-np.log(np.maximum(heard, 1e-30))[said > 0].mean())
        assert surprise[1] < surprise[0] + 1.5
