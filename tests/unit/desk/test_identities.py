"""Which clip a file is, told by what happens to rows and ratings."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.desk import Desk
from perser_gui.desk.identities import Identities
from perser_gui.emotions import EmotionSet
from perser_gui.progress import Progress
from perser_gui.records import Clip, clip_channel, clip_copy, clip_part

SHA = "ab" * 32


def opened(desk: Desk, *paths: Path) -> dict[str, str]:
    """Open files and return the contents of their clips by name."""
    return {c.path.name: c.content for c in desk.open_clips(paths, Progress()).clips}


def twins(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    sound = np.random.default_rng(0).normal(0, 0.1, 8000)
    soundfile.write(folder / names[0], sound, 16000)
    for name in names[1:]:
        shutil.copy(folder / names[0], folder / name)
    return [folder / name for name in names]


def rated(desk: Desk) -> dict[str, tuple[str, ...]]:
    (owner,) = desk.listeners()
    return {row.clip.path.name: row.rating.emotions for row in desk.clips(owner.id) if row.rating}


def test_the_parts_of_an_identity_can_be_told_apart() -> None:
    whole = Clip(SHA, Path("a/call.wav"), 9.0)
    second = clip_part(clip_channel(clip_copy(whole, 2), 1), 1.0, 2.5)
    assert second.content == f"{SHA}~2#1@1000-2500"
    assert (second.sha256, second.recording) == (SHA, f"{SHA}~2")
    assert second.heard == f"{SHA}#1@1000-2500"
    assert (second.channel, whole.channel, clip_part(whole, 0, 1).channel) == (1, None, None)
    assert clip_copy(second, 1).content == second.heard


def test_channels_of_two_calls_are_two_voices_unless_somebody_is_named() -> None:
    calls = [Clip(SHA, Path(f"{n}/call.wav"), 9.0, source="calls") for n in "ab"]
    voices = {clip_channel(call, number).voice for call in calls for number in (1, 2)}
    assert len(voices) == 4
    named = [Clip(SHA, Path(f"{n}/call.wav"), 9.0, speaker="Jo") for n in "ab"]
    assert {clip_channel(call, 1).voice for call in named} == {"Jo"}


def test_every_path_has_a_row_and_a_rating(desk: Desk, tmp_path: Path) -> None:
    first, second = twins(tmp_path / "rec", "p01_take1.wav", "p02_take1.wav")
    owner = desk.add_listener("Lena", EmotionSet.of(["happy", "sad"]))
    contents = opened(desk, first, second)
    assert len(set(contents.values())) == 2
    desk.rate(owner.id, contents[first.name], emotions=["happy"])
    desk.rate(owner.id, contents[second.name], emotions=["sad"])
    assert rated(desk) == {first.name: ("happy",), second.name: ("sad",)}
    for again in ([second, first], [second], [first, second]):
        assert opened(desk, *again) == {path.name: contents[path.name] for path in again}


def test_a_moved_file_keeps_its_rating_beside_its_twin(desk: Desk, tmp_path: Path) -> None:
    first, second = twins(tmp_path / "rec", "a.wav", "b.wav")
    owner = desk.add_listener("Lena", EmotionSet.of(["happy", "sad"]))
    contents = opened(desk, first, second)
    desk.rate(owner.id, contents["b.wav"], emotions=["sad"])
    moved = tmp_path / "elsewhere"
    (tmp_path / "rec").rename(moved)
    assert opened(desk, moved) == contents
    assert rated(desk) == {"b.wav": ("sad",)}


def test_a_copy_in_another_folder_is_a_clip_of_its_own(desk: Desk, tmp_path: Path) -> None:
    (first,) = twins(tmp_path / "rec", "a.wav")
    owner = desk.add_listener("Lena", EmotionSet.of(["happy", "sad"]))
    contents = opened(desk, first)
    desk.rate(owner.id, contents["a.wav"], emotions=["sad"])
    copy = tmp_path / "backup"
    shutil.copytree(tmp_path / "rec", copy)
    assert opened(desk, copy) != contents
    rows = {row.clip.path: row.rating for row in desk.clips(owner.id)}
    assert set(rows) == {first, copy / "a.wav"}
    assert rows[copy / "a.wav"] is None


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_one_file_by_another_way_is_one_clip_and_said(desk: Desk, tmp_path: Path) -> None:
    (first,) = twins(tmp_path / "rec", "a.wav")
    contents = opened(desk, first)
    (tmp_path / "way").symlink_to(tmp_path / "rec")
    again = desk.open_clips([tmp_path / "way" / "a.wav"], Progress())
    assert [clip.content for clip in again.clips] == [contents["a.wav"]]
    assert again.warnings == [f"1 file is known already under another name (a.wav is {first})."]


def test_both_ways_at_once_are_two_rows(tmp_path: Path) -> None:
    (first,) = twins(tmp_path, "a.wav")
    link = tmp_path / "b.wav"
    os.link(first, link)
    identities = Identities([], [first, link])
    found = [identities.identified(Clip(SHA, path, 1.0)).content for path in (first, link)]
    assert found == [SHA, f"{SHA}~2"]


def test_twins_are_embedded_once_and_predicted_alike(desk: Desk, tmp_path: Path) -> None:
    first, second = twins(tmp_path / "rec", "a.wav", "b.wav")
    found = desk.predict_files([first, second], None, Progress())
    assert [clip.path for clip in found.clips] == [first, second]
    (one, _), (other, _) = found.pairs
    assert np.array_equal(one.probabilities, other.probabilities)
