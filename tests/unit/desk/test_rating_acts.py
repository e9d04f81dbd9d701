"""What is said beside a word: strength, shares, a note, and whether it was said blind."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.corpora.ratings import read_ratings
from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress


def test_more_can_be_said_of_a_label_and_taken_back(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana").id
    desk.rate(ana, clips[0], emotions=["happy", "sad"], shares=[0.75, 0.25], blind=True)
    desk.amend(ana, clips[0], intensity=4)
    desk.amend(ana, clips[0], note="  laughs while crying ")
    (kept,) = desk.ratings(ana)
    assert (kept.emotions, kept.shares, kept.intensity) == (("happy", "sad"), (0.75, 0.25), 4)
    assert (kept.note, kept.blind) == ("laughs while crying", True)
    act = desk.undo(ana)
    assert act is not None
    assert act.said == "the change of the note"
    assert [(r.intensity, r.note) for r in desk.ratings(ana)] == [(4, "")]
    desk.undo(ana)
    assert [(r.intensity, r.blind) for r in desk.ratings(ana)] == [(None, True)]
    desk.redo(ana)
    desk.redo(ana)
    assert desk.ratings(ana)[0].note == "laughs while crying"


def test_saying_the_same_again_writes_nothing(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana").id
    made = desk.rate(ana, clips[0], emotions=["sad"], note="quiet")
    assert desk.amend(ana, clips[0], note="quiet ") == made
    act = desk.undo(ana)
    assert act is not None
    assert act.kind == "label"


def test_nothing_more_can_be_said_of_a_clip_without_a_label(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana").id
    with pytest.raises(PerserError, match="no label yet"):
        desk.amend(ana, clips[0], note="?")


def test_shares_of_words_that_became_one_are_added_up(desk: Desk, clips: list[str]) -> None:
    words = EmotionSet.of(("joy", "glee", "sad"))
    ana = desk.add_listener("Ana", words).id
    desk.rename_emotion(ana, "glee", "delight")
    with pytest.raises(PerserError, match="Shares"):
        desk.rate(ana, clips[0], emotions=["joy", "sad"], shares=[1.0])
    made = desk.rate(ana, clips[0], emotions=["glee", "Delight", "sad"], shares=[0.2, 0.3, 0.5])
    assert (made.emotions, made.shares) == (("delight", "sad"), (0.5, 0.5))


def test_notes_and_blind_go_out_in_a_table_and_come_in_again(
    desk: Desk, clips: list[str], tmp_path: Path
) -> None:
    ana = desk.add_listener("Ana").id
    desk.rate(ana, clips[0], emotions=["happy"], blind=True, note='she said "no", twice;\n=2+2')
    desk.rate(ana, clips[1], emotions=["sad"], blind=False, intensity=2)
    desk.rate(ana, clips[2], answer="cant-tell")
    desk.export_ratings(tmp_path / "out.csv", ana)
    other = Desk.open(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache")
    imported = other.import_ratings(tmp_path / "out.csv", tmp_path, Progress())
    assert imported.understood.notes == ()
    (back,) = imported.listeners
    assert [r.said for r in other.ratings(back.id)] == [r.said for r in desk.ratings(ana)]
    assert other.import_ratings(tmp_path / "out.csv", tmp_path, Progress()).ratings == 0
    other.close()


def test_a_table_that_does_not_say_takes_no_note_and_no_blind_away(
    desk: Desk, clips: list[str], audio: Path, tmp_path: Path
) -> None:
    desk.add_listener("Ana")
    desk.rate(1, clips[0], emotions=["happy"], blind=True, note="faint")
    table = tmp_path / "old.csv"
    table.write_text("file,listener,emotion\n0.wav,Ana,happy\n")
    assert desk.import_ratings(table, audio, Progress()).ratings == 0
    assert [(r.note, r.blind) for r in desk.ratings(1)] == [("faint", True)]


def test_ratings_are_exported_by_how_they_were_made(
    desk: Desk, clips: list[str], tmp_path: Path
) -> None:
    ana = desk.add_listener("Ana").id
    desk.rate(ana, clips[0], emotions=["happy"], blind=True)
    desk.rate(ana, clips[1], emotions=["sad"], blind=False)
    desk.rate(ana, clips[2], emotions=["angry"])
    for how, words in (("blind", ["happy"]), ("seen", ["sad"]), ("any", ["happy", "sad", "angry"])):
        desk.export_ratings(tmp_path / "out.csv", ana, made=how)
        written = read_ratings(tmp_path / "out.csv").rows
        assert [row.emotions[0] for row in written] == words
    desk.undo(ana)
    desk.undo(ana)
    with pytest.raises(PerserError, match="in sight"):
        desk.export_ratings(tmp_path / "none.csv", ana, made="seen")
    assert not (tmp_path / "none.csv").exists()


def test_all_that_was_ever_said_about_a_clip_is_known(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana").id
    desk.rate(ana, clips[0], emotions=["sad"], blind=True)
    desk.rate(ana, clips[1], emotions=["happy"])
    desk.undo(ana)
    desk.undo(ana)
    said = desk.said_of(ana, clips[0])
    assert [(r.emotions, r.blind, r.withdrawn) for r in said] == [
        (("sad",), True, False),
        (("sad",), True, True),
    ]
    assert desk.answered(ana) == {clips[0], clips[1]}


@pytest.mark.parametrize("ending", ["xlsx", "parquet", "tsv", "foo"])
def test_ratings_are_not_written_under_a_name_that_says_something_else(
    desk: Desk, clips: list[str], tmp_path: Path, ending: str
) -> None:
    ana = desk.add_listener("Ana").id
    desk.rate(ana, clips[0], emotions=["happy"])
    with pytest.raises(PerserError, match=f"“{ending}”; please choose csv, "):
        desk.export_ratings(tmp_path / f"out.{ending}", ana)
    assert not list(tmp_path.glob("out.*"))
    written = desk.export_ratings(tmp_path / f"out.{ending}", ana, form="csv")
    assert written == [tmp_path / f"out.{ending}"]
    assert desk.export_ratings(tmp_path / "out", ana) == [tmp_path / "out"]
