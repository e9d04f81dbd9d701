"""The wheel installs into a fresh environment and does the main job outside the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return next(out.glob("*.whl"))


def test_the_wheel_carries_models_resources_and_licences(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "perser_gui/models/perser-base/checkpoint.json",
        "perser_gui/models/whisper-base-3/encoder.safetensors",
        "perser_gui/models/whisper-tiny-en-2/encoder.safetensors",
        "perser_gui/resources/starter/ratings.csv",
        "perser_gui/py.typed",
    ):
        assert wanted in names
    assert any(name.endswith("LICENSE") and "dist-info" in name for name in names)
    assert not [name for name in names if name.startswith(("tests/", "benchmarks/"))]


def test_a_fresh_environment_adapts_and_opens_the_window(wheel: Path, tmp_path: Path) -> None:
    environment, home = tmp_path / "venv", tmp_path / "home"
    run(sys.executable, "-m", "venv", environment, cwd=tmp_path, home=home)
    python = environment / "bin" / "python"
    install = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel)
    run(*install, cwd=tmp_path, home=home)
    place = run(
        python, "-c", "import perser_gui; print(perser_gui.__file__)", cwd=tmp_path, home=home
    )
    assert str(ROOT) not in place.stdout

    demo = run(environment / "bin" / "perser", "demo", "--json", cwd=tmp_path, home=home)
    answer = json.loads(demo.stdout)
    assert answer["ratings"] > 0
    assert 0.0 <= answer["after"]["macro_f1"] <= 1.0

    window = (
        "import sys\n"
        "from PySide6.QtCore import QTimer\n"
        "from perser_gui.ui import main\n"
        "def opened(window):\n"
        "    print(window.isVisible())\n"
        "    window.became_ready.connect(lambda: QTimer.singleShot(0, window.close))\n"
        "sys.exit(main(['--starter'], opened=opened))\n"
    )
    opened = run(python, "-c", window, cwd=tmp_path, home=home)
    assert opened.stdout.strip() == "True"
