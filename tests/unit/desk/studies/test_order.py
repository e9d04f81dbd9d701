"""Orders of presentation: everything once, repeats apart, nobody favoured."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perser_gui.desk.studies.definition import Study, StudyClip
from perser_gui.desk.studies.order import Presentation, order_of, williams
from perser_gui.errors import PerserError


def study(clips: int = 24, groups: int = 1, blocks: int = 1, **changes: object) -> Study:
    listed = tuple(
        StudyClip(f"{n}.wav", block=f"b{n * blocks // clips}", group=f"g{n % groups}")
        for n in range(clips)
    )
    return Study("S", ("happy", "sad"), listed, **changes)  # type: ignore[arg-type]


def gaps(order: list[Presentation]) -> list[int]:
    places: dict[int, list[int]] = {}
    for place, one in enumerate(order):
        places.setdefault(one.clip, []).append(place)
    return [b - a - 1 for own in places.values() for a, b in pairwise(own)]


@given(st.integers(2, 12))
def test_a_williams_design_is_balanced_for_place_and_for_what_came_before(count: int) -> None:
    rows = williams(count)
    assert len(rows) == (count if count % 2 == 0 else 2 * count)
    for place in range(count):
        assert Counter(row[place] for row in rows) == dict.fromkeys(
            range(count), len(rows) // count
        )
    before = Counter(pair for row in rows for pair in pairwise(row))
    assert set(before.values()) == {1 if count % 2 == 0 else 2}
    assert len(before) == count * (count - 1)


@given(
    clips=st.integers(20, 60),
    groups=st.integers(1, 5),
    repeats=st.integers(0, 8),
    gap=st.integers(0, 5),
    order=st.sampled_from(["random", "balanced", "listed"]),
    place=st.integers(0, 9),
    seed=st.integers(0, 99),
)
def test_every_clip_comes_once_and_repeats_come_twice_and_apart(
    clips: int, groups: int, repeats: int, gap: int, order: str, place: int, seed: int
) -> None:
    plan = study(clips, groups, repeats=repeats, gap=gap, order=order, seed=seed)
    try:
        drawn = order_of(plan, "Ana", place)
    except PerserError:
        assert order == "balanced"  # a group of few clips may be too short for its repeats
        assert clips // groups < 2 * (gap + 2)
        return
    counts = Counter(one.clip for one in drawn)
    assert set(counts) == set(range(clips))
    assert Counter(counts.values()) == Counter({1: clips - repeats, 2: repeats}) - Counter({2: 0})
    assert len(drawn) == plan.trials
    assert len(gaps(drawn)) == repeats
    assert all(found >= gap for found in gaps(drawn))
    heard: Counter[int] = Counter()
    for one in drawn:
        heard[one.clip] += 1
        assert one.time == heard[one.clip]


def test_the_order_is_by_seed_and_listener_and_comes_again() -> None:
    plan = study(30, repeats=5)
    ana = order_of(plan, "Ana", 0)
    assert order_of(plan, "ANA", 0) == ana
    assert order_of(plan, "Bo", 0) != ana
    assert order_of(study(30, repeats=5, seed=1), "Ana", 0) != ana
    # another order would break a study that goes on on another computer
    assert [one.clip for one in ana[:4]] == [25, 22, 21, 19]


def test_all_listeners_hear_the_same_clips_again_from_every_group() -> None:
    plan = study(30, groups=5, repeats=10, gap=3)
    again = [
        {one.clip for one in order_of(plan, name, 0) if one.time == 2} for name in ("Ana", "Bo")
    ]
    assert again[0] == again[1]
    assert Counter(plan.clips[clip].group for clip in again[0]) == {f"g{n}": 2 for n in range(5)}


def test_listed_clips_come_as_they_are_listed() -> None:
    plan = study(12, order="listed")
    assert [one.clip for one in order_of(plan, "Ana", 3)] == list(range(12))


def test_a_balanced_order_has_each_group_once_a_round_and_is_balanced_over_listeners() -> None:
    plan = study(24, groups=4, order="balanced", repeats=4, gap=6)
    before: Counter[tuple[str, str]] = Counter()
    at: Counter[tuple[int, str]] = Counter()
    for place in range(4):
        groups = [plan.clips[one.clip].group for one in order_of(plan, f"p{place}", place)]
        for start in range(0, len(groups), 4):
            part = groups[start : start + 4]
            assert len(set(part)) == 4
            before.update(pairwise(part))
            at.update((n, group) for n, group in enumerate(part))
    assert len(before) == 12
    assert set(before.values()) == {7}  # seven rounds of four listeners, a Williams square each
    assert set(at.values()) == {7}


def test_blocks_stay_together_and_their_order_is_balanced_over_listeners() -> None:
    plan = study(24, blocks=4, repeats=4, gap=2)
    orders = []
    for place in range(4):
        blocks = [plan.clips[one.clip].block for one in order_of(plan, f"p{place}", place)]
        runs = [block for n, block in enumerate(blocks) if n == 0 or blocks[n - 1] != block]
        assert len(runs) == 4
        orders.append(runs)
    for place in range(4):
        assert len({order[place] for order in orders}) == 4
    assert len({pair for order in orders for pair in pairwise(order)}) == 12


def test_repeats_that_cannot_be_apart_are_refused_in_one_sentence() -> None:
    with pytest.raises(PerserError, match="fewer repeats, a smaller gap"):
        order_of(study(6, repeats=6, gap=20), "Ana", 0)


@pytest.mark.parametrize("order", ["random", "balanced", "listed"])
def test_without_repeats_a_few_clips_are_enough_for_any_gap(order: str) -> None:
    plan = study(4, groups=2, blocks=2, repeats=0, gap=5, order=order)
    assert sorted(one.clip for one in order_of(plan, "Ana", 0)) == [0, 1, 2, 3]
