"""Files appear whole, are on the disk, and keep what was there when something fails."""

from __future__ import annotations

import errno
import os
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from perser_gui import files
from perser_gui.errors import PerserError
from perser_gui.files import appearing, make_folder, put_in_place, write_whole

posix = pytest.mark.skipif(os.name != "posix", reason="rights as POSIX knows them")


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The order in which data, names and folders reach the disk."""
    order: list[str] = []
    real_fsync, real_replace = os.fsync, os.replace

    def fsync(handle: int) -> None:
        order.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "data")
        real_fsync(handle)

    def replace(source: Path, target: Path) -> None:
        order.append("name")
        real_replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "replace", replace)
    return order


def appear(path: Path, after: Callable[[], object]) -> None:
    with appearing(path) as stream:
        stream.write(b"new")
        after()


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_text_and_bytes_come_back_as_they_were_written(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "folders" / "a.txt", "žluť\n")
    write_whole(tmp_path / "b", b"\0\xff")
    assert (tmp_path / "new" / "folders" / "a.txt").read_bytes() == "žluť\n".encode()
    assert (tmp_path / "b").read_bytes() == b"\0\xff"


@posix
def test_data_is_on_the_disk_before_its_name_and_the_name_before_the_call_returns(
    tmp_path: Path, calls: list[str]
) -> None:
    write_whole(tmp_path / "a", b"1")
    assert calls == ["data", "name", "folder"]


@posix
def test_a_new_folder_is_on_the_disk_before_the_file_in_it(
    tmp_path: Path, calls: list[str]
) -> None:
    write_whole(tmp_path / "x" / "y" / "a", b"1")
    assert calls == ["folder", "folder", "data", "name", "folder"]


@posix
def test_a_download_is_on_the_disk_before_it_gets_its_name(
    tmp_path: Path, calls: list[str]
) -> None:
    (tmp_path / "a.part").write_bytes(b"whole")
    put_in_place(tmp_path / "a.part", tmp_path / "a")
    assert calls == ["data", "name", "folder"]
    assert (tmp_path / "a").read_bytes() == b"whole"


@posix
def test_macos_is_asked_to_empty_the_cache_of_the_drive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    import fcntl

    asked: list[int] = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "F_FULLFSYNC", 51, raising=False)
    monkeypatch.setattr(fcntl, "fcntl", lambda _, request: asked.append(request))
    write_whole(tmp_path / "a", b"1")
    assert asked == [51]
    assert calls == ["name", "folder"]


@pytest.mark.parametrize("broken", ["write", "data", "name"])
def test_what_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    write_whole(tmp_path / "a", b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        if broken == "data":
            patched.setattr(files, "sync", full)
        if broken == "name":
            patched.setattr(os, "replace", full)
        with pytest.raises(OSError, match="space"):
            appear(tmp_path / "a", full if broken == "write" else str)
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "the disk is full; please make room"),
        (errno.EDQUOT, "the disk is full; please make room"),
        (errno.EROFS, "a read-only medium"),
        (errno.EACCES, "not permitted"),
        (errno.ENAMETOOLONG, "choose a shorter one"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_the_sentence_says_why_and_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, said: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(files, "sync", refuse)
    with pytest.raises(PerserError, match=said):
        write_whole(tmp_path / "a", b"1")


@posix
def test_private_files_are_for_their_owner_only_and_others_as_the_umask_says(
    tmp_path: Path,
) -> None:
    before = os.umask(0o027)
    try:
        write_whole(tmp_path / "secret" / "a", b"1", private=True)
        write_whole(tmp_path / "export", b"1")
    finally:
        os.umask(before)
    assert rights(tmp_path / "secret") == 0o700
    assert rights(tmp_path / "secret" / "a") == 0o600
    assert rights(tmp_path / "export") == 0o640


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"old")
    (tmp_path / "link").symlink_to("real")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_bytes() == b"new"


@posix
def test_a_device_or_pipe_is_written_to_and_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    heard: list[bytes] = []
    reader = threading.Thread(target=lambda: heard.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"passed on")
    reader.join()
    assert heard == [b"passed on"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_folder_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    with pytest.raises(PerserError, match="a folder has this name"):
        write_whole(tmp_path / "a", b"1")
    (tmp_path / "b").write_bytes(b"")
    with pytest.raises(PerserError, match="b"):
        write_whole(tmp_path / "b" / "c", b"1")


def test_names_as_long_as_the_disk_takes_can_be_written(tmp_path: Path) -> None:
    name = "ž" * 120 + ".csv"
    write_whole(tmp_path / name, b"1")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_folders_made_by_two_at_once_are_no_fault(tmp_path: Path) -> None:
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
