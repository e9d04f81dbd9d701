from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil
import pytest

from perser_gui import memory

ROOT = Path(__file__).parents[3]
linux = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="only glibc can be told to give memory back"
)

GATHERS = """
import sys
import numpy as np, psutil
from perser_gui.memory import be_sparing
if sys.argv[1] == "sparing":
    assert be_sparing()
block = np.ones(4_000_000)             # once 32 MB were freed, glibc keeps as much ready
del block
before = psutil.Process().memory_info().rss
blocks = [np.ones(250_000) for _ in range(24)]     # 2 MB each
kept = np.ones(100)
del blocks
print(psutil.Process().memory_info().rss - before)
"""


def gathered(how: str) -> int:
    """How much a process still holds of 48 MB that it freed."""
    done = subprocess.run(
        [sys.executable, "-c", GATHERS, how], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(done.stdout)


@linux
def test_memory_that_was_freed_goes_back_to_the_system() -> None:
    pieces = [np.zeros(50) for _ in range(300_000)]
    pieces = pieces[::1000]  # what stays in between keeps the allocator from trimming by itself
    before = psutil.Process().memory_info().rss
    assert memory.give_back()
    assert before - psutil.Process().memory_info().rss > 50_000_000
    assert len(pieces) == 300


@linux
def test_large_blocks_go_back_at_once_where_the_program_is_sparing() -> None:
    assert gathered("sparing") < 8_000_000


def test_elsewhere_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_glibc", lambda: None)
    assert not memory.give_back()
    assert not memory.be_sparing()
