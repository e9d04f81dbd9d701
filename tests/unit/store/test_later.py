"""What opening a large store leaves for later: it is still done, and labels are never left."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip
from perser_gui.store import Store, opening_checks
from perser_gui.store.checksums import teach


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with more clips than are looked through before it is used."""
    monkeypatch.setattr(opening_checks, "MANY_CLIPS", 5)
    store = Store(tmp_path / "data")
    store.add_clips([Clip(f"{i:064x}", tmp_path / f"{i}.wav", 1.0) for i in range(1200)])
    listener = store.add_listener("Ada")
    store.add_rating(listener.id, f"{3:064x}", ("sad",))
    store.close()
    return tmp_path / "data"


def damage(folder: Path, table: str, number: int) -> None:
    with sqlite3.connect(folder / "perser.db") as connection:
        teach(connection)
        connection.execute(f"UPDATE {table} SET checksum = x'00' WHERE id = ?", (number,))
    connection.close()


@pytest.mark.parametrize("number", [1, 501, 1200])
def test_a_damaged_row_of_a_long_list_is_found_after_opening(folder: Path, number: int) -> None:
    damage(folder, "clips", number)
    store = Store(folder, later=True)
    try:
        with pytest.raises(PerserError, match="damaged"):
            store.check_rest(Progress())
    finally:
        store.close()
    with pytest.raises(PerserError, match="damaged"):
        Store(folder)
    assert list(folder.glob("perser.db.damaged-*"))


def test_a_damaged_label_is_found_at_the_door(folder: Path) -> None:
    damage(folder, "ratings", 1)
    with pytest.raises(PerserError, match="damaged"):
        Store(folder, later=True)


def test_a_sound_list_is_looked_through_once_and_can_be_left(folder: Path) -> None:
    store = Store(folder, later=True)
    try:
        cancelled = Progress()
        cancelled.cancel()
        with pytest.raises(Cancelled):
            store.check_rest(cancelled)
        store.check_rest(Progress())
        store.check_rest(cancelled)  # there is nothing left to look at
    finally:
        store.close()


def test_the_backup_of_the_day_is_made_when_the_desk_settles(folder: Path, tmp_path: Path) -> None:
    backups = folder / "backups"
    desk = Desk.open(data_dir=folder, cache_dir=tmp_path / "cache", later=True)
    try:
        assert not backups.exists()
        assert desk.settle(Progress()) == []
        assert len(list(backups.glob("*.perser-backup"))) == 1
        desk.settle(Progress())
        assert len(list(backups.glob("*.perser-backup"))) == 1
    finally:
        desk.close()
