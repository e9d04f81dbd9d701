"""What may be imported before anybody asked for it: budgets in modules, not in time.

A budget is what was found (in 2026, on Python 3.11) and a tenth more. Who exceeds it either imports
inside the function that needs it, or raises the budget and says why.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = (
    *("torch", "transformers", "huggingface_hub", "scipy", "sklearn", "matplotlib", "pandas"),
    *("pyarrow", "fsspec", "ray", "audformat", "yaml", "praatio", "pympi"),
)
WINDOW = ("PySide6", "pyqtgraph")
SOUND = ("sounddevice",)

TELL = """
import json, sys
print()
print(json.dumps(sorted(sys.modules)))
"""


def modules(code: str, home: Path) -> list[str]:
    """What a fresh interpreter has imported after some code."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PERSER_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: list[str] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize(
    ("code", "budget", "never"),
    [
        ("import perser_gui", 75, (*HEAVY, *WINDOW, *SOUND, "numpy", "typer", "sqlite3")),
        ("import perser_gui.ui", 75, (*HEAVY, *WINDOW, *SOUND, "numpy", "typer", "sqlite3")),
        ("import perser_gui.desk", 445, (*HEAVY, *WINDOW, *SOUND, "typer")),
        ("import perser_gui.bulk", 460, (*HEAVY, *WINDOW, *SOUND, "typer")),
        ("import perser_gui.live", 330, (*HEAVY, *WINDOW, *SOUND, "typer", "sqlite3")),
        (
            "from perser_gui.cli import main; assert main(['--help']) == 0",
            540,
            (*HEAVY, *WINDOW, *SOUND),
        ),
        ("from perser_gui.cli import main; assert main(['--version']) == 0", 540, HEAVY),
    ],
)
def test_a_door_imports_little(
    code: str, budget: int, never: tuple[str, ...], tmp_path: Path
) -> None:
    found = modules(f"{code}\n{TELL}", tmp_path)
    assert [name for name in never if name in found] == []
    assert len(found) <= budget


def test_the_window_is_shown_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    code = """
import sys
from perser_gui.ui import main

def opened(window):
    assert window.isVisible()
    import json
    from PySide6.QtCore import QTimer
    found = sorted(sys.modules)
    QTimer.singleShot(0, window.close)
    print()
    print(json.dumps(found), flush=True)

sys.exit(main([], opened=opened))
"""
    found = modules(code, tmp_path)
    assert [name for name in (*HEAVY, "typer", "sqlite3", "soundfile") if name in found] == []
    assert len(found) <= 500


def test_until_one_can_label_nothing_is_imported_that_only_other_acts_need(tmp_path: Path) -> None:
    code = """
import gc, sys
from perser_gui.ui import main

def opened(window):
    from PySide6.QtCore import QTimer

    def told():
        import json
        found = sorted(sys.modules)
        assert "pyqtgraph" in found and "perser_gui.store.store" in found
        print()
        print(json.dumps(found), flush=True)
        window.close()

    assert not gc.isenabled()
    window.became_ready.connect(told)

assert main([], opened=opened) == 0
assert gc.isenabled()
"""
    found = modules(code, tmp_path)
    others = ("corpora.readers", "live", "exchange.labels")
    later = [f"perser_gui.{name}" for name in (*others, "desk.importing", "desk.suggesting")]
    assert [name for name in (*HEAVY, *SOUND, *later) if name in found] == []
    assert len(found) <= 830
