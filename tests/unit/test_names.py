"""A name means one thing: no module and no public class stands twice, but for what is said why."""

from __future__ import annotations

import ast
import io
import tokenize
from collections import defaultdict
from pathlib import Path

import perser_gui

HOUSE = Path(perser_gui.__file__).parent

FACES = {"desk", "store"}
"""A package whose one class stands in a module of the same name."""

ROOMS = {"acts", "live", "tables"}
"""Rooms of the window that show what a floor of the same name does, or are called as the glossary
calls what is in them."""


def modules() -> dict[str, set[str]]:
    """Every name of a module or package, and where it stands."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in HOUSE.rglob("*.py"):
        place = path.relative_to(HOUSE)
        if path.name == "__init__.py":
            found[place.parent.name].add(f"{place.parent}/")
        elif path.name != "__main__.py":
            found[path.stem].add(str(place))
    return {name: places for name, places in found.items() if len(places) > 1}


def test_no_module_is_called_like_another() -> None:
    twice = modules()
    for name, places in twice.items():  # a module of `cli/` is called as its command
        places.discard(f"cli/{name}.py")
    for name in FACES:
        assert twice.pop(name) == {f"{name}/", f"{name}/{name}.py"}
    for name in ROOMS & set(twice):
        twice[name].discard(f"ui/{name}/")
    assert {name: places for name, places in twice.items() if len(places) > 1} == {}


def test_no_public_class_is_called_like_another() -> None:
    found: dict[str, list[str]] = defaultdict(list)
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(str(path.relative_to(HOUSE)))
    assert {name: places for name, places in found.items() if len(places) > 1} == {}


def test_the_generic_model_has_one_name_in_code() -> None:
    found = set()
    for path in HOUSE.rglob("*.py"):
        for token in tokenize.generate_tokens(io.StringIO(path.read_text("utf-8")).readline):
            if token.type == tokenize.NAME and "everyone" in token.string.lower():
                found.add(f"{path.relative_to(HOUSE)}: {token.string}")
    assert found == set()
