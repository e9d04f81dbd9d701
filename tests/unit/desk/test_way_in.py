"""How often a clip is read on its way in, and the library on the way to predictions: counted."""

from __future__ import annotations

import os
import shutil
import weakref
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui import clip_table
from perser_gui.audio import decode, hashes, speech
from perser_gui.audio.hashes import content_hash
from perser_gui.audio.sources import AudioSource
from perser_gui.desk import Desk, opening
from perser_gui.errors import Cancelled
from perser_gui.progress import Progress
from perser_gui.records import Clip, Waveform
from perser_gui.store import store as stores
from perser_gui.testing import tiny_encoder, write_tone
from perser_gui.upstream import embed_clips


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
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose samples were read."""
    found: list[Path] = []
    genuine = AudioSource.blocks

    def reading(self: AudioSource, *arguments: object, **options: object) -> object:
        found.append(self.path)
        return genuine(self, *arguments, **options)

    monkeypatch.setattr(AudioSource, "blocks", reading)
    return found


def test_files_are_hashed_and_decoded_once_to_predict_them(
    desk: Desk, audio: Path, decoded: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[Path] = []
    genuine = hashes.read_hash
    monkeypatch.setattr(hashes, "read_hash", lambda path: hashed.append(path) or genuine(path))
    predicted = desk.predict_files([audio], None, Progress())
    files = sorted(clip.path for clip in predicted.clips)
    assert len(files) == len(predicted.pairs) == 8
    assert sorted(decoded) == files
    assert sorted(hashed) == files, "though they were written just now"


def test_clips_of_the_voice_that_is_listened_to_are_decoded_once(
    desk: Desk, audio: Path, decoded: list[Path]
) -> None:
    desk.live_model(None, Progress(), voice=[audio])
    assert sorted(decoded) == sorted(audio.iterdir())


def test_predicting_files_gives_what_opening_them_first_does(desk: Desk, audio: Path) -> None:
    copy = audio / "copy.wav"
    shutil.copy(sorted(audio.iterdir())[0], copy)
    soundfile.write(audio / "left.wav", np.zeros((16_000, 2)), 16_000)
    read = opening.read_clips([audio], {}, Progress())
    usual = embed_clips(read.clips, tiny_encoder())
    predicted = desk.predict_files([audio], None, Progress())
    assert [clip.content for clip in predicted.clips] == [clip.content for clip in read.clips]
    found = desk._engine.known_features(predicted.clips)
    assert found.keys() == usual.features.keys()
    for content, features in usual.features.items():
        assert np.array_equal(found[content], features.layers)
        assert desk._engine.speaks(content) is features.speech


def test_predicting_files_can_be_cancelled_while_they_are_read(desk: Desk, audio: Path) -> None:
    heard: list[str] = []

    def cancelling(_fraction: float, message: str) -> None:
        heard.append(message)
        if message == "Reading 3.wav":
            progress.cancel()

    progress = Progress(cancelling)
    with pytest.raises(Cancelled):
        desk.predict_files([audio], None, progress)
    assert "Reading 5.wav" not in heard


def test_no_more_sounds_are_held_than_two_batches_and_the_next_one(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(40):
        write_tone(folder / f"{number:02}.wav", 200.0 + number, seconds=2.5)
    alive: set[int] = set()
    most = 0
    genuine = decode.open_waveform

    def opening_one(path: Path, *arguments: object, **options: object) -> Waveform:
        nonlocal most
        sound = genuine(path, *arguments, **options)
        alive.add(id(sound))
        weakref.finalize(sound, alive.discard, id(sound))
        most = max(most, len(alive))
        return sound

    monkeypatch.setattr(decode, "open_waveform", opening_one)
    predicted = desk.predict_files([folder], None, Progress())
    assert len(predicted.pairs) == 40
    batch = int(tiny_encoder().batch_seconds / 2.5)
    assert 2 <= most <= 2 * batch + 1
    assert not alive


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
