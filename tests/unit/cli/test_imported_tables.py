"""Tables of all kinds through `perser import`: what comes in, and what is said."""

from __future__ import annotations

import csv
import shutil
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perser_gui.testing import write_tone

from .conftest import Run

NAMES = [f"synthetic-{who}-{n}" for who in ("anna", "ben", "clara") for n in range(1, 9)]
WORDS = ["neutral", "happy", "sad", "angry", "calm", "fearful", "disgusted", "surprised"]


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    for number, name in enumerate(NAMES):
        write_tone(folder / f"{name}.flac", 200 + 20 * number, seconds=1.3)
    return folder


@pytest.fixture
def imported(run: Run, clips: Path, tmp_path: Path) -> Callable[[str], tuple[Any, dict[str, Any]]]:
    def ran(text: str) -> tuple[Any, dict[str, Any]]:
        path = tmp_path / "table.csv"
        path.write_bytes(text.encode())
        result = run("import", path, "--audio", clips)
        assert result.status == 0, result.err
        people = run("listeners", "list", "--json").json
        return result, {one["name"]: one for one in people}

    return ran


def words_of(person: dict[str, Any]) -> dict[str, list[str]]:
    return {e["word"]: e["classes"] for e in person["emotions"]}


def rows(cell: Callable[[int], str], end: str = "\n") -> str:
    return "".join(f"{name}.flac,lena,{cell(n)}{end}" for n, name in enumerate(NAMES))


HEADER = "file,listener,emotion\n"


def test_of_conflicting_answers_the_last_counts_and_their_number_is_said(
    imported: Any, run: Run, tmp_path: Path
) -> None:
    twice = "".join(
        f"{name}.flac,lena,{WORDS[n % 8]}\n{name}.flac,lena,{WORDS[(n + 1) % 8]}\n"
        for n, name in enumerate(NAMES)
    )
    result, people = imported(HEADER + twice)
    assert "24 ratings were imported" in result.out
    assert "24 earlier ratings of the same clips were replaced" in result.out
    assert people["lena"]["ratings"] == 24
    run("export", tmp_path / "out.csv", "--listener", "lena")
    first = (tmp_path / "out.csv").read_text().splitlines()[1]
    assert f",lena,{WORDS[1]}," in first
    again, _ = imported(HEADER + twice)
    assert "0 ratings were imported" in again.out
    other, _ = imported(HEADER + rows(lambda n: WORDS[(n + 3) % 8]))
    assert "24 earlier ratings of the same clips were replaced" in other.out


def test_rows_that_stand_twice_with_one_answer_replace_nothing(imported: Any) -> None:
    result, _ = imported(HEADER + 2 * rows(lambda n: WORDS[n % 8]))
    assert "24 rows say what is known already" in result.out
    assert "replaced" not in result.out


@pytest.mark.parametrize(
    "text",
    [
        "\ufefffile;listener;emotion;intensity\r\n"
        + rows(lambda n: WORDS[n % 8], ",0*5\r\n").replace(",", ";").replace("*", ","),
        "\ufeffsep=;\r\nfile;listener;emotion;intensity\r\n"
        + rows(lambda n: WORDS[n % 8], ",0.5\r\n").replace(",", ";"),
        "file,listener,emotion,intensity,note\n" + rows(lambda n: WORDS[n % 8], ',0.5,"a\nb"\n'),
        "file\tlistener\temotion\tintensity\n"
        + rows(lambda n: WORDS[n % 8], ",0*5\n").replace(",", "\t").replace("*", ","),
    ],
)
def test_tables_as_excel_saves_them_bring_all_ratings(
    imported: Any, run: Run, tmp_path: Path, text: str
) -> None:
    _, people = imported(text)
    assert people["lena"]["ratings"] == 24
    run("export", tmp_path / "out.csv", "--listener", "lena")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as stream:
        assert {row["intensity"] for row in csv.DictReader(stream)} == {"0.5"}


def test_times_with_decimal_commas_name_parts(imported: Any, run: Run, tmp_path: Path) -> None:
    text = "file;listener;emotion;start;end\n" + rows(lambda n: WORDS[n % 8], ";0*1;1*2\n").replace(
        ",", ";"
    ).replace("*", ",")
    _, people = imported(text)
    assert people["lena"]["ratings"] == 24
    run("export", tmp_path / "out.csv", "--listener", "lena")
    assert (tmp_path / "out.csv").read_text().count(",0.100,1.200") == 24


@pytest.mark.parametrize("cell", ["{}|happy", "{}/happy", '"{}, happy"', "{};happy",
                                  '"{{""choices"": [""{}"", ""happy""]}}"'])  # fmt: skip
def test_several_emotions_in_a_cell_make_no_new_word(imported: Any, cell: str) -> None:
    result, people = imported(HEADER + rows(lambda n: cell.format(WORDS[n % 8])))
    assert people["lena"]["ratings"] == 24
    assert set(words_of(people["lena"])) == set(WORDS)
    assert ";" in cell or "named several emotions" in result.err


def test_answers_without_an_emotion_make_no_new_word(imported: Any) -> None:
    cells = ["NA", "xxx", "oth", "none", "<unk>", "sad", "hap", "fru"]
    result, people = imported(HEADER + rows(lambda n: cells[n % 8]))
    assert words_of(people["lena"]) == {"sad": ["sad"], "hap": ["happy"], "fru": ["angry"]}
    assert people["lena"]["ratings"] == 24
    assert "15 answers name no emotion" in result.err


def test_labels_in_two_languages_are_the_emotion_that_is_known(imported: Any) -> None:
    cells = ["中立/neutral", "开心/happy", "难过/sad", "生气/angry", "<unk>", "恐惧/fearful",
             "厌恶/disgusted", "吃惊/surprised"]  # fmt: skip
    _, people = imported(HEADER + rows(lambda n: cells[n % 8]))
    assert words_of(people["lena"]) == {word: [word] for word in WORDS if word != "calm"}


@pytest.mark.parametrize("form", ["/home/lena/rec/{}", "C:\\Users\\lena\\clips\\{}",
                                  "\\\\server\\share\\{}", "{}"])  # fmt: skip
def test_a_table_of_another_computer_finds_its_clips_and_says_how(imported: Any, form: str) -> None:
    name = form.format("synthetic-anna-1.flac")
    result, people = imported(f"{HEADER}{name},lena,sad\n")
    assert people["lena"]["ratings"] == 1
    assert ("1 by their name alone" in result.out) == (form != "{}")


def test_an_exported_table_finds_moved_and_renamed_clips_by_their_content(
    imported: Any, run: Run, clips: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(f"{HEADER}synthetic-anna-1.flac,lena,sad\nsynthetic-anna-2.flac,lena,happy\n")
    run("export", tmp_path / "lena.csv", "--listener", "lena")
    text = (tmp_path / "lena.csv").read_text().replace(str(clips), "/home/lena/rec")
    (tmp_path / "lena.csv").write_text(text)
    new = tmp_path / "new"
    new.mkdir()
    shutil.copy(clips / "synthetic-anna-1.flac", new / "Zoë.flac")
    shutil.copy(clips / "synthetic-anna-2.flac", new / unicodedata.normalize("NFD", "ä.flac"))
    monkeypatch.setenv("PERSER_HOME", str(tmp_path / "other"))
    result = run("import", tmp_path / "lena.csv", "--audio", new)
    assert (result.status, result.err) == (0, "")
    assert "2 ratings were imported for lena. Files were found: 2 by their content." in result.out
    run("export", tmp_path / "again.csv", "--listener", "lena")
    assert [line.split(",")[2] for line in (tmp_path / "again.csv").read_text().splitlines()] == [
        "emotion",
        "sad",
        "happy",
    ]


def test_a_dry_run_shows_words_and_rows_and_writes_nothing(
    run: Run, clips: Path, tmp_path: Path
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "filename,rater,label,mood\nsynthetic-ben-1,lena,wistful|joy,x\ngone.wav,lena,sad,x\n"
        "synthetic-ben-2,lena,xxx,x\n"
    )
    shown = run("import", path, "--audio", clips, "--dry-run")
    assert shown.status == 0
    for part in (
        "lena, a new listener: 2 ratings would be imported",
        "a new word",
        "happy, as the models know it",
        "(no emotion)",
        "The column “filename” was read as file.",
        "“mood” is not kept",
        "1 row would be left out",
    ):
        assert part in shown.out, part
    assert "gone.wav was not found" in shown.err
    assert run("listeners", "list", "--json").json == []
    document = run("import", path, "--audio", clips, "--dry-run", "--json").json
    assert document["ratings"] == 0
    assert document["understood"]["would_import"] == 2
    assert document["understood"]["listeners"][0]["words"][0] == {
        "word": "wistful", "count": 1, "own": "", "means": "",
    }  # fmt: skip
    assert run("import", path, "--audio", clips).status == 0
    assert run("listeners", "list", "--json").json[0]["ratings"] == 2


def test_shares_and_valence_stay_with_the_rating(run: Run, clips: Path, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "file;listener;happy;sad;valence;arousal\nsynthetic-ben-1.flac;lena;0,75;0,25;3,5;2\n"
    )
    assert run("import", path, "--audio", clips).status == 0
    assert run("import", path, "--audio", clips).out.startswith("0 ratings")
    run("export", tmp_path / "out.csv", "--listener", "lena")
    header, row = (line.split(",") for line in (tmp_path / "out.csv").read_text().splitlines())
    kept = dict(zip(header, row, strict=True))
    assert (kept["emotion"], kept["shares"]) == ("happy;sad", "0.75;0.25")
    assert (kept["valence"], kept["arousal"]) == ("3.5", "2")


def test_a_table_without_a_known_column_is_told_with_the_columns_it_has(
    run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "table.csv"
    path.write_text("Datei;Bewerter;Empfinden\na.wav;Lena;Freude\n", encoding="utf-8")
    ran = run("import", path)
    assert (ran.status, ran.out) == (2, "")
    assert "“emotion” is missing" in ran.err
    assert "and reads file, listener, empfinden." in ran.err.lower()
