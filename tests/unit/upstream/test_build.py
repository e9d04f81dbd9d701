from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from perser_gui.errors import PerserError
from perser_gui.paths import shipped
from perser_gui.upstream.build import build_bundled
from perser_gui.upstream.whisper import load_front

from .conftest import MakeClip

CPU = torch.device("cpu")
NAMES = ("whisper-base-3", "whisper-tiny-en-2")
TINY = {
    "model_type": "whisper",
    "d_model": 384,
    "vocab_size": 51864,
    "encoder_layers": 4,
    "encoder_attention_heads": 6,
    "encoder_ffn_dim": 1536,
    "num_mel_bins": 80,
    "max_source_positions": 1500,
}


def whole_positions(folder: Path) -> dict[str, torch.Tensor]:
    """The bundled weights with positions for 30 s again, as published."""
    weights = load_file(folder / "encoder.safetensors")
    positions = weights["embed_positions.weight"]
    weights["embed_positions.weight"] = torch.cat([positions, torch.ones_like(positions)])
    return weights


@pytest.fixture
def hub_folder(tmp_path: Path) -> Path:
    """A Whisper folder as on the hub: float32, all blocks, a decoder, the final norm."""
    folder = tmp_path / "whisper-tiny.en"
    folder.mkdir()
    weights = {
        f"model.encoder.{key}": value.float()
        for key, value in whole_positions(shipped("models", "whisper-tiny-en-2")).items()
    }
    for key in [key for key in weights if ".layers.1." in key]:
        weights[key.replace(".layers.1.", ".layers.2.")] = weights[key].clone()
    weights["model.encoder.layer_norm.weight"] = torch.ones(384)
    weights["model.encoder.layer_norm.bias"] = torch.zeros(384)
    weights["model.decoder.embed_positions.weight"] = torch.ones(448, 384)
    save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(TINY))
    return folder


@pytest.fixture
def encoder_files(tmp_path: Path) -> Path:
    """Encoder files by the names of the recipes, both models, one block too many."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    for name, stem in zip(NAMES, ("whisper-base-encoder", "whisper-tiny.en-encoder"), strict=True):
        weights = whole_positions(shipped("models", name))
        weights |= {
            key.replace("layers.0.", "layers.9."): value.clone()
            for key, value in weights.items()
            if key.startswith("layers.0.")
        }
        save_file(weights, folder / f"{stem}.safetensors", metadata={"a": "1", "b": "2"})
        shutil.copy(shipped("models", name, "encoder.json"), folder / f"{stem}.json")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_building_from_encoder_files_gives_the_shipped_bytes(
    encoder_files: Path, tmp_path: Path
) -> None:
    built = build_bundled(encoder_files, tmp_path / "models")
    assert [folder.name for folder in built] == list(NAMES)
    for folder in built:
        assert contents(folder) == contents(shipped("models", folder.name))


def test_building_from_a_hub_folder_gives_the_shipped_bytes(
    hub_folder: Path, tmp_path: Path
) -> None:
    (built,) = build_bundled(hub_folder, tmp_path / "models")
    assert contents(built) == contents(shipped("models", "whisper-tiny-en-2"))


def test_the_built_encoder_embeds(hub_folder: Path, tmp_path: Path, make_clip: MakeClip) -> None:
    (built,) = build_bundled(hub_folder, tmp_path / "models")
    encoder = load_front(built, name="bundled-light", device=CPU)
    assert np.isfinite(encoder.embed(make_clip(0.5))).all()


def test_weights_are_half_precision_with_positions_for_fifteen_seconds() -> None:
    for name, megabytes in zip(NAMES, (21.6, 8.8), strict=True):
        path = shipped("models", name, "encoder.safetensors")
        weights = load_file(path)
        assert {value.dtype for value in weights.values()} == {torch.float16}
        assert len(weights["embed_positions.weight"]) == 750
        assert path.stat().st_size < megabytes * 1e6


@pytest.mark.parametrize("name", NAMES)
def test_the_card_and_the_notice_say_where_the_weights_come_from(name: str) -> None:
    card = shipped("models", name, "MODEL_CARD.md").read_text()
    settings = json.loads(shipped("models", name, "encoder.json").read_text())
    assert settings["source"] in card
    assert settings["sha256"] in card
    assert "MIT" in card
    notice = shipped("models", name, "LICENSE").read_text()
    assert "Copyright (c) 2022 OpenAI" in notice
    assert "Permission is hereby granted, free of charge" in notice


def test_another_whisper_is_refused(hub_folder: Path, tmp_path: Path) -> None:
    (hub_folder / "config.json").write_text(json.dumps(TINY | {"vocab_size": 51865}))
    with pytest.raises(PerserError, match=r"openai/whisper-base or openai/whisper-tiny\.en"):
        build_bundled(hub_folder, tmp_path / "models")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PerserError, match="holds no Whisper encoder"):
        build_bundled(tmp_path, tmp_path / "models")


def test_a_damaged_source_is_refused_and_nothing_is_written(
    hub_folder: Path, tmp_path: Path
) -> None:
    path = hub_folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(PerserError, match="missing or damaged"):
        build_bundled(hub_folder, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def test_a_source_without_a_block_is_refused(encoder_files: Path, tmp_path: Path) -> None:
    path = encoder_files / "whisper-base-encoder.safetensors"
    weights = {k: v for k, v in load_file(path).items() if not k.startswith("layers.2.")}
    save_file(weights, path)
    with pytest.raises(PerserError, match=r"do not fit .* layers\.2"):
        build_bundled(encoder_files, tmp_path / "models")
