"""The program tries itself: for whoever installs or packs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import qWarning

from perser_gui.ui.shell import trial

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_program_does_its_main_job_by_itself_and_leaves_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    done = subprocess.run(
        [sys.executable, "-m", "perser_gui.ui", "--trial"],
        cwd=ROOT,
        env={**os.environ, "PERSER_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["ok"]
    assert (found["clips"], found["labels"], found["predictions"]) == (32, trial.LABELS, 32)
    assert found["adapted"]
    assert found["sound"] == "played" or "loudspeaker" in found["sound"]
    assert not home.exists()


def broken(_begin: object) -> int:
    qWarning("the window has no frame")
    return 0


@pytest.mark.parametrize(
    ("opening", "fault"),
    [(broken, "the window has no frame"), (lambda _begin: 3, None), (lambda _begin: 0, None)],
)
def test_a_warning_a_wrong_status_or_an_early_end_is_no_success(
    opening: Callable[[object], int], fault: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trial.tried(opening) == 1
    found = json.loads(capsys.readouterr().out)
    assert not found["ok"]
    assert [fault in text for text in found["faults"]] == ([True] if fault else [])


def test_an_exception_that_nobody_caught_is_a_fault(capsys: pytest.CaptureFixture[str]) -> None:
    def opening(_begin: object) -> int:
        error = ValueError("nobody caught this")
        sys.excepthook(ValueError, error, None)
        return 0

    assert trial.tried(opening) == 1
    assert json.loads(capsys.readouterr().out)["faults"] == ["ValueError: nobody caught this"]
