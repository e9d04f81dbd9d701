"""The side of the desk that stores: quick, durable, without a model."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.emotions import Emotion, EmotionSet
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress
from perser_gui.testing import write_tone


def test_opening_a_desk_and_rating_need_no_torch(tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", 440)
    program = f"""
import sys
from pathlib import Path
from perser_gui.desk import Desk
from perser_gui.progress import Progress
folder = Path({str(tmp_path)!r})
desk = Desk.open(data_dir=folder / "data", cache_dir=folder / "cache")
ana = desk.add_listener("Ana")
(clip,) = desk.open_clips([folder], Progress()).clips
desk.rate(ana.id, clip.content, emotions=["happy"])
print(desk.counts(ana.id)["happy"], "torch" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    assert done.stdout.split() == ["1", "False"]


def test_the_default_places_are_the_users_own(home: Path) -> None:
    desk = Desk.open()
    assert desk.store_path == home / "data" / "perser.db"
    desk.close()


def test_opened_clips_are_listed_with_their_duration_and_folder(desk: Desk, audio: Path) -> None:
    opened = desk.open_clips([audio], Progress())
    assert [clip.path.name for clip in opened.clips] == [f"{n}.wav" for n in range(8)]
    assert opened.clips[0].seconds == pytest.approx(0.4)
    assert opened.clips[0].voice == str(audio)
    assert [row.clip for row in desk.clips()] == opened.clips
    assert (opened.problems, opened.warnings) == ([], [])


def test_a_broken_file_is_named_and_the_rest_still_opens(desk: Desk, audio: Path) -> None:
    (audio / "9.wav").write_bytes(b"RIFF and nothing else")
    opened = desk.open_clips([audio, audio / "none.wav"], Progress())
    assert len(opened.clips) == 8
    assert len(opened.problems) == 2
    assert "9.wav" in opened.problems[0]
    assert "none.wav" in opened.problems[1]


def test_a_folder_without_audio_is_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (problem,) = desk.open_clips([tmp_path / "empty"], Progress()).problems
    assert str(tmp_path / "empty") in problem


def test_a_silent_clip_opens_with_a_warning(desk: Desk, tmp_path: Path) -> None:
    import numpy as np
    import soundfile

    soundfile.write(tmp_path / "silent.wav", np.zeros(8000), 16000)
    opened = desk.open_clips([tmp_path / "silent.wav"], Progress())
    assert len(opened.clips) == 1
    assert "silent.wav" in opened.warnings[0]


@pytest.mark.parametrize("when", [0.4, 1.0])
def test_cancelling_while_opening_lists_nothing(desk: Desk, audio: Path, when: float) -> None:
    progress = Progress(lambda fraction, _message: fraction >= when and progress.cancel())
    with pytest.raises(Cancelled):
        desk.open_clips([audio], progress)
    assert desk.clips() == []


def test_opening_says_which_file_it_is_at(desk: Desk, audio: Path) -> None:
    messages: list[str] = []
    desk.open_clips([audio], Progress(lambda _fraction, message: messages.append(message)))
    assert messages[:8] == [f"Reading {number}.wav" for number in range(8)]


def test_a_file_that_is_gone_is_marked_missing(desk: Desk, audio: Path, clips: list[str]) -> None:
    (audio / "3.wav").unlink()
    assert [row.missing for row in desk.clips()] == [n == 3 for n in range(8)]


def test_a_removed_clip_keeps_its_rating_for_when_it_comes_back(
    desk: Desk, audio: Path, clips: list[str]
) -> None:
    ana = desk.add_listener("Ana")
    made = desk.rate(ana.id, clips[2], emotions=["sad"])
    desk.remove_clips([clips[2]])
    assert len(desk.clips(ana.id)) == 7
    assert desk.ratings(ana.id) == [made]
    desk.open_clips([audio], Progress())
    assert {row.clip.content: row.rating for row in desk.clips(ana.id)}[clips[2]] == made


def test_starter_clips_are_marked_synthetic_and_know_their_speaker(desk: Desk) -> None:
    starters = desk.starter_clips()
    assert len(starters) >= 24
    opened = desk.open_clips(starters, Progress())
    assert opened.problems == []
    assert all(clip.synthetic and clip.speaker for clip in opened.clips)


def test_clips_of_ones_own_are_not_synthetic(desk: Desk, clips: list[str]) -> None:
    assert not any(row.clip.synthetic for row in desk.clips())


def test_ratings_take_the_spelling_of_the_listeners_words(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana", EmotionSet.of(("Joy", "wistful")))
    assert desk.rate(ana.id, clips[0], emotions=["JOY", " wistful"]).emotions == ("Joy", "wistful")


def test_a_word_that_is_not_the_listeners_is_refused(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError, match="wistful"):
        desk.rate(ana.id, clips[0], emotions=["wistful"])
    assert desk.ratings(ana.id) == []


def test_a_clip_that_is_not_listed_cannot_be_rated(desk: Desk) -> None:
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError, match="open its file"):
        desk.rate(ana.id, "0" * 64, emotions=["happy"])


def test_counts_follow_ratings_undo_and_words(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana", EmotionSet.of(("happy", "sad", "angry")))
    desk.rate(ana.id, clips[0], emotions=["happy", "sad"])
    desk.rate(ana.id, clips[1], emotions=["happy"])
    desk.rate(ana.id, clips[2], answer="cant-tell")
    assert desk.counts(ana.id) == {"happy": 2, "sad": 1, "angry": 0}
    desk.rate(ana.id, clips[1], emotions=["angry"])
    assert desk.counts(ana.id) == {"happy": 1, "sad": 1, "angry": 1}
    desk.undo(ana.id)
    assert desk.counts(ana.id) == {"happy": 2, "sad": 1, "angry": 0}


def test_ratings_of_a_renamed_word_count_for_its_new_name(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana", EmotionSet.of(("wistful", "sad")))
    desk.rate(ana.id, clips[0], emotions=["wistful"])
    desk.rename_emotion(ana.id, "wistful", "melancholic")
    assert desk.counts(ana.id) == {"melancholic": 1, "sad": 0}
    assert desk.ratings(ana.id)[0].emotions == ("melancholic",)
    assert desk.clips(ana.id)[0].rating == desk.ratings(ana.id)[0]


def test_ratings_of_a_deleted_word_stay_and_count_for_nothing(desk: Desk, clips: list[str]) -> None:
    words = EmotionSet.of(("wistful", "sad"))
    ana = desk.add_listener("Ana", words)
    desk.rate(ana.id, clips[0], emotions=["wistful"])
    desk.set_emotions(ana.id, EmotionSet(words.emotions[1:]))
    assert desk.counts(ana.id) == {"sad": 0}
    assert desk.ratings(ana.id)[0].emotions == ("wistful",)
    desk.set_emotions(ana.id, words)
    assert desk.counts(ana.id) == {"wistful": 1, "sad": 0}


@pytest.mark.parametrize("word", ["so; so", "a" * 101, "line\nbreak"])
def test_a_word_that_no_table_could_hold_is_refused(desk: Desk, word: str) -> None:
    emotions = EmotionSet((Emotion(word, "#123456"),))
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError):
        desk.set_emotions(ana.id, emotions)
    with pytest.raises(PerserError):
        desk.add_listener("Ben", emotions)


def test_a_listener_is_found_by_name_or_the_known_ones_are_listed(desk: Desk) -> None:
    ana = desk.add_listener("Ana")
    assert desk.listener_named(" ana") == ana
    with pytest.raises(PerserError, match=r"Ben.*Ana"):
        desk.listener_named("Ben")


def test_the_waveform_of_a_missing_file_is_told_plainly(
    desk: Desk, audio: Path, clips: list[str]
) -> None:
    assert desk.waveform(clips[0]).seconds == pytest.approx(0.4)
    (audio / "0.wav").unlink()
    with pytest.raises(PerserError, match=r"0\.wav"):
        desk.waveform(clips[0])
    with pytest.raises(PerserError, match="not in the list"):
        desk.waveform("0" * 64)
