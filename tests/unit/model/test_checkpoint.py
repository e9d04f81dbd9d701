from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from perser_gui import paths
from perser_gui.errors import PerserError
from perser_gui.model import checkpoint as module
from perser_gui.model.checkpoint import (
    Checkpoint,
    Variant,
    available_checkpoints,
    load_checkpoint,
    save_checkpoint,
)
from perser_gui.model.head import HeadConfig, initial_parameters
from perser_gui.model.normalization import SpeakerNormalization

CONFIG = HeadConfig(2, 6, hidden=4, classes=3)


@pytest.fixture
def made() -> Checkpoint:
    rng = np.random.default_rng(0)
    return Checkpoint(
        name="small",
        encoder="tiny",
        classes=("sad", "happy", "angry"),
        head=CONFIG,
        parameters=initial_parameters(CONFIG, 1),
        normalization=SpeakerNormalization(
            rng.normal(size=(2, 6)).astype(np.float32), np.full((2, 6), 2.0, np.float32), 5.0
        ),
        class_weights=torch.tensor([0.5, 1.0, 1.5]),
        rates={"output.bias": torch.tensor([-1.0, -2.0])},
        training={"inner": {"steps": 5}},
        card={"licence": "MIT"},
        variants={
            "meta-sgd": Variant(
                parameters=initial_parameters(CONFIG, 2),
                rates={"output.weight": torch.zeros(1, 3, 4)},
                inner={"steps": 1},
            )
        },
        extras={"listeners.output.bias": torch.ones(2, 3)},
    )


def test_a_saved_checkpoint_comes_back_with_every_number(made: Checkpoint, tmp_path: Path) -> None:
    loaded = load_checkpoint(save_checkpoint(made, tmp_path / "model"))
    assert loaded.classes == made.classes
    assert loaded.head == made.head
    assert loaded.training == made.training
    assert loaded.card == made.card
    assert loaded.normalization.n0 == 5.0
    assert np.array_equal(loaded.normalization.mean, made.normalization.mean)
    assert loaded.rates is not None
    assert torch.equal(loaded.rates["output.bias"], torch.tensor([-1.0, -2.0]))
    variant = loaded.variants["meta-sgd"]
    assert variant.inner == {"steps": 1}
    assert variant.rates["output.weight"].shape == (1, 3, 4)
    assert torch.equal(
        variant.parameters["output.weight"], made.variants["meta-sgd"].parameters["output.weight"]
    )
    assert torch.equal(loaded.extras["listeners.output.bias"], torch.ones(2, 3))
    assert all(torch.equal(loaded.parameters[k], made.parameters[k]) for k in made.parameters)
    assert loaded.digest == made.digest


def test_the_digest_follows_numbers_and_options_but_not_name_and_card(made: Checkpoint) -> None:
    assert replace(made, name="other", card={"a": 1}).digest == made.digest
    assert replace(made, training={"inner": {"steps": 4}}).digest != made.digest
    moved = {**made.parameters, "output.bias": made.parameters["output.bias"] + 1e-6}
    assert replace(made, parameters=moved).digest != made.digest
    assert replace(made, classes=("a", "b", "c")).digest != made.digest


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {"inner": "x"}},
        {"training": {"inner": {"l2": 1e9}}},
        {"training": {"inner": {"words_power": 1000.0}}},
        {"training": {"inner": {"anchors": [0.5, 2]}}},
        {"training": {"inner": {"boldness": [1.0, 1e300]}}},
        {"training": {"temperature": float("inf")}},
        {"variants": {"meta-perser": {"steps": -1}}},
        {"variants": {"meta-perser": {"steps": True}}, "head": {"width": float("inf")}},
        {"head": {"layers": 2, "width": 10**30, "classes": 3}},
        {"normalization": {"n0": float("nan")}},
        {"classes": ["a", "a", "b"]},
        {"classes": "abc"},
        {"name": "x" * 5000},
        {"encoder": "a\x1b[2J"},
    ],
)
def test_values_that_mean_nothing_are_refused(
    made: Checkpoint, tmp_path: Path, changes: dict[str, object]
) -> None:
    save_checkpoint(made, tmp_path)
    edited(tmp_path, **changes)
    with pytest.raises(PerserError):
        load_checkpoint(tmp_path)


def test_class_weights_of_zero_are_refused(made: Checkpoint, tmp_path: Path) -> None:
    save_checkpoint(replace(made, class_weights=made.class_weights * 0), tmp_path)
    with pytest.raises(PerserError, match="above zero"):
        load_checkpoint(tmp_path)


def test_a_path_that_no_disk_takes_is_a_sentence() -> None:
    with pytest.raises(PerserError, match="There is no checkpoint"):
        load_checkpoint("x" * 5000)


def test_a_crash_while_saving_leaves_the_old_checkpoint(
    made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(made, tmp_path)
    new = replace(made, parameters=initial_parameters(CONFIG, 9))
    real = os.replace

    def fails_at_the_document(source: str, target: Path) -> None:
        if Path(target).name == module.DOCUMENT:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", fails_at_the_document)
    with pytest.raises(PerserError, match="the disk is full"):
        save_checkpoint(new, tmp_path)
    assert load_checkpoint(tmp_path).digest == made.digest
    monkeypatch.undo()
    save_checkpoint(new, tmp_path)
    assert load_checkpoint(tmp_path).digest == new.digest
    assert len(list(tmp_path.iterdir())) == 2


def edited(folder: Path, **changes: object) -> None:
    path = folder / module.DOCUMENT
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


HOSTILE = {
    "another head": {"head": {**CONFIG.as_dict(), "hidden": 7}},
    "a huge head": {"head": {**CONFIG.as_dict(), "hidden": 10**12}},
    "too few classes": {"classes": ["sad"]},
    "no head": {"head": None},
    "a newer format": {"format": 99},
    "a path outside": {"weights": "../../etc/passwd"},
    "no weights": {"weights": "weights-gone.safetensors"},
    "a wrong checksum": {"weights_sha256": "0" * 64},
    "variants of the wrong kind": {"variants": [1, 2]},
    "no weight of the prior": {"normalization": {}},
}


@pytest.mark.parametrize("changes", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_document_is_refused_in_one_sentence_that_names_the_folder(
    made: Checkpoint, tmp_path: Path, changes: dict[str, object]
) -> None:
    save_checkpoint(made, tmp_path)
    edited(tmp_path, **changes)
    with pytest.raises(PerserError) as caught:
        load_checkpoint(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_document_that_is_no_document_is_refused(
    made: Checkpoint, tmp_path: Path, content: bytes
) -> None:
    save_checkpoint(made, tmp_path)
    (tmp_path / module.DOCUMENT).write_bytes(content)
    with pytest.raises(PerserError, match=r"cannot be used|is damaged"):
        load_checkpoint(tmp_path)


def test_damaged_weights_and_values_that_are_no_numbers_are_refused(
    made: Checkpoint, tmp_path: Path
) -> None:
    save_checkpoint(made, tmp_path)
    (weights,) = tmp_path.glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(PerserError, match="checksum"):
        load_checkpoint(tmp_path)
    broken = {**made.parameters, "output.bias": torch.tensor([0.0, torch.nan, 0.0])}
    save_checkpoint(replace(made, parameters=broken), tmp_path)
    with pytest.raises(PerserError, match=r"output\.bias"):
        load_checkpoint(tmp_path)


def test_weights_larger_than_any_checkpoint_are_not_even_read(
    made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(made, tmp_path)
    (weights,) = tmp_path.glob("*.safetensors")
    with weights.open("r+b") as stream:
        stream.truncate(2**31 + 1)  # takes no room on the disk

    def read(path: Path) -> bytes:
        raise AssertionError(f"{path} was read into memory")

    monkeypatch.setattr(Path, "read_bytes", read)
    with pytest.raises(PerserError, match="the weights file is too large"):
        load_checkpoint(tmp_path)


def test_a_missing_checkpoint_names_those_that_ship(
    made: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    save_checkpoint(made, models / "perser-small")
    (models / "encoder-only").mkdir()
    monkeypatch.setattr(paths, "shipped", lambda *parts: tmp_path.joinpath(*parts))
    assert available_checkpoints() == ["perser-small"]
    assert load_checkpoint("perser-small").digest == made.digest
    with pytest.raises(PerserError, match="perser-small"):
        load_checkpoint("nowhere")


def test_values_that_are_no_json_are_refused_before_anything_is_written(
    made: Checkpoint, tmp_path: Path
) -> None:
    with pytest.raises(PerserError, match="plain JSON"):
        save_checkpoint(replace(made, training={"x": object()}), tmp_path / "new")
    assert not (tmp_path / "new").exists()
