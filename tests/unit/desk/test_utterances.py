"""Borders of utterances put right: labels go along by rule, undo brings everything back."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import speech
from perser_gui.audio.speech import Segment
from perser_gui.desk import Desk
from perser_gui.desk.utterances import next_to, room_of
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip

RATE = 16_000


@pytest.fixture
def recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twenty-four seconds of a rising tone; speech is found at 1-3, 5-9 and 9.5-12 s."""
    time = np.arange(24 * RATE) / RATE
    path = tmp_path / "long" / "talk.flac"
    path.parent.mkdir()
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * (200 + 40 * time) * time), RATE)
    found = [Segment(1.0, 3.0), Segment(5.0, 9.0), Segment(9.5, 12.0)]
    monkeypatch.setattr(speech, "utterances", lambda *_, **__: found)
    return path


@pytest.fixture
def parts(desk: Desk, recording: Path) -> list[Clip]:
    return desk.open_clips([recording], Progress()).clips


def spans(desk: Desk) -> list[tuple[float, float]]:
    return [(r.clip.span.start, r.clip.span.end) for r in desk.clips() if r.clip.span]


def said(desk: Desk, listener: int) -> dict[tuple[float, float], tuple[str, ...]]:
    """What a listener says, by where the clip lies."""
    clips = {row.clip.content: row.clip for row in desk.clips()}
    ratings = desk.ratings(listener)
    assert all(r.clip in clips for r in ratings), "a rating of a clip that is not on the list"
    return {
        (clips[r.clip].span.start, clips[r.clip].span.end): r.emotions or (r.answer,)
        for r in ratings
    }


def test_a_moved_border_takes_everybodys_label_along(desk: Desk, parts: list[Clip]) -> None:
    ana, bo = desk.add_listener("Ana"), desk.add_listener("Bo")
    desk.rate(ana.id, parts[1].content, emotions=["happy"])
    desk.rate(ana.id, parts[1].content, emotions=["sad"])
    desk.rate(bo.id, parts[1].content, answer="cant-tell")
    rated = {r.clip: r.created for r in desk.ratings(ana.id)}
    new = desk.move_utterance(parts[1].content, 4.25, 9.25)
    assert spans(desk) == [(1.0, 3.0), (4.25, 9.25), (9.5, 12.0)]
    assert said(desk, ana.id) == {(4.25, 9.25): ("sad",)}
    assert said(desk, bo.id) == {(4.25, 9.25): ("cant-tell",)}
    assert desk.ratings(ana.id)[0].created == rated[parts[1].content]
    assert (new.speaker, new.source, new.voice) == (
        parts[1].speaker,
        parts[1].source,
        parts[1].voice,
    )
    desk.undo(bo.id)  # an act of everybody
    assert spans(desk) == [(1.0, 3.0), (5.0, 9.0), (9.5, 12.0)]
    assert said(desk, ana.id) == {(5.0, 9.0): ("sad",)}
    assert said(desk, bo.id) == {(5.0, 9.0): ("cant-tell",)}
    desk.redo(bo.id)
    assert said(desk, ana.id) == {(4.25, 9.25): ("sad",)}


def test_undo_leads_to_the_utterance_that_is_on_the_list_again(
    desk: Desk, parts: list[Clip]
) -> None:
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, parts[1].content, emotions=["sad"])
    new = desk.move_utterance(parts[1].content, 5.5, 9.0)
    undone = desk.undo(ana.id)
    again = desk.redo(ana.id)
    assert undone is not None
    assert again is not None
    assert (undone.clip, again.clip) == (parts[1].content, new.content)


def test_of_two_halves_the_larger_keeps_the_label(desk: Desk, parts: list[Clip]) -> None:
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, parts[1].content, emotions=["happy"], intensity=0.5)
    desk.split_utterance(parts[1].content, 6.0)
    assert spans(desk) == [(1.0, 3.0), (5.0, 6.0), (6.0, 9.0), (9.5, 12.0)]
    assert said(desk, ana.id) == {(6.0, 9.0): ("happy",)}
    assert desk.ratings(ana.id)[0].intensity == 0.5
    desk.undo(ana.id)
    desk.split_utterance(parts[1].content, 7.0)
    assert said(desk, ana.id) == {(5.0, 7.0): ("happy",)}  # of equal halves the first


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (("sad",), ("sad",), ("sad",)),
        (("sad", "angry"), ("angry", "sad"), ("sad", "angry")),
        (("sad",), None, ("sad",)),
        (None, ("sad",), ("sad",)),
        (None, None, None),
        (("sad",), ("happy",), ("sad",)),  # the first is the larger
        (("skip",), ("happy",), ("happy",)),
    ],
)
def test_two_utterances_become_one_with_the_label_that_both_or_one_had(
    desk: Desk,
    parts: list[Clip],
    first: tuple[str, ...] | None,
    second: tuple[str, ...] | None,
    kept: tuple[str, ...] | None,
) -> None:
    ana = desk.add_listener("Ana")
    for clip, words in zip(parts[1:], (first, second), strict=True):
        if words == ("skip",):
            desk.rate(ana.id, clip.content, answer="skip")
        elif words is not None:
            desk.rate(ana.id, clip.content, emotions=words)
    desk.merge_utterances(parts[1].content, parts[2].content)
    assert spans(desk) == [(1.0, 3.0), (5.0, 12.0)]
    assert said(desk, ana.id) == ({} if kept is None else {(5.0, 12.0): kept})


def test_a_listener_says_which_label_two_utterances_keep_as_one(
    desk: Desk, parts: list[Clip]
) -> None:
    ana, bo = desk.add_listener("Ana"), desk.add_listener("Bo")
    for who, words in ((ana, ("sad", "happy")), (bo, ("calm", "angry"))):
        for clip, word in zip(parts[1:], words, strict=True):
            desk.rate(who.id, clip.content, emotions=[word])
    one, two = parts[1].content, parts[2].content
    for label_of, mine in ((two, {(5.0, 12.0): ("happy",)}), ("", {})):
        desk.merge_utterances(one, two, listener=ana.id, label_of=label_of)
        assert said(desk, ana.id) == mine
        assert said(desk, bo.id) == {(5.0, 12.0): ("calm",)}
        desk.undo(ana.id)
    assert said(desk, ana.id) == {(5.0, 9.0): ("sad",), (9.5, 12.0): ("happy",)}


def test_borders_stay_between_their_neighbours_and_utterances_stay_long_enough(
    desk: Desk, parts: list[Clip]
) -> None:
    assert room_of(parts[1], parts) == (3.0, 9.5)
    assert room_of(parts[0], parts) == (0.0, 5.0)
    assert next_to(parts[1], parts) == parts[2]
    assert next_to(parts[2], parts) is None
    for start, end in ((2.9, 9.0), (5.0, 9.6), (5.0, 5.05), (-1.0, 2.0)):
        with pytest.raises(PerserError):
            desk.move_utterance(parts[1].content, start, end)
    for at in (5.05, 8.95, 3.0):
        with pytest.raises(PerserError):
            desk.split_utterance(parts[1].content, at)
    assert spans(desk) == [(1.0, 3.0), (5.0, 9.0), (9.5, 12.0)]


def test_a_whole_recording_has_no_borders_to_move(desk: Desk, clips: list[str]) -> None:
    with pytest.raises(PerserError, match="whole recording"):
        desk.move_utterance(clips[0], 0.0, 0.2)


def test_every_rating_that_was_ever_given_is_still_in_the_history(
    desk: Desk, parts: list[Clip]
) -> None:
    ana = desk.add_listener("Ana")
    given = [desk.rate(ana.id, parts[1].content, emotions=[w]).id for w in ("sad", "happy")]
    desk.split_utterance(parts[1].content, 6.0)
    rows = {r.id: r for r in desk._store.every_rating(ana.id)}
    assert [rows[n].emotions for n in given] == [("sad",), ("happy",)]
    assert [rows[n].clip for n in given] == [parts[1].content] * 2


def test_features_of_moved_utterances_are_computed_anew(desk: Desk, parts: list[Clip]) -> None:
    ana = desk.add_listener("Ana")
    before = desk.predict([parts[1].content], ana.id, Progress())[0]
    new = desk.move_utterance(parts[1].content, 5.0, 6.0)
    after = desk.predict([new.content], ana.id, Progress())[0]
    assert after.clip == new.content
    assert not np.array_equal(before.probabilities, after.probabilities)
    heard = desk.waveform(new.content)
    assert heard.seconds == pytest.approx(1.0, abs=0.001)


def test_exports_say_the_new_borders(desk: Desk, parts: list[Clip], tmp_path: Path) -> None:
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, parts[1].content, emotions=["sad"])
    desk.move_utterance(parts[1].content, 4.5, 8.25)
    desk.export_ratings(tmp_path / "r.csv", ana.id)
    desk.export_predictions(tmp_path / "p.csv", ana.id)
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (float(row["start"]), float(row["end"])) == (4.5, 8.25)
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [float(r["start"]) for r in rows] == [1.0, 4.5, 9.5]


def test_a_recording_that_is_added_again_keeps_the_borders_as_they_were_put(
    desk: Desk, parts: list[Clip], recording: Path
) -> None:
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, parts[1].content, emotions=["sad"])
    desk.split_utterance(parts[1].content, 6.0)
    before = spans(desk)
    desk.open_clips([recording], Progress())
    assert spans(desk) == before
    read = desk.predict_files([recording], ana.id, Progress())
    assert [(c.span.start, c.span.end) for c in read.clips if c.span] == before


def test_borders_of_channels_do_not_stand_in_each_others_way(
    desk: Desk, recording: Path, tmp_path: Path
) -> None:
    sound, rate = soundfile.read(recording)
    two = tmp_path / "two" / "call.flac"
    two.parent.mkdir()
    soundfile.write(two, np.stack([sound, 0.5 * sound[::-1]], axis=1), rate)
    desk.open_clips([two], Progress(), channels="each")
    clips = [row.clip for row in desk.clips()]
    left = [c for c in clips if c.channel == 1]
    assert room_of(left[1], clips) == (3.0, 9.5)
    new = desk.move_utterance(left[1].content, 4.0, 9.0)
    assert (new.channel, new.speaker) == (1, left[1].speaker)
    right = next(c for c in clips if c.channel == 2)
    with pytest.raises(PerserError, match="same recording and channel"):
        desk.merge_utterances(new.content, right.content)
