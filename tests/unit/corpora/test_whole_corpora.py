"""Corpora that lie there twice, with throat signals, with tables of a split, or damaged."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from perser_gui import cli
from perser_gui.corpora.acted import read_emodb, read_nemo, read_ravdess
from perser_gui.corpora.audformat_db import read_audformat
from perser_gui.corpora.checking import check_audio
from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.progress import Progress
from perser_gui.testing import write_tone


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_a_corpus_that_was_unpacked_twice_counts_once_and_says_so(tmp_path: Path) -> None:
    names = ("Actor_01/03-01-01-01-01-01-01.wav", "Actor_02/03-01-08-01-01-01-02.wav")
    touch(tmp_path, *names, *(f"audio_speech_actors_01-24/{name}" for name in names))
    touch(tmp_path, "flac/03-01-08-01-01-01-02.flac")
    table = read_ravdess(tmp_path)
    assert table.files == names
    assert any("3 clips stand there twice" in note for note in table.notes)
    touch(tmp_path / "nemo", "samples/a_1.wav", "copy/samples/a_1.wav")
    (tmp_path / "nemo" / "data.tsv").write_text("file_id\temotion\tspeaker_id\na_1.wav\tanger\tA\n")
    assert any("1 clip stands there twice" in note for note in read_nemo(tmp_path / "nemo").notes)


def test_throat_signals_of_emodb_are_no_clips(tmp_path: Path) -> None:
    touch(tmp_path, "laryngo/03a01Fa.wav", "wav/03a01Fa.wav", "Laryngo/03a01Nc.wav")
    table = read_emodb(tmp_path)
    assert table.files == ("wav/03a01Fa.wav",)
    assert any("2 files in laryngo were left out" in note for note in table.notes)
    assert not any("twice" in note for note in table.notes)


def test_an_audformat_database_counts_a_split_once_and_no_throat_signal(tmp_path: Path) -> None:
    columns = "{emotion: {scheme_id: emotion}}"
    (tmp_path / "db.yaml").write_text(
        "name: emodb\nschemes:\n  emotion: {dtype: str, labels: [anger, fear]}\n"
        "splits:\n  test: {type: test}\n"
        f"tables:\n  emotion: {{type: filewise, columns: {columns}}}\n"
        f"  emotion.test: {{type: filewise, split_id: test, columns: {columns}}}\n"
    )
    (tmp_path / "db.emotion.csv").write_text(
        "file,emotion\nwav/a.wav,anger\nwav/b.wav,fear\nlaryngo/a.wav,anger\n"
    )
    (tmp_path / "db.emotion.test.csv").write_text("file,emotion\nwav/b.wav,fear\n")
    table = read_audformat(tmp_path)
    assert [(r.file, r.emotions, r.split) for r in table] == [
        ("wav/a.wav", ("anger",), None),
        ("wav/b.wav", ("fear",), "test"),
    ]
    notes = " ".join(table.notes)
    assert "1 ratings stand in several tables and count once" in notes
    assert "1 rows of emotion are throat signals; left out" in notes


def test_parts_of_files_in_a_database_are_read_where_they_are_wanted(tmp_path: Path) -> None:
    (tmp_path / "db.yaml").write_text(
        "name: calls\nschemes:\n  emotion: {dtype: str, labels: [anger]}\n"
        "tables:\n  e: {type: segmented, columns: {emotion: {scheme_id: emotion}}}\n"
    )
    (tmp_path / "db.e.csv").write_text(
        "file,start,end,emotion\na.wav,0 days 00:00:01.500000,0 days 00:01:02,anger\n"
        "a.wav,0 days 00:00:09,0 days 00:00:03,anger\nb.wav,0 days,NaT,anger\n"
    )
    assert [row.file for row in read_audformat(tmp_path)] == ["b.wav"]
    parts = read_audformat(tmp_path, parts=True)
    assert [(r.file, r.extra.get("start"), r.extra.get("end")) for r in parts] == [
        ("a.wav", "1.5", "62"),
        ("b.wav", None, None),
    ]
    assert any("1 rows of e are about parts of files; left out" in note for note in parts.notes)


@pytest.fixture
def tones(tmp_path: Path) -> Path:
    folder = tmp_path / "tones"
    write_tone(folder / "good.wav", 400)
    shutil.copy(folder / "good.wav", folder / "again.wav")
    (folder / "empty.wav").touch()
    (folder / "ratings.csv").write_text(
        "file,listener,emotion\ngood.wav,ana,sad\nagain.wav,ana,happy\nempty.wav,ana,sad\n"
        "gone.wav,ana,sad\n"
    )
    return folder


def test_checking_a_corpus_listens_to_it(tones: Path) -> None:
    rows = [("good.wav", "sad"), ("again.wav", "happy"), ("empty.wav", "sad"), ("gone.wav", "sad")]
    table = RatingsTable(tuple(RatingRow(f, "ana", (w,)) for f, w in rows), tones)
    checked = check_audio(table, Progress())
    assert (checked.heard, checked.absent) == (2, ("gone.wav",))
    (damaged,) = checked.damaged
    assert "empty.wav" in damaged
    assert checked.same == checked.disagreeing == (("good.wav", "again.wav"),)
    assert checked.seconds == pytest.approx(0.8, abs=0.1)
    assert len(checked.sentences()) == 4


def test_the_command_says_what_is_wrong_and_only_looks_when_told_to(
    tones: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["corpora", "check", f"folder:{tones}"]) == 0
    shown = capsys.readouterr()
    assert "2 recordings were listened to" in shown.out
    assert "damaged" in shown.err
    assert cli.main(["corpora", "check", f"folder:{tones}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["audio"]["absent"] == ["gone.wav"]
    assert cli.main(["corpora", "check", f"folder:{tones}", "--quick", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["audio"] is None
