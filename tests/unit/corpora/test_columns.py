"""Tables as people bring them: their columns, numbers, times and separators."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_ratings, write_ratings
from perser_gui.errors import PerserError


def read(tmp_path: Path, text: str, **options: object) -> RatingsTable:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode())
    return read_ratings(path, **options)  # type: ignore[arg-type]


def said(table: RatingsTable) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(row.file, row.listener, row.emotions) for row in table]


@pytest.mark.parametrize(
    "header",
    ["filename,rater,label", "File Name,Annotator ID,Emotion Label", "path,annotator,emotion",
     "audio_path;participant;perceived_emotion", "wav\tworker_id\tcategory",
     "Audio|Rater Name|Response", '"clip","subject","emotion"'],
)  # fmt: skip
def test_columns_are_known_by_what_they_are_called_elsewhere(tmp_path: Path, header: str) -> None:
    separator = next(sign for sign in ";\t|," if sign in header)
    table = read(tmp_path, f"{header}\na.wav,ana,sad\n".replace(",", separator))
    assert said(table) == [("a.wav", "ana", ("sad",))]
    assert sum("was read as" in note for note in table.notes) >= (2 if "clip" not in header else 1)


def test_a_column_of_ours_wins_over_others_that_could_be_meant(tmp_path: Path) -> None:
    table = read(tmp_path, "label,file,path,listener,emotion\n7,a.wav,b.wav,ana,sad\n")
    assert said(table) == [("a.wav", "ana", ("sad",))]
    assert table.rows[0].extra == {"label": "7", "path": "b.wav"}


@pytest.mark.parametrize("told", ["sep=;", "SEP=;", '"sep=;"', "sep=;;;"])
def test_the_line_that_tells_excel_the_separator_is_no_header(tmp_path: Path, told: str) -> None:
    table = read(tmp_path, f"\ufeff{told}\r\nfile;listener;emotion\r\na.wav;ana;sad\r\n")
    assert said(table) == [("a.wav", "ana", ("sad",))]
    with pytest.raises(PerserError, match="line 3"):
        read(tmp_path, f"{told}\nfile;listener;emotion\n;ana;sad\n")


@pytest.mark.parametrize(
    ("text", "number"),
    [("0,5", 0.5), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1 234,5", 1234.5), ("-0,25", -0.25),
     ("2", 2.0), ("NA", None)],
)  # fmt: skip
def test_numbers_are_read_as_each_country_writes_them(
    tmp_path: Path, text: str, number: float | None
) -> None:
    table = read(tmp_path, f"file;listener;emotion;intensity\na.wav;ana;sad;{text}\n")
    assert table.rows[0].intensity == number


@pytest.mark.parametrize(
    ("header", "cells", "times"),
    [
        ("start;end", "0,1;1,2", ("0.1", "1.2")),
        ("Start Time;End Time", "0.100;1.200", ("0.100", "1.200")),
        ("start (s);end (s)", "0.1;1.2", ("0.1", "1.2")),
        ("start_ms;end_ms", "100;1200", ("0.1", "1.2")),
        ("onset;duration", "0,1;1,1", ("0.1", "1.2")),
        ("tmin;tmax", "0:01;1:02,5", ("1", "62.5")),
        ("begin;end", "1:00:00;1:00:01", ("3600", "3601")),
        ("start;end", "NA;", (None, None)),
    ],
)
def test_times_of_a_part_are_read_in_seconds(
    tmp_path: Path, header: str, cells: str, times: tuple[str | None, str | None]
) -> None:
    table = read(tmp_path, f"file;listener;emotion;{header}\na.wav;ana;sad;{cells}\n")
    (row,) = table.rows
    assert (row.extra.get("start"), row.extra.get("end")) == times


def test_a_duration_alone_is_a_column_like_others(tmp_path: Path) -> None:
    table = read(tmp_path, "file,listener,emotion,duration\na.wav,ana,sad,2.5\n")
    assert table.rows[0].extra == {"duration": "2.5"}


def test_notes_may_have_several_lines(tmp_path: Path) -> None:
    table = read(tmp_path, 'file,listener,emotion,note\na.wav,ana,sad,"two\nlines"\n')
    assert table.rows[0].extra == {"note": "two\nlines"}
    write_ratings(table, tmp_path / "again.csv")
    assert read_ratings(tmp_path / "again.csv").rows == table.rows


def test_one_column_per_rater_gives_each_their_answers(tmp_path: Path) -> None:
    table = read(
        tmp_path,
        "filename,emotion_ana,emotion_ben,emotion_cleo,age\n"
        "a.wav,joy,sad|angry,NA,31\nb.wav,xxx,,NA,44\n",
    )
    assert said(table) == [
        ("a.wav", "ana", ("joy",)),
        ("a.wav", "ben", ("sad", "angry")),
        ("a.wav", "cleo", ()),
        ("b.wav", "ana", ()),
        ("b.wav", "cleo", ()),
    ]
    assert any("ana, ben, cleo" in note for note in table.notes)
    assert "1 blank cells are no answer." in table.notes
    assert {row.extra.get("age") for row in table} == {"31", "44"}


def test_a_column_for_each_emotion_gives_shares(tmp_path: Path) -> None:
    table = read(
        tmp_path, "file,rater,happy,sad,p(angry),trial\na.wav,ana,3,1,0,9\nb.wav,ana,1,0,,9\n"
    )
    assert [(row.emotions, row.shares) for row in table] == [
        (("happy", "sad"), (0.75, 0.25)),
        (("happy",), ()),
    ]
    assert table.rows[0].extra == {"trial": "9"}


def test_shares_survive_being_written_and_read(tmp_path: Path) -> None:
    rows = (
        RatingRow("a.wav", "ana", ("happy", "sad"), shares=(0.75, 0.25)),
        RatingRow("b.wav", "ana", ("calm",)),
    )
    write_ratings(RatingsTable(rows), tmp_path / "t.csv")
    assert read_ratings(tmp_path / "t.csv").rows == rows
    with pytest.raises(PerserError, match="2 shares for 1 emotions"):
        read(tmp_path, "file,listener,emotion,shares\na.wav,ana,sad,0.5;0.5\n")


def test_words_that_look_like_several_survive_being_written_and_read(tmp_path: Path) -> None:
    rows = tuple(
        RatingRow("a.wav", "ana", words)
        for words in (("happy/sad",), ("other",), ("NA", "sad"), ("[odd", "a, b"), ("生气/angry",))
    )
    write_ratings(RatingsTable(rows), tmp_path / "t.csv")
    assert [row.emotions for row in read_ratings(tmp_path / "t.csv")] == [r.emotions for r in rows]


def test_valence_and_arousal_are_numbers_whatever_they_are_called(tmp_path: Path) -> None:
    table = read(tmp_path, "file;listener;emotion;Val;Activation\na.wav;ana;sad;1,5;4\n")
    assert table.rows[0].extra == {"valence": "1.5", "arousal": "4"}
    with pytest.raises(PerserError, match="valence “high” is not a number"):
        read(tmp_path, "file,listener,emotion,valence\na.wav,ana,sad,high\n")


def test_a_table_that_names_nobody_is_somebodys_if_that_is_said(tmp_path: Path) -> None:
    assert said(read(tmp_path, "file,emotion\na.wav,sad\n", listener="ana")) == [
        ("a.wav", "ana", ("sad",))
    ]
    with pytest.raises(PerserError, match=r"“listener” is missing.*--listener"):
        read(tmp_path, "file,emotion\na.wav,sad\n")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('file,listener,emotion\na.wav,ana,"[""sad"""\n', 'line 2: “["sad"” is not understood'),
        ("file,listener,emotion,intensity\na.wav,ana,sad,0;5\n", "not a number"),
        ("a,b,c\n1,2,3\n", "“file” is missing"),
        ('file,listener,emotion\na.wav,ana,"[""sa\\u0007d""]"\n', "control characters"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    with pytest.raises(PerserError) as caught:
        read(tmp_path, text)
    assert says in str(caught.value)
