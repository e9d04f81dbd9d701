"""Figures of agreement: published examples, other libraries, and what an interval must do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from perser_gui.evaluation.agreement import (
    agreement_of,
    cohen_kappa,
    fleiss_kappa,
    same_share,
)
from perser_gui.evaluation.metrics import krippendorff_alpha

FLEISS_1971 = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]
"""Ten subjects, fourteen raters, five categories: kappa .210, P̄ .378, P̄e .213."""

KRIPPENDORFF_2011 = (
    "123321412...",
    "1233224125.3",
    ".3332342251.",
    "12332441251.",
)
"""Four observers, twelve units, with gaps (section C): nominal alpha .743."""


def units_of_counts(rows: list[list[int]]) -> list[dict[int, str]]:
    return [
        dict(enumerate(str(word) for word, n in enumerate(row) for _ in range(n))) for row in rows
    ]


def units_of_lines(lines: tuple[str, ...]) -> list[dict[int, str]]:
    return [
        {n: line[i] for n, line in enumerate(lines) if line[i] != "."} for i in range(len(lines[0]))
    ]


def random_units(seed: int, clips: int, raters: int, gaps: float = 0.3) -> list[dict[int, str]]:
    chance = np.random.default_rng(seed)
    truth = chance.integers(0, 4, clips)
    return [
        {
            r: "abcd"[t if chance.random() < 0.6 else int(chance.integers(0, 4))]
            for r in range(raters)
            if chance.random() > gaps
        }
        for t in truth
    ]


def test_fleiss_kappa_is_that_of_the_published_table() -> None:
    assert fleiss_kappa(units_of_counts(FLEISS_1971)) == pytest.approx(0.210, abs=5e-4)
    found = agreement_of(units_of_counts(FLEISS_1971), resamples=50)
    assert found.share.value == pytest.approx(0.378, abs=5e-4)


def test_alpha_of_the_published_table_with_gaps() -> None:
    found = agreement_of(units_of_lines(KRIPPENDORFF_2011), resamples=50)
    assert found.alpha.value == pytest.approx(0.743, abs=5e-4)
    assert found.alpha.clips == 11  # the twelfth unit has one value and says nothing


def test_cohen_kappa_of_the_grant_applications() -> None:
    """Fifty applications: both yes 20, both no 15, one reader alone 5 and 10: kappa .4."""
    first = ["yes"] * 20 + ["yes"] * 5 + ["no"] * 10 + ["no"] * 15
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


@given(st.integers(0, 10_000), st.integers(2, 60))
def test_cohen_kappa_equals_scikit_learn(seed: int, clips: int) -> None:
    chance = np.random.default_rng(seed)
    first, second = (["abc"[n] for n in chance.integers(0, 3, clips)] for _ in range(2))
    if len({*first, *second}) == 1:
        assert cohen_kappa(first, second) == 1.0
    else:
        assert cohen_kappa(first, second) == pytest.approx(cohen_kappa_score(first, second))


@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(2, 6))
def test_alpha_equals_the_other_way_of_computing_it(seed: int, clips: int, raters: int) -> None:
    units = random_units(seed, clips, raters)
    ours, other = agreement_of(units, resamples=2).alpha.value, krippendorff_alpha(units)
    assert ours == pytest.approx(other, nan_ok=True)


def test_mean_cohen_is_the_mean_over_pairs_who_share_clips() -> None:
    units = random_units(3, 80, 3, gaps=0.2)
    pairs = []
    for a, b in ((0, 1), (0, 2), (1, 2)):
        both = [unit for unit in units if a in unit and b in unit]
        pairs.append(cohen_kappa_score([u[a] for u in both], [u[b] for u in both]))
    assert agreement_of(units, resamples=2).cohen.value == pytest.approx(np.mean(pairs))


def test_intervals_hold_the_value_narrow_with_clips_and_come_again() -> None:
    few, many = random_units(1, 30, 3), random_units(1, 600, 3)
    wide, narrow = agreement_of(few), agreement_of(many)
    for one, other in zip(vars(wide).values(), vars(narrow).values(), strict=True):
        assert one.low < one.value < one.high
        assert other.high - other.low < 0.5 * (one.high - one.low)
    assert agreement_of(few) == wide
    assert agreement_of(few, seed=1) != wide


def test_one_clip_gives_figures_without_intervals() -> None:
    for one in vars(agreement_of([{0: "sad", 1: "happy"}])).values():
        assert one.clips == 1
        assert not math.isnan(one.value)
        assert math.isnan(one.low)
        assert math.isnan(one.high)


def test_a_bootstrap_of_alpha_is_that_of_computing_it_for_drawn_clips() -> None:
    """The interval from weights equals one from drawing clips and computing alpha of each."""
    units = random_units(5, 40, 4)
    kept = [unit for unit in units if len(unit) > 1]
    picks = np.random.default_rng([0, len(kept)]).integers(0, len(kept), (200, len(kept)))
    drawn = [krippendorff_alpha([kept[i] for i in row]) for row in picks]
    low, high = np.quantile(drawn, [0.025, 0.975])
    found = agreement_of(units, resamples=200).alpha
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))


def test_intervals_cover_what_is_true_about_as_often_as_they_say() -> None:
    true = agreement_of(random_units(99, 40_000, 3, gaps=0.0), resamples=1).alpha.value
    covered = sum(
        found.low <= true <= found.high
        for trial in range(150)
        for found in [agreement_of(random_units(trial, 80, 3, gaps=0.0), resamples=200).alpha]
    )
    assert 0.88 <= covered / 150 <= 0.99


def test_what_cannot_be_said_is_not_said() -> None:
    for units in ([], [{0: "a"}, {1: "b"}]):
        for figure in vars(agreement_of(units)).values():
            assert math.isnan(figure.value)
            assert figure.clips == 0
    assert math.isnan(cohen_kappa([], []))
    assert math.isnan(same_share(0, 0).value)
    one_word = agreement_of([{0: "a", 1: "a"}] * 5)
    assert [f.value for f in vars(one_word).values()] == [1.0] * 4


def test_a_share_has_the_interval_of_wilson() -> None:
    """Newcombe 1998, table I: 81 of 263, method 3: .2553 to .3662; 0 of 20: 0 to .1611."""
    found = same_share(81, 263)
    assert (found.low, found.high) == (
        pytest.approx(0.2553, abs=5e-5),
        pytest.approx(0.3662, abs=5e-5),
    )
    none = same_share(0, 20)
    assert (none.low, none.high) == (0.0, pytest.approx(0.1611, abs=5e-5))
