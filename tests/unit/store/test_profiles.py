from __future__ import annotations

import errno
import json
import os
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import save

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.store import SharedProfile, Store, read_shared, write_shared
from perser_gui.store import store as store_module
from perser_gui.store.profiles import describe, described

from .conftest import some_profile


def same(one: object, other: object) -> bool:
    left, right = dict(vars(one)), dict(vars(other))
    a, b = left.pop("parameters"), right.pop("parameters")
    return left == right and a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a)


def test_a_profile_comes_back_as_it_was_saved(store: Store, folder: Path) -> None:
    profile = some_profile()
    store.add_profile(1, profile, current=True)
    store.close()
    again = Store(folder)
    record = again.current_profile(1)
    assert record is not None
    assert same(record.profile, profile)
    again.close()


def test_all_history_is_kept_and_one_is_current(store: Store) -> None:
    first = store.add_profile(1, some_profile(0.1), current=True)
    second = store.add_profile(1, some_profile(0.2), current=True)
    third = store.add_profile(1, some_profile(0.3), current=False)
    assert [record.id for record in store.profiles(1)] == [third.id, second.id, first.id]
    assert [record.current for record in store.profiles(1)] == [False, True, False]


def test_rolling_back_brings_an_earlier_profile_or_everyones_model(store: Store) -> None:
    first = store.add_profile(1, some_profile(0.1), current=True)
    store.add_profile(1, some_profile(0.2), current=True)
    store.make_current(1, first.id)
    current = store.current_profile(1)
    assert current is not None
    assert current.profile.parameters["output.bias"][0] == np.float32(0.1)
    store.make_current(1, None)
    assert store.current_profile(1) is None
    assert len(store.profiles(1)) == 2


def test_a_profile_of_another_listener_cannot_be_made_current(store: Store) -> None:
    other = store.add_listener("Ben")
    record = store.add_profile(other.id, some_profile(), current=True)
    with pytest.raises(PerserError, match="history"):
        store.make_current(1, record.id)
    assert store.current_profile(1) is None


def test_weights_that_were_tampered_with_are_refused(store: Store) -> None:
    record = store.add_profile(1, some_profile(0.5), current=True)
    record.path.write_bytes(save({"output.bias": np.array([9, 9], np.float32)}))
    reread = store.current_profile(1)
    assert reread is not None
    with pytest.raises(PerserError, match=record.path.name):
        reread.profile.parameters["output.bias"]


def test_missing_weights_are_named_and_the_history_still_opens(store: Store) -> None:
    record = store.add_profile(1, some_profile(), current=True)
    record.path.unlink()
    (reread,) = store.profiles(1)
    assert reread.profile.adapter == "fine-tune"
    with pytest.raises(PerserError, match=record.path.name):
        dict(reread.profile.parameters)


def test_the_history_is_read_without_reading_any_weights(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.add_profile(1, some_profile(), current=True)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"{path} was read"))
    assert len(store.profiles(1)) == 1


def test_a_row_that_cannot_be_written_leaves_no_file_and_the_old_profile(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = store.add_profile(1, some_profile(), current=True)

    def refuse(profile: object) -> object:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(store_module, "describe", refuse)
    with pytest.raises(PerserError, match="full"):
        store.add_profile(1, some_profile(0.9), current=True)
    assert [path.name for path in (folder / "profiles").iterdir()] == [kept.path.name]
    current = store.current_profile(1)
    assert current is not None
    assert current.id == kept.id


def test_a_full_disk_leaves_the_old_profile_and_no_half_file(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = store.add_profile(1, some_profile(), current=True)

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(PerserError, match="the disk is full"):
        store.add_profile(1, some_profile(0.9), current=True)
    monkeypatch.undo()
    assert [path.name for path in (folder / "profiles").iterdir()] == [kept.path.name]
    assert [record.id for record in store.profiles(1)] == [kept.id]


def test_a_profile_for_nobody_leaves_no_file(store: Store, folder: Path) -> None:
    with pytest.raises(PerserError, match="not there any more"):
        store.add_profile(9, some_profile(), current=True)
    assert not (folder / "profiles").exists()


def test_a_shared_profile_carries_its_listener_and_words(tmp_path: Path) -> None:
    emotions = EmotionSet.of(("joy", "wistful"))
    path = tmp_path / "ana.safetensors"
    write_shared(path, SharedProfile("Ana", emotions, some_profile()))
    read = read_shared(path)
    assert (read.listener, read.emotions) == ("Ana", emotions)
    assert same(read.profile, some_profile(ratings=()))


@settings(max_examples=60, deadline=None)
@given(data=st.binary(max_size=400), cut=st.integers(0, 400), where=st.integers(0, 2000))
def test_no_bytes_can_make_reading_a_shared_profile_fail_in_another_way(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, cut: int, where: int
) -> None:
    path = tmp_path_factory.mktemp("shared") / "p.safetensors"
    write_shared(path, SharedProfile("Ana", EmotionSet.default(), some_profile()))
    whole = path.read_bytes()
    where = where % len(whole)
    for damaged in (data, whole[:where] + data + whole[where + cut :]):
        path.write_bytes(damaged)
        try:
            read = read_shared(path)
        except PerserError:
            continue
        assert read.listener


def shared_with(**changes: object) -> bytes:
    description = {
        "adapter": "fine-tune", "base": "x", "classes": ["happy"], "seed": 0, "steps": 0,
        "device": "cpu", "ratings": [], "notes": [], "before": None, "after": None,
        "listener": {
            "name": "Ana", "emotions": [{"word": "happy", "colour": "#112233", "sources": []}],
        },
    }  # fmt: skip
    metadata = {"format": "perser-profile-1", "profile": json.dumps(description | changes)}
    return save({"a": np.ones(1, np.float32)}, metadata=metadata)


@pytest.mark.parametrize(
    "changes",
    [
        {"listener": {"name": "", "emotions": [{"word": "a", "colour": "#112233", "sources": []}]}},
        {"listener": {"name": "A", "emotions": []}},
        {"listener": {"name": "A", "emotions": [{"word": "", "colour": "#112233", "sources": []}]}},
        {"listener": {"name": "A", "emotions": [{"word": "a", "colour": "red;", "sources": []}]}},
        {"listener": None},
        {"classes": []},
        {"classes": 5},
        {"before": {"macro_f1": "high"}},
        {"ratings": ["one"]},
    ],
)
def test_a_shared_profile_with_senseless_content_is_refused(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    path = tmp_path / "p.safetensors"
    path.write_bytes(shared_with())
    assert read_shared(path).listener == "Ana"
    path.write_bytes(shared_with(**changes))
    with pytest.raises(PerserError, match=r"p\.safetensors"):
        read_shared(path)


def test_weights_that_are_not_numbers_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.safetensors"
    broken = some_profile(parameters={"b": np.array([np.nan], np.float32)})
    write_shared(path, SharedProfile("Ana", EmotionSet.default(), broken))
    with pytest.raises(PerserError, match="not numbers"):
        read_shared(path)


def test_a_profile_from_before_there_were_verdicts_loads_without_one() -> None:
    whole = some_profile()
    description = json.loads(json.dumps(describe(whole)))
    assert described(description, whole.parameters).verdict == whole.verdict
    del description["verdict"]
    old = described(description, whole.parameters)
    assert old.verdict is None
    assert old.before == whole.before


def test_a_verdict_that_nobody_could_have_given_is_refused() -> None:
    description = describe(some_profile())
    description["verdict"]["outcome"] = "excellent"
    with pytest.raises(ValueError, match="excellent"):
        described(description, {})
