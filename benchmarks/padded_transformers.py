"""The usual way to get Whisper features, to compare with: transformers, padded to 30 s."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import numpy as np
import torch

from perser_gui.paths import shipped
from perser_gui.records import Waveform
from perser_gui.upstream import BUNDLED

Embed = Callable[[Sequence[Waveform]], list[np.ndarray]]
"""From a batch of clips to statistics [L, 2D] of each."""


def padded_transformers(name: str, device: str = "cpu") -> Embed:
    """Return a function from a batch of clips to statistics [L, 2D] of each.

    It has the weights of the bundled encoder `name`, but runs them as published: every
    clip is padded to 30 s, and the frames of the padding are left out of the statistics.
    """
    from safetensors.torch import load_file
    from transformers import WhisperConfig, WhisperFeatureExtractor
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    folder = shipped("models", BUNDLED[name])
    settings = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
    sizes = ("d_model", "encoder_layers", "encoder_attention_heads", "encoder_ffn_dim")
    model = WhisperEncoder(WhisperConfig(**{key: settings[key] for key in sizes})).eval().to(device)
    weights = {k: v.float() for k, v in load_file(folder / "encoder.safetensors").items()}
    # Ours end at 15 s; what stands beyond does not change the work.
    positions = weights["embed_positions.weight"]
    weights["embed_positions.weight"] = torch.cat([positions, positions])
    model.load_state_dict(weights, strict=False)
    extractor = WhisperFeatureExtractor()
    kept: list[torch.Tensor] = []
    for layer in model.layers:
        layer.register_forward_hook(
            lambda _layer, _inputs, out: kept.append(out[0] if isinstance(out, tuple) else out)
        )

    def embed(clips: Sequence[Waveform]) -> list[np.ndarray]:
        samples = [clip.samples for clip in clips]
        mel = extractor(samples, sampling_rate=16_000, return_tensors="pt")["input_features"]
        kept.clear()
        with torch.inference_mode():
            model(mel.to(device))
        states = torch.stack(kept, dim=1).cpu()
        found = []
        for row, clip in zip(states, clips, strict=True):
            heard = row[:, : len(clip.samples) // 320]
            pooled = torch.cat([heard.mean(1), heard.std(1, correction=0)], dim=1)
            found.append(pooled.numpy())
        return found

    return embed
