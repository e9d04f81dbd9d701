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
