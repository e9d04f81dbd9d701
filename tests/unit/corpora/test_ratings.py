"""The ratings table and its CSV form."""

from __future__ import annotations

import contextlib
import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perser_gui.corpora import ratings
from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_ratings, write_ratings
from perser_gui.errors import PerserError

SHARED_FOLDER = [HealthCheck.function_scoped_fixture]


def table_file(tmp_path: Path, content: str | bytes, name: str = "ratings.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


def test_a_plain_table_gives_its_rows_in_order(tmp_path: Path) -> None:
    path = table_file(
        tmp_path,
        "file,listener,emotion,speaker,intensity,split,room\n"
        "a/1.wav,ann,happy;surprised,s1,0.5,train,kitchen\n"
        "2.wav,bo, Quietly  Amused ,,,,\n",
    )
    table = read_ratings(path)
    assert table.rows == (
        RatingRow(
            "a/1.wav", "ann", ("happy", "surprised"), "s1", 0.5, "train", {"room": "kitchen"}
        ),
        RatingRow("2.wav", "bo", ("Quietly Amused",)),
    )
    assert table.listeners == ("ann", "bo")
    assert table.path(table.rows[0]) == tmp_path / "a" / "1.wav"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tables_as_spreadsheets_save_them_are_read(
    tmp_path: Path, encoding: str, separator: str, newline: str
) -> None:
    lines = ["File,Listener,Emotion", "żółw.wav,Zoë,wütend", "", ",,", "b.wav,Zoë,froh"]
    content = newline.join(line.replace(",", separator) for line in lines).encode(encoding)
    table = read_ratings(table_file(tmp_path, content))
    assert [(r.file, r.listener, r.emotions) for r in table] == [
        ("żółw.wav", "Zoë", ("wütend",)),
        ("b.wav", "Zoë", ("froh",)),
    ]


@pytest.mark.parametrize(
    ("content", "line", "says"),
    [
        ("", 1, "header is missing"),
        ("file,emotion\na.wav,sad\n", 1, "“listener” is missing"),
        ("file,listener,emotion,File\n", 1, "“file” stands twice"),
        ("file,listener,emotion\na.wav,ann,sad\n,ann,sad\n", 3, "“file” is blank"),
        ("file,listener,emotion\na.wav, ,sad\n", 2, "“listener” is blank"),
        ("file,listener,emotion\na.wav,ann, ; \n", 2, "“emotion” is blank"),
        ("file,listener,emotion\na.wav,ann\n", 2, "“emotion” is blank"),
        ("file,listener,emotion\na.wav,ann,sad,oops\n", 2, "4 fields under 3 columns"),
        ("file,listener,emotion\na\x07.wav,ann,sad\n", 2, "control characters"),
        ("file,listener,emotion\na.wav,ann," + "x" * 101 + "\n", 2, "too long"),
        ("file,listener,emotion\na.wav,ann," + "x" * 200_000 + "\n", 2, "not a CSV row"),
        ('file,listener,emotion\na.wav,ann,"sad\nb.wav', 3, "not a CSV row"),
        ("file,listener,emotion,intensity\na.wav,ann,sad,loud\n", 2, "not a number"),
        ("file,listener,emotion,intensity\na.wav,ann,sad,nan\n", 2, "not a number"),
        (b"file,listener,emotion\na.wav,ann,w\xfctend\n", 2, "not UTF-8"),
        (b"file,listener,emotion\na.wav,a\0nn,sad\n", 2, "not a text file"),
    ],
)
def test_a_damaged_table_is_refused_with_file_and_line(
    tmp_path: Path, content: str | bytes, line: int, says: str
) -> None:
    path = table_file(tmp_path, content)
    with pytest.raises(PerserError) as caught:
        read_ratings(path)
    assert f"{path}, line {line}:" in str(caught.value)
    assert says in str(caught.value)


def test_missing_empty_and_oversized_files_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(PerserError, match="was not found"):
        read_ratings(tmp_path / "none.csv")
    with pytest.raises(PerserError, match="is not a file"):
        read_ratings(tmp_path)
    with pytest.raises(PerserError, match="holds no ratings"):
        read_ratings(table_file(tmp_path, "file,listener,emotion\n"))
    with pytest.raises(PerserError, match=r"was not found|not a path"):
        read_ratings("a\0b")
    monkeypatch.setattr(ratings, "MAX_ROWS", 1)
    full = table_file(tmp_path, "file,listener,emotion\na,b,c\na,b,c\n")
    with pytest.raises(PerserError, match="more than 1 rows"):
        read_ratings(full)
    with pytest.raises(PerserError, match="larger than 0 MB"):
        ratings.read_text(full, limit=10)


def test_an_answer_without_emotion_is_kept_as_such(tmp_path: Path) -> None:
    path = table_file(tmp_path, "file,listener,emotion,answer\na.wav,ann,,cant-tell\n")
    table = read_ratings(path)
    assert table.rows[0].emotions == ()
    again = tmp_path / "again.csv"
    write_ratings(table, again)
    assert read_ratings(again).rows == table.rows


def test_spelling_makes_no_new_emotion_and_counts_add_up() -> None:
    table = RatingsTable(
        (
            RatingRow("1", "a", ("Sad",)),
            RatingRow("2", "a", ("sad", "calm")),
            RatingRow("3", "b", ("calm",)),
        )
    )
    assert table.emotions == ("Sad", "calm")
    assert table.counts() == {"Sad": 2, "calm": 2}
    assert len(table.of("b")) == 1


def test_the_last_rating_of_a_file_by_a_listener_counts() -> None:
    table = RatingsTable(
        (
            RatingRow("1", "a", ("sad",)),
            RatingRow("1", "b", ("calm",)),
            RatingRow("1", "a", ("happy",)),
        )
    )
    assert [(r.listener, r.emotions) for r in table.latest()] == [
        ("a", ("happy",)),
        ("b", ("calm",)),
    ]


def test_tables_are_joined_under_the_folder_they_share(tmp_path: Path) -> None:
    one = RatingsTable((RatingRow("x/1.wav", "a", ("sad",)),), tmp_path / "p" / "one", "one")
    two = RatingsTable((RatingRow("2.wav", "a", ("sad",)),), tmp_path / "p" / "two", "two")
    both = ratings.joined([one, two])
    assert [both.path(row) for row in both] == [
        tmp_path / "p" / "one" / "x" / "1.wav",
        tmp_path / "p" / "two" / "2.wav",
    ]
    assert [row.extra["corpus"] for row in both] == ["one", "two"]
    assert ratings.joined([one]).rows[0].file == "x/1.wav"
    with pytest.raises(PerserError, match="folders of their audio"):
        ratings.joined([RatingsTable(one.rows)])


def test_a_failed_write_leaves_the_old_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = table_file(tmp_path, "file,listener,emotion\na,b,c\n")
    before = path.read_bytes()

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("perser_gui.files.os.replace", refuse)
    with pytest.raises(PerserError, match="the disk is full"):
        write_ratings(RatingsTable((RatingRow("1", "a", ("sad",)),)), path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir() if p.name != "perser-home"] == ["ratings.csv"]


cell = st.text(
    st.characters(blacklist_categories=["C", "Z"], blacklist_characters=";\\\ufeff"),
    min_size=1,
    max_size=20,
)
row = st.builds(
    RatingRow,
    file=cell,
    listener=cell,
    emotions=st.lists(cell, min_size=1, max_size=4, unique_by=ratings.normalized).map(tuple),
    speaker=st.none() | cell,
    intensity=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    split=st.none() | cell,
    extra=st.dictionaries(cell.map(lambda name: f"x{name}"), cell, max_size=2),
)


@given(rows=st.lists(row, min_size=1, max_size=8))
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_table_survives_being_written_and_read(tmp_path: Path, rows: list[RatingRow]) -> None:
    path = tmp_path / "round.csv"
    table = RatingsTable(tuple(rows))
    write_ratings(table, path)
    assert read_ratings(path).rows == table.rows


anything = st.text(st.characters(), min_size=1, max_size=12)
word = st.text(st.characters(), min_size=1, max_size=12).filter(ratings.normalized)
awkward = st.sampled_from(
    [
        *(
            "a\u202fb",
            "c\xa0",
            "\u3000d",
            "e\u200bf",
            "\u202eg",
            "h\ni",
            "j\\k",
            "=cmd|' /C calc'!A0",
        ),
        *(
            "+1+1",
            "-x",
            "@SUM(A1)",
            "'=1",
            "''",
            "\\x41",
            "l;m",
            "n  o",
            " p ",
            "\ud800q",
            "\x1b[2J",
        ),
    ]
)
strange_row = st.builds(
    RatingRow,
    file=anything | awkward,
    listener=anything | awkward,
    emotions=st.lists(word | awkward, max_size=4, unique_by=ratings.normalized).map(tuple),
    speaker=st.none() | anything | awkward,
)


@given(rows=st.lists(strange_row, min_size=1, max_size=4))
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_name_and_word_survives_being_written_and_read(
    tmp_path: Path, rows: list[RatingRow]
) -> None:
    path = tmp_path / "strange.csv"
    write_ratings(RatingsTable(tuple(rows)), path)
    read = [(r.file, r.listener, r.emotions, r.speaker) for r in read_ratings(path)]
    assert read == [(r.file, r.listener, r.emotions, r.speaker) for r in rows]


@given(rows=st.lists(strange_row, min_size=1, max_size=4))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_cell_is_a_formula_to_a_spreadsheet(tmp_path: Path, rows: list[RatingRow]) -> None:
    path = tmp_path / "strange.csv"
    write_ratings(RatingsTable(tuple(rows)), path)
    with path.open(newline="", encoding="utf-8") as stream:
        cells = [cell for line in csv.reader(stream) for cell in line]
    assert [
        c for c in cells if c[:1] in ("=", "+", "-", "@", "\t", "\r") and not is_number(c)
    ] == []


def is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_table_of_very_many_columns_is_read_in_one_go(tmp_path: Path) -> None:
    header = "file,listener,emotion," + ",".join(f"c{n}" for n in range(300_000))
    assert len(read_ratings(table_file(tmp_path, header + "\na.wav,Ana,sad\n"))) == 1


@given(st.one_of(st.binary(max_size=400), st.text(max_size=400).map(str.encode)))
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_bytes_raise_anything_but_a_perser_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "hostile.csv"
    path.write_bytes(content)
    with contextlib.suppress(PerserError):
        assert len(read_ratings(path)) > 0


def test_a_quoted_line_break_inside_a_cell_is_refused(tmp_path: Path) -> None:
    buffer = io.StringIO()
    csv.writer(buffer).writerows([["file", "listener", "emotion"], ["a\nb.wav", "ann", "sad"]])
    with pytest.raises(PerserError, match="control characters"):
        read_ratings(table_file(tmp_path, buffer.getvalue()))
