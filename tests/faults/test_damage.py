"""Damaged files: every change is noticed, nothing is a traceback, and much can be rescued.

A store with everything in it is damaged in one place: bits flipped, bytes overwritten, blocks
zeroed or lost, the end cut off, in the database, its log and the profiles. What opens must say
exactly what was written, or that something is missing; `PERSER_FAULTS=25` damages 1,000 files.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import Clip, Profile, clip_part
from perser_gui.store import Store, check_store, repair_store

from .conftest import times

LISTENERS = ("Ana", "Ben", "Žofie")


def content(number: int) -> str:
    return f"{number:064x}"


def fill(folder: Path) -> Store:
    store = Store(folder)
    clips = [
        Clip(content(n), Path(f"/audio/{n} ž.wav"), 1.5 + n, "someone", "/audio", n % 3 == 0)
        for n in range(40)
    ]
    store.add_clips([*clips, clip_part(clips[0], 0.25, 1.0)])
    for name in LISTENERS:
        owner = store.add_listener(name, EmotionSet.of(("happy", "sad", "wistful")))
        for n in range(40):
            store.add_rating(owner.id, content(n), (("happy", "sad", "wistful")[n % 3],))
        store.add_rating(owner.id, content(1), (), "cant-tell")
        store.undo(owner.id)
        store.clear_rating(owner.id, content(2))
        changed = owner.emotions.renamed("wistful", "longing")
        store.set_emotions(owner.id, changed, {"wistful": "longing"})
        weights = {"output.bias": np.arange(200, dtype=np.float32)}
        profile = Profile("fine-tune", "base", ("happy", "sad"), weights, 3, 5)
        store.add_profile(owner.id, profile, current=True)
    store.remove_clips([content(39)])
    return store


def everything(store: Store) -> list[object]:
    """All that a user can see of a store."""
    seen: list[object] = [store.clips(), store.clips_by_content(), store.listeners()]
    for listener in store.listeners():
        seen += [store.ratings(listener.id), store.every_rating(listener.id)]
        seen.append(store.renamed_words(listener.id))
        for record in store.profiles(listener.id):
            weights = {name: array.tolist() for name, array in record.profile.parameters.items()}
            seen += [record.id, record.created, record.current, record.profile.notes, weights]
    return seen


def flip(data: bytearray, random_: random.Random) -> None:
    data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)


def garble(data: bytearray, random_: random.Random) -> None:
    start = random_.randrange(len(data))
    data[start : start + 16] = random_.randbytes(len(data[start : start + 16]))


def blank(data: bytearray, random_: random.Random) -> None:
    start = random_.randrange(0, len(data), 512)
    data[start : start + 512] = bytes(len(data[start : start + 512]))


def cut(data: bytearray, random_: random.Random) -> None:
    del data[random_.randrange(len(data)) :]


def drop(data: bytearray, random_: random.Random) -> None:
    start = random_.randrange(0, len(data), 512)
    del data[start : start + 512]


DAMAGES: tuple[Callable[[bytearray, random.Random], None], ...] = (flip, garble, blank, cut, drop)


@pytest.fixture(scope="module")
def intact(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[object]]:
    """A store as a kill leaves it, with its log, and what is in it."""
    folder = tmp_path_factory.mktemp("intact") / "data"
    store = fill(folder)
    for number in range(3):  # a part is in the database, a part still in the log
        store.add_rating(1, content(number), ("sad",))
        if number == 0:
            with store._database.read() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = folder.parent / "killed"
    shutil.copytree(folder, copy, ignore=shutil.ignore_patterns("*-shm"))
    seen = everything(store)
    store.close()
    return copy, seen


def test_no_damage_is_taken_for_data(intact: tuple[Path, list[object]], tmp_path: Path) -> None:
    folder, seen = intact
    random_ = random.Random(0)
    store = Store(shutil.copytree(folder, tmp_path / "as it was"))
    standing = said(store)
    store.close()
    noticed = unharmed = rescued = 0
    for number in range(times(40)):
        place = tmp_path / str(number)
        shutil.copytree(folder, place)
        files = [place / "perser.db", place / "perser.db", place / "perser.db-wal"]
        target = random_.choice([*files, *(place / "profiles").iterdir()])
        data = bytearray(target.read_bytes())
        random_.choice(DAMAGES)(data, random_)
        target.write_bytes(data)
        try:
            store = Store(place)
        except PerserError:
            noticed += 1
        else:
            try:
                same = everything(store) == seen
                assert same or store.notices, (number, target.name)
                unharmed, noticed = unharmed + same, noticed + (not same)
            except PerserError:
                noticed += 1
            finally:
                store.close()
        rescued += can_be_repaired(place, standing)
        shutil.rmtree(place)
    assert noticed + unharmed == times(40)
    assert rescued > times(40) * 0.8


def said(store: Store) -> dict[tuple[int, str], tuple[str, ...]]:
    return {
        (listener.id, rating.clip): rating.emotions
        for listener in store.listeners()
        for rating in store.ratings(listener.id)
    }


def can_be_repaired(place: Path, standing: dict[tuple[int, str], tuple[str, ...]]) -> bool:
    """Whether a repair leaves a store that opens, in which only stands what stood."""
    try:
        check_store(place)
        repair_store(place)
        store = Store(place)
    except PerserError:
        return False
    for key, words in said(store).items():
        assert standing.get(key) == words or store.notices, (place.name, key, words)
    store.close()
    return True


@pytest.mark.parametrize("left", ["empty", "gone"])
def test_a_store_that_is_gone_beside_its_profiles_is_not_taken_for_a_new_one(
    intact: tuple[Path, list[object]], tmp_path: Path, left: str
) -> None:
    place = tmp_path / "data"
    shutil.copytree(intact[0], place)
    (place / "perser.db-wal").unlink()
    if left == "empty":
        (place / "perser.db").write_bytes(b"")
    else:
        (place / "perser.db").unlink()
    with pytest.raises(PerserError, match="3 profiles lie beside it"):
        Store(place)
