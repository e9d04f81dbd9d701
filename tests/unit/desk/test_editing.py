"""Saying the same of several clips as one act, against a real store."""

from __future__ import annotations

import pytest

from perser_gui.desk import Desk
from perser_gui.errors import PerserError
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
