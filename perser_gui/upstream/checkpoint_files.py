"""Reading published model folders: JSON settings and safetensors weights, never pickle."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from perser_gui.errors import PerserError

INDEX = "model.safetensors.index.json"
SINGLE = "model.safetensors"


def read_json(path: Path) -> dict[str, object]:
    """Return the JSON object in `path`.

    Raises:
        PerserError: if it is missing or holds anything else.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise PerserError(f"{path} cannot be read; please get the model again.") from error
    if not isinstance(raw, dict):
        raise PerserError(f"{path} does not hold model settings; please get the model again.")
    return raw


def read_weights(path: Path) -> dict[str, torch.Tensor]:
    """Return all tensors of a safetensors file.

    Raises:
        PerserError: if it is missing or damaged.
    """
    try:
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise PerserError(
            f"The weights {path} are missing or damaged; please get the model again."
        ) from error


def weight_files(folder: Path) -> list[Path]:
    """Return the safetensors files of a model folder, whole or in shards.

    Raises:
        PerserError: if there are none (weights in other formats are never opened), or
            the index names a file outside the folder.
    """
    if (folder / SINGLE).is_file():
        return [folder / SINGLE]
    if (folder / INDEX).is_file():
        shards = read_json(folder / INDEX).get("weight_map")
        names = sorted(set(shards.values())) if isinstance(shards, dict) else []
        if names and all(isinstance(name, str) and Path(name).name == name for name in names):
            return [folder / name for name in names]
    raise PerserError(
        f"{folder} holds no {SINGLE}; only safetensors weights are opened, "
        "so please get or convert the model in that format."
    )


def whisper_encoder_weights(folder: Path) -> dict[str, torch.Tensor]:
    """Return the encoder's tensors of a Whisper folder, named from the encoder on."""
    found: dict[str, torch.Tensor] = {}
    for path in weight_files(folder):
        for key, value in read_weights(path).items():
            before, mark, name = f".{key}".rpartition(".encoder.")
            if mark and before in ("", ".model"):
                found[name] = value
            elif not mark and key.startswith(("conv", "embed_positions", "layers.", "layer_norm")):
                found[key] = value
    return found
