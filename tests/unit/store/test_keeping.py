"""Backups that can be brought back, and listeners that are gone from the disk."""

from __future__ import annotations

import os
import sqlite3
import stat
import zipfile
from pathlib import Path

import pytest

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.files import overwrite
from perser_gui.records import Said
from perser_gui.settings import Settings, save_settings
from perser_gui.store import Store, check_store, repair_store, restore_store
from perser_gui.store.backups import read_backup
from perser_gui.store.checksums import teach

from .conftest import clips, content, some_profile


@pytest.fixture
def filled(store: Store) -> Store:
    """Two listeners with labels, an undo, renamed words, profiles and a kept recording."""
    store.add_listener("Secret Name", EmotionSet.of(("zzword", "sad")))
    for number in range(3):
        store.add_rating(1, content(number), ("happy",))
        store.add_rating(2, content(number), ("zzword",))
    store.undo(1)
    owner = store.listener(2)
    store.set_emotions(2, owner.emotions.renamed("zzword", "zznewword"), {"zzword": "zznewword"})
    store.add_profile(1, some_profile(), current=True)
    store.add_profile(2, some_profile(0.25, notes=("zznote",)), current=True)
    place = store.folder / "recordings" / "one day"
    place.mkdir(parents=True)
    (place / "12.00.wav").write_bytes(b"RIFFsound")
    return store


def seen(store: Store) -> list[object]:
    found: list[object] = [store.listeners(), store.clips()]
    for one in store.listeners():
        found += [store.every_rating(one.id), store.renamed_words(one.id)]
        found += [
            (r.id, r.current, dict(r.profile.parameters)["output.bias"].tolist())
            for r in store.profiles(one.id)
        ]
    return found


def test_a_label_that_was_changed_is_one_label_of_a_backup(store: Store, tmp_path: Path) -> None:
    for word in ("happy", "angry", "sad"):
        store.add_rating(1, content(0), (word,))
    store.add_rating(1, content(1), ("sad",))
    assert ": 2 labels of Ana" in store.backup(tmp_path / "all.perser-backup").said


def test_a_backup_brings_everything_back(filled: Store, tmp_path: Path) -> None:
    before = seen(filled)
    made = filled.backup(tmp_path / "all.perser-backup")
    assert (made.listeners, made.ratings) == (("Ana", "Secret Name"), 5)
    assert (made.profiles, made.recordings) == (2, 1)
    elsewhere = tmp_path / "elsewhere"
    restore_store(elsewhere, tmp_path / "all.perser-backup")
    other = Store(elsewhere)
    assert seen(other) == before
    assert (elsewhere / "recordings" / "one day" / "12.00.wav").read_bytes() == b"RIFFsound"
    redone = other.redo(1)
    assert redone is not None
    other.close()


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, as they stand in the file."""
    with sqlite3.connect(f"file:{store.path}?mode=ro", uri=True) as connection:
        teach(connection)
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = sorted(name for (name,) in tables if not name.startswith("sqlite_"))
        return {
            n: connection.execute(f"SELECT * FROM {n} ORDER BY rowid").fetchall() for n in names
        }


def test_a_store_with_every_feature_comes_back_row_for_row(filled: Store, tmp_path: Path) -> None:
    filled.add_ratings(
        1,
        [
            Said(
                content(0), ("happy", "sad"), shares=(0.7, 0.3), note="=two; at\nonce", blind=True
            ),
            Said(content(1), ("sad",), intensity=4.0, dimensions=(("valence", -0.5),), blind=False),
            Said(content(2), (), "cant-tell"),
        ],
    )
    filled.clear_rating(1, content(1))
    filled.undo(1)
    filled.set_blind(2, True)
    study = filled.add_study("k" * 64, "Calls", '{"name": "Calls"}', clips(2))
    filled.join_study(study.id, 1, 3, [(content(1), 1), (content(0), 1)])
    told = {"begun": "2026-01-02T03:04:05.000+00:00", "seconds": 1.5, "plays": 2}
    answer = Said(content(1), ("sad",), blind=True)
    filled.answer_trial(study.id, 1, 1, answer, **told)  # type: ignore[arg-type]
    filled.remove_clips([content(2)])
    before = everything(filled)
    empty = {name for name, rows in before.items() if not rows}
    assert empty <= {"gaps"}, empty

    filled.backup(tmp_path / "b")
    restore_store(tmp_path / "elsewhere", tmp_path / "b")
    other = Store(tmp_path / "elsewhere")
    assert everything(other) == before
    assert not check_store(tmp_path / "elsewhere").problems
    other.close()


def test_bringing_back_keeps_a_backup_of_what_was_there(filled: Store, tmp_path: Path) -> None:
    filled.backup(tmp_path / "b")
    filled.add_rating(1, content(2), ("sad",))
    after = seen(filled)
    filled.restore(tmp_path / "b")
    assert seen(filled) != after
    (kept,) = filled.backups()
    filled.restore(kept.path)
    assert seen(filled) == after


@pytest.mark.parametrize("place", [0.1, 0.5, 0.9])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    filled: Store, tmp_path: Path, place: float
) -> None:
    filled.backup(tmp_path / "b")
    data = bytearray((tmp_path / "b").read_bytes())
    start = int(len(data) * place)
    data[start : start + 40] = bytes(40)
    (tmp_path / "b").write_bytes(data)
    before = seen(filled)
    with pytest.raises(PerserError):
        filled.restore(tmp_path / "b")
    assert seen(filled) == before


@pytest.mark.parametrize(
    "name", ["../evil", "profiles/../../x.safetensors", "recordings/../x.wav", "/etc/passwd"]
)
def test_a_backup_that_would_write_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "b"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "manifest.json", f'{{"format": "perser-backup-1", "members": {{"{name}": ""}}}}'
        )
        archive.writestr(name, b"x")
    with pytest.raises(PerserError, match="is not a backup"):
        read_backup(path)


def test_automatic_backups_are_made_once_a_day_and_kept_by_count(
    filled: Store,
) -> None:
    filled.backup_of_the_day()
    filled.backup_of_the_day()
    assert len(filled.backups()) == 1
    save_settings(Settings(backups_kept=3))
    for _ in range(4):
        filled.backup_automatically("before an import")
    assert [b.reason for b in filled.backups()] == ["before an import"] * 3


def test_a_deleted_listener_is_nowhere_on_the_disk(filled: Store, tmp_path: Path) -> None:
    folder = filled.folder
    (folder / "perser.db.damaged-12345678").write_bytes(b"Secret Name zzword")
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "features").write_bytes(b"zz")
    filled.backup_of_the_day()
    other = [r.id for r in filled.every_rating(1)]
    filled.delete_listener(2, caches=[cache])
    assert [one.name for one in filled.listeners()] == ["Ana"]
    assert [r.id for r in filled.every_rating(1)] == other
    assert len(filled.profiles(1)) == 1
    with pytest.raises(Exception, match="append-only"), filled._database.write() as connection:
        connection.execute("DELETE FROM ratings")
    filled.close()
    for path in (*folder.rglob("*"), *cache.rglob("*")):
        if path.is_file():
            raw = path.read_bytes()
            for word in (b"Secret", b"zzword", b"zznew", b"zznote"):
                assert word not in raw, path
    for backup in (folder / "backups").iterdir():
        assert read_backup(backup).listeners == ("Ana",)


def test_a_deleted_profile_is_nowhere_on_the_disk_and_everything_else_is(
    filled: Store,
) -> None:
    folder = filled.folder
    (folder / "perser.db.format-3").write_bytes(b"zznote")
    filled.backup_of_the_day()
    kept = filled.add_profile(2, some_profile(0.75, notes=("kept",)), current=False)
    unwanted = filled.profiles(2)[1]
    weights, name = unwanted.path.read_bytes()[-8:], unwanted.path.name
    assert unwanted.current
    before = {k: v for k, v in everything(filled).items() if k not in ("profiles", "listeners")}
    assert filled.delete_profile(2, unwanted.id)
    assert filled.current_profile(2) is None
    assert [one.id for one in filled.profiles(2)] == [kept.id]
    assert len(filled.profiles(1)) == 1
    after = everything(filled)
    assert {k: v for k, v in after.items() if k in before} == before
    assert dict(filled.profiles(2)[0].profile.parameters)["output.bias"].tolist() == [0.75, -0.75]
    filled.close()
    assert not check_store(folder).problems
    assert not check_store(folder).orphans
    for path in folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            assert b"zznote" not in raw, path
            assert name.encode() not in raw, path
            assert weights not in raw, path
    (backup,) = (folder / "backups").iterdir()
    with zipfile.ZipFile(backup) as archive:
        for member in archive.namelist():
            assert b"zznote" not in archive.read(member), member
    assert read_backup(backup).ratings == 5
    Store(folder).close()  # it opens as a whole one


def test_a_profile_that_is_not_in_use_goes_without_touching_the_one_that_is(
    filled: Store,
) -> None:
    older = filled.profiles(2)[0]
    newer = filled.add_profile(2, some_profile(0.75), current=True)
    assert not filled.delete_profile(2, older.id)
    current = filled.current_profile(2)
    assert current is not None
    assert current.id == newer.id


def test_a_profile_of_another_listener_is_not_deleted_and_nothing_else_is(
    filled: Store,
) -> None:
    filled.backup_of_the_day()
    other = filled.profiles(1)[0]
    before = everything(filled), sorted(filled.folder.rglob("*"))
    for wrong in (other.id, 99):
        with pytest.raises(PerserError, match=f"no profile {wrong} in this listener's history"):
            filled.delete_profile(2, wrong)
    assert (everything(filled), sorted(filled.folder.rglob("*"))) == before


def test_a_deletion_that_fails_half_way_leaves_the_profile_and_its_backup(
    filled: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    unwanted = filled.profiles(2)[0]
    with filled._database.write() as connection:
        connection.execute(
            "CREATE TEMP TRIGGER refused BEFORE DELETE ON profiles"
            " BEGIN SELECT RAISE(ABORT, 'refused'); END"
        )
    with pytest.raises(Exception, match="refused"):
        filled.delete_profile(2, unwanted.id)
    (found,) = filled.profiles(2)
    assert found.current
    assert unwanted.path.exists()
    assert [one.reason for one in filled.backups()] == ["before deleting a profile"]


def test_overwritten_files_hold_zeros_before_their_name_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"secret" * 1000)
    found: list[bytes] = []
    monkeypatch.setattr(Path, "unlink", lambda self: found.append(self.read_bytes()))
    overwrite(path)
    assert found == [bytes(6000)]


@pytest.mark.skipif(os.name != "posix", reason="rights as POSIX knows them")
def test_everything_in_the_folder_is_for_its_owner_only(filled: Store) -> None:
    filled.backup_of_the_day()
    for path in (filled.folder, *filled.folder.rglob("*")):
        if "recordings" not in path.parts:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_a_damaged_store_is_repaired_and_the_damaged_one_kept(folder: Path, store: Store) -> None:
    store.add_clips(clips(300))
    for number in range(300):
        store.add_rating(1, content(number), ("happy",))
    store.close()
    path = folder / "perser.db"
    data = bytearray(path.read_bytes())
    place = data.rindex(b'["happy"]')
    data[place : place + 9] = b'["angry"]'
    path.write_bytes(data)
    assert check_store(folder).problems == ("1 rows of ratings are not what was written.",)
    with pytest.raises(PerserError, match="damaged"):
        Store(folder)
    rescued = repair_store(folder)
    assert (rescued.kept["ratings"], rescued.lost["ratings"]) == (299, 1)
    assert rescued.damaged is not None
    assert rescued.damaged.read_bytes() == bytes(data)
    again = Store(folder)
    assert {r.emotions for r in again.ratings(1)} == {("happy",)}
    again.close()


def test_an_empty_file_in_the_place_of_labels_is_not_taken_for_a_new_one(
    folder: Path, store: Store
) -> None:
    store.add_rating(1, content(0), ("happy",))
    store.close()
    (folder / "perser.db").write_bytes(b"")
    with pytest.raises(PerserError, match="is empty, although the mark"):
        Store(folder)
