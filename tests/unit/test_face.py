"""The names that a research script takes from the package itself."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import perser_gui

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_there_and_is_the_one_of_its_module() -> None:
    assert set(perser_gui._HOME_OF) | {"__version__"} == set(perser_gui.__all__)
    for name, home in perser_gui._HOME_OF.items():
        assert getattr(perser_gui, name) is getattr(import_module(home), name)
    assert set(perser_gui.__all__) <= set(dir(perser_gui))


def test_a_name_that_is_not_public_is_said_to_be_missing() -> None:
    with pytest.raises(AttributeError, match="no attribute 'adapt_me'"):
        _ = perser_gui.adapt_me


def test_type_checkers_see_the_same_names_from_the_same_modules() -> None:
    tree = ast.parse(Path(perser_gui.__file__).read_text(encoding="utf-8"))
    block = next(
        node
        for node in tree.body
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    )
    typed = {
        alias.name: statement.module
        for statement in block.body
        if isinstance(statement, ast.ImportFrom)
        for alias in statement.names
    }
    assert typed == perser_gui._HOME_OF
    assert (ROOT / "perser_gui" / "py.typed").is_file()


def test_importing_the_package_loads_neither_torch_nor_qt() -> None:
    code = (
        "import sys, perser_gui; dir(perser_gui); "
        "print([m for m in ('torch', 'numpy', 'PySide6', 'transformers') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_a_script_with_the_public_names_is_typed(tmp_path: Path) -> None:
    """The code of the tour passes mypy's strict mode, and a wrong use of it does not."""
    page = (ROOT / "docs" / "tutorial" / "python.md").read_text(encoding="utf-8")
    lines = [line[4:] for line in page.splitlines() if line.startswith((">>> ", "... "))]
    script = tmp_path / "tour.py"
    wrong = "reveal_type(perser_gui.load_checkpoint(3))"
    script.write_text("\n".join([*lines, wrong, ""]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "pyproject.toml", str(script)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(said) == 1, done.stdout
    assert f"tour.py:{len(lines) + 1}: error: Argument 1" in said[0]
    assert 'Revealed type is "perser_gui.model.checkpoint.Checkpoint"' in done.stdout
