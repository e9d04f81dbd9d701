"""How often a clip is read on its way in, and the library on the way to predictions: counted."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui import clip_table
from perser_gui.audio import decode, hashes, speech
from perser_gui.audio.hashes import content_hash
from perser_gui.desk import Desk
from perser_gui.progress import Progress
from perser_gui.records import Clip
from perser_gui.store import store as stores
from perser_gui.testing import write_tone


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were read to hash them; all files count as settled."""
    read: list[Path] = []
    genuine = hashes.read_hash

    def reading(path: Path) -> str:
        read.append(path)
        return genuine(path)

    monkeypatch.setattr(hashes, "read_hash", reading)
    monkeypatch.setattr(hashes, "SETTLED_SECONDS", 0.0)
    return read


def test_a_file_is_hashed_once_from_the_door_to_its_prediction(
    desk: Desk, audio: Path, hashed: list[Path]
) -> None:
    listener = desk.add_listener("Ada")
    opened = desk.open_clips([audio], Progress()).clips
    desk.compare([clip.content for clip in opened], listener.id, Progress())
    desk.open_clips([audio], Progress())
    assert sorted(hashed) == sorted(clip.path for clip in opened)


def test_a_file_that_changed_is_hashed_anew(tmp_path: Path, hashed: list[Path]) -> None:
    path = write_tone(tmp_path / "one.wav", 440.0)
    before = content_hash(path)
    assert content_hash(path) == before
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))  # as some programs do
    assert content_hash(path) != before
    assert hashed == [path, path]


def test_a_file_that_has_just_been_written_is_not_believed_to_stay(tmp_path: Path) -> None:
    path = write_tone(tmp_path / "one.wav", 440.0)
    known = hashes._remembered.cache_info().currsize
    content_hash(path)
    assert hashes._remembered.cache_info().currsize == known


def test_a_recording_is_decoded_once_to_warn_and_to_be_cut(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "talk.wav"
    soundfile.write(path, 0.1 * np.sin(np.arange(24 * 16_000) / 9), 16_000)
    opened: list[Path] = []
    genuine = decode.open_source

    def opening(file: Path) -> object:
        opened.append(file)
        return genuine(file)

    monkeypatch.setattr(decode, "open_source", opening)
    monkeypatch.setattr(speech, "stream_blocks", None)
    desk.open_clips([path], Progress())
    assert opened == [path, path], "its header, and its sound"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The clips that were read from the store, by content."""
    found: list[str] = []
    genuine: Callable[..., Clip] = stores.clip_of

    def reading(row: tuple[object, ...]) -> Clip:
        clip = genuine(row)
        found.append(clip.content)
        return clip

    monkeypatch.setattr(stores, "clip_of", reading)
    monkeypatch.setattr(clip_table, "clip_of", reading)  # of lists, when they are asked for
    return found


def test_a_portion_of_predictions_does_not_read_the_whole_library_again(
    desk: Desk, audio: Path, clips: list[str], read: list[str]
) -> None:
    listener = desk.add_listener("Ada")
    desk.compare(clips[:2], listener.id, Progress())
    assert sorted(read) == sorted([*clips[:2], *clips])
    for portion in (clips[2:4], clips[4:6], clips[6:]):
        read.clear()
        desk.compare(portion, listener.id, Progress())
        assert sorted(read) == sorted(portion)


def test_what_is_added_or_removed_is_seen_at_once_here_and_by_another_program(
    desk: Desk, clips: list[str], tmp_path: Path
) -> None:
    from perser_gui.store import Store

    store = desk._store
    assert [clip.content for clip in store.clips()] == clips
    store.remove_clips(clips[:1])
    assert [clip.content for clip in store.clips()] == clips[1:]
    other = Store(tmp_path / "data")
    try:
        other.remove_clips(clips[1:2])
        assert [clip.content for clip in store.clips()] == clips[2:]
        other.undo(None)
        assert [clip.content for clip in store.clips()] == clips[1:]
    finally:
        other.close()


def test_what_is_taken_back_in_the_middle_of_an_act_was_never_there(
    desk: Desk, clips: list[str], tmp_path: Path
) -> None:
    store = desk._store

    def add_and_fail() -> None:
        with store.act("import", "an import"):
            store.add_clips([Clip("f" * 64, tmp_path / "new.wav", 1.0)])
            assert len(store.clips()) == len(clips) + 1
            raise KeyError

    with pytest.raises(KeyError):
        add_and_fail()
    assert [clip.content for clip in store.clips()] == clips
