"""What a checkpoint's document may say; whatever else it says is refused when it is loaded."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from perser_gui.errors import PerserError

LARGEST_SIZE = 1 << 20
LONGEST_WORD = 100
MOST_CLASSES = 1000
LARGEST_OPTION = 1e6
"""Magnitude beyond which no option of an inner loop means anything."""

MOST_POWER = 10.0
"""A `words_power` beyond it means nothing, and makes numbers that no computer holds."""

LIMITS: dict[str, tuple[float, float]] = {
    "steps": (0, 10_000),
    "l2": (0, 1000),
    "words_power": (0, MOST_POWER),
    "anchors": (0, 1),
}
"""Narrower limits of single options."""

_DEEPEST = 32


def check_document(raw: Any) -> None:
    """Refuse a document whose values are of another kind or size than a checkpoint's.

    Raises:
        PerserError: naming the value; without the folder, which the caller knows.
    """
    if not isinstance(raw, Mapping):
        raise PerserError("it is no mapping")
    for name in ("name", "encoder", "weights", "weights_sha256"):
        _text(raw.get(name), name, 500)
    classes = raw.get("classes")
    if not isinstance(classes, list) or not 1 <= len(classes) <= MOST_CLASSES:
        raise PerserError(f"classes is no list of 1 to {MOST_CLASSES} words")
    for word in classes:
        _text(word, "classes", LONGEST_WORD)
    if len(set(classes)) != len(classes):
        raise PerserError("a class stands twice")
    for name in ("head", "normalization", "training", "card", "variants"):
        if not isinstance(raw.get(name), Mapping):
            raise PerserError(f"{name} is no mapping")
    for name in ("layers", "width", "hidden", "classes"):
        size = raw["head"].get(name, 1)
        if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= LARGEST_SIZE:
            raise PerserError(f"head.{name} is no size")
    _number(raw["normalization"].get("n0"), "normalization.n0", 0.0, LARGEST_OPTION)
    _options(raw["training"].get("inner", {}), "training.inner")
    for name, inner in raw["variants"].items():
        _text(name, "variants", LONGEST_WORD)
        _options(inner, f"variants.{name}")
    for name in ("training", "card", "variants"):
        _finite(raw[name], name, 0)


def _options(inner: Any, where: str) -> None:
    if not isinstance(inner, Mapping):
        raise PerserError(f"{where} is no mapping")
    for name, value in inner.items():
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, int | float) and not isinstance(one, bool):
                low, high = LIMITS.get(name, (-LARGEST_OPTION, LARGEST_OPTION))
                _number(one, f"{where}.{name}", low, high)


def _number(value: Any, where: str, low: float, high: float) -> None:
    fits = isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high
    if not fits:
        raise PerserError(f"{where} is no number from {low:g} to {high:g}")


def _text(value: Any, where: str, longest: int) -> None:
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise PerserError(f"{where} is no text of up to {longest} characters")
    if not value.isprintable():
        raise PerserError(f"{where} holds characters that cannot be printed")


def _finite(value: Any, where: str, depth: int) -> None:
    if depth > _DEEPEST:
        raise PerserError(f"{where} is nested too deeply")
    if isinstance(value, float) and not math.isfinite(value):
        raise PerserError(f"{where} holds a value that is no finite number")
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _finite(item, where, depth + 1)
