"""SQLite's own log, whole and damaged: how many commits are lost is known without SQLite."""

from __future__ import annotations

import shutil
import sqlite3
import struct
from pathlib import Path

import numpy as np
import pytest

from perser_gui.store.log import _sums, lost_commits

HEADER, FRAME, PAGE = 32, 24, 4096
COMMITS = 6


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with the creation of a table and five rows, each a commit of its own."""
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("CREATE TABLE rows (text)")
    for number in range(COMMITS - 1):
        connection.execute("INSERT INTO rows VALUES (?)", (f"row {number}" * 50,))
    copy = tmp_path / "copy-wal"
    shutil.copyfile(tmp_path / "a.db-wal", copy)
    connection.close()
    return copy


def frames(log: Path) -> list[int]:
    """Where the frames that end a commit begin."""
    data = log.read_bytes()
    starts = range(HEADER, len(data), FRAME + PAGE)
    return [start for start in starts if struct.unpack_from(">2I", data, start)[1]]


def damaged(log: Path, place: int) -> Path:
    data = bytearray(log.read_bytes())
    data[place] ^= 0x40
    log.write_bytes(data)
    return log


def test_a_whole_log_has_lost_nothing(log: Path) -> None:
    assert len(frames(log)) == COMMITS
    assert lost_commits(log) == 0


@pytest.mark.parametrize("commit", range(COMMITS))
@pytest.mark.parametrize("inside", [9, FRAME + 1, FRAME + PAGE - 1])
def test_all_commits_behind_a_damaged_place_are_lost(log: Path, commit: int, inside: int) -> None:
    place = frames(log)[commit] + inside
    known = COMMITS - commit
    # a frame whose salt is damaged cannot be told from one that was left over from before
    assert lost_commits(damaged(log, place)) == known - (inside == 9)


def test_a_log_that_was_cut_off_has_lost_what_is_not_there_and_cannot_know_it(log: Path) -> None:
    log.write_bytes(log.read_bytes()[:-1])
    assert lost_commits(log) == 0


def test_a_log_without_a_valid_header_counts_as_one_lost_commit(log: Path, tmp_path: Path) -> None:
    assert lost_commits(damaged(log, 25)) == 1
    log.write_bytes(log.read_bytes()[:20])
    assert lost_commits(log) == 1
    assert lost_commits(tmp_path / "nowhere") == 0
    (tmp_path / "empty").touch()
    assert lost_commits(tmp_path / "empty") == 0
    assert lost_commits(tmp_path) == 1, "a folder cannot be read"


def test_the_checksum_is_that_of_sqlite_word_by_word() -> None:
    data = np.random.default_rng(3).integers(0, 256, 4096, dtype=np.uint8).tobytes()
    one, two = 7, 2**32 - 5
    for first, second in struct.iter_unpack("<2I", data):
        one = (one + first + two) % 2**32
        two = (two + second + one) % 2**32
    assert _sums(data, (7, 2**32 - 5), "<u4") == (one, two)
