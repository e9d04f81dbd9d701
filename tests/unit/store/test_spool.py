"""Labels that could not be saved are kept in a file, wherever one can be written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perser_gui.errors import PerserError
from perser_gui.store.spool import (
    LARGEST,
    SPOOL,
    UnsavedLabel,
    forget_unsaved,
    keep_unsaved,
    unsaved_labels,
)

SAD = UnsavedLabel(1, "ab", ("sad",), "emotion", "", 0.5, (), "a note", blind=True)
CLEARED = UnsavedLabel(1, "cd", (), "cleared", "")


def said(folder: Path) -> list[tuple[str, tuple[str, ...], str, float | None, str, bool | None]]:
    return [
        (u.clip, u.emotions, u.answer, u.intensity, u.note, u.blind) for u in unsaved_labels(folder)
    ]


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A folder that cannot be made, since a file has its name."""
    (tmp_path / "blocked").write_text("no folder")
    return tmp_path / "blocked"


def test_what_is_kept_is_read_again_for_its_owner_only_and_forgotten(tmp_path: Path) -> None:
    path = keep_unsaved([tmp_path], [SAD, CLEARED])
    assert path == tmp_path / SPOOL
    assert path.stat().st_mode & 0o077 == 0
    assert said(tmp_path) == [
        ("ab", ("sad",), "emotion", 0.5, "a note", True),
        ("cd", (), "cleared", None, "", None),
    ]
    assert all(len(one.when) == 10 for one in unsaved_labels(tmp_path)), "the day"
    forget_unsaved(tmp_path)
    assert unsaved_labels(tmp_path) == []
    forget_unsaved(tmp_path)


def test_a_label_that_waits_already_is_kept_once_with_what_is_new(tmp_path: Path) -> None:
    keep_unsaved([tmp_path], [SAD])
    keep_unsaved([tmp_path], [CLEARED, SAD])
    assert [clip for clip, *_ in said(tmp_path)] == ["cd", "ab"]


def test_the_next_folder_is_taken_where_the_first_takes_nothing(
    tmp_path: Path, blocked: Path
) -> None:
    assert keep_unsaved([blocked, tmp_path], [SAD]) == tmp_path / SPOOL


def test_where_no_folder_takes_them_the_first_says_why(tmp_path: Path, blocked: Path) -> None:
    (tmp_path / "other").write_text("")
    with pytest.raises(PerserError, match="blocked"):
        keep_unsaved([blocked, tmp_path / "other"], [SAD])


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[[", "[1, null]", '[[1, "ab", "sad", "emotion", "2026-11-27"]]', "[" * 9999],
)
def test_what_is_no_label_is_passed_over(tmp_path: Path, text: str) -> None:
    (tmp_path / SPOOL).write_text(text)
    assert unsaved_labels(tmp_path) == []


def test_a_file_of_an_earlier_version_is_read_and_an_endless_one_is_not(tmp_path: Path) -> None:
    (tmp_path / SPOOL).write_text(json.dumps([[1, "ab", ["sad"], "emotion", "2026-11-27"]]))
    assert said(tmp_path) == [("ab", ("sad",), "emotion", None, "", None)]
    with (tmp_path / SPOOL).open("ab") as stream:
        stream.truncate(LARGEST + 1)
    assert unsaved_labels(tmp_path) == []
