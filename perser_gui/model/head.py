"""The trainable part of the recognizer: two linear layers on cached time statistics of a clip.

The encoder below is frozen, and its layer sum, the projection and the mean over time are all
linear, so they commute: everything is computed from the per-layer statistics `[L, W]` of a clip.
A head is a plain mapping of tensors and these pure functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, cast

import torch
from torch import Tensor

from perser_gui.errors import PerserError

Parameters = Mapping[str, Tensor]
"""A head's tensors by name: `mix.weight` [L] (only when the layers are weighted),
`projection.weight` [H, W] ([H, L*W] when concatenated), `projection.bias` [H],
`output.weight` [C, H], `output.bias` [C]. Each may carry a leading batch of tasks [T, ...]."""

Activation = Literal["none", "relu"]
LayerMix = Literal["weighted", "concatenate"]

PARAMETER_NAMES = (
    "mix.weight",
    "projection.weight",
    "projection.bias",
    "output.weight",
    "output.bias",
)

PRIOR = "prior/"
"""Prefix, among learned rates, of a parameter's log precision around its start."""


@dataclass(frozen=True)
class HeadConfig:
    """Sizes of a head: encoder layers L, their width W, hidden units H, classes C.

    `activation` "none" is the published downstream model (two linear layers with nothing
    between); `layer_mix` says whether the layers are summed with softmaxed weights or
    laid end to end.
    """

    layers: int
    width: int
    hidden: int = 256
    classes: int = 8
    activation: Activation = "none"
    layer_mix: LayerMix = "weighted"

    def __post_init__(self) -> None:
        if min(self.layers, self.width, self.hidden, self.classes) < 1:
            raise PerserError(f"A head cannot have a size below one: {self}.")
        if self.activation not in ("none", "relu") or self.layer_mix not in (
            "weighted",
            "concatenate",
        ):
            raise PerserError(
                f"Unknown head activation “{self.activation}” or layer mix “{self.layer_mix}”; "
                "use none or relu, and weighted or concatenate."
            )

    @property
    def input_width(self) -> int:
        """Width of what the projection sees."""
        return self.width * (self.layers if self.layer_mix == "concatenate" else 1)

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shape of every parameter by name."""
        shapes: dict[str, tuple[int, ...]] = {}
        if self.layer_mix == "weighted":
            shapes["mix.weight"] = (self.layers,)
        shapes["projection.weight"] = (self.hidden, self.input_width)
        shapes["projection.bias"] = (self.hidden,)
        shapes["output.weight"] = (self.classes, self.hidden)
        shapes["output.bias"] = (self.classes,)
        return shapes

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> HeadConfig:
        """Build from `as_dict`'s values.

        Raises:
            PerserError: for missing or impossible values.
        """
        try:
            return cls(
                layers=int(values["layers"]),
                width=int(values["width"]),
                hidden=int(values["hidden"]),
                classes=int(values["classes"]),
                activation=cast(Activation, values["activation"]),
                layer_mix=cast(LayerMix, values["layer_mix"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise PerserError(f"The description of the head is incomplete: {error}.") from error


def initial_parameters(
    config: HeadConfig, seed: int = 0, dtype: torch.dtype = torch.float32
) -> dict[str, Tensor]:
    """Return freshly drawn parameters, the same for the same seed (uniform in 1/sqrt(fan in))."""
    generator = torch.Generator().manual_seed(seed)
    fan_in = {"projection": config.input_width, "output": config.hidden}
    parameters = {}
    for name, shape in config.shapes().items():
        if name == "mix.weight":
            parameters[name] = torch.zeros(shape, dtype=dtype)
        else:
            bound = 1 / math.sqrt(fan_in[name.split(".")[0]])
            drawn = torch.rand(shape, generator=generator, dtype=torch.float64)
            parameters[name] = ((2 * drawn - 1) * bound).to(dtype)
    return parameters


def mixed(parameters: Parameters, x: Tensor, config: HeadConfig) -> Tensor:
    """Return what the projection sees, [..., W] or [..., L*W], of features x [..., L, W]."""
    if config.layer_mix == "concatenate":
        return x.flatten(-2)
    weights = torch.softmax(parameters["mix.weight"], dim=-1)
    if weights.dim() == 1:
        return torch.einsum("...lw,l->...w", x, weights)
    return torch.einsum("...nlw,...l->...nw", x, weights)


def activated(pre: Tensor, config: HeadConfig) -> Tensor:
    """Return the hidden layer's values from its pre-activations."""
    return pre if config.activation == "none" else torch.relu(pre)


def linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """Return x W' + b; weight [..., O, I] and bias [..., O] may carry a batch of tasks."""
    if bias.dim() > 1:
        bias = bias.unsqueeze(-2)
    return x @ weight.mT + bias


def projected(parameters: Parameters, x: Tensor, config: HeadConfig) -> Tensor:
    """Return the hidden layer before its activation [..., H] of features x [..., L, W]."""
    return linear(
        mixed(parameters, x, config), parameters["projection.weight"], parameters["projection.bias"]
    )


def hidden(parameters: Parameters, x: Tensor, config: HeadConfig) -> Tensor:
    """Return the hidden layer [..., H] of normalized features x [..., L, W]."""
    return activated(projected(parameters, x, config), config)


def output(parameters: Parameters, hidden_values: Tensor) -> Tensor:
    """Return the output layer's logits [..., C] of hidden values [..., H]."""
    return linear(hidden_values, parameters["output.weight"], parameters["output.bias"])


def logits(parameters: Parameters, x: Tensor, config: HeadConfig) -> Tensor:
    """Return logits [..., C] of normalized features x [..., L, W]."""
    return output(parameters, hidden(parameters, x, config))
