from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")

import pyarrow
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from perser_gui.bulk import Manifest, ManifestRow, read_manifest
from perser_gui.errors import PerserError


def test_a_csv_gives_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text("file,speaker,start,end,more\na/1.wav,7,,,x\nb/2.wav,,1.5,2,y\n", "utf-8")
    manifest = read_manifest(str(path))
    assert len(manifest) == 2
    assert manifest.shard(0).rows == (
        ManifestRow(0, "a/1.wav", "7"),
        ManifestRow(1, "b/2.wav", None, 1.5, 2.0),
    )


def test_parquet_at_an_address_gives_the_same_rows(tmp_path: Path) -> None:
    path = tmp_path / "m.parquet"
    table = pyarrow.table({"file": ["a/1.wav", "b/2.wav"], "speaker": ["7", None]})
    parquet.write_table(table, path)
    manifest = read_manifest(f"file://{path}")
    assert manifest.shard(0).rows == (ManifestRow(0, "a/1.wav", "7"), ManifestRow(1, "b/2.wav"))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("m.csv", "path\na.wav\n", "no column"),
        ("m.csv", "file\n", "no rows"),
        ("m.csv", "", "cannot be read"),
        ("m.csv", "file,start\na.wav,soon\n", "cannot be read"),
        ("m.parquet", "file", "cannot be read"),
        ("m.xlsx", "file", "neither"),
    ],
)
def test_what_is_no_manifest_is_named(name: str, content: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content, "utf-8")
    with pytest.raises(PerserError, match=told) as found:
        read_manifest(str(path))
    assert str(path) in str(found.value)


def test_a_missing_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(PerserError, match=r"no manifest .*nothing\.csv; please check"):
        read_manifest(str(tmp_path / "nothing.csv"))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=1, max_size=60), st.integers(1, 12))
def test_every_row_is_in_one_shard_and_a_voice_is_not_torn_apart(
    voices: list[int], size: int
) -> None:
    table = pyarrow.table(
        {"file": [f"{n}.wav" for n in range(len(voices))], "speaker": [f"v{v}" for v in voices]}
    )
    dealt = Manifest(table, size).dealt
    assert sorted(number for shard in dealt for number in shard) == list(range(len(voices)))
    assert all(0 < len(shard) <= size for shard in dealt)
    for voice in set(voices):
        inside = [sum(voices[number] == voice for number in shard) for shard in dealt]
        shards = sum(count > 0 for count in inside)
        assert shards == max(1, -(-sum(inside) // size))


def test_the_digest_depends_on_rows_and_dealing() -> None:
    def digest(files: list[str], size: int) -> str:
        return Manifest(pyarrow.table({"file": files}), size).digest

    assert digest(["a", "b"], 2) == digest(["a", "b"], 2)
    assert len({digest(["a", "b"], 2), digest(["ab"], 2), digest(["a", "b"], 1)}) == 3
