from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from perser_gui.errors import PerserError
from perser_gui.records import Span, clip_part
from perser_gui.store import Store, check_store, database, repair_store
from perser_gui.store.checksums import teach
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.shape import statements

from .conftest import clips, content


def database_of_the_first_format(folder: Path) -> Path:
    """What the first format wrote: one listener, one clip, two ratings."""
    folder.mkdir()
    path = folder / "perser.db"
    connection = sqlite3.connect(path)
    connection.executescript(STEPS[0])
    connection.execute("PRAGMA user_version = 1")
    emotions = '[{"word": "joy", "colour": "#E0A526", "sources": ["happy"]}]'
    connection.execute(
        "INSERT INTO listeners (name, emotions, created) VALUES ('Ana', ?, '')", (emotions,)
    )
    connection.execute(
        "INSERT INTO clips (content, path, seconds, source, synthetic, added)"
        " VALUES (?, '/audio/0.wav', 1.5, '/audio', 0, '')",
        (content(0),),
    )
    for emotion in ("joy", "sad"):
        connection.execute(
            "INSERT INTO ratings (listener, clip, answer, emotions, created)"
            " VALUES (1, ?, 'emotion', ?, '')",
            (content(0), f'["{emotion}"]'),
        )
    connection.commit()
    connection.close()
    return path


def version(path: Path) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])
    finally:
        connection.close()


def test_a_database_of_the_first_format_opens_with_everything_in_it(folder: Path) -> None:
    path = database_of_the_first_format(folder)
    store = Store(folder)
    assert [listener.name for listener in store.listeners()] == ["Ana"]
    assert [clip.path for clip in store.clips()] == [Path("/audio/0.wav")]
    assert [rating.emotions for rating in store.every_rating(1)] == [("joy",), ("sad",)]
    store.remove_clips([content(0)])
    assert store.clips() == []
    store.close()
    assert version(path) == VERSION


def test_a_database_without_utterances_opens_and_takes_them_from_then_on(folder: Path) -> None:
    path = database_of_the_first_format(folder)
    connection = sqlite3.connect(path)
    connection.executescript(STEPS[1] + "PRAGMA user_version = 2;")
    connection.close()
    store = Store(folder)
    (whole,) = store.clips()
    assert whole.span is None
    part = clip_part(whole, 0.25, 1.125)
    store.add_clips([part])
    store.add_rating(1, part.content, ("joy",))
    store.close()
    again = Store(folder)
    assert again.clips() == [whole, part]
    assert again.clips()[1].span == Span(0.25, 1.125, 1.5)
    assert [rating.emotions for rating in again.ratings(1)] == [("sad",), ("joy",)]
    again.close()
    assert version(folder / "perser.db.format-2") == 2


def test_before_the_format_changes_a_copy_of_the_old_one_is_kept(folder: Path) -> None:
    database_of_the_first_format(folder)
    Store(folder).close()
    copy = folder / "perser.db.format-1"
    assert version(copy) == 1
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*) FROM ratings").fetchone() == (2,)
    connection.close()


def test_a_step_that_fails_leaves_the_old_format_whole(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = database_of_the_first_format(folder)
    broken = (STEPS[0], STEPS[1] + "INSERT INTO clips (id) VALUES (9);\n")
    monkeypatch.setattr(database, "STEPS", broken)
    with pytest.raises(sqlite3.IntegrityError):
        Store(folder)
    assert version(path) == 1
    monkeypatch.undo()
    store = Store(folder)
    assert len(store.every_rating(1)) == 2
    store.close()


def test_a_database_of_a_newer_program_is_refused_and_left_alone(folder: Path) -> None:
    Store(folder).close()
    path = folder / "perser.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(PerserError, match=r"perser\.db was written by a newer version"):
        Store(folder)
    assert path.read_bytes() == before


def test_several_programs_may_open_a_new_folder_at_once(folder: Path) -> None:
    failures: list[BaseException] = []

    def open_it(place: Path, start: threading.Barrier) -> None:
        try:
            start.wait()
            Store(place).close()
        except BaseException as error:
            failures.append(error)

    for number in range(40):  # they rarely meet just where it matters
        place, start = folder / str(number), threading.Barrier(4)
        threads = [threading.Thread(target=open_it, args=(place, start)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert version(place / "perser.db") == VERSION


def damage_header(data: bytes) -> bytes:
    return b"not a database, not at all. " * 40


def damage_page(data: bytes) -> bytes:
    return data[:4096] + b"\xff" * 4096 + data[8192:]


def damage_end(data: bytes) -> bytes:
    return data[: len(data) // 2]


@pytest.mark.parametrize("damage", [damage_header, damage_page, damage_end])
def test_a_damaged_database_is_named_kept_and_copied(
    folder: Path, damage: Callable[[bytes], bytes]
) -> None:
    store = Store(folder)
    store.add_clips(clips(500))
    store.add_listener("Ana")
    for number in range(200):
        store.add_rating(1, content(number), ("happy",))
    store.close()
    path = folder / "perser.db"
    damaged = damage(path.read_bytes())
    path.write_bytes(damaged)
    with pytest.raises(PerserError) as told:
        Store(folder)
    (copy,) = folder.glob("perser.db.damaged-*")
    assert str(path) in str(told.value)
    assert str(copy) in str(told.value)
    assert copy.read_bytes() == damaged
    assert path.read_bytes() == damaged
    with pytest.raises(PerserError):
        Store(folder)
    assert len(list(folder.glob("perser.db.damaged-*"))) == 1


def test_the_last_ratings_are_copied_along_with_a_damaged_database(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    """What a crash left in the log only is beside the copy, and can be had back with a backup."""
    store.add_clips(clips(500))
    with store._database.read() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    made = [store.add_rating(1, content(number), ("happy",)) for number in range(3)]
    crashed, good, log = (
        tmp_path / "crashed",
        *((folder / name).read_bytes() for name in ("perser.db", "perser.db-wal")),
    )
    crashed.mkdir()
    (crashed / "perser.db").write_bytes(damage_page(good))
    (crashed / "perser.db-wal").write_bytes(log)
    with pytest.raises(PerserError, match="is damaged"):
        Store(crashed)
    (copied_log,) = crashed.glob("perser.db.damaged-*-wal")
    assert copied_log.read_bytes() == log

    mended = tmp_path / "mended"
    mended.mkdir()
    (mended / "perser.db").write_bytes(good)
    (mended / "perser.db-wal").write_bytes(copied_log.read_bytes())
    again = Store(mended)
    assert again.ratings(1) == made
    again.close()


def test_damage_that_shows_later_is_told_in_the_same_words(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(folder)
    with pytest.raises(PerserError, match="is damaged"), store._database.read():
        raise sqlite3.DatabaseError("database disk image is malformed")
    store.close()


def test_a_database_of_another_program_is_not_touched(folder: Path) -> None:
    folder.mkdir()
    path = folder / "perser.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.commit()
    connection.close()
    with pytest.raises(PerserError, match="another program"):
        Store(folder)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PerserError, match="file/data"):
        Store(tmp_path / "file" / "data")


def test_a_program_that_holds_the_lock_too_long_is_told_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    store = Store(folder)
    store.add_listener("Ana")
    other = sqlite3.connect(folder / "perser.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(PerserError, match="another program"):
        store.add_listener("Ben")
    other.execute("ROLLBACK")
    other.close()
    store.add_listener("Ben")
    assert len(store.listeners()) == 2
    store.close()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("database or disk is full", "disk is full"),
        ("attempt to write a readonly database", "permissions"),
        ("disk I/O error", "check the disk"),
    ],
)
def test_a_disk_that_refuses_is_told_plainly(store: Store, text: str, told: str) -> None:
    with pytest.raises(PerserError, match=told), store._database.write():
        raise sqlite3.OperationalError(text)
    assert [listener.name for listener in store.listeners()] == ["Ana"]


def test_a_transaction_that_fails_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError):  # noqa: PT012, SIM117
        with store._database.write() as connection:
            connection.execute("UPDATE listeners SET name = 'Zoe'")
            raise ZeroDivisionError
    assert store.listeners()[0].name == "Ana"


def at_format(path: Path, version: int) -> None:
    """Bring a database of the first format to another one, as the program of then did."""
    connection = sqlite3.connect(path, isolation_level=None)
    teach(connection)
    for step in STEPS[1:version]:
        for statement in statements(step):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()


def test_whoever_labelled_before_there_was_a_blind_mode_goes_on_as_before(folder: Path) -> None:
    path = database_of_the_first_format(folder)
    at_format(path, 5)
    connection = sqlite3.connect(path)
    teach(connection)
    connection.execute("INSERT INTO listeners (name, emotions, created) VALUES ('Ben', '[]', '')")
    connection.commit()
    connection.close()
    store = Store(folder)
    assert (store.blind(1), store.blind(2)) == (False, True)
    assert [(r.blind, r.note) for r in store.every_rating(1)] == [(None, ""), (None, "")]
    store.close()
    assert version(path) == VERSION
    assert check_store(folder).problems == ()


def test_a_listener_damaged_before_a_new_format_is_not_taken_for_whole_after_it(
    folder: Path,
) -> None:
    path = database_of_the_first_format(folder)
    at_format(path, 5)
    connection = sqlite3.connect(path)
    teach(connection)
    connection.execute("DROP TRIGGER listeners_changed")
    connection.execute("UPDATE listeners SET name = 'Anb'")
    connection.execute(
        "CREATE TRIGGER listeners_changed AFTER UPDATE OF id, name, emotions, created, profile"
        " ON listeners BEGIN UPDATE listeners SET checksum = row_checksum("
        "id, name, emotions, created, profile) WHERE id = NEW.id; END"
    )
    connection.commit()
    connection.close()
    with pytest.raises(PerserError, match="damaged"):
        Store(folder)
    assert repair_store(folder).lost == {"listeners": 1}
