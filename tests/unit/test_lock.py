"""The lock files of the set-up fit pyproject.toml, and their check finds it if they do not."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
HASH = "    --hash=sha256:0a30ef8f5322a4173720ae6712dc9a5e58f5a19868f3f167b4b5778db066c2b5\n"


@pytest.fixture(scope="module")
def lock() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", ROOT / ".ci" / "lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["run", "test", "bundle", "container"])
def test_every_requirement_is_locked_in_its_range_and_with_hashes(
    lock: ModuleType, name: str
) -> None:
    text = (ROOT / ".ci" / "lock" / f"{name}.txt").read_text("utf-8")
    assert lock.faults(name, text, lock.wanted(name)) == []
    assert len(lock.blocks(text)) > 40


def test_all_files_hold_the_same_versions(lock: ModuleType) -> None:
    run, test, bundle, container = (
        {lock.pinned(block) for block in lock.blocks((lock.FOLDER / f"{name}.txt").read_text())}
        for name in ("run", "test", "bundle", "container")
    )
    assert run < container < test
    assert {package for package, _, _ in container - run} >= {"pyarrow", "aiohttp", "s3fs"}
    assert run < bundle
    assert {package for package, _, _ in bundle - test} >= {"pyinstaller"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("numpy==1.0 \\\n" + HASH, "numpy 1.0 is not >=2"),
        ("numpy==2.1\n", "numpy has no hash"),
        ("scipy==2.1 \\\n" + HASH, "numpy is pinned 0 times"),
        ("numpy==2.1 ; sys_platform == 'beos' \\\n" + HASH, "numpy is pinned 0 times"),
        ("numpy==2.1 \\\n" + HASH + "numpy==2.2 \\\n" + HASH, "numpy is pinned 2 times"),
        ("numpy==2.1 \\\n" + HASH + "torch==2.9 \\\n" + HASH, "torch depends on the machine"),
        ("numpy==2.1 \\\n" + HASH + "nvidia-cublas==1 \\\n" + HASH, "nvidia-cublas depends"),
    ],
)
def test_what_does_not_fit_is_named(lock: ModuleType, text: str, told: str) -> None:
    (said,) = lock.faults("run", text, ["numpy>=2", "torch>=2.6"])
    assert told in said
