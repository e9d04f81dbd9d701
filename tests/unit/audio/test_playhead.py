from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.audio.playhead import Playhead

from .conftest import RATE, tone

LATENCY = 0.06


def counting(seconds: float = 1.0) -> Playhead:
    """A head over samples that tell their own place."""
    return Playhead(np.arange(round(seconds * RATE), dtype=np.float32), RATE)


class Clock:
    """Renders buffers of any size, as a device would, and keeps its time."""

    def __init__(self, head: Playhead) -> None:
        self.head = head
        self.now = 5.0

    def run(self, frames: int) -> np.ndarray:
        out = self.head.render(frames, self.now + LATENCY)
        self.now += frames / RATE
        return out


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(1, 3000), min_size=1, max_size=40))
def test_buffers_of_any_size_hand_out_every_sample_once(sizes: list[int]) -> None:
    head = counting(0.5)
    head.go(0, 0, 8000)
    clock = Clock(head)
    out = np.concatenate([clock.run(size) for size in sizes])
    expected = np.zeros(len(out))
    count = min(len(out), 8000)
    expected[:count] = np.arange(count)
    assert np.array_equal(out, expected)
    assert head.ended == (len(out) >= 8000)


def test_a_part_ends_where_it_was_told_to() -> None:
    head = counting()
    head.go(1000, 1000, 3000)
    out = Clock(head).run(5000)
    assert out[:2000].tolist() == list(range(1000, 3000))
    assert not out[2000:].any()
    assert head.ended


def test_a_loop_begins_again_without_a_gap() -> None:
    head = counting()
    head.loop = True
    head.go(100, 100, 400)
    out = Clock(head).run(1000)
    assert out.tolist() == [100 + i % 300 for i in range(1000)]
    assert not head.ended


def test_a_loop_that_is_switched_off_ends_at_the_end() -> None:
    head = counting()
    head.loop = True
    head.go(0, 0, 300)
    clock = Clock(head)
    clock.run(450)
    head.loop = False
    assert clock.run(300)[:150].tolist() == list(range(150, 300))
    assert head.ended


def test_what_is_heard_lags_behind_what_was_handed_out_by_the_latency() -> None:
    head = counting()
    head.go(0, 0, RATE)
    clock = Clock(head)
    for _ in range(20):
        clock.run(160)
        expected = max(0.0, (clock.now - 5.0 - LATENCY) * RATE)
        assert head.heard(clock.now) == pytest.approx(expected, abs=1)


def test_between_two_buffers_the_place_moves_with_the_clock() -> None:
    head = counting()
    head.go(0, 0, RATE)
    Clock(head).run(8000)
    places = [head.heard(5.0 + LATENCY + 0.01 * i) for i in range(40)]
    assert places == pytest.approx([160 * i for i in range(40)], abs=1)


def test_the_place_never_steps_back_while_the_clock_trembles() -> None:
    head = counting()
    head.go(0, 0, RATE)
    Clock(head).run(8000)
    random = np.random.default_rng(0)
    times = 5.0 + LATENCY + 0.01 * np.arange(40) + random.uniform(-0.02, 0.02, 40)
    places = [head.heard(float(time)) for time in times]
    assert places == sorted(places)


def test_in_a_loop_the_place_goes_round() -> None:
    head = counting()
    head.loop = True
    head.go(1000, 1000, 2600)
    clock = Clock(head)
    seen = []
    for _ in range(60):
        clock.run(160)
        seen.append(head.heard(clock.now))
    assert min(seen) >= 1000
    assert max(seen) <= 2600
    assert sum(later < earlier for earlier, later in pairwise(seen)) == 5


def test_after_the_end_the_place_is_the_end() -> None:
    head = counting(0.1)
    head.go(0, 0, 1600)
    clock = Clock(head)
    clock.run(1600)
    assert not head.over(clock.now)  # the last samples are still on their way
    clock.run(3200)
    assert head.over(clock.now)
    assert head.heard(clock.now) == 1600


@pytest.mark.parametrize("speed", [0.5, 0.8, 1.5])
def test_at_another_speed_the_place_moves_that_much(speed: float) -> None:
    head = Playhead(tone(2.0), RATE)
    head.speed = speed
    head.go(0, 0, 2 * RATE)
    clock = Clock(head)
    for _ in range(100):
        clock.run(160)
    assert head.heard(clock.now) == pytest.approx((1.0 - LATENCY) * speed * RATE, abs=60)
    count = 16_000
    while not head.ended:
        clock.run(160)
        count += 160
    assert count / RATE == pytest.approx(2.0 / speed, abs=0.05)


def test_the_speed_may_change_on_the_way() -> None:
    head = Playhead(tone(2.0), RATE)
    head.go(0, 0, 2 * RATE)
    clock = Clock(head)
    for speed, count in ((1.0, 25), (0.5, 50), (1.0, 25), (1.5, 25)):
        head.speed = speed
        for _ in range(count):
            clock.run(160)
    clock.run(2000)
    played = 0.25 + 0.25 + 0.25 + 0.375
    assert head.heard(5.0 + 1.25 + LATENCY) == pytest.approx(played * RATE, abs=300)


def test_speeds_beyond_the_limits_are_brought_back() -> None:
    head = counting()
    head.speed = 9.0
    assert head.speed == 1.5
    head.speed = 0.0
    assert head.speed == 0.5


def test_the_volume_scales_what_is_handed_out() -> None:
    head = Playhead(tone(0.5), RATE)
    head.volume = 0.25
    head.go(0, 0, 8000)
    assert np.allclose(Clock(head).run(8000), 0.25 * tone(0.5))


@pytest.mark.parametrize(("start", "end"), [(-50, 100), (100, 10**9), (500, 200), (10**9, 10**9)])
def test_odd_borders_do_no_harm(start: int, end: int) -> None:
    head = counting()
    head.loop = start > end
    head.go(start, start, end)
    assert len(Clock(head).run(50_000)) == 50_000
