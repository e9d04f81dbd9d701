"""Studies in the store: answers are ratings, never changed, and each is kept with its trial."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from perser_gui.errors import PerserError
from perser_gui.records import Said
from perser_gui.store import Store, check_store, repair_store
from perser_gui.store.checksums import teach
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.shape import statements

from .conftest import clips, content

ANA = 1
ORDER = [(content(1), 1), (content(0), 1), (content(1), 2)]


@pytest.fixture
def study(store: Store) -> int:
    record = store.add_study("k" * 64, "Calls", '{"name": "Calls"}', clips(2))
    store.join_study(record.id, ANA, 3, ORDER)
    return record.id


def answer(store: Store, study: int, trial: int, word: str = "", **more: object) -> None:
    said = Said(ORDER[trial - 1][0], (word,) if word else (), "emotion" if word else "cant-tell")
    told = {"begun": "2026-01-02T03:04:05.000+00:00", "seconds": 1.5, "plays": 2, **more}
    store.answer_trial(study, ANA, trial, said, **told)  # type: ignore[arg-type]


def test_a_study_is_kept_with_its_clips_and_comes_once(store: Store, study: int) -> None:
    (record,) = store.studies()
    assert (record.id, record.name, record.clips) == (study, "Calls", (content(0), content(1)))
    assert store.add_study("k" * 64, "Calls", "{}", clips(2)) == record
    with pytest.raises(PerserError, match="another study called CALLS"):
        store.add_study("j" * 64, "CALLS", "{}", clips(2))
    (one,) = store.study_listeners(study)
    assert (one.listener, one.place, list(one.trials)) == (ANA, 3, ORDER)
    assert store.join_study(study, ANA, 9, []) == one
    with pytest.raises(PerserError, match="not there any more"):
        store.join_study(study, 77, 0, ORDER)


def test_a_repeat_and_a_correction_keep_every_answer(store: Store, study: int) -> None:
    answer(store, study, 1, "happy")
    answer(store, study, 2)
    answer(store, study, 3, "sad")
    answer(store, study, 3, "calm", seconds=None, plays=1)
    found = store.trial_answers(study, ANA)
    assert [(a.trial, a.rating.emotions, a.rating.answer) for a in found] == [
        (1, ("happy",), "emotion"),
        (2, (), "cant-tell"),
        (3, ("sad",), "emotion"),
        (3, ("calm",), "emotion"),
    ]
    assert (found[0].seconds, found[0].plays, found[3].seconds) == (1.5, 2, None)
    # for adaptation, the latest answer about a clip counts
    assert {r.clip: r.emotions for r in store.ratings(ANA)} == {
        content(1): ("calm",),
        content(0): (),
    }


def test_neither_undo_nor_clearing_takes_an_answer_out_of_its_study(
    store: Store, study: int
) -> None:
    answer(store, study, 1, "happy")
    assert store.undo(ANA) is None
    store.clear_rating(ANA, content(1))
    assert store.ratings(ANA) == []
    assert [a.rating.emotions for a in store.trial_answers(study, ANA)] == [("happy",)]


def test_answers_cannot_be_changed_or_deleted_and_are_in_two_places_or_none(
    store: Store, study: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(store, study, 1, "happy")
    connection = sqlite3.connect(folder / "perser.db")
    teach(connection)
    for statement in ("UPDATE trials SET plays = 9", "DELETE FROM trials"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            connection.execute(statement)
    connection.close()
    count = len(store.every_rating(ANA))
    with pytest.raises(sqlite3.IntegrityError):
        answer(store, 99, 1, "sad")  # no such study: the rating is not written either
    assert len(store.every_rating(ANA)) == count
    with pytest.raises(PerserError, match="not in the list"):
        store.answer_trial(study, ANA, 1, Said("f" * 64, ("sad",)), begun="", seconds=0, plays=1)


def test_a_study_with_answers_is_not_removed(store: Store, study: int) -> None:
    answer(store, study, 1, "happy")
    with pytest.raises(PerserError, match="1 answers"):
        store.remove_study(study)
    other = store.add_study("j" * 64, "Other", "{}", clips(1)).id
    store.join_study(other, ANA, 0, ORDER[:1])
    store.remove_study(other)
    assert [record.id for record in store.studies()] == [study]


def test_deleting_a_listener_deletes_their_answers_and_no_others(
    store: Store, study: int, folder: Path
) -> None:
    ben = store.add_listener("Ben").id
    store.join_study(study, ben, 4, ORDER)
    answer(store, study, 1, "happy")
    said = Said(content(1), ("secretword",))
    store.answer_trial(study, ben, 1, said, begun="", seconds=1.0, plays=1)
    store.delete_listener(ben)
    assert [one.listener for one in store.study_listeners(study)] == [ANA]
    assert len(store.trial_answers(study, ANA)) == 1
    assert store.trial_answers(study, ben) == []
    assert b"secretword" not in (folder / "perser.db").read_bytes()
    assert check_store(folder).problems == ()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"), store._database.write() as c:
        c.execute("DELETE FROM trials")


def test_a_rescue_keeps_studies_and_drops_an_answer_whose_rating_is_lost(
    store: Store, study: int, folder: Path, tmp_path: Path
) -> None:
    for trial, word in ((1, "happy"), (2, "sad"), (3, "happy")):
        answer(store, study, trial, word)
    lost = store.trial_answers(study, ANA)[1].rating.id
    store.close()
    target = tmp_path / "damaged"
    shutil.copytree(folder, target)
    connection = sqlite3.connect(target / "perser.db")
    teach(connection)
    connection.execute("DROP TRIGGER ratings_are_never_changed")
    connection.execute("UPDATE ratings SET emotions = '[\"angry\"]' WHERE id = ?", (lost,))
    connection.commit()
    connection.close()
    rescued = repair_store(target)
    assert rescued.lost["trials"] == 1
    after = Store(target)
    (record,) = after.studies()
    assert [one.listener for one in after.study_listeners(record.id)] == [ANA]
    assert [a.trial for a in after.trial_answers(record.id, ANA)] == [1, 3]
    after.close()


def test_a_store_of_the_format_before_opens_and_takes_studies(folder: Path) -> None:
    folder.mkdir()
    before = next(n for n, step in enumerate(STEPS) if "CREATE TABLE studies" in step)
    connection = sqlite3.connect(folder / "perser.db")
    teach(connection)
    for step in STEPS[:before]:
        for statement in statements(step):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {before}")
    connection.execute("INSERT INTO listeners (name, emotions, created) VALUES ('Ana', '[]', '')")
    connection.commit()
    connection.close()
    opened = Store(folder)
    record = opened.add_study("k" * 64, "Calls", "{}", clips(2))
    opened.join_study(record.id, ANA, 0, ORDER)
    answer(opened, record.id, 1, "happy")
    assert len(opened.trial_answers(record.id, ANA)) == 1
    assert (folder / f"perser.db.format-{before}").exists()
    assert before < VERSION
    opened.close()
    assert check_store(folder).problems == ()
