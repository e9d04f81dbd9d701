"""Manifests to Parquet, with the bundled encoder and everyone's model."""

from __future__ import annotations

import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")

import soundfile
from pyarrow import parquet

from perser_gui.audio import hashes
from perser_gui.audio.sources import AudioSource
from perser_gui.bulk import BulkTask, ManifestRow, Shard, read_manifest
from perser_gui.bulk.output import Output
from perser_gui.bulk.worker import Worker
from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.paths import shipped
from perser_gui.progress import Progress

STARTERS = sorted(shipped("resources", "starter").glob("*.flac"))[:4]


@pytest.fixture
def task(tmp_path: Path) -> BulkTask:
    desk = Desk.open(device="cpu")
    try:
        view = desk.view(None)
    finally:
        desk.close()
    return BulkTask("predict", "perser-base", str(tmp_path / "out"), {}, view, device="cpu")


def rows_of(folder: str, name: str = "part-00000.parquet") -> list[dict[str, object]]:
    rows: list[dict[str, object]] = parquet.read_table(Path(folder) / name).to_pylist()
    return rows


def test_predictions_are_those_of_the_desk(task: BulkTask, tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    for path in STARTERS:
        samples, rate = soundfile.read(path)
        soundfile.write(folder / f"{path.stem}.wav", samples, rate)
    files = sorted(folder.iterdir())
    rows = tuple(ManifestRow(number, str(path)) for number, path in enumerate(files))
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


def test_what_fails_stands_beside_what_does_not(task: BulkTask, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF no sound")
    rows = (
        ManifestRow(10, str(broken)),
        ManifestRow(11, str(STARTERS[0])),
        ManifestRow(12, str(tmp_path / "missing.wav")),
        ManifestRow(13, str(STARTERS[1]), None, 500.0, 501.0),
        ManifestRow(14, str(STARTERS[1]), None, 0.1, 0.9),
        ManifestRow(15, str(STARTERS[0])),
        ManifestRow(16, "nowhere://a/b.wav"),
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


def test_files_at_an_address_are_fetched_and_removed(task: BulkTask, tmp_path: Path) -> None:
    embed = BulkTask("embed", "bundled-light", task.out, {}, device="cpu")
    rows = (ManifestRow(0, f"file://{STARTERS[0]}"), ManifestRow(1, str(STARTERS[0])))
    assert Worker(embed).work(Shard(0, rows)).failed == 0
    far, near = rows_of(task.out)
    assert far["file"] == f"file://{STARTERS[0]}"
    assert np.allclose(np.array(far["features"]), np.array(near["features"]), atol=1e-5)
    assert far["content"] == near["content"]


def silence(path: Path) -> Path:
    soundfile.write(path, np.zeros(32_000, np.float32), 16_000)
    return path


def test_where_nobody_speaks_the_row_says_so_and_others_do_not_hear_of_it(
    task: BulkTask, tmp_path: Path
) -> None:
    quiet = str(silence(tmp_path / "quiet.wav"))
    spoken = [ManifestRow(number, str(path), "anna") for number, path in enumerate(STARTERS[:2])]
    Worker(task).work(Shard(0, tuple(spoken)))
    Worker(task).work(
        Shard(1, (*spoken, ManifestRow(2, quiet, "anna"), ManifestRow(3, quiet, "ben")))
    )
    alone, beside = rows_of(task.out), rows_of(task.out, "part-00001.parquet")
    for together, before in zip(beside[:2], alone, strict=True):  # sums of another order may differ
        numbers = {name: row for name, row in before.items() if isinstance(row, float)}
        assert {name: together[name] for name in numbers} == pytest.approx(numbers, abs=1e-5)
        assert together | numbers == before
    assert [row["speech"] for row in beside] == [True, True, False, False]
    for row in beside[2:]:
        assert (row["prediction"], row["generic"]) == ("", "")
        assert (row["abstain"], row["generic abstain"]) == ("no speech", "no speech")
        assert {row[name] for name in row if "p(" in name} == {None}
    assert all(row["abstain"] in ("", "unsure") for row in alone)


def test_a_shard_without_any_speech_has_the_same_columns(task: BulkTask, tmp_path: Path) -> None:
    Worker(task).work(Shard(0, (ManifestRow(0, str(STARTERS[0])),)))
    Worker(task).work(Shard(1, (ManifestRow(1, str(silence(tmp_path / "quiet.wav"))),)))
    first, second = (
        parquet.read_schema(Path(task.out) / f"part-0000{number}.parquet") for number in (0, 1)
    )
    assert first.equals(second)


def test_embedding_tells_where_nobody_speaks(task: BulkTask, tmp_path: Path) -> None:
    embed = BulkTask("embed", "bundled-light", task.out, {}, device="cpu")
    rows = (ManifestRow(0, str(STARTERS[0])), ManifestRow(1, str(silence(tmp_path / "quiet.wav"))))
    Worker(embed).work(Shard(0, rows))
    assert [row["speech"] for row in rows_of(task.out)] == [True, False]


def test_a_listeners_predictions_are_those_of_the_desk(tmp_path: Path) -> None:
    """With the offsets of each voice, and with a clip that is there twice."""
    folder = tmp_path / "clips"
    folder.mkdir()
    words = ("happy", "sad", "angry")
    desk = Desk.open(device="cpu")
    try:
        ada = desk.add_listener("Ada", EmotionSet.of(words))
        for path in sorted(shipped("resources", "starter").glob("*.flac"))[:12]:
            samples, rate = soundfile.read(path)
            soundfile.write(folder / f"{path.stem}.wav", samples, rate)
        clips = desk.open_clips([folder], Progress()).clips
        for number, clip in enumerate(clips):
            desk.rate(ada.id, clip.content, emotions=(words[number % 3],))
        record = desk.adapt(ada.id, progress=Progress()).record
        assert record is not None
        desk.make_current(ada.id, record.id)
        view = desk.view(ada.id)
        expected = {
            clip.path.name: own.probabilities
            for clip, own in zip(
                clips,
                desk.predict([clip.content for clip in clips], ada.id, Progress()),
                strict=True,
            )
        }
    finally:
        desk.close()
    out = str(tmp_path / "out")
    task = BulkTask("predict", "perser-base", out, {}, view, device="cpu")
    files = [*sorted(folder.iterdir()), min(folder.iterdir())]
    Worker(task).work(Shard(0, tuple(ManifestRow(n, str(path)) for n, path in enumerate(files))))
    rows = rows_of(out)
    assert len(rows) == 13
    for row in rows:
        assert row["listener"] == "Ada"
        found = [row[f"p({word})"] for word in words]
        assert np.allclose(found, expected[Path(str(row["file"])).name], atol=1e-4)


def test_features_may_be_stored_in_half_precision(task: BulkTask) -> None:
    shard = Shard(0, tuple(ManifestRow(number, str(path)) for number, path in enumerate(STARTERS)))
    found = []
    for half in (False, True):
        out = f"{task.out} {half}"
        Worker(BulkTask("embed", "bundled-light", out, {}, device="cpu", half=half)).work(shard)
        column = parquet.read_table(f"{out}/part-00000.parquet")["features"].combine_chunks()
        found.append(column.flatten().to_numpy())
    assert [values.dtype.name for values in found] == ["float32", "float16"]
    assert np.array_equal(found[0].astype(np.float16), found[1])


def test_features_too_large_for_half_precision_are_refused(
    task: BulkTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(BulkTask("embed", "bundled-light", task.out, {}, device="cpu", half=True))
    embed = worker._encoder.embed_batch

    def large(*arguments: Any, **options: Any) -> list[Any]:
        return [1e6 * values for values in embed(*arguments, **options)]

    monkeypatch.setattr(worker._encoder, "embed_batch", large)
    with pytest.raises(PerserError, match="too large for half precision"):
        worker.work(Shard(0, (ManifestRow(0, str(STARTERS[0])),)))
    assert not list(Path(task.out).glob("part-*"))


def test_everything_may_lie_at_an_address(task: BulkTask) -> None:
    import fsspec
    import pyarrow

    files = fsspec.filesystem("memory")
    for path in STARTERS[:2]:
        files.pipe_file(f"/bulk/{path.name}", path.read_bytes())
    names = [f"memory://bulk/{path.name}" for path in (*STARTERS[:2], Path("none.wav"))]
    files.pipe_file("/bulk/m.csv", "\n".join(["file", *names]).encode())
    table = pyarrow.table({"file": names})
    with fsspec.open("memory://bulk/m.parquet", "wb") as stream:
        parquet.write_table(table, stream)
    out = "memory://bulk/out"
    worker = Worker(BulkTask("embed", "bundled-light", out, {}, device="cpu"))
    for name in ("m.csv", "m.parquet"):
        manifest = read_manifest(f"memory://bulk/{name}")
        assert worker.work(manifest.shard(0)).failed == 1
    with fsspec.open(f"{out}/part-00000.parquet", "rb") as stream:
        rows = parquet.read_table(stream).to_pylist()
    assert [row["file"] for row in rows] == names[:2]
    with fsspec.open(f"{out}/failed/part-00000.parquet", "rb") as stream:
        (failed,) = parquet.read_table(stream).to_pylist()
    assert failed["file"] == names[2]
    assert Output(out).done() == {0}


def test_a_worker_does_everything_in_one_thread(
    task: BulkTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoding: set[int] = set()
    blocks = AudioSource.blocks

    def noted(self: AudioSource, *arguments: object, **options: object) -> object:
        decoding.add(threading.get_ident())
        return blocks(self, *arguments, **options)

    monkeypatch.setattr(AudioSource, "blocks", noted)
    rows = tuple(ManifestRow(number, str(path)) for number, path in enumerate(STARTERS))
    assert Worker(task).work(Shard(0, rows)).done == 4
    assert decoding == {threading.get_ident()}


def test_a_clip_is_hashed_and_decoded_once(task: BulkTask, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: Counter[str] = Counter()
    decoded: Counter[str] = Counter()
    read, blocks = hashes.read_hash, AudioSource.blocks
    monkeypatch.setattr(hashes, "read_hash", lambda path: hashed.update([path.name]) or read(path))

    def counted(self: AudioSource, *arguments: object, **options: object) -> object:
        decoded.update([self.path.name])
        return blocks(self, *arguments, **options)

    monkeypatch.setattr(AudioSource, "blocks", counted)
    hashes._remembered.cache_clear()
    rows = tuple(ManifestRow(number, str(path)) for number, path in enumerate(STARTERS))
    for path in STARTERS:  # a file that was written just now is not believed to stay the same
        assert time.time() - path.stat().st_ctime > hashes.SETTLED_SECONDS
    assert Worker(task).work(Shard(0, rows)).done == 4
    assert hashed == decoded == Counter(path.name for path in STARTERS)
