"""The front of Whisper's encoder: mel, two convolutions and the first transformer blocks.

Clips are not padded to 30 s. Several clips share one forward pass by laying their
frames end to end: every linear layer sees all frames at once, attention sees each
clip alone, so a batch gives what each clip gives on its own.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import SafetensorError
from safetensors.torch import load_file

from perser_gui.errors import MISFIT, PerserError
from perser_gui.records import FloatArray
from perser_gui.upstream.mel import HOP, LogMel
from perser_gui.upstream.piecewise import PiecewiseEncoder

PREPROCESSING = 2
"""Raised whenever equal weights would give other features; part of every encoder id.

1: whole clips. 2: what is spoken in a clip.
"""

WEIGHTS_FILE = "encoder.safetensors"
SETTINGS_FILE = "encoder.json"


@dataclass(frozen=True)
class FrontSettings:
    """Sizes of a Whisper encoder front, as written in `encoder.json`."""

    name: str
    source: str
    licence: str
    d_model: int
    encoder_layers: int
    encoder_attention_heads: int
    encoder_ffn_dim: int
    num_mel_bins: int
    max_source_positions: int

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every weight by its name."""
        width, inner = self.d_model, self.encoder_ffn_dim
        shapes: dict[str, tuple[int, ...]] = {
            "conv1.weight": (width, self.num_mel_bins, 3),
            "conv1.bias": (width,),
            "conv2.weight": (width, width, 3),
            "conv2.bias": (width,),
            "embed_positions.weight": (self.max_source_positions, width),
        }
        for index in range(self.encoder_layers):
            block = f"layers.{index}."
            shapes |= {
                f"{block}self_attn_layer_norm.weight": (width,),
                f"{block}self_attn_layer_norm.bias": (width,),
                f"{block}self_attn.q_proj.weight": (width, width),
                f"{block}self_attn.q_proj.bias": (width,),
                f"{block}self_attn.k_proj.weight": (width, width),
                f"{block}self_attn.v_proj.weight": (width, width),
                f"{block}self_attn.v_proj.bias": (width,),
                f"{block}self_attn.out_proj.weight": (width, width),
                f"{block}self_attn.out_proj.bias": (width,),
                f"{block}final_layer_norm.weight": (width,),
                f"{block}final_layer_norm.bias": (width,),
                f"{block}fc1.weight": (inner, width),
                f"{block}fc1.bias": (inner,),
                f"{block}fc2.weight": (width, inner),
                f"{block}fc2.bias": (width,),
            }
        return shapes


_Pair = tuple[torch.Tensor, torch.Tensor]
"""A weight and its bias; those of linear layers lie transposed, [in, out], as addmm likes them."""


@dataclass(frozen=True)
class _Block:
    norm1: _Pair
    qkv: _Pair
    out: _Pair
    norm2: _Pair
    fc1: _Pair
    fc2: _Pair

    def to(self, device: torch.device, kind: torch.dtype) -> _Block:
        pairs = {one.name: _to(getattr(self, one.name), device, kind) for one in fields(self)}
        return _Block(**pairs)


@dataclass(frozen=True)
class _Weights:
    conv1: _Pair
    conv2: _Pair
    positions: torch.Tensor
    blocks: tuple[_Block, ...]
    last_norm: _Pair | None

    def to(self, device: torch.device, kind: torch.dtype) -> _Weights:
        return _Weights(
            conv1=_to(self.conv1, device, kind),
            conv2=_to(self.conv2, device, kind),
            positions=self.positions.to(device, kind),
            blocks=tuple(block.to(device, kind) for block in self.blocks),
            last_norm=_to(self.last_norm, device, kind) if self.last_norm else None,
        )


class WhisperFront:
    """The forward pass in float32, on weights named as transformers names them.

    Between two uses, weights that came in half precision can rest in it (`rest`): they take
    half the memory, and are the same to the bit when they are needed again.
    """

    def __init__(
        self,
        weights: Mapping[str, torch.Tensor],
        settings: FrontSettings,
        device: torch.device,
        *,
        with_input: bool = False,
    ) -> None:
        """Prepare the weights.

        `with_input` also keeps what enters the first block. Weights named `layer_norm.*`
        are applied to the last layer when they are there, as transformers does.
        """
        # A copy in any case: weights of a file would hold all of the file in memory.
        named = {key: value.to(device, torch.float32, copy=True) for key, value in weights.items()}
        self.settings = settings
        self._device = device
        self._with_input = with_input
        self._halves = all(value.dtype == torch.float16 for value in weights.values())
        self._mel = LogMel(settings.num_mel_bins, device)
        self._weights = _Weights(
            conv1=(_as_matrix(named["conv1.weight"]), named["conv1.bias"]),
            conv2=(_as_matrix(named["conv2.weight"]), named["conv2.bias"]),
            positions=named["embed_positions.weight"],
            blocks=tuple(_block(named, index) for index in range(settings.encoder_layers)),
            last_norm=(
                (named["layer_norm.weight"], named["layer_norm.bias"])
                if "layer_norm.weight" in named
                else None
            ),
        )

    def move(self, device: torch.device) -> None:
        """Take the weights to another device."""
        self._mel = LogMel(self.settings.num_mel_bins, device)
        self._weights = self._weights.to(device, torch.float32)
        self._device = device

    def rest(self) -> None:
        """Keep the weights in half the memory until the next clip comes, if that loses nothing."""
        if self._halves and self._device.type == "cpu":
            self._weights = self._weights.to(self._device, torch.float16)

    def _awake(self) -> _Weights:
        """Return the weights in float32. Whoever has them is not disturbed by a rest."""
        weights = self._weights
        if weights.positions.dtype != torch.float32:
            weights = self._weights = weights.to(self._device, torch.float32)
        return weights

    @property
    def layers(self) -> int:
        """How many hidden states a clip gives."""
        return self.settings.encoder_layers + self._with_input

    def __call__(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        """Return hidden states [L, T, D] of each clip (16 kHz samples), T frames of 20 ms."""
        return self.from_mel(self._mel(clips))

    def from_mel(self, mels: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return hidden states [L, T, D] of clips given as log-mel frames [2T, bins]."""
        weights = self._awake()
        hidden = _convolved(mels, weights.conv1, stride=1)
        hidden = _convolved(hidden, weights.conv2, stride=2)
        lengths = [len(part) for part in hidden]
        states = torch.cat([part + weights.positions[: len(part)] for part in hidden])
        kept = [states] if self._with_input else []
        for block in weights.blocks:
            states = self._through(block, states, lengths)
            kept.append(states)
        if weights.last_norm is not None:
            kept[-1] = F.layer_norm(kept[-1], (self.settings.d_model,), *weights.last_norm)
        return list(torch.split(torch.stack(kept), lengths, dim=1))

    def _through(self, block: _Block, states: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        width = (self.settings.d_model,)
        heads = self.settings.encoder_attention_heads
        qkv = _linear(F.layer_norm(states, width, *block.norm1), block.qkv)
        seen = []
        for part in torch.split(qkv, lengths):
            query, key, value = part.view(1, len(part), 3, heads, -1).permute(2, 0, 3, 1, 4)
            attended = F.scaled_dot_product_attention(query, key, value)
            seen.append(attended[0].transpose(0, 1).reshape(len(part), -1))
        states = states + _linear(torch.cat(seen), block.out)
        inner = F.gelu(_linear(F.layer_norm(states, width, *block.norm2), block.fc1))
        return states + _linear(inner, block.fc2)


class WhisperEncoder(PiecewiseEncoder):
    """A Whisper front as an encoder of clips."""

    _shareable = True

    def __init__(
        self,
        weights: Mapping[str, torch.Tensor],
        settings: FrontSettings,
        *,
        identity: str,
        name: str,
        device: torch.device,
        with_input: bool = False,
    ) -> None:
        """Build the front on `device`; see `WhisperFront` for `with_input`."""
        self.front = WhisperFront(weights, settings, device, with_input=with_input)
        super().__init__(
            identity=identity,
            name=name,
            layers=self.front.layers,
            channels=settings.d_model,
            device=device,
        )

    @property
    def _longest(self) -> int:
        return min(super()._longest, 2 * HOP * self.front.settings.max_source_positions)

    def _hidden(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        return self.front(clips)

    def _move(self, device: torch.device) -> None:
        self.front.move(device)

    def rest(self) -> None:
        """Take half the memory until the next clip comes; its features stay the same to the bit."""
        self.front.rest()


def load_front(folder: Path, *, name: str, device: torch.device) -> WhisperEncoder:
    """Return the encoder that `build_bundled` wrote into `folder`.

    Raises:
        PerserError: if files are missing, damaged, or do not fit each other.
    """
    path = folder / WEIGHTS_FILE
    settings, expected = _settings(folder / SETTINGS_FILE)
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != expected:
            raise PerserError(
                f"The encoder weights {path} are damaged; please install perser-gui again "
                "or build them anew with `perser models build-bundled`."
            )
        weights = load_file(path)
    except (OSError, SafetensorError) as error:
        raise PerserError(
            f"The encoder weights {path} cannot be read; please install perser-gui again."
        ) from error
    check_shapes(weights, settings, path)
    identity = f"{settings.name}-{digest[:16]}-p{PREPROCESSING}"
    return WhisperEncoder(weights, settings, identity=identity, name=name, device=device)


def check_shapes(weights: Mapping[str, torch.Tensor], settings: FrontSettings, path: Path) -> None:
    """Raise a `PerserError` that names `path` unless every weight is there in its shape."""
    for key, shape in settings.shapes().items():
        if key not in weights or tuple(weights[key].shape) != shape:
            raise PerserError(
                f"The encoder weights {path} do not fit their settings at {key}; "
                "please get the folder again."
            )


def _settings(path: Path) -> tuple[FrontSettings, str]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        kinds = {field.name: field.type for field in fields(FrontSettings)}
        sizes = {key: int(raw[key]) for key, kind in kinds.items() if kind == "int"}
        words = {key: str(raw[key]) for key, kind in kinds.items() if kind == "str"}
        settings = FrontSettings(**sizes, **words)  # type: ignore[arg-type]
        if min(sizes.values()) < 1 or settings.d_model % settings.encoder_attention_heads:
            raise ValueError("sizes")
        return settings, str(raw["sha256"])
    except (OSError, *MISFIT) as error:
        raise PerserError(
            f"The encoder settings {path} cannot be read; please install perser-gui again."
        ) from error


def _to(pair: _Pair, device: torch.device, kind: torch.dtype) -> _Pair:
    weight, bias = pair
    return weight.to(device, kind), bias.to(device, kind)


def _linear(frames: torch.Tensor, layer: _Pair) -> torch.Tensor:
    weight, bias = layer
    return torch.addmm(bias, frames, weight)


def _as_matrix(kernel: torch.Tensor) -> torch.Tensor:
    """Turn a convolution kernel [out, in, 3] into a matrix [3 * in, out]."""
    return kernel.permute(2, 1, 0).reshape(-1, len(kernel)).contiguous()


def _convolved(clips: Sequence[torch.Tensor], kernel: _Pair, *, stride: int) -> list[torch.Tensor]:
    """Convolve clips [T, in] over time with width 3, zero padding 1, then GELU: [T', out]."""
    windows = [
        F.pad(clip, (0, 0, 1, 1)).unfold(0, 3, stride).transpose(1, 2).flatten(1) for clip in clips
    ]
    mixed = F.gelu(_linear(torch.cat(windows), kernel))
    return list(torch.split(mixed, [len(window) for window in windows]))


def _block(named: Mapping[str, torch.Tensor], index: int) -> _Block:
    def pair(part: str) -> _Pair:
        return named[f"layers.{index}.{part}.weight"], named[f"layers.{index}.{part}.bias"]

    def linear(part: str) -> _Pair:
        weight, bias = pair(part)
        return weight.t().contiguous(), bias

    query, query_bias = linear("self_attn.q_proj")
    value, value_bias = linear("self_attn.v_proj")
    key = named[f"layers.{index}.self_attn.k_proj.weight"].t()
    return _Block(
        norm1=pair("self_attn_layer_norm"),
        qkv=(
            torch.cat([query, key, value], dim=1),
            torch.cat([query_bias, torch.zeros_like(query_bias), value_bias]),
        ),
        out=linear("self_attn.out_proj"),
        norm2=pair("final_layer_norm"),
        fc1=linear("fc1"),
        fc2=linear("fc2"),
    )
