"""What is lost with a row: never does an answer stand again that was taken back or replaced."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from perser_gui.emotions import EmotionSet
from perser_gui.store import Store, check_store, repair_store
from perser_gui.store.checksums import CHECKED, teach
from perser_gui.store.migrations import STEPS, VERSION
from perser_gui.store.rescue import Rescued

from .conftest import clips, content, some_profile

CLIPS = 8

Standing = dict[tuple[str, str], tuple[str, ...]]
Lost = list[tuple[str, int]]


def used(folder: Path) -> None:
    """A store in which everything that can be done with a label was done, by two listeners."""
    store = Store(folder)
    store.add_clips(clips(CLIPS))
    for name in ("Ana", "Ben"):
        who = store.add_listener(name, EmotionSet.of(("happy", "sad", "wistful"))).id
        for number in range(5):
            store.add_rating(who, content(number), ("happy",))
        store.add_rating(who, content(0), ("sad",))  # replaced
        store.add_rating(who, content(1), ("sad",))
        store.undo(who)  # undone: the first one stands again
        store.add_rating(who, content(2), ("sad",))
        store.undo(who)
        store.redo(who)  # redone: the second one stands
        store.clear_rating(who, content(3))  # cleared
        store.add_rating(who, content(4), (), "skip")
        store.add_rating(who, content(5), ("wistful",))
        store.undo(who)  # undone: nothing stands
        store.add_rating(who, content(6), ("wistful",))
    store.close()


def standing(folder: Path) -> Standing:
    store = Store(folder)
    try:
        return {
            (listener.name, rating.clip): rating.emotions or (rating.answer,)
            for listener in store.listeners()
            for rating in store.ratings(listener.id)
        }
    finally:
        store.close()


def rows(folder: Path, table: str) -> list[int]:
    connection = sqlite3.connect(folder / "perser.db")
    try:
        return [row[0] for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]
    finally:
        connection.close()


def without(folder: Path, target: Path, lost: Lost) -> Rescued:
    """Repair a copy in which these rows are not what was written."""
    shutil.copytree(folder, target)
    connection = sqlite3.connect(target / "perser.db", isolation_level=None)
    teach(connection)
    for table, number in lost:
        connection.execute(f"UPDATE {table} SET checksum = x'00' WHERE id = ?", (number,))
    connection.close()
    assert check_store(target).problems
    return repair_store(target)


def agrees(before: Standing, target: Path, rescued: Rescued) -> bool:
    """Whether all stands that stood, or is named, and nothing else; whether it all does."""
    after = standing(target)
    told = {(label.listener, label.file) for label in rescued.unsure}
    for (listener, clip), said in before.items():
        key = (listener, f"{int(clip, 16)}.wav")
        if (listener, clip) not in after:
            assert key in told, (key, said)
        else:
            assert after[listener, clip] == said
    assert set(after) <= set(before)
    assert check_store(target).problems == ()
    return after == before


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Standing]:
    folder = tmp_path_factory.mktemp("whole") / "data"
    used(folder)
    return folder, standing(folder)


def test_a_lost_rating_never_lets_another_answer_stand(
    whole: tuple[Path, Standing], tmp_path: Path
) -> None:
    folder, before = whole
    for number in rows(folder, "ratings"):
        rescued = without(folder, tmp_path / str(number), [("ratings", number)])
        assert rescued.lost["ratings"] >= 1
        agrees(before, tmp_path / str(number), rescued)


def test_a_row_that_took_a_label_back_can_be_lost_without_harm(
    whole: tuple[Path, Standing], tmp_path: Path
) -> None:
    folder, before = whole
    connection = sqlite3.connect(folder / "perser.db")
    found = [r[0] for r in connection.execute("SELECT id FROM ratings WHERE withdraws NOT NULL")]
    connection.close()
    assert len(found) == 8
    for number in found:
        rescued = without(folder, tmp_path / str(number), [("ratings", number)])
        assert agrees(before, tmp_path / str(number), rescued)
        assert rescued.unsure == ()


@pytest.mark.parametrize("table", sorted(set(CHECKED) - {"listeners", "clips", "ratings", "gaps"}))
def test_rows_that_only_say_more_can_be_lost_without_harm_to_a_label(
    whole: tuple[Path, Standing], tmp_path: Path, table: str
) -> None:
    folder, before = whole
    for number in rows(folder, table):
        rescued = without(folder, tmp_path / str(number), [(table, number)])
        assert agrees(before, tmp_path / str(number), rescued)


def test_a_label_is_in_doubt_where_what_stood_is_lost_too(
    whole: tuple[Path, Standing], tmp_path: Path
) -> None:
    folder, before = whole
    numbers = rows(folder, "ratings")
    notes = rows(folder, "standing")
    doubts = 0
    for at, number in enumerate(numbers):
        place = tmp_path / str(number)
        note = notes[at % len(notes)]
        lost = {("ratings", number), ("standing", note)}
        if of_clip(folder, "ratings", number) == of_clip(folder, "standing", note):
            continue  # then nothing is left that could name the label
        rescued = without(folder, place, sorted(lost))
        agrees_or_doubts(before, place, rescued)
        doubts += len(rescued.unsure)
    assert doubts > 10


def of_clip(folder: Path, table: str, number: int) -> tuple[int, str]:
    connection = sqlite3.connect(folder / "perser.db")
    try:
        query = f"SELECT listener, clip FROM {table} WHERE id = ?"
        found: tuple[int, str] = connection.execute(query, (number,)).fetchone()
        return found
    finally:
        connection.close()


def test_where_a_label_and_what_stood_are_lost_no_earlier_one_stands(
    whole: tuple[Path, Standing], tmp_path: Path
) -> None:
    folder, before = whole
    notes = {of_clip(folder, "standing", note): note for note in rows(folder, "standing")}
    for number in rows(folder, "ratings"):
        note = notes[of_clip(folder, "ratings", number)]
        place = tmp_path / str(number)
        rescued = without(folder, place, [("ratings", number), ("standing", note)])
        after = standing(place)
        assert all(before.get(key) == said for key, said in after.items())
        assert rescued.lost["ratings"] >= 1


def agrees_or_doubts(before: Standing, target: Path, rescued: Rescued) -> None:
    """As `agrees`, and undoing the repair brings back what was in doubt."""
    agrees(before, target, rescued)
    doubtful = [label for label in rescued.unsure if label.fate == "in doubt"]
    store = Store(target)
    for listener in store.listeners():
        mine = [label for label in doubtful if label.listener == listener.name]
        if not mine:
            continue
        act = store.undo(listener.id)
        assert act is not None
        assert act.kind == "repair"
        said = {r.clip: r.emotions or (r.answer,) for r in store.ratings(listener.id)}
        for label in mine:
            assert said[content(int(label.file.split(".")[0]))] == label.said
    store.close()


def test_all_rows_behind_a_place_can_be_lost(whole: tuple[Path, Standing], tmp_path: Path) -> None:
    folder, before = whole
    numbers = rows(folder, "ratings")
    for start in range(0, len(numbers), 5):
        place = tmp_path / str(start)
        rescued = without(folder, place, [("ratings", n) for n in numbers[start:]])
        agrees(before, place, rescued)


def test_a_repaired_store_can_be_harmed_and_repaired_again(
    whole: tuple[Path, Standing], tmp_path: Path
) -> None:
    folder, _ = whole
    numbers = rows(folder, "ratings")
    without(folder, tmp_path / "1", [("ratings", numbers[3]), ("ratings", numbers[-1])])
    once = standing(tmp_path / "1")
    for note in rows(tmp_path / "1", "standing"):  # what is known to be lost raises no new doubt
        rescued = without(tmp_path / "1", tmp_path / f"2-{note}", [("standing", note)])
        assert rescued.unsure == ()
        assert standing(tmp_path / f"2-{note}") == once


def test_a_deleted_listener_raises_no_doubt(whole: tuple[Path, Standing], tmp_path: Path) -> None:
    folder, _ = whole
    shutil.copytree(folder, tmp_path / "data")
    store = Store(tmp_path / "data")
    store.delete_listener(2)
    store.add_listener("Cleo")
    store.add_rating(3, content(0), ("happy",))
    store.delete_listener(1)
    store.close()
    left = standing(tmp_path / "data")
    for note in rows(tmp_path / "data", "standing"):
        rescued = without(tmp_path / "data", tmp_path / str(note), [("standing", note)])
        assert rescued.unsure == ()
        assert standing(tmp_path / str(note)) == left


def test_a_number_that_was_lost_is_not_given_again(folder: Path, store: Store) -> None:
    store.add_rating(1, content(0), ("happy",))
    store.add_rating(1, content(1), ("sad",))
    store.close()
    without(folder, folder.parent / "repaired", [("ratings", 2)])
    again = Store(folder.parent / "repaired")
    assert again.add_rating(1, content(2), ("happy",)).id == 3
    act = again.undo(1)
    assert act is not None
    assert act.clip == content(2)
    act = again.undo(1)  # the act of the lost label is gone: this is the one before it
    assert act is not None
    assert act.clip == content(0)
    assert again.ratings(1) == []
    again.close()


def test_a_renaming_that_was_lost_is_found_again(folder: Path, store: Store) -> None:
    words = EmotionSet.of(("happy", "wistful"))
    store.set_emotions(1, words)
    store.add_rating(1, content(0), ("wistful",))
    for before, after in (("wistful", "longing"), ("longing", "yearning")):
        words = words.renamed(before, after)
        store.set_emotions(1, words, {before: after})
    store.close()
    for lost in ([1], [2], [1, 2]):
        place = folder.parent / f"repaired {lost}"
        without(folder, place, [("renamed_words", number) for number in lost])
        again = Store(place)
        replayed = "wistful"
        for before, after in again.renamed_words(1):
            replayed = after if before == replayed else replayed
        assert replayed == "yearning"
        again.close()


def test_a_lost_listener_keeps_labels_and_words(folder: Path, store: Store) -> None:
    words = EmotionSet.of(("happy", "wistful"))
    store.set_emotions(1, words)
    store.add_rating(1, content(0), ("wistful",))
    renamed = words.renamed("wistful", "longing")
    store.set_emotions(1, renamed, {"wistful": "longing"})
    store.set_emotions(1, EmotionSet.of(("happy",)))
    store.undo(1)
    store.close()
    without(folder, folder.parent / "repaired", [("listeners", 1)])
    again = Store(folder.parent / "repaired")
    (who,) = again.listeners()
    assert who.name == "Rescued listener 1"
    assert who.emotions == renamed
    assert [r.emotions for r in again.ratings(1)] == [("wistful",)]
    again.close()


def test_a_lost_listener_whose_words_were_never_changed_has_those_of_the_labels(
    folder: Path, store: Store
) -> None:
    who = store.add_listener("Ben", EmotionSet.of(("happy", "wistful")))
    store.add_rating(who.id, content(0), ("wistful",))
    store.close()
    without(folder, folder.parent / "repaired", [("listeners", who.id)])
    again = Store(folder.parent / "repaired")
    rescued = again.listener(who.id)
    assert set(EmotionSet.default().words) | {"wistful"} == set(rescued.emotions.words)
    again.close()


def test_weights_of_a_lost_profile_stay_while_the_damaged_database_is_kept(
    folder: Path, store: Store
) -> None:
    store.add_rating(1, content(0), ("happy",))
    store.add_profile(1, some_profile(), current=True)
    store.close()
    place = folder.parent / "repaired"
    rescued = without(folder, place, [("profiles", 1)])
    assert rescued.lost["profiles"] == 1
    repair_store(place)
    assert len(list((place / "profiles").iterdir())) == 1
    assert rescued.damaged is not None
    rescued.damaged.unlink()
    assert repair_store(place).swept == 1
    assert list((place / "profiles").iterdir()) == []


def test_rows_that_vanished_without_a_trace_are_noticed(folder: Path, store: Store) -> None:
    """As when the disk lost a write, and an older page stands where a newer one should."""
    store.add_rating(1, content(0), ("happy",))
    store.clear_rating(1, content(0))
    store.close()
    connection = sqlite3.connect(folder / "perser.db", isolation_level=None)
    teach(connection)
    (trigger,) = connection.execute(
        "SELECT sql FROM sqlite_master WHERE name = 'ratings_are_never_deleted'"
    ).fetchone()
    connection.execute("DROP TRIGGER ratings_are_never_deleted")
    connection.execute("DELETE FROM ratings WHERE id = 2")
    connection.execute(trigger)
    connection.close()
    assert check_store(folder).problems == ("Ratings of 1 clips are missing.",)
    with pytest.raises(Exception, match="damaged"):
        Store(folder)
    assert repair_store(folder).unsure == ()
    assert standing(folder) == {}


def test_in_an_older_format_labels_before_a_lost_row_are_in_doubt(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    connection = sqlite3.connect(folder / "perser.db")
    teach(connection)
    connection.executescript("".join(STEPS[:5]) + "PRAGMA user_version = 5;")
    connection.execute("INSERT INTO listeners (name, emotions, created) VALUES ('Ana', '[]', '')")
    for number in range(4):
        connection.execute(
            "INSERT INTO clips (content, path, seconds, source, synthetic, added)"
            " VALUES (?, ?, 1, '', 0, '')",
            (content(number), f"/audio/{number}.wav"),
        )
        connection.execute(
            "INSERT INTO ratings (listener, clip, answer, emotions, created)"
            " VALUES (1, ?, 'emotion', '[\"happy\"]', '')",
            (content(number),),
        )
    connection.execute("UPDATE ratings SET checksum = x'00' WHERE id = 3")
    connection.commit()
    connection.close()
    rescued = repair_store(folder)
    assert [(u.file, u.fate, u.said) for u in rescued.unsure] == [
        ("0.wav", "in doubt", ("happy",)),
        ("1.wav", "in doubt", ("happy",)),
    ]
    assert list(standing(folder)) == [("Ana", content(3))]
    store = Store(folder)
    store.undo(1)
    assert len(store.ratings(1)) == 3
    store.close()
    assert VERSION > 5


def test_a_stray_file_among_the_backups_is_named_and_no_reason_to_write_anew(
    folder: Path, store: Store
) -> None:
    store.add_rating(1, content(0), ("happy",))
    store.close()
    (folder / "backups").mkdir()
    (folder / "backups" / "stray").write_text("")
    assert "no backup that can be read" in check_store(folder).problems[0]
    assert repair_store(folder).damaged is None
