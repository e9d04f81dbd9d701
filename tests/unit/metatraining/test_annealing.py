from __future__ import annotations

import math

import pytest

from perser_gui.errors import PerserError
from perser_gui.metatraining.adamw import cosine
from perser_gui.metatraining.annealing import Annealing


def test_derivatives_switch_after_half_of_the_epochs_by_default() -> None:
    orders = [Annealing.half(6).order(epoch) for epoch in range(6)]
    assert orders == ["first"] * 3 + ["second"] * 3


def test_a_switch_of_zero_is_always_second_order_and_an_infinite_one_never() -> None:
    assert {Annealing(0).order(epoch) for epoch in range(100)} == {"second"}
    assert {Annealing(math.inf).order(epoch) for epoch in range(100)} == {"first"}


@pytest.mark.parametrize("switch", [-1.0, math.nan])
def test_an_impossible_switch_is_refused(switch: float) -> None:
    with pytest.raises(PerserError):
        Annealing(switch)


def test_the_outer_rate_falls_from_all_to_nothing_and_is_half_in_the_middle() -> None:
    assert cosine(0, 8) == 1.0
    assert cosine(4, 8) == pytest.approx(0.5)
    assert cosine(8, 8) == pytest.approx(0.0)
    shares = [cosine(i, 8) for i in range(9)]
    assert shares == sorted(shares, reverse=True)
