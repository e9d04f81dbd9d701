from __future__ import annotations

import ast
import dataclasses
import math
from pathlib import Path
from typing import Any

import pytest

import perser_gui
from perser_gui.errors import PerserError
from perser_gui.metatraining import (
    algorithms,
    config,
    distributed,
    episodes,
    pretrain,
    vocabularies,
)
from perser_gui.metatraining.config import TrainingConfig, parse_config, read_config

EXAMPLE = """
[data]
corpora = ["ravdess:/data/r", "emodb:/data/e"]
held_out = ["ann"]
unseen = true

[pretrain]
hidden = 64
own_classes = false

[episodes]
shots = [5, 10]
unlabelled = 30
vocabulary = { drop = 0.25, merge = 0.1 }

[inner]
steps = 3
information = 0.5

[meta]
switch = inf
learn = "rates"
inner_rates = { "output.bias" = 0.15 }

[run]
device = "cpu"
devices = ["cuda:0", "cuda:1"]
"""


def test_a_toml_file_becomes_a_configuration(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text(EXAMPLE)
    found = read_config(tmp_path / "c.toml")
    assert found.data.corpora == ("ravdess:/data/r", "emodb:/data/e")
    assert (found.data.held_out, found.data.unseen) == (("ann",), True)
    assert (found.pretrain.hidden, found.pretrain.own_classes) == (64, False)
    assert found.episodes.shots == (5, 10)
    assert (found.episodes.vocabulary.drop, found.episodes.vocabulary.unknown) == (0.25, 0.0)
    assert (found.inner.steps, found.inner.information) == (3, 0.5)
    assert found.meta.switch == math.inf
    assert found.meta.inner_rates == {"output.bias": 0.15}
    assert found.run.devices == ("cuda:0", "cuda:1")


@pytest.mark.parametrize(
    ("values", "match"),
    [
        ({"metta": {}}, "has no key “metta”; it knows data"),
        ({"meta": {"epoch": 3}}, r"\[meta\] has no key “epoch”"),
        ({"episodes": {"vocabulary": {"rename": 1}}}, r"\[episodes.vocabulary\] has no key"),
        ({"meta": {"epochs": "many"}}, "meta.epochs should be a whole number, not 'many'"),
        ({"meta": {"epochs": True}}, "should be a whole number"),
        ({"meta": {"epochs": 2.5}}, "should be a whole number"),
        ({"meta": {"outer_rate": "fast"}}, "should be a number"),
        ({"meta": {"switch": math.nan}}, "should be a number"),
        ({"meta": {"multi_step": 1}}, "should be true or false"),
        ({"meta": {"learn": "all"}}, "should be one of both, rates, start"),
        ({"meta": {"inner_rates": {"bias": 1.0}}}, "inner_rates takes positive numbers"),
        ({"meta": {"inner_rates": 3}}, "should be a table"),
        ({"episodes": {"shots": 5}}, "should be a list"),
        ({"data": {"upstream": 5}}, "should be a text"),
        ({"data": 3}, r"\[data\] should be a table"),
        ({"meta": {"epochs": 0}}, "epochs and meta_batches of 1"),
        ({"inner": {"order": "first"}}, "leave `order` out"),
        ({"inner": {"information": 1.0}}, "set `unlabelled`"),
        ({"output": {"variant": "maml"}}, "name it as `checkpoint`"),
        ({"data": {"development": 1.0}}, "between 0 and 1"),
        ({"run": {"timeout": 0}}, "positive timeout"),
        ({"development": {"repeats": 0}}, "repeats of at least 1"),
        ({"simulated": {"severity": -1}}, "severity"),
        ({"pretrain": {"dropout": 1.0}}, "dropout"),
    ],
)
def test_wrong_keys_and_values_are_named(values: dict[str, Any], match: str) -> None:
    with pytest.raises(PerserError, match=match):
        parse_config(values)


@pytest.mark.parametrize("text", ["[data", "\x00", "a = [1,"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "c.toml").write_text(text)
    with pytest.raises(PerserError, match="is not a TOML file"):
        read_config(tmp_path / "c.toml")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(PerserError, match=r"none\.toml cannot be read"):
        read_config(tmp_path / "none.toml")


def test_the_fingerprint_changes_with_every_number_and_not_with_the_place() -> None:
    plain = TrainingConfig().fingerprint()
    assert parse_config({"run": {"device": "cpu", "timeout": 5.0}}).fingerprint() == plain
    assert parse_config({"output": {"name": "other"}}).fingerprint() == plain
    for values in (
        {"run": {"seed": 1}},
        {"meta": {"switch": math.inf}},
        {"inner": {"steps": 4}},
        {"episodes": {"query": 5}},
        {"data": {"corpora": ["a:b"]}},
    ):
        assert parse_config(values).fingerprint() != plain


class WithoutValidation(ast.NodeTransformer):
    """Takes out the functions that look at keys only to refuse bad ones."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST | None:
        return None if node.name == "__post_init__" else self.generic_visit(node)


def test_every_key_of_the_configuration_is_read_somewhere() -> None:
    read: set[str] = set()
    for path in Path(perser_gui.__file__).parent.glob("metatraining/*.py"):
        tree = WithoutValidation().visit(ast.parse(path.read_text(encoding="utf-8")))
        read |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    kinds = (
        config.DataConfig,
        config.SimulatedConfig,
        config.DevelopmentConfig,
        config.OutputConfig,
        algorithms.MetaConfig,
        episodes.EpisodeConfig,
        vocabularies.VocabularyConfig,
        pretrain.PretrainConfig,
        distributed.RunConfig,
    )
    keys = {item.name for kind in kinds for item in dataclasses.fields(kind)}
    assert keys <= read


RECIPES = sorted((Path(__file__).parents[3] / "docs").rglob("*.toml"))


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda path: path.stem)
def test_every_recipe_in_the_documentation_is_a_configuration(recipe: Path) -> None:
    assert read_config(recipe) != TrainingConfig()


def test_the_recipes_are_where_the_documentation_says() -> None:
    assert {path.name for path in RECIPES} >= {"four-cells.toml", "meta-base.toml"}
