"""Acted corpora: emotion, speaker and sentence from file names and tables."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from perser_gui.corpora import read_corpus, read_ratings, write_ratings
from perser_gui.corpora.acted import read_emodb, read_nemo, read_ravdess
from perser_gui.emotions import CLASSES
from perser_gui.errors import PerserError


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_ravdess_names_give_emotion_actor_and_intensity(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "Actor_07/03-01-08-02-01-02-07.wav",
        "Actor_08/03-01-02-01-02-01-08.wav",
        "Actor_08/._03-01-02-01-02-01-08.wav",
        "song/03-02-03-01-01-01-07.wav",
        "video/01-01-03-01-01-01-07.wav",
        "notes.wav",
    )
    table = read_ravdess(tmp_path)
    assert [(r.file, r.emotions, r.speaker, r.intensity) for r in table] == [
        ("Actor_07/03-01-08-02-01-02-07.wav", ("surprised",), "ravdess-07", 1.0),
        ("Actor_08/03-01-02-01-02-01-08.wav", ("calm",), "ravdess-08", 0.5),
    ]
    assert table.rows[0].extra == {"sentence": "01", "repetition": "02", "gender": "male"}
    assert table.listeners == ("acted",)
    notes = " ".join(table.notes)
    assert "2 clips of RAVDESS, fewer than its 1,440" in notes
    assert "2 clips of RAVDESS are song or video" in notes
    assert "1 audio files are not named" in notes


def test_a_name_that_no_table_can_hold_is_passed_over(tmp_path: Path) -> None:
    touch(tmp_path, "good/03-01-08-02-01-02-07.wav", "b\x1b[2Jd/03-01-08-02-01-02-08.wav")
    if sys.platform == "linux":  # elsewhere the disk refuses such a name
        broken = os.fsencode(tmp_path) + b"/b\xffd"
        os.mkdir(broken)
        Path(os.fsdecode(broken), "03-01-08-02-01-02-09.wav").touch()
    table = read_ravdess(tmp_path)
    assert table.files == ("good/03-01-08-02-01-02-07.wav",)
    write_ratings(table, tmp_path / "table.csv")


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8"])
def test_emodb_names_and_recognition_table_are_joined(tmp_path: Path, encoding: str) -> None:
    touch(tmp_path, "03a01Fa.wav", "16b10Lb.wav", "08a02Wc.flac")
    (tmp_path / "erkennung.txt").write_bytes(
        "Nr.\tSatz\terkannt\tnat\xfcrlich\n"
        "1\xa0\t03a01Fa.wav\t90,00\xa0 \t75,00\xa0\n"
        "2\t08a02Wc.wav\toops\t\n"
        "broken\n".encode(encoding)
    )
    rows = {row.file: row for row in read_emodb(tmp_path)}
    assert rows["03a01Fa.wav"].emotions == ("happy",)
    assert rows["03a01Fa.wav"].extra["recognized"] == "0.9"
    assert rows["03a01Fa.wav"].extra["natural"] == "0.75"
    assert rows["16b10Lb.wav"].emotions == ("bored",)
    assert (rows["16b10Lb.wav"].speaker, rows["16b10Lb.wav"].extra["gender"]) == (
        "emodb-16",
        "female",
    )
    assert "recognized" not in rows["08a02Wc.flac"].extra


def test_nemo_rows_find_their_audio_whatever_its_ending(tmp_path: Path) -> None:
    touch(tmp_path, "WR0_surprised_64.ogg", "samples/EB0_anger_1.wav")
    (tmp_path / "data.tsv").write_text(
        "file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage\n"
        'WR0_surprised_64.wav\tsurprised\tPowiedział "ucho.\tucho\t        WR0\tmale\t23\n'
        "EB0_anger_1.wav\tanger\tTak.\ttak\tEB0\tfemale\t27\n"
        "EB0_anger_2.wav\tanger\tNie.\tnie\tEB0\tfemale\t27\n",
        encoding="utf-8",
    )
    table = read_nemo(tmp_path)
    assert [(r.file, r.emotions, r.speaker) for r in table] == [
        ("WR0_surprised_64.ogg", ("surprised",), "nemo-WR0"),
        ("samples/EB0_anger_1.wav", ("angry",), "nemo-EB0"),
    ]
    assert table.rows[0].extra["sentence"] == 'Powiedział "ucho.'
    assert any("1 clips of data.tsv have no audio" in note for note in table.notes)


def test_a_nemo_field_that_cannot_be_printed_is_left_away(tmp_path: Path) -> None:
    touch(tmp_path, "a.wav")
    head = "file_id\temotion\tspeaker_id\traw_text\tage\n"
    (tmp_path / "data.tsv").write_text(f"{head}a.wav\tsad\tX\tT\x1bak\t23\n", encoding="utf-8")
    table = read_nemo(tmp_path)
    assert table.rows[0].extra == {"gender": "", "age": "23"}
    write_ratings(table, tmp_path / "table.csv")
    assert len(read_ratings(tmp_path / "table.csv")) == 1
    (tmp_path / "data.tsv").write_text(f"{head}a.wav\tsad\tX\x1b\tTak\t23\n", encoding="utf-8")
    with pytest.raises(PerserError, match="speaker is blank or unknown"):
        read_nemo(tmp_path)


def test_a_damaged_nemo_table_is_refused_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "data.tsv"
    table.write_text("file_id\temotion\n", encoding="utf-8")
    with pytest.raises(PerserError, match=r"data\.tsv, line 1: .*speaker_id"):
        read_nemo(tmp_path)
    table.write_text("file_id\temotion\tspeaker_id\na.wav\tgloomy\tX\n", encoding="utf-8")
    with pytest.raises(PerserError, match=r"data\.tsv, line 2"):
        read_nemo(tmp_path)


@pytest.mark.parametrize("kind", ["ravdess", "emodb"])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, kind: str) -> None:
    touch(tmp_path, "holiday.wav")
    with pytest.raises(PerserError, match="holds no clip named as in"):
        read_corpus(f"{kind}:{tmp_path}")
    with pytest.raises(PerserError, match="is not a folder"):
        read_corpus(f"{kind}:{tmp_path / 'none'}")


@pytest.mark.parametrize("text", ["", "ravdess", "ravdess:", "tape:/x", ":"])
def test_a_corpus_without_kind_or_path_is_explained(text: str) -> None:
    with pytest.raises(PerserError, match="write KIND:PATH"):
        read_corpus(text)


def test_a_folder_of_acted_clips_is_a_corpus_called_after_its_folder(tmp_path: Path) -> None:
    for name, table in (("one", "ratings.csv"), ("two", "Ratings.CSV"), ("three", "mine.tsv")):
        touch(tmp_path / name, "a.wav")
        tab = "\t" if table.endswith("tsv") else ","
        rows = ("file,listener,emotion,speaker", "a.wav,acted,calm,R001")
        text = "\n".join(rows).replace(",", tab)
        (tmp_path / name / table).write_text(text, encoding="utf-8")
    assert read_corpus(f"folder:{tmp_path / 'one'}").source == "one"
    assert read_corpus(f"folder:{tmp_path / 'one' / 'ratings.csv'}").source == "one"
    assert read_corpus(f"folder:{tmp_path / 'two'}").source == "two"
    third = read_corpus(f"folder:{tmp_path / 'three'}")
    assert (third.source, third.speakers) == ("mine", ("R001",))


@pytest.mark.corpora
def test_the_real_corpora_have_their_counts(corpora: Path) -> None:
    ravdess = read_corpus(f"ravdess:{corpora / 'ravdess'}")
    assert (len(ravdess), len(ravdess.speakers), ravdess.notes) == (1440, 24, ())
    assert ravdess.counts()["neutral"] == 96
    assert all(n == 192 for word, n in ravdess.counts().items() if word != "neutral")
    emodb = read_corpus(f"emodb:{corpora / 'emodb'}")
    assert (len(emodb), len(emodb.speakers), emodb.notes) == (535, 10, ())
    assert emodb.counts() == {
        "happy": 71, "neutral": 79, "angry": 127, "sad": 62,
        "bored": 81, "fearful": 69, "disgusted": 46,
    }  # fmt: skip
    assert all("recognized" in row.extra for row in emodb)
    nemo = read_corpus(f"nemo:{corpora / 'nemo'}")
    assert (len(nemo), len(nemo.speakers), nemo.notes) == (4481, 9, ())
    assert set(ravdess.emotions + emodb.emotions + nemo.emotions) == set(CLASSES)
    rakshak = read_corpus(f"folder:{corpora / 'rakshak'}")
    assert (rakshak.source, rakshak.listeners, rakshak.notes) == ("rakshak", ("acted",), ())
    assert (len(rakshak), len(rakshak.speakers)) == (2025, 107)
    assert rakshak.counts() == {"angry": 459, "calm": 752, "fearful": 425, "happy": 389}
