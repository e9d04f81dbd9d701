from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")

from pyarrow import parquet

from perser_gui.bulk import BulkTask, Finished, run_bulk
from perser_gui.bulk import run as bulk_run
from perser_gui.bulk.manifest import from_files
from perser_gui.bulk.output import Output
from perser_gui.bulk.pool import run_pool
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress

from .workers import Numbering

ROWS, SIZE = 24, 2
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "marks").mkdir()
    monkeypatch.setitem(bulk_run.ENGINES, "numbering", partial(run_pool, make=Numbering))
    places = [str(ROOT), os.environ.get("PYTHONPATH", "")]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, places)))


def run(tmp_path: Path, progress: Progress | None = None, **about: str) -> Finished:
    manifest = from_files([f"{n}/{n}.wav" for n in range(ROWS)], SIZE)
    # What is to go wrong is no part of the plan: it is told to the workers alone.
    task = BulkTask(
        "embed", "none", str(tmp_path / "out"), {"marks": str(tmp_path / "marks"), **about}
    )
    return run_bulk(manifest, task, engine="numbering", workers=2, progress=progress)


def written(tmp_path: Path) -> Counter[int]:
    files = sorted((tmp_path / "out").glob("part-*.parquet"))
    return Counter(n for file in files for n in parquet.read_table(file)["row"].to_pylist())


def once(count: int = ROWS) -> Counter[int]:
    return Counter(range(count))


@pytest.mark.parametrize("when", ["dies before", "dies after"])
def test_a_killed_worker_loses_and_doubles_no_row(when: str, tmp_path: Path) -> None:
    finished = run(tmp_path, **{when: "5"})
    assert (tmp_path / "marks" / when.replace("dies ", "died-")).exists()
    assert written(tmp_path) == once()
    assert (finished.done, finished.failed) == (ROWS, 0)
    tried = [mark.name for mark in (tmp_path / "marks").glob("5-*")]
    assert len(tried) == 2


def test_a_shard_that_kills_every_worker_is_reported_and_holds_up_nothing(tmp_path: Path) -> None:
    finished = run(tmp_path, always="yes", **{"dies before": "3"})
    assert (finished.done, finished.failed) == (ROWS - SIZE, SIZE)
    assert written(tmp_path) == once() - Counter([6, 7])
    (failed,) = (tmp_path / "out" / "failed").glob("*.parquet")
    assert parquet.read_table(failed)["row"].to_pylist() == [6, 7]
    assert "died" in parquet.read_table(failed)["reason"][0].as_py()


def test_a_killed_driver_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    arguments = [str(tmp_path / "out"), str(tmp_path / "marks"), str(SIZE), str(ROWS)]
    command = [sys.executable, "-m", "tests.unit.bulk.driver", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as driver:
        assert driver.stdout is not None
        for line in driver.stdout:
            if line.startswith("8 of"):
                break
        driver.send_signal(signal.SIGKILL)
        driver.wait(30)
    so_far = sum(written(tmp_path).values())
    assert 8 <= so_far < ROWS
    finished = run(tmp_path)
    assert written(tmp_path) == once()
    assert finished.before >= so_far  # a worker may have ended its shard after the driver's death
    assert finished.before + finished.done == ROWS


def test_a_worker_begins_its_next_shard_while_the_driver_looks_at_the_last_one(
    tmp_path: Path,
) -> None:
    manifest = from_files([f"{n}/{n}.wav" for n in range(ROWS)], SIZE)
    task = BulkTask("embed", "none", str(tmp_path / "out"), {"marks": str(tmp_path / "marks")})
    Output(task.out).begin({})
    told = run_pool(task, manifest.shards([0, 1]), 1, Progress(), make=Numbering)
    assert next(told).number == 0
    patience = time.monotonic() + 60.0
    while not list((tmp_path / "marks").glob("1-*")) and time.monotonic() < patience:
        time.sleep(0.01)
    assert list((tmp_path / "marks").glob("1-*"))
    assert [one.number for one in told] == [1]


def test_a_finished_run_has_nothing_left_to_do(tmp_path: Path) -> None:
    run(tmp_path)
    before = sorted((tmp_path / "marks").iterdir())
    finished = run(tmp_path)
    assert (finished.before, finished.done) == (ROWS, 0)
    assert sorted((tmp_path / "marks").iterdir()) == before


def test_results_of_another_plan_are_not_mixed(tmp_path: Path) -> None:
    run(tmp_path)
    task = BulkTask("predict", "none", str(tmp_path / "out"), {"marks": str(tmp_path / "marks")})
    with pytest.raises(PerserError, match="another task, manifest"):
        run_bulk(from_files(["a.wav"], 1), task, engine="numbering")
    assert written(tmp_path) == once()


def test_cancelling_leaves_what_was_done(tmp_path: Path) -> None:
    progress = Progress(lambda _, text: progress.cancel() if text.startswith("4 of") else None)
    with pytest.raises(Cancelled):
        run(tmp_path, progress)
    assert 4 <= sum(written(tmp_path).values()) < ROWS
    run(tmp_path)
    assert written(tmp_path) == once()


def test_the_estimate_is_the_rows_left_at_the_rate_so_far(tmp_path: Path) -> None:
    told: list[str] = []
    moments = iter(range(0, 1000, 10))
    manifest = from_files([f"{n}/{n}.wav" for n in range(8)], 2)
    task = BulkTask("embed", "none", str(tmp_path / "out"), {"marks": str(tmp_path / "marks")})
    run_bulk(
        manifest,
        task,
        engine="numbering",
        workers=1,
        progress=Progress(lambda _, text: told.append(text)),
        clock=lambda: next(moments),
    )
    assert "2 of 8 rows, 0.2 a second, about 30 s left" in told


def test_an_unknown_engine_is_named(tmp_path: Path) -> None:
    task = BulkTask("embed", "none", str(tmp_path / "out"), {})
    with pytest.raises(PerserError, match="local or ray"):
        run_bulk(from_files(["a.wav"]), task, engine="slurm")
