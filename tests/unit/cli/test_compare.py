"""`perser compare` through the real door."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.desk.comparing import table_comparison
from perser_gui.evaluation.comparing_output import comparison_document
from perser_gui.progress import Progress

from .conftest import Run

pytestmark = pytest.mark.usefixtures("tiny")


def test_the_terminal_gives_the_numbers_of_the_desk(
    run: Run, table: Path, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    assert run("import", table, "--audio", audio, "--checkpoint", checkpoint).status == 0
    ran = run("compare", "--checkpoint", checkpoint, "--out", tmp_path / "out", "--json")
    assert ran.status == 0, ran.err
    desk = Desk.open(checkpoint=str(checkpoint))
    try:
        found = desk.comparison([one.id for one in desk.listeners()], Progress())
    finally:
        desk.close()
    document = ran.json
    files = [Path(path) for path in document.pop("files")]
    assert document == {**comparison_document(found.found), "clips": dict(found.clips)}
    assert document["names"] == ["Ana", "Ben", "everyone's model"]
    assert files
    assert all(path.is_file() for path in files)


def test_in_words_it_names_the_pairs_and_the_differences(
    run: Run, table: Path, audio: Path
) -> None:
    ran = run("compare", "--ratings", table)
    assert ran.status == 0, ran.err
    assert "Krippendorff's alpha" in ran.out
    line = next(line for line in ran.out.splitlines() if line.startswith("Ana") and "Ben" in line)
    assert line.split()[:4] == ["Ana", "Ben", "1", "0"]


def test_several_tables_are_one_comparison(run: Run, table: Path, tmp_path: Path) -> None:
    from perser_gui.corpora.ratings import read_ratings

    other = tmp_path / "other.csv"
    other.write_text("file,listener,emotion\n0.wav,Cy,happy\n1.wav,Cy,gloomy\n")
    ran = run("compare", "--ratings", table, "--ratings", other, "--listener", "Cy",
              "--listener", "Ana", "--json")  # fmt: skip
    found = table_comparison([read_ratings(table), read_ratings(other)], ["Cy", "Ana"])
    assert ran.json["pairs"] == comparison_document(found.found)["pairs"]
    assert ran.json["pairs"][0]["same"] == 2


def test_what_is_not_there_is_said_in_one_sentence(run: Run, table: Path, tmp_path: Path) -> None:
    ran = run("compare", "--listener", "nobody")
    assert ran.status == 2
    assert ran.err.count("\n") == 1
    ran = run("compare", "--ratings", tmp_path / "gone.csv")
    assert ran.status == 2
    assert "gone.csv" in ran.err


def test_without_listeners_it_says_nothing_wrong(run: Run) -> None:
    ran = run("compare", "--json")
    assert ran.status == 0
    assert ran.json["names"] == []


IMPORT = "`perser import TABLE.csv --audio FOLDER`"


def test_with_fewer_than_two_it_says_how_listeners_come(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    nobody = run("compare")
    assert "nobody has labels" in nobody.err
    assert IMPORT in nobody.err
    assert "compare --ratings TABLE.csv" in nobody.err
    assert nobody.out == ""
    given = ("--audio", audio, "--listener", "Ana", "--checkpoint", checkpoint)
    assert run("import", table, *given).status == 0
    one = run("compare", "--no-models")
    assert "only Ana has labels" in one.err
    assert IMPORT in one.err
    assert run("listeners", "add", "Cy").status == 0  # who has no labels is nobody to compare with
    assert "only Ana has labels" in run("compare", "--no-models").err
    assert run("import", table, "--audio", audio, "--checkpoint", checkpoint).status == 0
    assert IMPORT not in run("compare", "--no-models").err


def test_of_a_table_with_one_listener_it_says_so(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "one.csv"
    table.write_text("file,listener,emotion\n0.wav,Cy,happy\n")
    ran = run("compare", "--ratings", table)
    assert "only Cy has labels" in ran.err
    other = tmp_path / "other.csv"
    other.write_text("file,listener,emotion\n1.wav,Ana,happy\n")
    ran = run("compare", "--ratings", table, "--ratings", other)
    assert ran.err.strip() == "No clip was labelled by two of them."


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "--listener", "Ada"),
        ("adapt", "--listener", "Ada"),
        ("predict", "x.wav", "--listener", "Ada"),
        ("export", "x.csv", "--listener", "Ada"),
        ("pack", "x", "--listener", "Ada"),
        ("listeners", "list"),
    ],
)
def test_a_listener_who_is_not_known_can_be_taken_in(run: Run, words: tuple[str, ...]) -> None:
    assert IMPORT in run(*words).err


def test_who_has_no_labels_is_told_where_they_come_from(run: Run) -> None:
    assert run("listeners", "add", "Ada").status == 0
    ran = run("adapt", "--listener", "Ada")
    assert ran.status == 2
    assert "`perser adapt --listener NAME --ratings TABLE.csv`" in ran.err


def test_the_help_says_how_labels_of_a_table_come_here(run: Run) -> None:
    assert IMPORT in " ".join(run("compare", "--help").out.split())
    assert "`perser import`" in " ".join(run("adapt", "--help").out.split())
