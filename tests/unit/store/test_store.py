from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from perser_gui.emotions import Emotion, EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import Clip, Said
from perser_gui.store import Store
from perser_gui.store.profiles import emotions_from_data

from .conftest import clips, content, some_profile


def test_what_was_rated_is_there_after_opening_again(store: Store, folder: Path) -> None:
    made = store.add_rating(1, content(0), ("happy", "sad"), intensity=0.7)
    store.close()
    again = Store(folder)
    assert again.ratings(1) == [made]
    assert made.emotions == ("happy", "sad")
    again.close()


@pytest.mark.parametrize("order", [(True, False), (False, True)])
def test_a_voice_once_known_to_be_synthetic_stays_so_when_its_clip_is_added_again(
    store: Store, order: tuple[bool, bool]
) -> None:
    for synthetic in order:
        store.add_clips([replace(clips(1)[0], synthetic=synthetic)])
    assert store.clips_by_content([content(0)])[content(0)].synthetic
    assert not store.clips_by_content([content(1)])[content(1)].synthetic


def test_a_later_rating_of_a_clip_counts_and_the_earlier_one_stays_written(store: Store) -> None:
    first = store.add_rating(1, content(0), ("happy",))
    other = store.add_rating(1, content(1), ("sad",))
    second = store.add_rating(1, content(0), ("angry",))
    assert store.ratings(1) == [other, second]
    assert store.every_rating(1) == [first, other, second]


def test_undo_is_a_new_row_and_brings_the_earlier_rating_back(store: Store) -> None:
    first = store.add_rating(1, content(0), ("happy",))
    store.add_rating(1, content(0), ("angry",))
    undone = store.undo(1)
    assert undone is not None
    assert (undone.kind, undone.said, undone.clip) == ("label", "the label “angry”", content(0))
    assert store.ratings(1) == [first]
    rows = store.every_rating(1)
    assert [row.withdrawn for row in rows] == [False, False, True]
    assert rows[2].emotions == ("angry",)


def test_undo_walks_back_one_rating_at_a_time_until_nothing_is_left(store: Store) -> None:
    made = [store.add_rating(1, content(n), ("happy",)) for n in range(3)]
    undone = [store.undo(1) for _ in range(4)]
    assert [act and act.clip for act in undone] == [r.clip for r in reversed(made)] + [None]
    assert store.ratings(1) == []


def test_undo_touches_only_the_ratings_of_that_listener(store: Store) -> None:
    other = store.add_listener("Ben")
    kept = store.add_rating(other.id, content(0), ("sad",))
    store.add_rating(1, content(0), ("happy",))
    store.undo(1)
    assert store.undo(1) is None
    assert store.ratings(other.id) == [kept]


@pytest.mark.parametrize("statement", ["UPDATE ratings SET emotions = '[]'", "DELETE FROM ratings"])
def test_the_database_itself_refuses_to_change_or_lose_a_rating(
    store: Store, folder: Path, statement: str
) -> None:
    store.add_rating(1, content(0), ("happy",))
    with sqlite3.connect(folder / "perser.db") as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)
    raw.close()
    assert len(store.ratings(1)) == 1


def test_several_ratings_are_written_all_or_not_at_all(store: Store) -> None:
    with pytest.raises(PerserError, match="not in the list"):
        store.add_ratings(
            1,
            [
                Said(content(0), ("happy",)),
                Said("f" * 64, ("sad",)),
            ],
        )
    assert store.every_rating(1) == []


@pytest.mark.parametrize(
    ("words", "answer", "intensity"),
    [
        ((), "emotion", None),
        (("happy",), "skip", None),
        (("happy",), "cant-tell", None),
        (("happy", "Happy"), "emotion", None),
        (("happy",), "emotion", float("nan")),
        ((), "dunno", None),
    ],
)
def test_an_answer_that_contradicts_itself_is_refused(
    store: Store, words: tuple[str, ...], answer: str, intensity: float | None
) -> None:
    with pytest.raises(PerserError):
        store.add_rating(1, content(0), words, answer, intensity)  # type: ignore[arg-type]
    assert store.every_rating(1) == []


def test_cant_tell_and_skip_are_answers(store: Store) -> None:
    store.add_rating(1, content(0), answer="cant-tell")
    store.add_rating(1, content(1), answer="skip")
    assert [rating.answer for rating in store.ratings(1)] == ["cant-tell", "skip"]


def test_a_killed_program_loses_no_rating(folder: Path) -> None:
    program = f"""
import sys
from pathlib import Path
from perser_gui.records import Clip, Said
from perser_gui.store import Store
store = Store(Path({str(folder)!r}))
store.add_listener("Ana")
store.add_clips([Clip(f"{{n:064x}}", Path(f"/{{n}}.wav"), 1.0) for n in range(1000)])
for n in range(1000):
    store.add_rating(1, f"{{n:064x}}", ("happy",))
    print(n + 1, flush=True)
"""
    child = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]
    )
    assert child.stdout is not None
    seen = 0
    while seen < 25:
        seen = int(child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    seen = max([seen, *map(int, child.stdout.read().split(b"\n")[:-1])])
    child.stdout.close()
    assert child.wait() == -signal.SIGKILL
    store = Store(folder)
    # What it had said is there; one more may have been written before it could say so.
    assert len(store.ratings(1)) in (seen, seen + 1)
    assert len(store.ratings(1)) < 1000
    store.close()


def test_the_disk_is_asked_to_keep_every_commit(store: Store) -> None:
    with store._database.read() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)


def test_many_threads_write_without_losing_anything(store: Store) -> None:
    store.add_clips(clips(40))
    failures: list[BaseException] = []

    def rate(start: int) -> None:
        try:
            for number in range(start, 40, 4):
                store.add_rating(1, content(number), ("happy",))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=rate, args=(start,)) for start in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {rating.clip for rating in store.ratings(1)} == {content(n) for n in range(40)}


def test_connections_of_finished_threads_do_not_pile_up(store: Store) -> None:
    for _ in range(20):
        thread = threading.Thread(target=store.listeners)
        thread.start()
        thread.join()
    assert len(store._database._connections) <= 2


def test_a_clip_taken_off_the_list_keeps_its_ratings_and_comes_back_with_them(
    store: Store,
) -> None:
    store.add_rating(1, content(1), ("happy",))
    store.remove_clips([content(1)])
    assert [clip.content for clip in store.clips()] == [content(0), content(2)]
    assert len(store.ratings(1)) == 1
    store.add_clips(clips())
    assert [clip.content for clip in store.clips()] == [content(0), content(1), content(2)]


def test_a_clip_found_elsewhere_takes_its_new_path_and_keeps_its_speaker(store: Store) -> None:
    store.add_clips([Clip(content(0), Path("/audio/0.wav"), 1.0, speaker="actor-7")])
    store.add_clips([Clip(content(0), Path("/moved/0.wav"), 1.0)])
    moved = store.clips_by_content([content(0)])[content(0)]
    assert (moved.path, moved.speaker) == (Path("/moved/0.wav"), "actor-7")
    assert len(store.clips()) == 3


def test_listeners_keep_their_own_words(store: Store) -> None:
    words = EmotionSet.of(("joy", "wistful"))
    added = store.add_listener("Ben", words)
    assert store.listener(added.id).emotions == words
    assert store.listener(1).emotions == EmotionSet.default()


def test_a_kept_word_that_became_a_class_is_read_as_that_class(store: Store) -> None:
    words = EmotionSet((Emotion("boredom", "#C2558F"), Emotion("sad", "#4C7BD9", ("sad",))))
    added = store.add_listener("Ben", words)
    kept = store.listener(added.id).emotions
    assert kept.words == words.words
    assert [e.sources for e in kept.emotions] == [("bored",), ("sad",)]
    assert [e.colour for e in kept.emotions] == [e.colour for e in words.emotions]


@pytest.mark.parametrize("name", ["ana", "  Ana ", "", "   "])
def test_a_name_is_not_empty_and_not_taken(store: Store, name: str) -> None:
    with pytest.raises(PerserError):
        store.add_listener(name)
    other = store.add_listener("Ben")
    with pytest.raises(PerserError):
        store.rename_listener(other.id, name)
    assert [listener.name for listener in store.listeners()] == ["Ana", "Ben"]


def test_a_listener_can_change_the_case_of_the_own_name(store: Store) -> None:
    assert store.rename_listener(1, "ANA").name == "ANA"


def test_an_unknown_listener_is_told_plainly(store: Store) -> None:
    for ask in (store.listener, lambda one: store.add_rating(one, content(0), ("happy",))):
        with pytest.raises(PerserError, match="not there any more"):
            ask(99)


def test_renamed_words_are_remembered_in_order(store: Store) -> None:
    store.set_emotions(1, EmotionSet.of(("joy",)), {"happy": "joy"})
    store.set_emotions(1, EmotionSet.of(("glee",)), {"joy": "glee"})
    assert store.renamed_words(1) == [("happy", "joy"), ("joy", "glee")]


def test_shares_and_dimensions_stay_with_a_rating_and_with_its_undoing(store: Store) -> None:
    said = Said(content(0), ("happy", "sad"), shares=(0.75, 0.25), dimensions=(("valence", 3.5),))
    store.add_ratings(1, [said])
    (kept,) = store.ratings(1)
    assert kept.said == said
    store.undo(1)
    assert store.every_rating(1)[1].shares == (0.75, 0.25)
    for wrong in (
        replace(said, shares=(0.5,)),
        replace(said, shares=(0.5, 0.6)),
        replace(said, shares=(1.5, -0.5)),
        replace(said, dimensions=(("valence", float("nan")),)),
    ):
        with pytest.raises(PerserError, match=r"Shares|Valence"):
            store.add_ratings(1, [wrong])


def test_a_label_that_was_cleared_and_came_back_can_still_be_undone(store: Store) -> None:
    store.add_rating(1, content(0), ("happy",))
    store.clear_rating(1, content(0))
    assert store.ratings(1) == []
    store.undo(1)
    assert [r.emotions for r in store.ratings(1)] == [("happy",)]
    store.undo(1)
    assert store.ratings(1) == []
    store.redo(1)
    assert [r.emotions for r in store.ratings(1)] == [("happy",)]
    store.redo(1)
    assert store.ratings(1) == []


def test_a_note_and_blind_stay_with_a_rating_and_with_its_undoing(store: Store) -> None:
    said = Said(content(0), ("happy",), note="out of breath,\nor laughing?", blind=True)
    store.add_ratings(1, [said])
    store.undo(1)
    store.redo(1)
    (kept,) = store.ratings(1)
    assert kept.said == said
    store.undo(1)
    assert store.ratings(1) == []


@pytest.mark.parametrize("note", ["bell\a", "x" * 10_001])
def test_a_note_that_could_not_be_shown_is_refused(store: Store, note: str) -> None:
    with pytest.raises(PerserError, match="note"):
        store.add_ratings(1, [Said(content(0), ("happy",), note=note)])
    assert store.ratings(1) == []


def test_a_new_listener_labels_blind_until_the_first_adaptation(store: Store) -> None:
    assert store.blind(1)
    store.add_rating(1, content(0), ("happy",))
    assert store.blind(1)
    store.add_profile(1, some_profile(), current=False)
    assert not store.blind(1)


def test_the_choice_to_label_blind_is_each_listeners_own_and_outlasts_adapting(
    store: Store, folder: Path
) -> None:
    other = store.add_listener("Ben")
    store.set_blind(other.id, False)
    store.set_blind(1, True)
    store.add_profile(1, some_profile(), current=True)
    store.close()
    again = Store(folder)
    assert (again.blind(1), again.blind(other.id)) == (True, False)
    with pytest.raises(PerserError, match="not there any more"):
        again.blind(99)
    again.close()


def test_undoing_goes_by_when_a_label_was_asked_for(store: Store, folder: Path) -> None:
    """As when the first of three could be saved only after the other two."""
    moments = [f"2026-01-01T00:00:00.00000{n}+00:00" for n in range(3)]
    for n in (1, 2, 0):
        with store.as_of(moments[n]):
            store.add_rating(1, content(n), ("happy",))
    store.close()
    again = Store(folder)
    undone = [again.undo(1) for _ in range(3)]
    assert [act.clip for act in undone if act] == [content(2), content(1), content(0)]
    redone = [again.redo(1) for _ in range(3)]
    assert [act.clip for act in redone if act] == [content(0), content(1), content(2)]
    again.remove_clips([content(1)])
    act = again.undo(1)
    assert act is not None
    assert act.kind == "remove"
    again.close()


def steps_of(folder: Path, count: int) -> int:
    """Steps that SQLite takes for undoing an import of so many labels and clearing one."""
    store = Store(folder)
    store.add_clips(clips(count))
    who = store.add_listener("Ana").id
    store.add_ratings(who, [Said(content(n), ("happy",)) for n in range(count)])
    steps = 0

    def count_them() -> int:
        nonlocal steps
        steps += 1
        return 0

    with store._database.read() as connection:
        connection.set_progress_handler(count_them, 100)
    store.undo(who)
    store.redo(who)
    store.clear_rating(who, content(0))
    store.close()
    return steps


def test_undoing_an_import_takes_as_long_as_it_is(tmp_path: Path) -> None:
    few, many = steps_of(tmp_path / "few", 300), steps_of(tmp_path / "many", 1200)
    assert many < 6 * few


def test_taking_a_clip_off_the_list_and_back_names_the_clip_both_ways(store: Store) -> None:
    store.remove_clips([content(1)])
    undone, redone = store.undo(1), store.redo(1)
    assert undone is not None
    assert redone is not None
    assert (undone.kind, undone.clip) == (redone.kind, redone.clip) == ("remove", content(1))


def test_keys_of_words_are_kept_and_an_undo_brings_the_former_ones_back(
    store: Store, folder: Path
) -> None:
    words = store.listener(1).emotions
    first = replace(words.emotions[0], key="Q")
    store.set_emotions(1, EmotionSet((first, *words.emotions[1:])))
    store.close()
    again = Store(folder)
    assert again.listener(1).emotions.keys[:2] == ("Q", "2")
    assert again.undo(1) is not None
    assert again.listener(1).emotions.keys[:2] == ("1", "2")
    again.close()


@pytest.mark.parametrize("key", ["Ctrl+Q", "", " ", "0", "F99", "QQ"])
def test_what_cannot_be_the_key_of_a_word_is_read_as_none(key: str) -> None:
    data = [{"word": "calm", "colour": "#123456", "sources": [], "key": key}]
    assert emotions_from_data(data).keys == ("1",)
