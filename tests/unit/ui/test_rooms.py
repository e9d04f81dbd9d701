"""The rooms of the window: few, and none imports one beside or above it."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

from perser_gui import ui

UI = Path(ui.__file__).parent
ROOMS = {"acts", "clips", "dialogs", "label", "live", "look", "shell", "study", "tables", "widgets"}
ARROWS = {
    "ui": {"shell"},
    "shell": {"acts", "clips", "dialogs", "label", "live", "look", "study", "tables", "widgets"},
    "clips": {"acts", "look", "widgets"},
    "dialogs": {"acts", "look", "widgets"},
    "label": {"acts", "look", "widgets"},
    "live": {"acts", "look", "widgets"},
    "study": {"acts", "look", "widgets"},
    "tables": {"acts", "look", "widgets"},
    "widgets": {"look"},
    "acts": set(),
    "look": set(),
}


@pytest.fixture(scope="module")
def house() -> grimp.ImportGraph:
    return grimp.build_graph("perser_gui", cache_dir=None)


def room_of(module: str) -> str | None:
    parts = module.split(".")
    if parts[:2] != ["perser_gui", "ui"]:
        return None
    return parts[2] if len(parts) > 2 and parts[2] in ROOMS else "ui"


def test_every_module_of_the_window_has_a_room() -> None:
    assert {path.name for path in UI.iterdir() if path.is_dir()} - {"__pycache__"} == ROOMS
    assert {path.name for path in UI.glob("*.py")} == {"__init__.py", "__main__.py"}


def test_the_arrows_between_rooms_are_those_of_the_plan(house: grimp.ImportGraph) -> None:
    found: dict[str, set[str]] = {room: set() for room in ARROWS}
    for module in house.modules:
        here = room_of(module)
        if here is None:
            continue
        for imported in house.find_modules_directly_imported_by(module):
            there = room_of(imported)
            if there is not None and there != here:
                found[here].add(there)
    assert found == ARROWS
    assert list(TopologicalSorter(ARROWS).static_order())[-1] == "ui"


def test_acts_know_no_widget() -> None:
    allowed = {"PySide6.QtCore"}
    seen = set()
    for path in sorted((UI / "acts").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module:
                names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
            else:
                continue
            seen |= {name for name in names if name.startswith(("PySide6", "pyqtgraph"))}
    assert {".".join(name.split(".")[:2]) for name in seen} == allowed


def test_no_two_modules_of_the_window_need_each_other(house: grimp.ImportGraph) -> None:
    modules = {m for m in house.modules if m.startswith("perser_gui.ui")}
    TopologicalSorter(
        {m: house.find_modules_directly_imported_by(m) & modules for m in modules}
    ).prepare()  # raises CycleError
