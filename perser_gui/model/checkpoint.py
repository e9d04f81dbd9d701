"""A checkpoint: what everybody's model knows, on disk as safetensors beside one JSON document.

A folder holds `checkpoint.json` (sizes, classes, training values, card) and the weights file
that it names together with its SHA-256. The weights are written first under a name of their
own and the JSON replaced last, so a crash leaves the old checkpoint or the new one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import not_written, write_whole
from perser_gui.model.checkpoint_folders import DOCUMENT, available_checkpoints, checkpoint_folder
from perser_gui.model.head import PRIOR, HeadConfig
from perser_gui.model.normalization import SpeakerNormalization
from perser_gui.model.schema import check_document

FORMAT = 1
_LARGEST = 1 << 31
"""Bytes beyond which a weights file is not believed."""


__all__ = [
    "FORMAT",
    "Checkpoint",
    "Variant",
    "available_checkpoints",
    "load_checkpoint",
    "save_checkpoint",
]


@dataclass(frozen=True)
class Variant:
    """What one way of meta-training stored.

    `parameters` is its own start (empty: the checkpoint's), `rates` its log rates by parameter
    ([S], or [S, shape] for one rate per weight), `inner` its inner loop's options.
    """

    parameters: Mapping[str, Tensor] = field(default_factory=dict)
    rates: Mapping[str, Tensor] = field(default_factory=dict)
    inner: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Checkpoint:
    """A trained head with everything needed to adapt it.

    `encoder` is the id of the encoder whose features it expects, `class_weights` [C] those of
    the meta-training pool, `rates` log learning rates [S] by parameter (None: never
    meta-trained), `training` how it was made and the inner loop's options, `card` what the
    model card says. `variants` hold other learners' starts and rates by adapter name,
    `extras` tensors of single adapters (training listeners' heads, a listener embedding).
    """

    name: str
    encoder: str
    classes: tuple[str, ...]
    head: HeadConfig
    parameters: Mapping[str, Tensor]
    normalization: SpeakerNormalization
    class_weights: Tensor
    rates: Mapping[str, Tensor] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)
    variants: Mapping[str, Variant] = field(default_factory=dict)
    extras: Mapping[str, Tensor] = field(default_factory=dict)

    @cached_property
    def untaught(self) -> frozenset[str]:
        """The classes without a training clip, as far as the checkpoint says."""
        counts = self.training.get("counts", ())
        if len(counts) != len(self.classes):
            return frozenset()
        return frozenset(n for n, count in zip(self.classes, counts, strict=True) if not count)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over everything that changes a prediction or an adaptation (not the card)."""
        sha = hashlib.sha256()
        facts = {**_document(self), "name": "", "card": {}}
        sha.update(json.dumps(facts, sort_keys=True, default=str).encode())
        for name, tensor in sorted(_tensors(self).items()):
            sha.update(f"{name}:{tuple(tensor.shape)}".encode())
            sha.update(tensor.float().numpy().tobytes())
        return sha.hexdigest()


def save_checkpoint(checkpoint: Checkpoint, folder: Path) -> Path:
    """Write a checkpoint into `folder` (made when missing), replacing an older one atomically.

    Raises:
        PerserError: if the folder cannot be written.
    """
    blob = save_tensors(_tensors(checkpoint))
    sha = hashlib.sha256(blob).hexdigest()
    weights = f"weights-{sha[:12]}.safetensors"
    document = {**_document(checkpoint), "weights": weights, "weights_sha256": sha}
    try:
        text = json.dumps(document, indent=1, sort_keys=True, allow_nan=False) + "\n"
    except (TypeError, ValueError) as error:
        raise PerserError(
            f"The checkpoint {checkpoint.name} holds training or card values that are no plain "
            f"JSON ({error}); please use numbers, words, lists and mappings."
        ) from error
    try:
        write_whole(folder / weights, blob)
        write_whole(folder / DOCUMENT, text)
        for old in folder.glob("weights-*.safetensors"):
            if old.name != weights:
                old.unlink()
    except OSError as error:
        raise not_written(folder, error) from error
    return folder


def load_checkpoint(where: str | Path) -> Checkpoint:
    """Read a checkpoint from a folder, or by the name of one that ships with the program.

    Raises:
        PerserError: if it is missing, damaged, or made by a newer version.
    """
    folder = checkpoint_folder(where)
    try:
        raw = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        check_document(raw)
        blob_path = folder / _file_name(raw["weights"])
        if blob_path.stat().st_size > _LARGEST:
            raise ValueError("the weights file is too large")
        blob = blob_path.read_bytes()
        if hashlib.sha256(blob).hexdigest() != raw["weights_sha256"]:
            raise ValueError("the weights do not match their checksum")
        if raw["format"] != FORMAT:
            raise ValueError(f"its format {raw['format']} is not the {FORMAT} known here")
        tensors = {name: tensor.float() for name, tensor in load_tensors(blob).items()}
        return _checkpoint(raw, tensors)
    except PerserError as error:
        raise PerserError(f"The checkpoint {folder} is damaged: {error}") from error
    except (
        *(OSError, RuntimeError, SafetensorError),
        *MISFIT,
    ) as error:
        raise PerserError(
            f"The checkpoint {folder} cannot be used ({_reason(error)}); "
            "please copy or train it again."
        ) from error


def _document(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": checkpoint.name,
        "encoder": checkpoint.encoder,
        "classes": list(checkpoint.classes),
        "head": checkpoint.head.as_dict(),
        "normalization": {"n0": float(checkpoint.normalization.n0)},
        "training": dict(checkpoint.training),
        "variants": {name: dict(v.inner) for name, v in sorted(checkpoint.variants.items())},
        "card": dict(checkpoint.card),
    }


def _tensors(checkpoint: Checkpoint) -> dict[str, Tensor]:
    tensors: dict[str, Tensor] = {
        "class_weights": checkpoint.class_weights,
        "normalization/mean": torch.from_numpy(np.asarray(checkpoint.normalization.mean)),
        "normalization/scale": torch.from_numpy(np.asarray(checkpoint.normalization.scale)),
    }
    sections: list[tuple[str, Mapping[str, Tensor]]] = [
        ("parameters", checkpoint.parameters),
        ("rates", checkpoint.rates or {}),
        ("extras", checkpoint.extras),
    ]
    for name, variant in checkpoint.variants.items():
        sections.append((f"variants/{name}/parameters", variant.parameters))
        sections.append((f"variants/{name}/rates", variant.rates))
    for prefix, section in sections:
        for key, tensor in section.items():
            tensors[f"{prefix}/{key}"] = tensor
    return {k: v.detach().to("cpu").contiguous().clone() for k, v in tensors.items()}


def _checkpoint(raw: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Checkpoint:
    head = HeadConfig.from_dict(raw["head"])
    classes = tuple(str(name) for name in raw["classes"])
    if len(classes) != head.classes:
        raise PerserError(f"it names {len(classes)} classes for {head.classes} outputs")
    shapes = head.shapes()
    parameters = _section(tensors, "parameters")
    _check_shapes(parameters, shapes, complete=True)
    rates = _section(tensors, "rates")
    _check_rates(rates, shapes)
    variants = {}
    for name, inner in raw["variants"].items():
        variant = Variant(
            _section(tensors, f"variants/{name}/parameters"),
            _section(tensors, f"variants/{name}/rates"),
            dict(inner),
        )
        _check_shapes(variant.parameters, shapes, complete=bool(variant.parameters))
        _check_rates(variant.rates, shapes)
        variants[str(name)] = variant
    statistics = {"mean": (head.layers, head.width), "scale": (head.layers, head.width)}
    normalization = _section(tensors, "normalization")
    _check_shapes(normalization, statistics, complete=True)
    _check_shapes({"w": tensors["class_weights"]}, {"w": (head.classes,)}, complete=True)
    if bool((tensors["class_weights"] <= 0).any()) or bool((normalization["scale"] <= 0).any()):
        raise PerserError("a class weight or a scale is not above zero")
    return Checkpoint(
        name=str(raw["name"]),
        encoder=str(raw["encoder"]),
        classes=classes,
        head=head,
        parameters=parameters,
        normalization=SpeakerNormalization(
            normalization["mean"].float().numpy(),
            normalization["scale"].float().numpy(),
            float(raw["normalization"]["n0"]),
        ),
        class_weights=tensors["class_weights"],
        rates=rates or None,
        training=dict(raw["training"]),
        card=dict(raw["card"]),
        variants=variants,
        extras=_section(tensors, "extras"),
    )


def _section(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    start = prefix + "/"
    return {k[len(start) :]: v for k, v in tensors.items() if k.startswith(start)}


def _check_shapes(
    section: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]], *, complete: bool
) -> None:
    if complete and set(section) != set(shapes):
        raise PerserError(f"its tensors are {sorted(section)} and not {sorted(shapes)}")
    for name, tensor in section.items():
        if tuple(tensor.shape) != shapes[name]:
            raise PerserError(f"{name} has the shape {tuple(tensor.shape)}, not {shapes[name]}")
        if not bool(torch.isfinite(tensor).all()):
            raise PerserError(f"{name} holds values that are no finite numbers")


def _check_rates(rates: Mapping[str, Tensor], shapes: Mapping[str, tuple[int, ...]]) -> None:
    for key, rho in rates.items():
        name = key.removeprefix(PRIOR)
        if key != name and tuple(rho.shape) != (1,):
            raise PerserError(f"the precision of {name} has the shape {tuple(rho.shape)}, not (1,)")
        if name not in shapes or rho.dim() < 1 or rho.shape[0] < 1:
            raise PerserError(f"there is no parameter for the learning rate {name}")
        if rho.dim() > 1 and tuple(rho.shape[1:]) != shapes[name]:
            raise PerserError(f"the learning rate of {name} has the shape {tuple(rho.shape)}")
        if bool(torch.isnan(rho).any()) or bool((rho == torch.inf).any()):
            raise PerserError(f"the learning rate of {name} is no finite number")


def _file_name(value: object) -> str:
    name = str(value)
    if Path(name).name != name or not name.endswith(".safetensors"):
        raise ValueError("the weights file has an impossible name")
    return name


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}"
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return str(error).splitlines()[0] if str(error) else type(error).__name__
