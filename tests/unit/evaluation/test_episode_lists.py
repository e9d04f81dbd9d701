"""Pools, test sets and supports: fixed, seeded, and never on both sides."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import (
    MIN_TEST,
    EpisodeList,
    check_episodes,
    draw_episodes,
    load_episodes,
    save_episodes,
)

WORDS = ("happy", "sad", "angry")


def table(sizes: dict[str, int], **columns: int) -> RatingsTable:
    """Ratings of each listener over clips 0..n-1; `columns` are group sizes of extra columns."""
    rows = []
    for listener, size in sizes.items():
        for clip in range(size):
            extra = {name: f"{name}{clip // width}" for name, width in columns.items()}
            speaker = extra.pop("speaker", None)
            word = WORDS[(clip + len(listener)) % 3]
            rows.append(RatingRow(f"{clip:03}.wav", listener, (word,), speaker, extra=extra))
    return RatingsTable(tuple(rows))


def test_the_test_set_is_the_same_for_every_shot_and_repeat_and_never_support() -> None:
    episodes = draw_episodes(table({"ann": 60, "bo": 40}), shots=(5, 10, 20), repeats=7, seed=1)
    assert len(episodes.episodes) == 2 * 3 * 7
    for episode in episodes.episodes:
        plan = episodes.plan(episode.listener)
        assert len(episode.support) == episode.shots == len(set(episode.support))
        assert set(episode.support) <= set(plan.pool)
        assert not set(plan.pool) & set(plan.test)
    assert len(episodes.plan("ann").test) == 30
    assert len(episodes.plan("bo").test) == 20


def test_supports_of_one_repeat_are_nested_and_differ_between_repeats() -> None:
    episodes = draw_episodes(table({"ann": 60}), shots=(5, 20), repeats=3).episodes
    by = {(e.repeat, e.shots): e.support for e in episodes}
    assert all(by[r, 20][:5] == by[r, 5] for r in range(3))
    assert len({by[r, 20] for r in range(3)}) == 3


def test_a_listeners_draws_depend_on_nothing_but_the_seed_and_the_name() -> None:
    alone = draw_episodes(table({"ann": 40}), shots=(5,), repeats=4, seed=3)
    both = draw_episodes(table({"bo": 50, "ann": 40}), shots=(5, 10), repeats=4, seed=3)
    shuffled = RatingsTable(tuple(reversed(table({"ann": 40}).rows)))
    again = draw_episodes(shuffled, shots=(5,), repeats=4, seed=3)
    other = draw_episodes(table({"ann": 40}), shots=(5,), repeats=4, seed=4)
    assert again == alone
    assert [e for e in both.episodes if e.listener == "ann" and e.shots == 5] == list(
        alone.episodes
    )
    assert other.episodes != alone.episodes


def test_listeners_with_too_few_ratings_are_named() -> None:
    sizes = {"many": 60, "some": 20, "few": 9}
    episodes = draw_episodes(table(sizes), shots=(5, 20), repeats=1)
    assert [plan.listener for plan in episodes.plans] == ["many", "some"]
    assert {e.shots for e in episodes.episodes if e.listener == "some"} == {5}
    assert any(note.startswith("few has 9 ratings, too few") for note in episodes.notes)
    assert any(note.startswith("some has 20 ratings: only up to 5") for note in episodes.notes)
    with pytest.raises(PerserError, match="No listener has enough ratings"):
        draw_episodes(table({"few": 9}), shots=(5,), repeats=1)


@pytest.mark.parametrize(
    ("ratings", "shots", "tested"),
    [(6, 1, 5), (10, 5, 5), (25, 20, 5), (40, 20, 20), (100, 20, 50)],
)
def test_about_half_is_tested_on_and_never_fewer_than_five(
    ratings: int, shots: int, tested: int
) -> None:
    plan = draw_episodes(table({"ann": ratings}), shots=(shots,), repeats=1).plan("ann")
    assert (len(plan.test), len(plan.pool)) == (tested, ratings - tested)


def test_ratings_marked_test_are_the_test_set() -> None:
    rows = [
        replace(row, split="test" if int(row.file[:3]) % 4 == 0 else "train")
        for row in table({"ann": 40}).rows
    ]
    plan = draw_episodes(RatingsTable(tuple(rows)), shots=(5,), repeats=1).plan("ann")
    assert plan.test == tuple(f"{i:03}.wav" for i in range(0, 40, 4))


def test_the_same_bytes_under_two_names_stay_on_one_side() -> None:
    contents = {f"{i:03}.wav": f"hash{i // 2}" for i in range(40)}
    episodes = draw_episodes(table({"ann": 40}), shots=(5,), repeats=1, contents=contents)
    plan = episodes.plan("ann")
    assert not {contents[f] for f in plan.pool} & {contents[f] for f in plan.test}


@pytest.mark.parametrize("column", ["speaker", "session", "corpus", "dialogue", "sentence"])
def test_pool_and_test_share_no_group_they_were_asked_to_keep_apart(column: str) -> None:
    rated = table({"ann": 60}, **{column: 4})
    plan = draw_episodes(rated, shots=(5,), repeats=1, disjoint=column).plan("ann")
    group = {
        row.file: row.speaker if column == "speaker" else row.extra[column] for row in rated.rows
    }
    assert not {group[f] for f in plan.pool} & {group[f] for f in plan.test}
    assert len(plan.test) >= 20


def test_a_dialogue_is_kept_together_even_when_speakers_are_kept_apart() -> None:
    rated = table({"ann": 60}, speaker=2, dialogue=3)
    plan = draw_episodes(rated, shots=(5,), repeats=1, disjoint="dialogue").plan("ann")
    dialogue = {row.file: row.extra["dialogue"] for row in rated.rows}
    assert not {dialogue[f] for f in plan.pool} & {dialogue[f] for f in plan.test}


def test_what_cannot_be_done_is_said() -> None:
    rated = table({"ann": 40})
    with pytest.raises(PerserError, match=r"The speaker of 000\.wav is not known"):
        draw_episodes(rated, shots=(5,), repeats=1, disjoint="speaker")
    with pytest.raises(PerserError, match="nothing to keep apart"):
        draw_episodes(rated, shots=(5,), repeats=1, disjoint="weather")
    with pytest.raises(PerserError, match="at least 1"):
        draw_episodes(rated, shots=(), repeats=1)
    with pytest.raises(PerserError, match="at least 1"):
        draw_episodes(rated, shots=(0,), repeats=1)


def test_ratings_without_emotion_are_neither_support_nor_test() -> None:
    rated = table({"ann": 40})
    rows = tuple(replace(r, emotions=()) if r.file < "010" else r for r in rated.rows)
    plan = draw_episodes(RatingsTable(rows), shots=(5,), repeats=1).plan("ann")
    assert min(plan.pool + plan.test) == "010.wav"


@given(
    sizes=st.dictionaries(st.text(min_size=1, max_size=5), st.integers(1, 60), min_size=1),
    shots=st.lists(st.integers(1, 30), min_size=1, max_size=3),
    seed=st.integers(0, 99),
    width=st.integers(1, 7),
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_drawn_passes_the_leakage_check(
    sizes: dict[str, int], shots: list[int], seed: int, width: int
) -> None:
    rated = table(sizes, dialogue=width)
    try:
        episodes = draw_episodes(rated, shots=shots, repeats=2, seed=seed)
    except PerserError:
        return
    check_episodes(episodes, rated)
    assert all(len(plan.test) >= MIN_TEST for plan in episodes.plans)


def drawn() -> tuple[RatingsTable, EpisodeList]:
    rated = table({"ann": 40, "bo": 40}, dialogue=2)
    return rated, draw_episodes(rated, shots=(5,), repeats=2)


def test_a_test_clip_in_a_support_is_leakage() -> None:
    rated, episodes = drawn()
    test = episodes.plan("ann").test[0]
    first = episodes.episodes[0]
    bad = replace(first, support=(*first.support[:-1], test))
    with pytest.raises(PerserError, match=f"Leakage: .* {test} serves as support"):
        check_episodes(replace(episodes, episodes=(bad,)), rated)


def test_a_clip_on_both_sides_is_leakage() -> None:
    rated, episodes = drawn()
    plan = episodes.plan("ann")
    both = replace(plan, pool=(*plan.pool, plan.test[0]))
    with pytest.raises(PerserError, match=r"Leakage: .* can serve as support as well"):
        check_episodes(replace(episodes, plans=(both,), episodes=()), rated)


def test_a_copy_of_a_test_clip_in_the_pool_is_leakage() -> None:
    rated, episodes = drawn()
    plan = episodes.plan("ann")
    contents = {f: f for f in plan.pool + plan.test} | {plan.pool[0]: "x", plan.test[-1]: "x"}
    check_episodes(episodes, rated)
    with pytest.raises(PerserError, match="Leakage"):
        check_episodes(episodes, rated, contents)


def test_a_clip_the_listener_never_rated_is_leakage() -> None:
    rated, episodes = drawn()
    without = rated.where(lambda row: (row.listener, row.file) != ("bo", "003.wav"))
    with pytest.raises(PerserError, match=r"003\.wav is in the episode list but was not rated"):
        check_episodes(episodes, without)


def test_saved_episodes_come_back_equal_and_byte_for_byte(tmp_path: Path) -> None:
    _, episodes = drawn()
    save_episodes(episodes, tmp_path / "a.json")
    save_episodes(load_episodes(tmp_path / "a.json"), tmp_path / "b.json")
    assert load_episodes(tmp_path / "a.json") == episodes
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda d: d.update(format=9),
        lambda d: d.pop("episodes"),
        lambda d: d["episodes"][0].update(support=[999]),
        lambda d: d["episodes"][0].update(support=[-1]),
        lambda d: d["episodes"][0].update(listener="nobody"),
        lambda d: d.update(listeners=[1]),
        lambda d: d["listeners"][0].update(pool=[1]),
    ],
)
def test_a_damaged_episode_list_is_refused(tmp_path: Path, damage: object) -> None:
    _, episodes = drawn()
    path = tmp_path / "episodes.json"
    save_episodes(episodes, path)
    document = json.loads(path.read_text(encoding="utf-8"))
    damage(document)  # type: ignore[operator]
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(PerserError, match="not a saved episode list"):
        load_episodes(path)
