from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import textwrap
import time
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.records import Features
from perser_gui.upstream.cache import (
    CHECKED_FROM,
    LARGEST_BYTES,
    SILENT_ON_SPEECH,
    FeatureCache,
)

ENCODER = "whisper-base-3-0123456789abcdef-p1"


def features(content: str = "ab" * 32, encoder: str = ENCODER, seed: int = 0) -> Features:
    layers = np.random.default_rng(seed).standard_normal((3, 8)).astype(np.float32)
    return Features(content, encoder, 1.25, layers)


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def only_file(cache: FeatureCache) -> Path:
    (path,) = [path for path in cache.folder.rglob("*") if path.is_file()]
    return path


def test_what_was_put_is_found_again_by_another_cache_on_the_same_folder(
    cache: FeatureCache,
) -> None:
    kept = features()
    assert cache.put(kept)
    found = FeatureCache(cache.folder).get(kept.content, kept.encoder)
    assert found is not None
    assert found.layers.tobytes() == kept.layers.tobytes()
    assert (found.content, found.encoder, found.seconds) == (kept.content, kept.encoder, 1.25)


@pytest.mark.parametrize("speech", [True, False, None])
def test_whether_anybody_speaks_is_kept(cache: FeatureCache, speech: bool | None) -> None:
    cache.put(replace(features(), speech=speech))
    found = cache.get("ab" * 32, ENCODER)
    assert found is not None
    assert found.speech is speech


def test_files_of_the_version_before_are_still_read(cache: FeatureCache) -> None:
    kept = features()
    cache.put(kept)
    path = only_file(cache)
    raw = path.read_bytes()[:-1]
    body = raw[CHECKED_FROM:]
    path.write_bytes(SILENT_ON_SPEECH + struct.pack("<I", zlib.crc32(body)) + body)
    found = cache.get(kept.content, kept.encoder)
    assert found is not None
    assert found.layers.tobytes() == kept.layers.tobytes()
    assert found.speech is None


def test_found_features_can_be_written_to(cache: FeatureCache) -> None:
    cache.put(features())
    found = cache.get("ab" * 32, ENCODER)
    assert found is not None
    assert found.layers.flags.writeable


def test_another_encoder_or_clip_finds_nothing(cache: FeatureCache) -> None:
    cache.put(features())
    assert cache.get("ab" * 32, "other") is None
    assert cache.get("cd" * 32, ENCODER) is None


def test_a_file_renamed_to_another_clips_name_is_not_believed(cache: FeatureCache) -> None:
    cache.put(features())
    wrong = cache._path("cd" * 32, ENCODER)
    wrong.parent.mkdir(parents=True, exist_ok=True)
    only_file(cache).rename(wrong)
    assert cache.get("cd" * 32, ENCODER) is None


@pytest.mark.parametrize("content", ["../../../escape", "/etc/passwd", "a\0b", "", "ä" * 300])
def test_strange_keys_stay_inside_the_folder(content: str, cache: FeatureCache) -> None:
    kept = features(content=content, encoder="../../" + content)
    assert cache.put(kept)
    assert cache.folder in only_file(cache).parents
    assert cache.get(content, kept.encoder) is not None


def test_every_single_flipped_bit_is_noticed(cache: FeatureCache) -> None:
    cache.put(features())
    path = only_file(cache)
    good = path.read_bytes()
    for position in range(len(good)):
        bad = bytearray(good)
        bad[position] ^= 1 << (position % 8)
        path.write_bytes(bad)
        assert cache.get("ab" * 32, ENCODER) is None, position


def test_every_truncation_is_noticed_and_can_be_repaired(cache: FeatureCache) -> None:
    cache.put(features())
    path = only_file(cache)
    good = path.read_bytes()
    for length in range(len(good)):
        path.write_bytes(good[:length])
        assert cache.get("ab" * 32, ENCODER) is None, length
    assert cache.put(features())
    assert cache.get("ab" * 32, ENCODER) is not None


@settings(max_examples=60, deadline=None)
@given(junk=st.binary(max_size=200))
def test_junk_is_never_features(junk: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    cache = FeatureCache(tmp_path_factory.mktemp("junk"))
    path = cache._path("ab" * 32, ENCODER)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"perserF1" + junk)
    assert cache.get("ab" * 32, ENCODER) is None


def test_features_that_are_no_numbers_are_computed_again(cache: FeatureCache) -> None:
    bad = features()
    bad.layers[0, 0] = np.nan
    cache.put(bad)
    assert cache.get(bad.content, bad.encoder) is None


def test_a_huge_file_a_folder_and_a_pipe_in_the_way_are_passed_over(cache: FeatureCache) -> None:
    path = cache._path("ab" * 32, ENCODER)
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    assert cache.get("ab" * 32, ENCODER) is None
    path.unlink()
    path.mkdir()
    assert cache.get("ab" * 32, ENCODER) is None
    path.rmdir()
    os.mkfifo(path)
    assert cache.get("ab" * 32, ENCODER) is None
    assert cache.put(features())
    assert cache.get("ab" * 32, ENCODER) is not None


def test_nobody_waits_for_the_disk_until_features_are_on_it(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[int] = []
    monkeypatch.setattr(os, "fsync", waited.append)
    assert cache.put(features())
    assert not waited
    assert cache.get("ab" * 32, ENCODER) is not None


def test_the_folder_may_be_deleted_while_in_use(cache: FeatureCache) -> None:
    import shutil

    cache.put(features())
    shutil.rmtree(cache.folder)
    assert cache.get("ab" * 32, ENCODER) is None
    assert cache.put(features())
    assert cache.get("ab" * 32, ENCODER) is not None


def test_a_place_that_cannot_be_written_costs_only_a_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    cache = FeatureCache(blocked / "features")
    assert cache.get("ab" * 32, ENCODER) is None
    assert not cache.put(features())
    assert "computed again" in cache.problem


def test_a_full_disk_leaves_no_half_written_file(
    cache: FeatureCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert not cache.put(features())
    assert "No space left on device" in cache.problem
    assert [path for path in cache.folder.rglob("*") if path.is_file()] == []


def test_leftovers_of_crashed_writers_are_removed_when_they_are_old(cache: FeatureCache) -> None:
    partial = cache.folder / "partial"
    partial.mkdir(parents=True)
    old, fresh = partial / "old", partial / "fresh"
    old.write_bytes(b"x")
    fresh.write_bytes(b"x")
    os.utime(old, (time.time() - 7200,) * 2)
    FeatureCache(cache.folder)
    assert not old.exists()
    assert fresh.exists()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that cannot be caught")
def test_a_writer_killed_in_the_middle_leaves_only_whole_features(tmp_path: Path) -> None:
    folder = tmp_path / "features"
    script = textwrap.dedent(
        """
        import sys
        from pathlib import Path
        import numpy as np
        from perser_gui.records import Features
        from perser_gui.upstream.cache import FeatureCache
        cache = FeatureCache(Path(sys.argv[1]))
        number = 0
        while True:
            layers = np.full((16, 4096), number % 7, np.float32)
            cache.put(Features(f"clip-{number % 7}", "encoder", 1.0, layers))
            number += 1
            if number == 7:
                print("all there", flush=True)
        """
    )
    root = Path(__file__).parents[3]
    for _ in range(3):
        with subprocess.Popen(
            [sys.executable, "-c", script, str(folder)], cwd=root, stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"all there\n"
            writer.send_signal(signal.SIGKILL)
        cache = FeatureCache(folder)
        for number in range(7):
            found = cache.get(f"clip-{number}", "encoder")
            assert found is not None
            assert (found.layers == number).all()
