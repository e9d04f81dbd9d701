"""The wheel installs into a fresh environment and does the main job outside the checkout."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(*command: str | Path, cwd: Path, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    environment |= {"PERSER_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def built(source: Path, out: Path) -> dict[str, Path]:
    """Build the source archive, and from it the wheel; return both by their endings."""
    command = [sys.executable, "-m", "build", "--outdir", str(out)]
    environment = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    done = subprocess.run(
        command, cwd=source, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {path.suffix: path for path in out.iterdir()}


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return built(ROOT, tmp_path_factory.mktemp("built"))


@pytest.fixture(scope="module")
def wheel(artefacts: dict[str, Path]) -> Path:
    return artefacts[".whl"]


def test_building_again_from_the_source_archive_gives_the_same_bytes(
    artefacts: dict[str, Path], tmp_path: Path
) -> None:
    """Elsewhere, at another time, and with other permissions."""
    with tarfile.open(artefacts[".gz"]) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    for path in source.rglob("*"):
        path.chmod(path.stat().st_mode & 0o700)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    again = built(source, tmp_path / "again")
    for ending, path in artefacts.items():
        assert again[ending].name == path.name
        first, second = (hashlib.sha256(p.read_bytes()) for p in (path, again[ending]))
        assert first.hexdigest() == second.hexdigest(), path.name


def test_the_wheel_carries_models_resources_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for folder in ("models", "resources"):
        shipped = {
            f"perser_gui/{path.relative_to(ROOT).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
        assert len(shipped) > 10
        assert shipped <= set(names)
    assert "perser_gui/py.typed" in names
    licences = [name for name in names if ".dist-info/licenses/" in name]
    assert len(licences) == 1 + 4 + 1  # the code, the models, the font
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/", ".ci/"))]
    assert not [name for name in names if name.endswith((".pyc", ".so", ".pyd"))]


def test_the_source_archive_carries_what_its_tests_need(artefacts: dict[str, Path]) -> None:
    with tarfile.open(artefacts[".gz"]) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    for wanted in ("tests/e2e/test_wheel.py", "conftest.py", ".ci/lock.py", ".ci/lock/test.txt"):
        assert wanted in names


def test_a_fresh_environment_adapts_and_opens_the_window(wheel: Path, tmp_path: Path) -> None:
    environment, home = tmp_path / "venv", tmp_path / "home"
    run(sys.executable, "-m", "venv", environment, cwd=tmp_path, home=home)
    python = environment / "bin" / "python"
    pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check")
    install = (*pip, "--no-compile", wheel)  # what is imported is compiled when it is
    run(*install, cwd=tmp_path, home=home)
    place = run(
        python, "-c", "import perser_gui; print(perser_gui.__file__)", cwd=tmp_path, home=home
    )
    assert str(ROOT) not in place.stdout

    demo = run(environment / "bin" / "perser", "demo", "--json", cwd=tmp_path, home=home)
    answer = json.loads(demo.stdout)
    assert answer["ratings"] > 0
    assert 0.0 <= answer["after"]["macro_f1"] <= 1.0

    found = json.loads(
        run(environment / "bin" / "perser", "doctor", "--json", cwd=tmp_path, home=home).stdout
    )
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert {states[name] for name in ("program", "torch", "model", "encoder", "store")} == {"ok"}
    assert states["window"] == "ok"

    opened = run(environment / "bin" / "perser-gui", "--trial", cwd=tmp_path, home=home)
    assert json.loads(opened.stdout)["ok"]
