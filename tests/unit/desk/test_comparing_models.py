"""An own model is compared on labels that it did not learn."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from perser_gui import adaptation
from perser_gui.desk import Desk
from perser_gui.progress import Progress

from .test_computing import WORDS, Oracle


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """An adapter that says of each clip what it learned of it."""
    monkeypatch.setitem(adaptation.ADAPTERS, "oracle", Oracle)


def test_a_model_that_knows_its_labels_by_heart_is_not_compared_on_them(
    desk: Desk, clips: list[str]
) -> None:
    ana = desk.add_listener("Ana", WORDS)
    said = ["sad", "sad", "happy", "wistful", "sad", "happy", "wistful", "wistful"]
    for clip, word in zip(clips, said, strict=True):
        desk.rate(ana.id, clip, emotions=[word])
    made = desk.adapt(ana.id, adapter="oracle", progress=Progress())
    assert made.record is not None
    desk.make_current(ana.id, made.record.id)
    by_heart = [one.word for one in desk.predict(clips, ana.id, Progress())]
    assert by_heart == said
    found = desk.comparison([ana.id], Progress()).found
    pair = found.pair("Ana", "Ana's model")
    assert pair is not None
    assert pair.count == 8
    assert pair.share == pytest.approx(made.after.accuracy)  # what the verdict rests on
    assert pair.share < 1
    (beside,) = found.models
    assert beside.unlearned == 0


def test_a_clip_that_the_model_learned_under_another_name_is_not_held_for_new(
    desk: Desk, audio: Path, clips: list[str]
) -> None:
    ana, bo = desk.add_listener("Ana", WORDS), desk.add_listener("Bo", WORDS)
    for number, clip in enumerate(clips[:6]):
        desk.rate(ana.id, clip, emotions=[WORDS.words[number % 3]])
    made = desk.adapt(ana.id, adapter="oracle", progress=Progress())
    assert made.record is not None
    desk.make_current(ana.id, made.record.id)
    folder = audio.parent / "other"
    folder.mkdir()
    shutil.copy(audio / "0.wav", folder / "same.wav")
    (copy,) = desk.open_clips([folder], Progress()).clips
    desk.rate(bo.id, copy.content, emotions=[WORDS.words[0]])
    desk.rate(ana.id, copy.content, emotions=[WORDS.words[0]])
    found = desk.comparison([ana.id, bo.id], Progress()).found
    pair = found.pair("Ana", "Bo")
    assert pair is not None
    assert (pair.count, pair.same) == (1, 1)  # copies are one clip, for two listeners too
    assert found.labelled[0] == 6
    assert found.models[0].unlearned == 0
    (audio / "0.wav").unlink()  # the copy stands for the clip
    compared = desk.comparison([ana.id, bo.id], Progress())
    assert compared.found.pair("Ana", "Bo") == pair
    assert compared.clips[copy.content] == "same.wav"
