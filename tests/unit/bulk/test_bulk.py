"""Manifests to Parquet, with the bundled encoder and everyone's model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")

import soundfile
from pyarrow import parquet

from perser_gui.bulk import Row, Shard, Task
from perser_gui.bulk.task import Worker
from perser_gui.desk import Desk
from perser_gui.paths import shipped
from perser_gui.progress import Progress

STARTERS = sorted(shipped("resources", "starter").glob("*.flac"))[:4]


@pytest.fixture
def task(tmp_path: Path) -> Task:
    desk = Desk.open(device="cpu")
    try:
        view = desk.view(None)
    finally:
        desk.close()
    return Task("predict", "perser-base", str(tmp_path / "out"), {}, view, device="cpu")


def rows_of(folder: str, name: str = "part-00000.parquet") -> list[dict[str, object]]:
    rows: list[dict[str, object]] = parquet.read_table(Path(folder) / name).to_pylist()
    return rows


def test_predictions_are_those_of_the_desk(task: Task, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for path in STARTERS:
        samples, rate = soundfile.read(path)
        soundfile.write(folder / f"{path.stem}.wav", samples, rate)
    files = sorted(folder.iterdir())
    rows = tuple(Row(number, str(path)) for number, path in enumerate(files))
    told = Worker(task).work(Shard(0, rows))
    assert (told.done, told.failed) == (4, 0)
    desk = Desk.open(device="cpu")
    try:
        predicted = desk.predict_files([folder], None, Progress())
    finally:
        desk.close()
    expected = {
        clip.path.name: own for clip, (own, _) in zip(predicted.clips, predicted.pairs, strict=True)
    }
    for row in rows_of(task.out):
        own = expected[Path(str(row["file"])).name]
        assert row["prediction"] == own.emotion
        found = [row[f"p({word})"] for word in own.classes]
        assert np.allclose(found, own.probabilities, atol=1e-4)


def test_what_fails_stands_beside_what_does_not(task: Task, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no sound")
    rows = (
        Row(10, str(broken)),
        Row(11, str(STARTERS[0])),
        Row(12, str(tmp_path / "missing.wav")),
        Row(13, str(STARTERS[1]), None, 500.0, 501.0),
        Row(14, str(STARTERS[1]), None, 0.1, 0.9),
        Row(15, str(STARTERS[0])),
        Row(16, "nowhere://a/b.wav"),
    )
    told = Worker(task).work(Shard(0, rows))
    assert (told.done, told.failed) == (3, 4)
    found = rows_of(task.out)
    assert [row["row"] for row in found] == [11, 14, 15]
    assert (found[1]["start"], found[1]["end"]) == (0.1, 0.9)
    failed = rows_of(task.out, "failed/part-00000.parquet")
    assert [row["row"] for row in failed] == [10, 12, 13, 16]
    reasons = [str(row["reason"]) for row in failed]
    assert "broken.wav" in reasons[0]
    assert "missing.wav" in reasons[1]
    assert "500" in reasons[2]
    assert "nowhere://a/b.wav" in reasons[3]


def test_files_at_an_address_are_fetched_and_removed(task: Task, tmp_path: Path) -> None:
    embed = Task("embed", "bundled-light", task.out, {}, device="cpu")
    rows = (Row(0, f"file://{STARTERS[0]}"), Row(1, str(STARTERS[0])))
    assert Worker(embed).work(Shard(0, rows)).failed == 0
    far, near = rows_of(task.out)
    assert far["file"] == f"file://{STARTERS[0]}"
    assert np.allclose(np.array(far["features"]), np.array(near["features"]), atol=1e-5)
    assert far["content"] == near["content"]
