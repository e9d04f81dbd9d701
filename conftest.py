"""For every test and every example in a docstring: an isolated home, offline, one torch thread."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

collect_ignore_glob = ["docs/*.py"]

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")

# How long an example takes says something about the machine, not about the program.
hypothesis.settings.register_profile(
    "perser", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("perser")


REAL_TIME = "tests/loopback"
REAL_TIME_WORKER = "gw0"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put real time first, and then files with slow tests, so that no core waits at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}

    def place(item: pytest.Item) -> int:
        if item.get_closest_marker("loopback"):
            return 0
        return 1 if item.path in slow else 2

    items.sort(key=place)


def pytest_configure(config: pytest.Config) -> None:
    """Let what computes stand back for what listens in real time, on several cores."""
    worker = getattr(config, "workerinput", {}).get("workerid", REAL_TIME_WORKER)
    if worker != REAL_TIME_WORKER and hasattr(os, "nice"):
        os.nice(5)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling | None:
    """On several cores (`-n 3 --dist loadfile`) what listens in real time has one worker's ear.

    All tests at the virtual microphone are one piece of work, the first of the first worker, so
    that they come one after another; they mostly wait, while the others, one for each core, compute
    with less right to a core. The tests of any other file stay together too, so that what they
    share is made once.
    """
    if config.getoption("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False
    return RealTimeFirst(config, log)


class RealTimeFirst(LoadFileScheduling):
    """Hands out whole files, and all that listens in real time as one, to the first worker."""

    @property
    def nodes(self) -> list:
        """All workers that are ready, the first one first, whichever was ready first."""
        return sorted(super().nodes, key=lambda node: node.gateway.id != REAL_TIME_WORKER)

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return REAL_TIME if file.startswith(f"{REAL_TIME}/") else file


@pytest.fixture(scope="session", autouse=True)
def qts_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """What Qt itself remembers, as the folders of its dialog for files, has a place of its own.

    Qt reads where that is only once, so it holds for all tests of a process. Caches that cost time
    to make again, of fonts for example, stay where they are.
    """
    folder = tmp_path_factory.mktemp("qts-home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{name}_HOME", str(folder / name.lower()))
        yield folder


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
