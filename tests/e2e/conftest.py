"""Tests that ask for a process of their own get one."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

INSIDE = "PERSER_TEST_ALONE"


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test marked `alone` in another process, as people run the program: one window in it."""
    if pyfuncitem.get_closest_marker("alone") is None or os.environ.get(INSIDE):
        return None
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider"),
            pyfuncitem.nodeid,
        ],
        cwd=pyfuncitem.config.rootpath,
        env={**environment, INSIDE: "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout[-6000:]}{done.stderr[-12000:]}"
    return True
