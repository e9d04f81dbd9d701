"""Makes the encoders that ship with the program from published Whisper weights."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save

from perser_gui.errors import PerserError
from perser_gui.files import write_whole
from perser_gui.upstream.card import LICENSE, card
from perser_gui.upstream.checkpoint_files import read_json, read_weights, whisper_encoder_weights
from perser_gui.upstream.whisper import (
    SETTINGS_FILE,
    WEIGHTS_FILE,
    FrontSettings,
    check_shapes,
)

POSITIONS = 750
"""Frames of 20 ms that are kept of Whisper's positions: 15 s."""


@dataclass(frozen=True)
class EncoderRecipe:
    """What one bundled encoder is made of; `vocabulary` tells apart models of equal width."""

    name: str
    source: str
    blocks: int
    width: int
    vocabulary: int
    stem: str


RECIPES = (
    EncoderRecipe("whisper-base-3", "openai/whisper-base", 3, 512, 51865, "whisper-base-encoder"),
    EncoderRecipe(
        "whisper-tiny-en-2", "openai/whisper-tiny.en", 2, 384, 51864, "whisper-tiny.en-encoder"
    ),
)


def build_bundled(source_dir: Path, out_dir: Path) -> list[Path]:
    """Write one folder under `out_dir` for every bundled encoder found in `source_dir`.

    `source_dir` either holds encoders by the names of the recipes
    (`whisper-base-encoder.safetensors` with its `.json`, and so on) or is a Whisper
    folder from the Hugging Face hub (`config.json`, `model.safetensors`). The same
    weights always give the same bytes.

    Raises:
        PerserError: if neither is there, or the files are damaged.
    """
    if (source_dir / "config.json").is_file():
        config = read_json(source_dir / "config.json")
        found = [(_recipe_for(config, source_dir), config, whisper_encoder_weights(source_dir))]
    else:
        found = [
            (
                recipe,
                read_json(source_dir / f"{recipe.stem}.json"),
                read_weights(source_dir / f"{recipe.stem}.safetensors"),
            )
            for recipe in RECIPES
            if (source_dir / f"{recipe.stem}.safetensors").is_file()
        ]
    if not found:
        raise PerserError(
            f"{source_dir} holds no Whisper encoder; give a folder with config.json and "
            f"model.safetensors of {' or '.join(recipe.source for recipe in RECIPES)}."
        )
    return [
        _write(recipe, config, weights, out_dir / recipe.name) for recipe, config, weights in found
    ]


def _recipe_for(config: Mapping[str, object], folder: Path) -> EncoderRecipe:
    for recipe in RECIPES:
        if (config.get("d_model"), config.get("vocab_size")) == (recipe.width, recipe.vocabulary):
            return recipe
    raise PerserError(
        f"{folder} is not a model that an encoder is bundled from; "
        f"use {' or '.join(recipe.source for recipe in RECIPES)}."
    )


def _write(
    recipe: EncoderRecipe,
    config: Mapping[str, object],
    weights: Mapping[str, torch.Tensor],
    out: Path,
) -> Path:
    try:
        settings = FrontSettings(
            name=recipe.name,
            source=recipe.source,
            licence="MIT",
            d_model=int(str(config["d_model"])),
            encoder_layers=recipe.blocks,
            encoder_attention_heads=int(str(config["encoder_attention_heads"])),
            encoder_ffn_dim=int(str(config["encoder_ffn_dim"])),
            num_mel_bins=int(str(config["num_mel_bins"])),
            max_source_positions=POSITIONS,
        )
    except (KeyError, ValueError) as error:
        raise PerserError(
            f"The settings of {recipe.source} lack {error}; please get the folder again."
        ) from error
    kept = {key: value for key, value in weights.items() if key in settings.shapes()}
    if "embed_positions.weight" in kept:
        kept["embed_positions.weight"] = kept["embed_positions.weight"][:POSITIONS]
    check_shapes(kept, settings, Path(recipe.source))
    halves = {key: kept[key].to(torch.float16).contiguous() for key in sorted(kept)}
    try:
        # One metadata key only: safetensors writes several in no fixed order.
        weights_file = save(halves, metadata={"format": "pt"})
        write_whole(out / WEIGHTS_FILE, weights_file)
        digest = hashlib.sha256(weights_file).hexdigest()
        written = json.dumps(asdict(settings) | {"sha256": digest}, indent=2) + "\n"
        write_whole(out / SETTINGS_FILE, written)
        write_whole(out / "MODEL_CARD.md", card(settings, digest))
        write_whole(out / "LICENSE", LICENSE)
    except (OSError, SafetensorError) as error:
        raise PerserError(
            f"The encoder cannot be written to {out}; please check space and permissions."
        ) from error
    return out
