"""Support in the order in which the desk would ask for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perser_gui.adaptation import asking
from perser_gui.adaptation.asking import Choice, Pool
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import (
    EpisodeList,
    check_episodes,
    draw_episodes,
    load_episodes,
    save_episodes,
)
from perser_gui.evaluation.ordering import check_orders, in_orders
from perser_gui.evaluation.results import document, side_by_side, summarize
from perser_gui.evaluation.runner import EvaluationMaterial, run
from perser_gui.model.checkpoint import Checkpoint

from .conftest import FixedAdapter, planted

BOTH = ("random", "suggested")


@pytest.fixture
def material() -> EvaluationMaterial:
    return planted({"ann": 0, "bo": 1})


def drawn(material: EvaluationMaterial) -> EpisodeList:
    return draw_episodes(material.table, shots=(2, 5, 10), repeats=3, seed=2)


def test_suggested_support_is_of_the_same_pool_and_begins_alike(
    material: EvaluationMaterial, theta: Checkpoint
) -> None:
    random = drawn(material)
    both = in_orders(random, BOTH, material, theta)
    assert both.plans == random.plans
    asked = {(e.listener, e.repeat, e.shots): e for e in both.episodes if e.order == "suggested"}
    assert len(asked) == len(random.episodes)
    for episode in random.episodes:
        own = asked[episode.listener, episode.repeat, episode.shots]
        assert own.seed == episode.seed
        assert own.support[0] == episode.support[0]
        longest = asked[episode.listener, episode.repeat, 10].support
        assert longest[: episode.shots] == own.support
    check_episodes(both, material.table, material.contents)
    assert in_orders(random, BOTH, material, theta) == both
    assert in_orders(random, ("random",), material, theta) == random


def test_the_suggestion_is_asked_step_by_step_and_sees_no_label_before_it_is_given(
    material: EvaluationMaterial, theta: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    pools: list[Pool] = []

    def last(pool: Pool) -> Choice:
        pools.append(pool)
        places = tuple(reversed(range(len(pool.features))))
        return Choice(places, "because")

    monkeypatch.setattr(asking, "suggest", last)
    random = drawn(material)
    asked = in_orders(random, ("suggested",), material, theta)
    plan = random.plan("ann")
    first = next(e for e in asked.episodes if (e.listener, e.shots) == ("ann", 10))
    others = [file for file in plan.pool if file != first.support[0]]
    assert list(first.support[1:]) == others[:-10:-1]
    for step, pool in enumerate(pools[:9]):
        assert len(pool.labelled) == len(pool.targets) == step + 1
        assert len(pool.features) == len(plan.pool) - step - 1
        assert np.allclose(pool.probabilities.sum(1), 1, atol=1e-5)
        seen = {int(x[1, 1]) for x in (*pool.features, *pool.labelled)}
        assert seen == {int(file[:3]) for file in plan.pool}


def test_of_a_large_pool_only_some_are_looked_at(
    material: EvaluationMaterial, theta: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []
    real = asking.suggest

    def watched(pool: Pool) -> Choice | None:
        sizes.append(len(pool.features))
        return real(pool)

    monkeypatch.setattr(asking, "AMONG", 4)
    monkeypatch.setattr(asking, "suggest", watched)
    asked = in_orders(drawn(material), ("suggested",), material, theta)
    assert max(sizes) == 4
    check_episodes(asked, material.table, material.contents)


def test_rows_and_summary_say_the_order_and_what_it_gained(
    material: EvaluationMaterial, theta: Checkpoint
) -> None:
    episodes = in_orders(drawn(material), BOTH, material, theta)
    adapters = {
        name: FixedAdapter(name, knows=name == "knowing") for name in ("generic", "knowing")
    }
    results = run(material, theta, episodes, adapters)
    assert results.orders == BOTH
    assert len(results.rows) == 2 * 2 * 3 * 2 * 3
    found = document(results, seed=0)
    assert [(s["order"], s["adapter"], s["shots"]) for s in found["summary"]] == [
        (order, adapter, shots)
        for order in BOTH
        for adapter in ("generic", "knowing")
        for shots in (2, 5, 10)
    ]
    for item in found["summary"]:
        known = item["gain_over_random"]
        assert (known is None) == (item["order"] == "random")
        assert known is None or known["mean"] == 0.0  # fixed adapters learn nothing
    names = [item.adapter for item in summarize(side_by_side(results), seed=0)]
    assert list(dict.fromkeys(names)) == ["generic", "knowing", "knowing, suggested"]
    alone = run(material, theta, in_orders(episodes, ("suggested",), material, theta), adapters)
    assert side_by_side(alone).adapters == ("generic", "knowing")


def test_orders_are_saved_with_the_episodes(
    material: EvaluationMaterial, theta: Checkpoint, tmp_path: Path
) -> None:
    both = in_orders(drawn(material), BOTH, material, theta)
    save_episodes(both, tmp_path / "e.json")
    assert load_episodes(tmp_path / "e.json") == both
    only = replace(both, episodes=tuple(e for e in both.episodes if e.order == "suggested"))
    with pytest.raises(PerserError, match="random"):
        in_orders(only, BOTH, material, theta)


@pytest.mark.parametrize("orders", [(), ("best",), ("random", "")])
def test_an_unknown_order_is_refused(orders: tuple[str, ...]) -> None:
    with pytest.raises(PerserError, match="random, suggested"):
        check_orders(orders)
    assert check_orders(("suggested", "random", "random")) == BOTH
