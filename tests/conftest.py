"""Fixtures for every test: an isolated home, quiet offline environment, one torch thread."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test gets its own data, cache and settings folders."""
    folder = tmp_path_factory.mktemp("perser-home")
    monkeypatch.setenv("PERSER_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def corpora() -> Path:
    """The folder of real corpora, or a skip that says how to provide it."""
    value = os.environ.get("PERSER_CORPORA")
    if not value or not Path(value).is_dir():
        pytest.skip("PERSER_CORPORA does not name a folder of real corpora")
    return Path(value)
