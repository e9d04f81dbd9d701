"""The Ray engine on a local cluster of two nodes, with a worker and then the driver killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")
pytest.importorskip("ray", reason="the extra ray is not installed: pip install 'perser-gui[ray]'")

from pyarrow import parquet

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ROWS = 24
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Two nodes of two cores each; their workers find the tests' own workers."""
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")  # or each process would want a token
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]))
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2})
    try:
        cluster.add_node(num_cpus=2)
        cluster.wait_for_nodes()
        yield cluster.address
    finally:
        cluster.shutdown()


def driver(address: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.unit.bulk.driver", str(folder / "out")]
    return subprocess.Popen(
        [*command, str(folder / "marks"), "2", str(ROWS), "ray"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "RAY_ADDRESS": address},
    )


def told(process: subprocess.Popen[str], beginning: str) -> None:
    assert process.stdout is not None
    assert any(line.startswith(beginning) for line in process.stdout)


def actors() -> list[psutil.Process]:
    """The processes of this cluster that do shards; only those of our own children."""
    mine = psutil.Process().children(recursive=True)
    return [one for one in mine if "MapWorker" in " ".join(one.cmdline())]


def test_killed_workers_and_a_killed_driver_lose_and_double_no_row(
    cluster: str, tmp_path: Path
) -> None:
    (tmp_path / "marks").mkdir()
    with driver(cluster, tmp_path) as first:
        told(first, "4 of")
        (victim, *_) = actors()
        victim.send_signal(signal.SIGKILL)
        told(first, "12 of")
        first.send_signal(signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    with driver(cluster, tmp_path) as second:
        told(second, f"{ROWS} of")
        assert second.wait(120) == 0
    files = sorted((tmp_path / "out").glob("part-*.parquet"))
    rows = Counter(n for file in files for n in parquet.read_table(file)["row"].to_pylist())
    assert rows == Counter(range(ROWS))
