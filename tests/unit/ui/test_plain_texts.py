"""Words, names and paths are shown as they are: nothing of them is ever taken for HTML."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import perser_gui.ui

UI = Path(perser_gui.ui.__file__).parent
TIPS = ("setToolTip", "setWhatsThis", "setStatusTip")


def calls() -> Iterator[tuple[Path, ast.Call]]:
    for path in sorted(UI.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                yield path, node


def is_plain(node: ast.expr) -> bool:
    """Whether a tooltip is written in the source, or made harmless by `tip`."""
    if isinstance(node, ast.IfExp):
        return is_plain(node.body) and is_plain(node.orelse)
    made = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return isinstance(node, ast.Constant) or (made and node.func.id in ("tip", "as_it_is"))


def test_every_tooltip_shows_its_text_as_it_is() -> None:
    found = [
        f"{path.name}:{node.lineno}"
        for path, node in calls()
        if isinstance(node.func, ast.Attribute) and node.func.attr in TIPS and node.args
        if not is_plain(node.args[-1])
    ]
    assert found == []


def test_questions_are_the_houses_whose_texts_are_plain() -> None:
    """Qt's own boxes read their texts as HTML, and look like nothing else in the window."""
    boxes = ("QMessageBox", "QInputDialog")
    found = [
        f"{path.name}:{node.lineno}"
        for path, node in calls()
        for name in ast.walk(node.func)
        if isinstance(name, ast.Name) and name.id in boxes
    ]
    assert found == []
