"""The names that are taken from a package itself, and looked up when they are first used."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import perser_gui
import perser_gui.corpora
import perser_gui.desk

ROOT = Path(__file__).parents[2]
LATE = (perser_gui, perser_gui.corpora, perser_gui.desk)
"""The packages whose public names are looked up when they are first used."""


def home_of(package: ModuleType) -> dict[str, str]:
    """Return the module of each public name that is looked up late."""
    return {name: home for home, names in package._HOMES.items() for name in names}


@pytest.mark.parametrize("package", LATE, ids=lambda package: package.__name__)
def test_every_public_name_is_there_and_is_the_one_of_its_module(package: ModuleType) -> None:
    homes = home_of(package)
    assert sorted(homes) == sorted(set(package.__all__) - {"__version__"})
    for name, home in homes.items():
        assert getattr(package, name) is getattr(import_module(home), name)
        assert vars(package)[name] is getattr(package, name)
    assert set(package.__all__) <= set(dir(package))


@pytest.mark.parametrize("package", LATE, ids=lambda package: package.__name__)
def test_a_name_that_is_not_public_is_said_to_be_missing(package: ModuleType) -> None:
    said = f"module '{package.__name__}' has no attribute 'adapt_me'"
    with pytest.raises(AttributeError, match=said):
        _ = package.adapt_me


@pytest.mark.parametrize("package", LATE, ids=lambda package: package.__name__)
def test_type_checkers_see_the_same_names_from_the_same_modules(package: ModuleType) -> None:
    tree = ast.parse(Path(package.__file__ or "").read_text(encoding="utf-8"))
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
    assert typed == home_of(package)


def test_names_are_looked_up_late_in_one_way() -> None:
    """No package has a way of its own, and each that looks names up is tested here."""
    own, users = [], set()
    for path in (ROOT / "perser_gui").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if re.search(r"^def __(getattr|dir)__", text, re.MULTILINE):
            own.append(path.name)
        if re.search(r"^__getattr__, __dir__ = late\(", text, re.MULTILINE):
            users.add(path)
    assert own == []
    assert users == {Path(package.__file__ or "") for package in LATE}


def test_what_a_type_checker_reads_is_shipped() -> None:
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
