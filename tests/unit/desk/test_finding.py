"""Files of a table that was written on another computer."""

from __future__ import annotations

import hashlib
import unicodedata
from pathlib import Path

import pytest

from perser_gui.desk.finding import find_files
from perser_gui.progress import Progress


def files_in(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def found(root: Path, *files: str, **hashes: str) -> dict[str, tuple[str, str]]:
    result = find_files({**dict.fromkeys(files, ""), **hashes}, root, Progress())
    return {
        file: (path.relative_to(root).as_posix(), result.how[file])
        for file, path in result.paths.items()
    }


@pytest.mark.parametrize(
    ("file", "way"),
    [
        ("a.wav", "named"),
        ("/home/lena/rec/a.wav", "name"),
        (r"C:\Users\lena\clips\a.wav", "name"),
        (r"\\server\share\clips\a.wav", "name"),
        ("C:/Users/lena/a.wav", "name"),
        ("file:///C:/Users/lena/a.wav", "name"),
        ("https://example.org/audio/a.wav?x=1", "name"),
        ("/data/local-files/?d=clips/a.wav", "name"),
        ("/data/upload/3/0a1b2c3d-a.wav", "name"),
        ("./a.wav", "named"),
        ("A.WAV", "name"),
        ("a", "name"),
        ("a.mp3", "name"),
    ],
)
def test_a_file_is_found_by_its_name_however_its_folder_is_written(
    tmp_path: Path, file: str, way: str
) -> None:
    files_in(tmp_path, "a.wav", "b.wav")
    assert found(tmp_path, file) == {file: ("a.wav", way)}


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_accents_may_be_coded_either_way(tmp_path: Path, form: str, other: str) -> None:
    files_in(tmp_path, unicodedata.normalize(form, "sub/Zoë-ärger.wav"))
    file = unicodedata.normalize(other, "/Users/zoë/sub/Zoë-ärger.wav")
    assert found(tmp_path, file)[file][0] == unicodedata.normalize(form, "sub/Zoë-ärger.wav")


def test_the_path_below_the_folder_that_all_share_tells_files_of_one_name_apart(
    tmp_path: Path,
) -> None:
    files_in(tmp_path, "s1/a.wav", "s2/a.wav", "deep/down/s3/b.wav")
    assert found(tmp_path, r"D:\rec\s1\a.wav", r"D:\rec\s2\a.wav", r"D:\rec\s3\b.wav") == {
        r"D:\rec\s1\a.wav": ("s1/a.wav", "path"),
        r"D:\rec\s2\a.wav": ("s2/a.wav", "path"),
        r"D:\rec\s3\b.wav": ("deep/down/s3/b.wav", "path"),
    }


def test_a_name_that_stands_twice_is_not_guessed(tmp_path: Path) -> None:
    files_in(tmp_path, "s1/a.wav", "s2/a.wav")
    result = find_files({"/x/y/a.wav": ""}, tmp_path, Progress())
    assert result.paths == {}
    assert "could be any of 2 files" in result.problems["/x/y/a.wav"]
    assert "s1/a.wav" in result.problems["/x/y/a.wav"]


def test_content_goes_before_names(tmp_path: Path) -> None:
    files_in(tmp_path, "a.wav", "b.wav", "c.wav")
    result = find_files(
        {"/old/a.wav": sha256("b.wav"), "c.wav": sha256("c.wav")}, tmp_path, Progress()
    )
    assert result.paths == {"/old/a.wav": tmp_path / "b.wav", "c.wav": tmp_path / "c.wav"}
    assert result.how == {"/old/a.wav": "content", "c.wav": "named"}
    assert (result.changed, result.counts()) == (
        [],
        {"where the table says": 1, "by their content": 1},
    )


def test_a_file_with_other_bytes_is_taken_by_name_and_said(tmp_path: Path) -> None:
    files_in(tmp_path, "a.wav")
    result = find_files({"/old/a.wav": sha256("lost")}, tmp_path, Progress())
    assert result.how == {"/old/a.wav": "name"}
    assert result.changed == ["/old/a.wav"]


def test_what_is_nowhere_is_said_and_no_path_leads_out_of_the_folder(tmp_path: Path) -> None:
    files_in(tmp_path, "secret.wav", "audio/a.wav")
    result = find_files({"x/../../secret.wav": "", "b\0.wav": ""}, tmp_path / "audio", Progress())
    assert result.paths == {}
    assert all("was not found" in sentence for sentence in result.problems.values())
