"""Encoders published on the Hugging Face hub, from a local folder.

WavLM, HuBERT and wav2vec2 run through transformers; Whisper runs through our own
forward pass, which gives the same states without padding clips to 30 s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.upstream.checkpoint_files import (
    read_json,
    weight_files,
    whisper_encoder_weights,
)
from perser_gui.upstream.device import pick_device
from perser_gui.upstream.piecewise import PiecewiseEncoder
from perser_gui.upstream.whisper import (
    PREPROCESSING,
    FrontSettings,
    WhisperEncoder,
    check_shapes,
)


def load(folder: Path, *, name: str, device: str = "auto") -> PiecewiseEncoder:
    """Return the encoder whose `config.json` and safetensors weights are in `folder`.

    Raises:
        PerserError: if the folder holds no model of a known kind, or is damaged.
    """
    config = read_json(folder / "config.json")
    kind = config.get("model_type")
    if kind == "whisper":
        return _whisper(folder, config, name=name, device=device)
    raise PerserError(
        f"{folder} holds a model of kind {kind!r}; use a WavLM, HuBERT, wav2vec2 or Whisper model."
    )


def _whisper(
    folder: Path, config: Mapping[str, object], *, name: str, device: str
) -> WhisperEncoder:
    def size(key: str) -> int:
        value = config.get(key)
        if isinstance(value, int) and value > 0:
            return value
        raise PerserError(f"{folder}/config.json lacks {key}; please get the model again.")

    settings = FrontSettings(
        name="whisper",
        source=str(folder),
        licence="see the model's card",
        d_model=size("d_model"),
        encoder_layers=size("encoder_layers"),
        encoder_attention_heads=size("encoder_attention_heads"),
        encoder_ffn_dim=size("encoder_ffn_dim"),
        num_mel_bins=size("num_mel_bins"),
        max_source_positions=size("max_source_positions"),
    )
    weights = whisper_encoder_weights(folder)
    check_shapes(weights, settings, folder)
    return WhisperEncoder(
        weights,
        settings,
        identity=_identity("whisper", settings.encoder_layers, settings.d_model, folder),
        name=name,
        device=pick_device(device),
        with_input=True,
    )


def _identity(kind: str, blocks: int, channels: int, folder: Path) -> str:
    digest = hashlib.sha256()
    for path in weight_files(folder):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{kind}-{blocks}x{channels}-{digest.hexdigest()[:16]}-p{PREPROCESSING}"
