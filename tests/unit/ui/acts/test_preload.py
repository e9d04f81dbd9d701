"""Torch's libraries are opened ahead of its import."""

from __future__ import annotations

import subprocess
import sys

import pytest

CHILD = """
import sys
from perser_gui.ui.acts.preload import open_torch_libraries
opened = open_torch_libraries()
assert "torch" not in sys.modules
maps = open("/proc/self/maps").read()
assert all(name in maps for name in opened), opened
import torch
assert float(torch.ones(3).sum()) == 3.0
assert open_torch_libraries() == []
print(" ".join(opened))
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks at /proc/self/maps")
def test_the_libraries_are_open_before_torch_is_imported_and_torch_works_after() -> None:
    result = subprocess.run(
        [sys.executable, "-c", CHILD], capture_output=True, text=True, timeout=120, check=False
    )
    assert result.returncode == 0, result.stderr
    assert "libtorch_cpu" in result.stdout
