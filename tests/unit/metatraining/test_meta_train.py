from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perser_gui.adaptation.fine_tune import FineTuneTuned
from perser_gui.adaptation.inner import InnerOptions
from perser_gui.adaptation.meta_perser import MetaLearned
from perser_gui.adaptation.other_listeners import NearestListener
from perser_gui.adaptation.protocol import Support
from perser_gui.corpora import RatingRow, RatingsTable
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.metatraining.config import TrainingConfig, parse_config
from perser_gui.metatraining.data import Material
from perser_gui.metatraining.leakage import LeakageError
from perser_gui.metatraining.meta_train import _without_priors, meta_train, train_material
from perser_gui.metatraining.preparation import parted, simulated_tables
from perser_gui.model.checkpoint import load_checkpoint
from tests.unit.metatraining.worlds import FOUR, material_of_listeners

QUICK: dict[str, Any] = {
    "pretrain": {"hidden": 6, "epochs": 3, "batch": 32, "learning_rate": 0.01},
    "episodes": {"listeners": 4, "together": 4, "shots": [4, 8], "query": 24},
    "inner": {"steps": 3},
    "meta": {"epochs": 2, "meta_batches": 4, "inner_rate": 0.1},
    "development": {"shots": [6], "repeats": 2},
    "run": {"device": "cpu"},
}


def configuration(**tables: dict[str, Any]) -> TrainingConfig:
    return parse_config({k: {**QUICK.get(k, {}), **tables.get(k, {})} for k in {**QUICK, **tables}})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("trained")
    config = configuration(data={"held_out": ["person 1"]}, output={"name": "toy"})
    return out, train_material(material_of_listeners(8), config, out)


def support_of(material: Material, out: Path, person: int, count: int) -> Support:
    from perser_gui.metatraining.data import normalized

    theta = load_checkpoint(out)
    x = normalized(material.clips, theta.normalization)
    own = next(e for e in material.listeners if e.listener == f"person {person}")
    rows = np.random.default_rng(0).permutation(len(own.rows))[:count]
    return Support(x[own.rows[rows]], own.targets[rows], EmotionSet.of(FOUR, known=FOUR))


def test_a_run_leaves_a_checkpoint_that_adapters_can_use(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    out, _ = trained
    theta = load_checkpoint(out)
    support = support_of(material_of_listeners(8), out, 1, 12)
    assert theta.name == "toy"
    for adapter in (MetaLearned(), FineTuneTuned(), NearestListener()):
        profile = adapter.adapt(theta, support)
        found = adapter.probabilities(theta, profile, support.x)
        np.testing.assert_allclose(found.sum(1), 1.0, atol=1e-5)


def test_tuned_fine_tuning_has_neither_priors_nor_what_only_candidates_have() -> None:
    read = {"steps": 8, "balance": 0.5, "new_bias": -2.2, "shots_reference": 1.0}
    priors = {"anchor": 0.75, "voice": 0.3, "damping": 40.0, "l2": 2.0, "shots_power": 1.0}
    weighed = {"boldness": (1.0, 4.0), "doubt": 3.0, "sureness": 0.5, "words_power": 1.0}
    inner = InnerOptions(**read, **priors, **weighed, anchors=(0.25,), information=0.1)
    assert _without_priors(inner) == InnerOptions(**read)


def test_the_result_compares_the_generic_the_untrained_and_the_meta_trained_model(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    out, result = trained
    assert json.loads((out / "result.json").read_text()) == result
    found = result["development"]
    assert set(found) == {"generic", "before_meta_training", "meta_trained"}
    assert found["meta_trained"]["macro_f1"] >= found["before_meta_training"]["macro_f1"]
    assert result["held_out"]["listeners"] == ["person 1"]
    assert result["held_out"]["scenario"] == "seen utterances"
    assert result["training_listeners"] + result["development_listeners"] == 7
    assert load_checkpoint(out).card["meta"]["digest"] == result["digest"]
    assert set(result["rates"]) == set(load_checkpoint(out).parameters)


def test_the_checkpoint_names_its_learner_and_options(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    training = load_checkpoint(trained[0]).training
    assert training["learner"] == "meta-perser"
    assert training["inner"]["steps"] == 3
    assert training["sets"] == "csmt_overlap"
    assert training["meta"]["meta"]["epochs"] == 2


def test_the_checkpoint_names_everybody_whom_it_learned_or_was_chosen_by(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    training = load_checkpoint(trained[0]).training
    acted = ["acted (corpus0)", "acted (corpus1)"]
    # person 1 is held out; development listeners, who pick the epoch, are no strangers
    assert training["listeners"] == [*acted, *(f"person {n}" for n in (0, 2, 3, 4, 5, 6, 7))]
    clips = material_of_listeners(8).clips.names
    assert training["contents"] == sorted(name[:16] for name in clips)


def test_a_checkpoint_trained_on_adds_its_listeners_and_clips_to_those_it_had(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    other = material_of_listeners(8, seed=3)
    renamed = replace(
        other,
        clips=replace(other.clips, names=tuple(f"new{name}" for name in other.clips.names)),
        listeners=tuple(replace(e, listener=f"new {e.listener}") for e in other.listeners),
    )
    train_material(renamed, configuration(data={"checkpoint": str(trained[0])}), tmp_path)
    before, after = load_checkpoint(trained[0]).training, load_checkpoint(tmp_path).training
    assert {*before["listeners"], "new person 1"} <= set(after["listeners"])
    assert set(before["contents"]) < set(after["contents"])
    assert renamed.clips.names[0][:16] in after["contents"]


def test_a_start_that_knows_a_held_out_listener_is_refused(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    config = configuration(data={"checkpoint": str(trained[0]), "held_out": ["person 2"]})
    with pytest.raises(LeakageError, match="“person 2”, who is held out"):
        train_material(material_of_listeners(8), config, tmp_path)


def test_another_learner_is_stored_as_a_variant_of_a_checkpoint(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    base = load_checkpoint(trained[0])
    config = configuration(
        data={"checkpoint": str(trained[0])},
        meta={"algorithm": "maml"},
        output={"variant": "maml", "name": "toy"},
    )
    train_material(material_of_listeners(8), config, tmp_path)
    both = load_checkpoint(tmp_path)
    for name, value in base.parameters.items():
        assert bool((both.parameters[name] == value).all())
    assert set(both.variants) == {"maml"}
    support = support_of(material_of_listeners(8), tmp_path, 1, 8)
    assert MetaLearned("maml").adapt(both, support).steps == 3
    assert MetaLearned("meta-perser").adapt(both, support).steps == 3


def test_a_checkpoint_of_another_encoder_is_refused(
    trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    material = material_of_listeners(8)
    other = replace(material, clips=replace(material.clips, encoder="another"))
    config = configuration(data={"checkpoint": str(trained[0])})
    with pytest.raises(PerserError, match="expects features of toy-encoder"):
        train_material(other, config, tmp_path)


def test_fewer_than_two_listeners_are_refused() -> None:
    with pytest.raises(PerserError, match="at least two listeners"):
        parted(material_of_listeners(2), ["person 0"])


def test_equal_seeds_choose_equal_development_listeners() -> None:
    material = material_of_listeners(8)
    first, again = (parted(material, [], seed=3).development for _ in range(2))
    assert [e.listener for e in first] == [e.listener for e in again]
    others = {
        tuple(e.listener for e in parted(material, [], seed=s).development) for s in range(10)
    }
    assert len(others) > 1


def test_simulated_listeners_rate_the_clips_of_the_corpora() -> None:
    rows = tuple(
        RatingRow(f"{i}.wav", "acted", (word,), f"s{i % 3}")
        for i, word in enumerate(["happy", "sad", "angry", "neutral"] * 6)
    )
    table = RatingsTable(rows, source="toy")
    config = configuration(simulated={"listeners": 5, "ratings": 10, "seed": 1})
    (made,) = simulated_tables([table], config)
    assert len(made.listeners) == 5
    assert set(made.files) <= set(table.files)
    assert simulated_tables([table], configuration()) == []


def test_a_configuration_without_corpora_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PerserError, match="names no corpora"):
        meta_train(configuration(), tmp_path)


def test_resuming_with_another_configuration_is_refused_and_spoils_nothing(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    out, _ = trained
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    config = configuration(data={"held_out": ["person 1"]}, meta={"epochs": 3})
    with pytest.raises(PerserError, match="another configuration"):
        train_material(material_of_listeners(8), config, out, resume=True)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
