"""Saying the same of several clips as one act, against a real store."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Said


def test_several_labels_are_one_act(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, clips[0], emotions=["happy"])
    desk.rate_all(ana.id, [Said(clip, ("SAD",)) for clip in clips[:5]])
    assert [r.emotions for r in desk.ratings(ana.id)] == [("sad",)] * 5
    act = desk.undo(ana.id)
    assert act is not None
    assert act.said == "5 labels"
    assert {r.clip: r.emotions for r in desk.ratings(ana.id)} == {clips[0]: ("happy",)}
    desk.redo(ana.id)
    assert len(desk.ratings(ana.id)) == 5


def test_a_word_that_is_not_the_listeners_leaves_every_clip_as_it_was(
    desk: Desk, clips: list[str]
) -> None:
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError):
        desk.rate_all(ana.id, [Said(clips[0], ("sad",)), Said(clips[1], ("spleen",))])
    with pytest.raises(PerserError):
        desk.rate_all(ana.id, [Said(clips[0], ("sad",)), Said("0" * 64, ("sad",))])
    assert desk.ratings(ana.id) == []


def test_clearing_several_labels_is_one_act(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana")
    desk.rate_all(ana.id, [Said(clip, ("sad",)) for clip in clips[:3]])
    assert desk.clear_all(ana.id, clips) == 3
    assert desk.ratings(ana.id) == []
    desk.undo(ana.id)
    assert len(desk.ratings(ana.id)) == 3


def test_a_moved_file_is_known_by_its_bytes_and_brings_what_lies_beside_it(
    desk: Desk, clips: list[str], audio: Path, tmp_path: Path
) -> None:
    ana = desk.add_listener("Ana").id
    desk.rate(ana, clips[1], emotions=["sad"])
    moved = tmp_path / "moved"
    audio.rename(moved)
    (moved / "2.wav").write_bytes((moved / "3.wav").read_bytes())  # another sound by that name
    with pytest.raises(PerserError, match=r"0\.wav holds another recording than 1\.wav"):
        desk.relink(clips[1], moved / "0.wav", Progress())
    assert all(row.missing for row in desk.clips(ana))
    (moved / "1.wav").rename(moved / "renamed.wav")
    found = desk.relink(clips[1], moved / "renamed.wav", Progress())
    assert len(found) == 7
    rows = {row.clip.content: row for row in desk.clips(ana)}
    assert [content for content, row in rows.items() if row.missing] == [clips[2]]
    assert rows[clips[1]].clip.path == moved / "renamed.wav"
    assert rows[clips[1]].clip.source == str(moved)
    rating = rows[clips[1]].rating
    assert rating is not None
    assert rating.emotions == ("sad",)
