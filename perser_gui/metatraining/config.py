"""The configuration of a training run: one TOML file, every key known and checked."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

from perser_gui.adaptation.inner import InnerOptions
from perser_gui.errors import MISFIT, PerserError
from perser_gui.metatraining.algorithms import MetaConfig
from perser_gui.metatraining.distributed import RunConfig
from perser_gui.metatraining.episodes import EpisodeConfig
from perser_gui.metatraining.pretrain import PretrainConfig

Config = TypeVar("Config")
_LARGEST_INTEGER = 10**300  # beyond it no float holds it
_LARGEST = 1 << 20


@dataclass(frozen=True, kw_only=True)
class DataConfig:
    """What is learned from.

    Attributes:
        corpora: corpora as KIND:PATH.
        audio: the folder that the files of ratings tables (folder:TABLE.csv) are in; by default
            the table's own.
        upstream: the encoder.
        held_out: listeners who take no part in training and are tested at the end.
        unseen: whether the clips that they rated take no part either.
        development: share of the remaining listeners that choose the best epoch.
        checkpoint: a checkpoint to start from, in place of pre-training.
    """

    corpora: tuple[str, ...] = ()
    audio: str = ""
    upstream: str = "bundled"
    held_out: tuple[str, ...] = ()
    unseen: bool = False
    development: float = 0.2
    checkpoint: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.development < 1:
            raise PerserError("The share of development listeners must be between 0 and 1.")


@dataclass(frozen=True, kw_only=True)
class DevelopmentConfig:
    """The episodes of development and held-out listeners.

    Attributes:
        shots: numbers of support clips, each tried.
        repeats: episodes of each listener and number of shots.
        listeners: how many development listeners are looked at (0: all).
    """

    shots: tuple[int, ...] = (5, 10, 20)
    repeats: int = 4
    listeners: int = 0

    def __post_init__(self) -> None:
        if not self.shots or min(self.shots) < 1 or self.repeats < 1 or self.listeners < 0:
            raise PerserError("Development needs shots and repeats of at least 1.")


@dataclass(frozen=True, kw_only=True)
class SimulatedConfig:
    """Simulated listeners, added to the corpora's own.

    Attributes:
        listeners: how many (0: none).
        severity: how far they differ from the corpora's labels; 1 is as real people do.
        ratings: clips that each rates.
        population: the measured people that their habits are calibrated on.
        seed: of their habits.
    """

    listeners: int = 0
    severity: float = 1.0
    ratings: int = 200
    population: str = "acted"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.listeners < 0 or self.ratings < 1 or self.severity < 0:
            raise PerserError("Simulated listeners need listeners, severity and ratings >= 0.")


@dataclass(frozen=True, kw_only=True)
class OutputConfig:
    """What is written.

    Attributes:
        name: the checkpoint's name.
        variant: store start and rates as this adapter's variant of `data.checkpoint`, in place
            of making them the checkpoint's own.
        training_listeners: how many training listeners' output layers the checkpoint carries, for
            the adapters that borrow from other listeners (0: none).
        used_unless_worse: adapters that were measured to lose nothing on average, so that their
            profiles may be used before a gain is seen (see `adaptation.verdict`).
    """

    name: str = "perser-base"
    variant: str = ""
    training_listeners: int = 50
    used_unless_worse: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class TrainingConfig:
    """Everything a run is determined by, table by table of the TOML file."""

    data: DataConfig = field(default_factory=DataConfig)
    simulated: SimulatedConfig = field(default_factory=SimulatedConfig)
    pretrain: PretrainConfig = field(default_factory=PretrainConfig)
    episodes: EpisodeConfig = field(default_factory=EpisodeConfig)
    inner: InnerOptions = field(default_factory=InnerOptions)
    meta: MetaConfig = field(default_factory=MetaConfig)
    development: DevelopmentConfig = field(default_factory=DevelopmentConfig)
    run: RunConfig = field(default_factory=RunConfig)
    output: OutputConfig = field(default_factory=OutputConfig)

    def __post_init__(self) -> None:
        if self.inner.order != "second":
            raise PerserError(
                "The order of derivatives follows from [meta]; please leave `order` out of [inner]."
            )
        if self.inner.information and not self.episodes.unlabelled:
            raise PerserError(
                "information in [inner] needs unlabelled clips; please set `unlabelled` "
                "in [episodes]."
            )
        if self.inner.voice and self.meta.algorithm == "reptile":
            raise PerserError("Reptile's start has no place for marked voices; leave voice out.")
        if self.output.variant and not self.data.checkpoint:
            raise PerserError(
                "A variant is stored in an existing checkpoint; please name it as `checkpoint` "
                "in [data]."
            )

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        plain = json.loads(
            json.dumps(dataclasses.asdict(self), default=list).replace("Infinity", '"inf"')
        )
        return dict(plain)

    def fingerprint(self) -> str:
        """Return a short hash of all that changes the numbers of a run (not where it runs)."""
        values = self.as_dict()
        values["run"] = {key: values["run"][key] for key in ("seed", "precision", "evaluate_every")}
        values["output"] = {}
        return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def read_config(path: Path) -> TrainingConfig:
    """Read a configuration; tables and keys that are missing keep their defaults.

    Raises:
        PerserError: if the file is missing, no TOML, or holds an unknown key or a bad value.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise PerserError(f"{path} is too large for a configuration; please check the path.")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PerserError(f"{path} cannot be read ({error.strerror}).") from error
    except MISFIT as error:
        raise PerserError(f"{path} is not a TOML file ({error}); please correct it.") from error
    return parse_config(values, str(path))


def parse_config(values: Mapping[str, Any], source: str = "The configuration") -> TrainingConfig:
    """Build a configuration from nested mappings, as TOML gives them.

    Raises:
        PerserError: for an unknown table or key, or a value of another kind.
    """
    return _built(TrainingConfig, values, source, "")


def _built(kind: type[Config], values: object, source: str, place: str) -> Config:
    where = f"[{place}]" if place else "The file"
    if not isinstance(values, Mapping):
        raise PerserError(f"{source}: {where} should be a table of keys and values.")
    hints = typing.get_type_hints(kind)
    known = [item.name for item in dataclasses.fields(typing.cast(Any, kind))]
    for key in values:
        if key not in known:
            raise PerserError(f"{source}: {where} has no key “{key}”; it knows {', '.join(known)}.")
    converted = {}
    for key, value in values.items():
        inside = f"{place}.{key}" if place else key
        converted[key] = _value(hints[key], value, source, inside)
    try:
        return kind(**converted)
    except PerserError as error:
        raise PerserError(f"{source}: {where}: {error}") from error


def _value(hint: Any, value: object, source: str, place: str) -> Any:
    if dataclasses.is_dataclass(hint):
        return _built(typing.cast(type[Any], hint), value, source, place)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        chosen = next(each for each in arguments if each is not type(None))
        return _value(chosen, value, source, place)
    if origin is Literal:
        if value in arguments:
            return value
        wanted = f"one of {', '.join(map(str, arguments))}"
    elif origin is tuple:
        if isinstance(value, list):
            return tuple(_value(arguments[0], each, source, place) for each in value)
        wanted = "a list"
    elif origin is Mapping:
        if isinstance(value, dict):
            return {
                str(key): _value(arguments[1], each, source, f"{place}.{key}")
                for key, each in value.items()
            }
        wanted = "a table"
    elif hint is bool:
        if isinstance(value, bool):
            return value
        wanted = "true or false"
    elif hint is int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        wanted = "a whole number"
    elif hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if isinstance(value, int) and abs(value) > _LARGEST_INTEGER:
            number = False
        if number and not math.isnan(typing.cast(float, value)):
            return float(typing.cast(float, value))
        wanted = "a number"
    else:
        if isinstance(value, str):
            return value
        wanted = "a text"
    raise PerserError(f"{source}: {place} should be {wanted}, not {value!r}.")
