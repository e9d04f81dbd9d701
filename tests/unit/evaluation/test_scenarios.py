"""Annotator seen or held out, utterance seen or unseen: what training may know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import EpisodeList, ListenerPlan
from perser_gui.evaluation.scenarios import (
    Scenario,
    ScenarioParts,
    Seen,
    check_apart,
    check_checkpoint,
    check_training,
    divide,
    seen_in_training,
    training_part,
)

from .conftest import small_checkpoint

PLAN = ListenerPlan("ann", pool=("0", "1"), test=("2", "3"))
EPISODES = EpisodeList(0, "dialogue", (PLAN,), ())
TABLE = RatingsTable(
    tuple(
        RatingRow(str(clip), name, ("sad",))
        for name, clips in (("ann", range(4)), ("bo", range(6)))
        for clip in clips
    )
)


def cells(table: RatingsTable) -> set[str]:
    return {f"{row.listener[0]}{row.file}" for row in table.rows}


@pytest.mark.parametrize(
    ("annotator", "utterance", "allowed"),
    [
        ("seen", "seen", "a0 a1 b0 b1 b2 b3 b4 b5"),
        ("seen", "unseen", "a0 a1 b0 b1 b4 b5"),
        ("held-out", "seen", "b0 b1 b2 b3 b4 b5"),
        ("held-out", "unseen", "b4 b5"),
    ],
)
def test_training_sees_what_the_scenario_allows(
    annotator: str, utterance: str, allowed: str
) -> None:
    scenario = Scenario(annotator, utterance)
    train = training_part(TABLE, EPISODES, scenario)
    assert cells(train) == set(allowed.split())
    check_training(train, EPISODES, scenario)


@pytest.mark.parametrize(
    ("annotator", "utterance", "listener", "file", "says"),
    [
        ("held-out", "seen", "ann", "0", "ann is held out"),
        ("seen", "seen", "ann", "2", "ann is tested on 2"),
        ("seen", "unseen", "bo", "3", "3 is to be unseen"),
        ("held-out", "unseen", "bo", "1", "1 is to be unseen"),
    ],
)
def test_one_forbidden_rating_in_training_is_leakage(
    annotator: str, utterance: str, listener: str, file: str, says: str
) -> None:
    scenario = Scenario(annotator, utterance)
    train = training_part(TABLE, EPISODES, scenario)
    leak = replace(train, rows=(*train.rows, RatingRow(file, listener, ("sad",))))
    with pytest.raises(PerserError, match=f"Leakage: {says}"):
        check_training(leak, EPISODES, scenario)


def test_a_copy_of_an_unseen_clip_is_unseen_too() -> None:
    contents = {str(clip): f"hash{clip}" for clip in range(6)} | {"5": "hash2"}
    train = training_part(TABLE, EPISODES, Scenario("seen", "unseen"), contents)
    assert "b5" not in cells(train)


def test_a_table_is_divided_by_seed_and_marks_what_to_adapt_from() -> None:
    rows = [
        RatingRow(f"{clip:02}", name, ("sad",), f"s{clip % 4}")
        for name in ("ann", "bo", "cy", "di")
        for clip in range(40)
    ]
    table = RatingsTable(tuple(rows))
    parts = divide(table, listeners=2, scenario=Scenario("held-out", "seen"), shots=10, seed=3)
    assert parts == divide(
        table, listeners=2, scenario=Scenario("held-out", "seen"), shots=10, seed=3
    )
    assert len(parts.test.listeners) == 2
    assert not set(parts.test.listeners) & set(parts.train.listeners)
    assert len(parts.train) + len(parts.test) == len(table)
    for own in parts.test.by_listener().values():
        assert sum(row.split == "test" for row in own) == 20
    with pytest.raises(PerserError, match="5 listeners cannot be tested on; 4 have enough"):
        divide(table, listeners=5, scenario=Scenario(), shots=10)
    with pytest.raises(PerserError, match="Nothing is left to train on"):
        divide(table, listeners=2, scenario=Scenario("held-out", "unseen"), shots=10)
    with pytest.raises(PerserError, match="is no scenario"):
        Scenario("absent", "seen")


def test_a_checkpoint_that_knows_what_it_should_not_is_refused() -> None:
    contents = {str(clip): f"{clip}" * 64 for clip in range(4)}
    clean = small_checkpoint(listeners=["bo"], contents=["0" * 16])
    check_checkpoint(clean, EPISODES, contents, ("listeners", "clips"))
    knows = small_checkpoint(listeners=["ann"], contents=["3" * 16])
    check_checkpoint(knows, EPISODES, contents, ())
    with pytest.raises(PerserError, match="ratings of 1 tested listeners, ann"):
        check_checkpoint(knows, EPISODES, contents, ("listeners",))
    with pytest.raises(PerserError, match="trained on 1 tested clips, 3 among"):
        check_checkpoint(knows, EPISODES, contents, ("clips",))
    with pytest.raises(PerserError, match="does not say which clips"):
        check_checkpoint(small_checkpoint(), EPISODES, contents, ("clips",))


def test_scenarios_of_one_seed_test_the_same_and_can_train_on_equally_much() -> None:
    rows = [
        RatingRow(f"{(clip * (n + 1)) % 97:02}", f"p{n}", ("sad",))
        for n in range(8)
        for clip in range(40)
    ]
    table = RatingsTable(tuple(rows))
    cells = {
        (annotator, utterance): divide(
            table, listeners=2, scenario=Scenario(annotator, utterance), shots=10, seed=1, most=60
        )
        for annotator in ("seen", "held-out")
        for utterance in ("seen", "unseen")
    }
    first = cells["seen", "seen"].test
    assert all(parts.test == first for parts in cells.values())
    assert {len(parts.train) for parts in cells.values()} == {60}
    for (annotator, utterance), parts in cells.items():
        people, of_people, clips, of_clips = parts.met()
        assert (of_people, of_clips) == (2, len({r.file for r in parts.test if r.split == "test"}))
        assert (people > 0) == (annotator == "seen")
        assert (clips > 0) == (utterance == "seen")
    with pytest.raises(PerserError, match="ratings are left to train on in this scenario, not 999"):
        divide(table, listeners=2, scenario=Scenario(), shots=10, seed=1, most=999)


def test_what_a_checkpoint_met_is_told_apart_from_what_is_not_known() -> None:
    contents = {str(clip): f"{clip}" * 64 for clip in range(4)}
    knows = small_checkpoint(listeners=["ann", "bo"], contents=["0" * 16, "3" * 16])
    # clip 0 was trained on too, but it is in the pool and not tested
    assert seen_in_training(knows, EPISODES, contents) == Seen(frozenset({"ann"}), frozenset({"3"}))
    clean = small_checkpoint(listeners=["bo"], contents=[])
    assert seen_in_training(clean, EPISODES, contents) == Seen(frozenset(), frozenset())
    assert seen_in_training(small_checkpoint(), EPISODES, contents) == Seen(None, None)


def test_simulated_listeners_of_a_training_configuration_are_known_by_number_and_seed() -> None:
    meta = {"simulated": {"listeners": 2, "seed": 3}}
    theta = small_checkpoint(listeners=["acted (x)"], contents=[], meta=meta)
    for name, known in (
        ("simulated-3-002", True),
        ("simulated-3-003", False),
        ("simulated-002", False),
    ):
        episodes = replace(EPISODES, plans=(replace(PLAN, listener=name),))
        seen = seen_in_training(theta, episodes, {str(clip): "0" * 64 for clip in range(4)})
        assert seen.listeners == (frozenset({name}) if known else frozenset())


@pytest.mark.parametrize("name", ["speaker", "session", "corpus"])
def test_training_and_test_can_be_kept_apart_by_speaker_session_or_corpus(name: str) -> None:
    rows = tuple(
        RatingRow(
            f"{clip:03}",
            f"p{n}",
            ("sad",),
            f"speaker{clip % 8}",
            extra={"session": f"session{clip % 5}", "corpus": f"corpus{clip % 3}"},
        )
        for n in range(6)
        for clip in range(n, n + 60)
    )
    table = RatingsTable(rows)
    parts = divide(
        table, listeners=2, scenario=Scenario("seen", "seen"), shots=10, apart=name, share=0.3
    )

    def value(row: RatingRow) -> str:
        return row.speaker or "" if name == "speaker" else row.extra[name]

    tested = {value(row) for row in parts.test if row.split == "test"}
    pooled = {value(row) for row in parts.test if row.split == "train"}
    trained = {value(row) for row in parts.train}
    assert len(tested) == {"speaker": 2, "session": 2, "corpus": 1}[name]
    assert pooled == trained == {value(row) for row in rows} - tested
    leak = next(row for row in rows if value(row) in tested)
    with pytest.raises(PerserError, match=f"Leakage: the {name} {name}"):
        check_apart(ScenarioParts(replace(parts.train, rows=(leak,)), parts.test), name)


@pytest.mark.parametrize(
    ("apart", "share", "says"),
    [
        ("mood", 0.3, "is nothing to keep apart"),
        ("session", 0.3, "The session of 0 is not known"),
        ("speaker", 0.3, "There are 1 values of “speaker”"),
        ("speaker", 1.5, "between 0 and 1"),
    ],
)
def test_what_cannot_be_kept_apart_is_refused(apart: str, share: float, says: str) -> None:
    table = RatingsTable(tuple(replace(row, speaker="x") for row in TABLE.rows))
    with pytest.raises(PerserError, match=says):
        divide(table, listeners=1, scenario=Scenario(), shots=1, apart=apart, share=share)
