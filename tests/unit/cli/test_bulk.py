from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")

from pyarrow import parquet

from perser_gui.paths import shipped

from .conftest import Run

STARTERS = sorted(shipped("resources", "starter").glob("*.flac"))[:3]


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "clips.csv"
    lines = ["file,speaker", *[f"{file},anna" for file in STARTERS], f"{tmp_path}/none.wav,anna"]
    path.write_text("\n".join(lines), "utf-8")
    return path


def test_a_manifest_is_predicted_once_and_then_nothing_is_left(
    run: Run, manifest: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    arguments = ("predict", "--manifest", manifest, "--out", out, "--workers", 1, "--device", "cpu")
    first = run(*arguments, "--json")
    assert first.status == 0, first.err
    told = json.loads(first.out)
    assert (told["rows"], told["done"], told["failed"]) == (4, 3, 1)
    rows = parquet.read_table(out / "part-00000.parquet").to_pylist()
    assert [row["file"] for row in rows] == [str(file) for file in STARTERS]
    assert all(0 < row[f"p({row['prediction']})"] <= 1 for row in rows)
    failed = parquet.read_table(out / "failed" / "part-00000.parquet").to_pylist()
    assert [row["row"] for row in failed] == [3]
    again = run(*arguments)
    assert again.status == 0
    assert "0 rows were done" in again.out
    assert "4 were done before" in again.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("predict",), "name audio files"),
        (("embed",), "name audio files"),
        (("predict", "--manifest", "m.csv"), "--out"),
        (("predict", "--manifest", "m.csv", "--out", "o"), "m.csv"),
        (("predict", "a.wav", "--manifest", "m.csv", "--out", "o"), "not both"),
        (("embed", ".", "--engine", "local", "--out", "o"), "no files here"),
        (("predict", "--manifest", "m.csv", "--out", "o", "--channel", "each"), "--channel"),
        (("embed", "a.wav", "--half"), "--half goes with --manifest"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(
    run: Run, arguments: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = run(*arguments)
    assert found.status == 2
    assert told in found.err
    assert "Traceback" not in found.err
    assert not (tmp_path / "o").exists()


def test_features_of_half_and_of_full_precision_are_never_mixed(run: Run, tmp_path: Path) -> None:
    arguments = ("embed", STARTERS[0], "--engine", "local", "--device", "cpu", "--out", tmp_path)
    assert run(*arguments, "--half").status == 0
    table = parquet.read_table(tmp_path / "part-00000.parquet")
    assert str(table.schema.field("features").type.value_type) == "halffloat"
    assert table.schema.metadata[b"numbers"] == b"float16"
    again = run(*arguments)
    assert again.status == 2
    assert "please choose an empty folder" in again.err


def test_if_nothing_can_be_read_the_exit_status_says_so(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    found = run("embed", tmp_path / "none.wav", "--engine", "local", "--out", out)
    assert found.status == 2
    assert f"{out}/failed" in found.err
    (failed,) = parquet.read_table(out / "failed" / "part-00000.parquet").to_pylist()
    assert "none.wav" in failed["reason"]


def test_addresses_keep_their_slashes() -> None:
    from perser_gui.cli.bulk import _address

    assert _address(Path("s3://bucket/out")) == "s3://bucket/out"
    assert _address(Path("file:///tmp/out")) == "file:///tmp/out"
    assert _address(Path("out/here")) == "out/here"
