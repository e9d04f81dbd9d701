"""How sure and how right: pooled calibration, and accuracy of the most certain part."""

from __future__ import annotations

import numpy as np
import pytest

from perser_gui.adaptation.scores import expected_calibration_error
from perser_gui.evaluation.episode_lists import draw_episodes
from perser_gui.evaluation.reliability import COVERAGES, Certainty, accuracies
from perser_gui.evaluation.results import document
from perser_gui.evaluation.runner import Answer, run
from perser_gui.model.checkpoint import Checkpoint

from .conftest import FixedAdapter, planted


def test_pooling_tells_calibration_where_single_draws_only_tell_chance() -> None:
    rng = np.random.default_rng(0)
    pooled, single = Certainty(), []
    for _ in range(400):
        sure = rng.uniform(0.5, 1.0, 50)
        right = rng.uniform(size=50) < sure
        pooled.add(sure, right)
        p = np.stack([sure, 1 - sure], axis=1).astype(np.float32)
        y = np.where(right[:, None], [1.0, 0.0], [0.0, 1.0]).astype(np.float32)
        single.append(expected_calibration_error(p, y))
    found = pooled.result("any", 5, "random")
    assert found.ece < 0.01
    assert np.mean(single) > 0.08
    assert found.predictions == 20_000
    assert sum(each.share for each in found.bins) == pytest.approx(1.0, abs=1e-5)
    assert [each.accuracy for each in found.bins] == pytest.approx(
        [each.confidence for each in found.bins], abs=0.02
    )


def test_one_draw_pooled_is_the_error_of_that_draw() -> None:
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(3), 60).astype(np.float32)
    y = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 60)]
    certainty = Certainty()
    certainty.add(p.max(axis=1).astype(float), p.argmax(axis=1) == y.argmax(axis=1))
    assert certainty.result("any", 1, "random").ece == pytest.approx(
        expected_calibration_error(p, y), abs=1e-5
    )


def test_the_most_certain_part_is_kept_and_ties_have_no_order() -> None:
    sure = np.array([0.5, 0.9, 0.7, 0.5])
    right = np.array([True, True, True, False])
    assert accuracies(sure, right, (1.0, 0.75, 0.5)) == pytest.approx([0.75, 2.5 / 3, 1.0])
    assert accuracies(sure, right[[3, 1, 2, 0]], (0.75,)) == pytest.approx([2.5 / 3])
    assert accuracies(np.array([0.6]), np.array([True]), (0.1,)) == [1.0]


def test_results_hold_the_calibration_of_every_adapter_and_number_of_shots(
    theta: Checkpoint,
) -> None:
    material = planted({"ann": 0, "bo": 1})
    episodes = draw_episodes(material.table, shots=(5, 10), repeats=3, seed=2)
    adapters = {
        "generic": FixedAdapter("generic", knows=False),
        "knowing": FixedAdapter("knowing", knows=True),
    }
    answers: list[Answer] = []
    results = run(material, theta, episodes, adapters, observe=answers.append)
    kinds = [(each.adapter, each.shots) for each in results.calibration]
    assert kinds == [("generic", 5), ("generic", 10), ("knowing", 5), ("knowing", 10)]
    knowing = results.calibration[2]
    assert knowing.accuracy_at["1"] == pytest.approx(0.5)  # right for ann, wrong for bo
    assert knowing.ece == pytest.approx(0.425, abs=1e-5)
    told = document(results, seed=0)["calibration"]
    assert [each["shots"] for each in told] == [5, 10, 5, 10]
    assert set(told[0]["accuracy_at"]) == {f"{share:g}" for share in COVERAGES}

    assert len(answers) == len(results.rows)
    for answer in answers:
        assert answer.given.sum() == answer.episode.shots
        tested = episodes.plan(answer.episode.listener).test
        assert answer.p.shape == answer.y.shape == (len(tested), 4)
