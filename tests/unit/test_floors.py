"""The rules of the house, kept by tests."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "perser_gui"


def sources() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def test_floors_import_only_downwards() -> None:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program is not None
    done = subprocess.run(
        [program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("door", ["perser_gui.ui", "perser_gui.cli", "perser_gui.desk"])
def test_importing_a_door_does_not_import_torch(door: str) -> None:
    code = (
        f"import sys, {door}; "
        "print([m for m in ('torch', 'transformers', 'sklearn', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_the_command_line_and_the_core_do_not_import_qt() -> None:
    code = "import sys, perser_gui.cli, perser_gui.desk; print('PySide6' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_no_pickle_is_ever_read_or_written() -> None:
    forbidden = re.compile(
        r"\bimport (pickle|joblib|dill|cloudpickle|shelve)|torch\.(load|save)\(|allow_pickle=True"
    )
    assert [p for p in sources() if forbidden.search(p.read_text(encoding="utf-8"))] == []


def test_every_file_is_written_by_the_one_function_that_leaves_it_whole() -> None:
    by_itself = re.compile(
        r"os\.(replace|rename|fsync)\(|\.write_(text|bytes)\(|mkstemp|NamedTemporaryFile"
        r"|open\([^)]*[\"'](w|a|x|r\+)b?\+?[\"']"
    )
    # downloads grow and are continued; the bulk task keeps what it fetched only for a moment
    allowed = {"files.py", "fetch.py", "download.py", "worker.py"}
    found = [p for p in sources() if by_itself.search(p.read_text(encoding="utf-8"))]
    assert {p.name for p in found} <= allowed


def test_every_module_stays_readable_in_one_sitting() -> None:
    long = {
        str(p.relative_to(ROOT)): n
        for p in sources()
        if (n := len(p.read_text(encoding="utf-8").splitlines())) > 440
    }
    assert long == {}


def test_only_the_top_level_folders_of_the_plan_exist() -> None:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    names = {line.split("/")[0] for line in listed.stdout.splitlines()}
    planned = {"pyproject.toml", "perser_gui", "resources", "models", "tests", "README.md"}
    beside = {"benchmarks", "docs", "LICENSE", "CHANGELOG.md", "conftest.py"}
    for_those_who_take_part = {"CONTRIBUTING.md", "SECURITY.md", "CITATION.cff", "mkdocs.yml"}
    hidden = {".ci", ".github", ".gitignore", ".pre-commit-config.yaml"}
    assert names <= planned | beside | for_those_who_take_part | hidden


def test_texts_never_claim_to_know_what_a_person_feels() -> None:
    claim = re.compile(r"what (the|this|a) (person|speaker|caller)( really| truly)? feels", re.I)
    assert [p for p in sources() if claim.search(p.read_text(encoding="utf-8"))] == []
