"""Looking through folders: one list of endings, and a count of what is passed over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from perser_gui.audio import AUDIO_SUFFIXES, find_audio, look_for_audio, passed_over_sentence
from perser_gui.corpora.acted import audio_files


def touched(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_video_of_all_usual_kinds_is_found_and_upper_case_too(tmp_path: Path) -> None:
    names = [
        f"v.{e}"
        for e in [
            "mp4",
            "mov",
            "mkv",
            "webm",
            "avi",
            "flv",
            "mpg",
            "mpeg",
            "ts",
            "3gp",
            "m4v",
            "wmv",
            "MTS",
            "AVI",
        ]
    ]
    touched(tmp_path, *names)
    assert {path.name for path in find_audio([tmp_path])} == set(names)


def test_readers_of_corpora_see_the_same_files_as_the_desk(tmp_path: Path) -> None:
    touched(tmp_path, *(f"a/x{ending}" for ending in AUDIO_SUFFIXES), "a/.x.wav", "a/x.txt")
    seen = {tmp_path / name for name, _ in audio_files(tmp_path)}
    assert seen == set(find_audio([tmp_path]))
    assert len(seen) == len(AUDIO_SUFFIXES)


def test_what_is_passed_over_is_counted_and_named(tmp_path: Path) -> None:
    touched(tmp_path, "a.wav", "1.png", "2.JPG", "sub/3.gif", "r.csv", "README", "x.xyz", "y.xyz")
    touched(tmp_path, "._a.wav", ".DS_Store", "Thumbs.db", ".git/b.wav")
    found = look_for_audio([tmp_path])
    assert found.files == [tmp_path / "a.wav"]
    assert passed_over_sentence(found.passed_over) == (
        "9 files were passed over: 3 pictures, 2 .xyz files, 1 file without ending, "
        "1 hidden file, 1 hidden folder, 1 table."
    )


def test_one_file_is_said_in_the_singular_and_none_in_no_words() -> None:
    assert passed_over_sentence({"text": 1}) == "1 file was passed over: 1 text."
    assert passed_over_sentence({}) == ""
    many = {f".{letter} file": 1 for letter in "abcdefgh"}
    assert passed_over_sentence(many).endswith(", 2 others.")


def test_names_of_any_bytes_are_found(tmp_path: Path) -> None:
    odd = [os.fsdecode(b"m\xfcller.wav"), "line\nbreak.wav", "  .wav", "a.b.wav"]
    touched(tmp_path, *odd)
    assert {path.name for path in find_audio([tmp_path])} == set(odd)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no links here")
def test_links_to_files_are_found_and_linked_folders_are_said(tmp_path: Path) -> None:
    touched(tmp_path / "real", "a.wav")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b.wav").symlink_to(tmp_path / "real" / "a.wav")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
    found = look_for_audio([tmp_path / "in"])
    assert [path.name for path in found.files] == ["b.wav"]
    assert found.passed_over == {"linked folder": 1}
