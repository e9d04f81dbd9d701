"""Copies of a recording are clips of their own on the list, and one recording to the model."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perser_gui.desk import Desk
from perser_gui.desk.adapting import one_each
from perser_gui.emotions import EmotionSet
from perser_gui.progress import Progress
from perser_gui.records import Rating

WORDS = EmotionSet.of(("happy", "sad", "calm"))
SAID = ["sad", "happy", "happy", "calm", "sad", "calm", "happy", "sad"]


@pytest.fixture
def copies(desk: Desk, audio: Path, clips: list[str]) -> list[str]:
    """The eight tones once more, in another folder under other names."""
    folder = audio.parent / "other"
    folder.mkdir()
    for number in range(8):
        shutil.copy(audio / f"{number}.wav", folder / f"again {number}.wav")
    return [clip.content for clip in desk.open_clips([folder], Progress()).clips]


@pytest.mark.parametrize("adapter", ["fine-tune", "prototypes"])
def test_labels_on_copies_change_nothing_about_the_verdict(
    desk: Desk, clips: list[str], copies: list[str], adapter: str
) -> None:
    ana = desk.add_listener("Ana", WORDS)
    for clip, word in zip(clips, SAID, strict=True):
        desk.rate(ana.id, clip, emotions=[word])
    once = desk.adapt(ana.id, adapter=adapter, progress=Progress())
    for clip, word in zip(copies, SAID, strict=True):
        desk.rate(ana.id, clip, emotions=[word])
    found = desk.adapt(ana.id, adapter=adapter, progress=Progress())
    assert found.verdict.count == once.verdict.count == 8
    assert found.verdict.outcome == once.verdict.outcome
    assert found.verdict.after == pytest.approx(once.verdict.after, abs=1e-3)
    assert "8 labels are on copies" in found.message
    assert "copies" not in once.message
    assert len(desk.ratings(ana.id)) == 16  # the store keeps them all
    assert found.record is not None
    assert len(found.record.profile.ratings) == 8


def test_the_last_answer_on_a_recording_counts_under_whichever_name(
    desk: Desk, clips: list[str], copies: list[str]
) -> None:
    ana = desk.add_listener("Ana", WORDS)
    desk.rate(ana.id, copies[0], emotions=["happy"])
    last = desk.rate(ana.id, clips[0], emotions=["sad"])
    desk.rate(ana.id, clips[1], emotions=["calm"])
    doubt = desk.rate(ana.id, copies[1], answer="cant-tell")
    desk.rate(ana.id, copies[0], answer="skip")
    assert one_each(desk.ratings(ana.id)) == [last, doubt]
    desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    (record,) = desk.history(ana.id)
    assert record.profile.ratings == (last.id,)


def test_a_profile_from_copies_is_made_again_bit_for_bit(
    desk: Desk, clips: list[str], copies: list[str], tmp_path: Path
) -> None:
    ana = desk.add_listener("Ana", WORDS)
    for clip, word in zip([*clips[:4], *copies[2:6]], SAID, strict=True):
        desk.rate(ana.id, clip, emotions=[word])
    made = desk.adapt(ana.id, adapter="fine-tune", device="cpu", progress=Progress())
    assert made.record is not None
    desk.make_current(ana.id, made.record.id)
    desk.export_profile(tmp_path / "p.safetensors", ana.id, ratings=True)
    assert desk.replay(tmp_path / "p.safetensors", Progress()).same


def test_a_copy_of_a_labelled_clip_is_not_suggested(
    desk: Desk, clips: list[str], copies: list[str]
) -> None:
    ana = desk.add_listener("Ana", WORDS)
    for clip in clips[:7]:
        desk.rate(ana.id, clip, emotions=["sad"])
    found = desk.suggest_next(ana.id, Progress())
    assert found is not None
    assert found.clip in (clips[7], copies[7])


def test_a_voice_is_not_known_better_for_a_copy_beside_the_file(
    desk: Desk, audio: Path, clips: list[str]
) -> None:
    before = desk.predict(clips, None, Progress())
    shutil.copy(audio / "0.wav", audio / "0 copy.wav")
    desk.open_clips([audio], Progress())
    desk.embed([row.clip.content for row in desk.clips()], Progress())
    after = desk.predict(clips, None, Progress())
    for one, other in zip(before, after, strict=True):
        assert np.allclose(one.probabilities, other.probabilities, atol=1e-6)


def test_a_skip_on_a_copy_takes_no_label_back() -> None:
    skips = [Rating(n, 1, f"ab{mark}", "skip") for n, mark in enumerate(("", "~2"))]
    said = replace(skips[0], answer="emotion", emotions=("sad",))
    assert one_each([said, skips[1]]) == [said]
