"""The held-out listener must not reach training, neither by what they said nor by their clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perser_gui.errors import PerserError
from perser_gui.metatraining.algorithms import MetaConfig, plan
from perser_gui.metatraining.config import TrainingConfig, parse_config
from perser_gui.metatraining.data import ListenerRatings, Material
from perser_gui.metatraining.episodes import Chunk, EpisodeConfig, EpisodeSampler
from perser_gui.metatraining.leakage import (
    LeakageError,
    check_checkpoint,
    check_episodes,
    check_labels,
    check_listeners,
    check_stage,
    check_unseen,
)
from perser_gui.metatraining.meta_train import train_material
from perser_gui.metatraining.preparation import parted
from perser_gui.metatraining.pretrain import PretrainConfig, pretrain
from perser_gui.metatraining.stage import build_stage
from perser_gui.model.checkpoint import load_checkpoint
from tests.unit.metatraining.worlds import FOUR, material_of_listeners

F = "person 0"
PRETRAINING = PretrainConfig(hidden=6, epochs=2, batch=32, learning_rate=1e-2)


def real_material(seed: int = 0) -> Material:
    """Listeners whose ratings are the only labels; F rated every other clip."""
    material = material_of_listeners(6, seed=seed)
    people = [replace(each, kind="real") for each in material.raters()]
    first = people[0]
    people[0] = replace(first, rows=first.rows[::2], targets=first.targets[::2])
    return Material(material.clips, tuple(people), FOUR)


def with_other_ratings_of_f(material: Material) -> Material:
    """The same material, but F said something else about everything."""
    changed = [
        replace(each, targets=np.roll(each.targets, 1, axis=1)) if each.listener == F else each
        for each in material.listeners
    ]
    return replace(material, listeners=tuple(changed))


def configuration(**data: Any) -> TrainingConfig:
    return parse_config(
        {
            "data": {"held_out": [F], **data},
            "pretrain": {"hidden": 6, "epochs": 2, "batch": 32, "learning_rate": 0.01},
            "episodes": {"listeners": 2, "together": 2, "shots": [4], "query": 12},
            "inner": {"steps": 2},
            "meta": {"epochs": 2, "meta_batches": 2},
            "development": {"shots": [5], "repeats": 1},
            "run": {"device": "cpu"},
        }
    )


@pytest.mark.parametrize("unseen", [False, True])
def test_what_the_held_out_listener_said_changes_nothing_that_training_makes(
    tmp_path: Path, unseen: bool
) -> None:
    material = real_material()
    config = configuration(unseen=unseen)
    first = train_material(material, config, tmp_path / "a")
    second = train_material(with_other_ratings_of_f(material), config, tmp_path / "b")
    assert load_checkpoint(tmp_path / "a").digest == load_checkpoint(tmp_path / "b").digest
    for name in ("curves.csv", "episodes.jsonl"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert first["development"] == second["development"]
    assert first["held_out"] != second["held_out"]


def test_what_anybody_else_said_does_change_it(tmp_path: Path) -> None:
    material = real_material()
    other = replace(
        material,
        listeners=tuple(
            replace(each, targets=np.roll(each.targets, 1, axis=1))
            if each.listener == "person 3"
            else each
            for each in material.listeners
        ),
    )
    train_material(material, configuration(), tmp_path / "a")
    train_material(other, configuration(), tmp_path / "b")
    assert load_checkpoint(tmp_path / "a").digest != load_checkpoint(tmp_path / "b").digest


def test_the_held_out_listener_is_absent_from_aggregates_counts_and_weights() -> None:
    material = real_material()
    labels = material.without([F]).aggregated()
    others = [each for each in material.listeners if each.listener != F]
    by_hand = np.mean([each.targets for each in others], axis=0)
    np.testing.assert_allclose(labels.targets, by_hand, atol=1e-6)
    assert labels.counts().tolist() == (by_hand > 1 / 4).sum(0).tolist()
    assert F not in labels.listeners


def test_in_the_unseen_scenario_no_utterance_of_theirs_is_in_training() -> None:
    material = real_material()
    theirs = {material.clips.names[row] for row in material.listeners[0].rows}
    parts = parted(material, [F], unseen=True)
    assert len(theirs) == len(material.clips) // 2
    assert parts.unseen_clips == theirs
    assert not theirs & set(parts.material.clips.names)
    stage = build_stage(parts.learned_from(), PRETRAINING)
    assert not {name[:16] for name in theirs} & set(stage.final.training["contents"])
    seen = parted(material, [F])
    assert theirs <= set(seen.material.clips.names)


def test_their_clips_do_not_move_the_normalization_in_the_unseen_scenario() -> None:
    material = real_material()
    moved = material.clips.x.copy()
    moved[material.listeners[0].rows] += 7.0
    other = replace(material, clips=replace(material.clips, x=moved))
    first, second = (
        pretrain(m.without([F], unseen=True), PRETRAINING).normalization for m in (material, other)
    )
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.scale, second.scale)


def test_development_listeners_have_no_part_in_the_start_either() -> None:
    parts = parted(real_material(), [F])
    start = pretrain(parts.learned_from(), PRETRAINING)
    judges = {each.listener for each in parts.development}
    assert judges
    assert not judges & set(start.training["listeners"])
    assert not judges & {each.listener for each in parts.training}


def test_aggregates_with_a_held_out_rating_are_refused() -> None:
    with pytest.raises(LeakageError, match="“person 0”, who is held out"):
        check_labels(real_material().aggregated(), [F])


def test_a_start_that_knows_the_held_out_listener_is_refused(tmp_path: Path) -> None:
    material = real_material()
    leaking = pretrain(material, PRETRAINING)
    with pytest.raises(LeakageError, match="pre-trained on ratings of “person 0”"):
        check_checkpoint(leaking, [F])
    clean = pretrain(material.without([F]), PRETRAINING)
    check_checkpoint(clean, [F])
    clip = material.clips.names[0]
    with pytest.raises(LeakageError, match="was to be unseen"):
        check_checkpoint(clean, [F], [clip])


def test_a_run_from_a_checkpoint_that_knows_the_held_out_listener_ends_at_once(
    tmp_path: Path,
) -> None:
    from perser_gui.model.checkpoint import save_checkpoint

    material = real_material()
    save_checkpoint(pretrain(material, PRETRAINING), tmp_path / "leaking")
    config = configuration(checkpoint=str(tmp_path / "leaking"))
    with pytest.raises(LeakageError, match="“person 0”"):
        train_material(material, config, tmp_path / "out")


def test_held_out_listeners_are_refused_in_training_selection_and_episodes() -> None:
    people = real_material().listeners
    with pytest.raises(LeakageError, match="among the training listeners"):
        check_listeners(people[:3], people[3:], [F])
    with pytest.raises(LeakageError, match="among the development listeners"):
        check_listeners(people[3:], people[:3], [F])
    with pytest.raises(LeakageError, match="both a training and a development listener"):
        check_listeners(people[1:3], people[2:4], [F])
    check_listeners(people[1:3], people[3:], [F])


@pytest.mark.parametrize("sets", ["csmt_overlap", "csmt_pooled"])
def test_an_episode_with_a_held_out_rating_is_refused(sets: Any) -> None:
    material = real_material()
    config = plan(
        MetaConfig(), EpisodeConfig(sets=sets, shots=(4,), listeners=2, together=2)
    ).episodes

    def drawn(listeners: tuple[ListenerRatings, ...]) -> list[Chunk]:
        sampler = EpisodeSampler(material.clips, listeners, config, classes=FOUR)
        return [chunk for n in range(5) for chunk in sampler.meta_batch(n)]

    check_episodes(drawn(material.listeners[1:]), [F])
    with pytest.raises(LeakageError, match="An episode holds ratings of “person 0”"):
        check_episodes(drawn(material.listeners), [F])


def test_material_that_still_holds_an_unseen_clip_is_refused() -> None:
    material = real_material()
    with pytest.raises(LeakageError, match="is in the training material"):
        check_unseen(material, [material.clips.names[0]])


def test_a_cross_fitted_start_that_saw_its_own_clips_is_refused() -> None:
    material = real_material()
    stage = build_stage(material, PRETRAINING, "corpus")
    check_stage(stage, [])
    swapped = replace(stage, rotations=1 - stage.rotations)
    with pytest.raises(LeakageError, match="The start of rotation"):
        check_stage(swapped, [])


def test_a_held_out_listener_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(PerserError, match="“stranger” cannot be held out"):
        train_material(real_material(), configuration(held_out=["stranger"]), tmp_path)
