"""Several ways of labelling side by side, against values counted by hand."""

from __future__ import annotations

import math

import pytest

from perser_gui.evaluation.side_by_side import (
    Hearing,
    against_models,
    compared,
    disagreement,
    in_common_words,
    pair_of,
    strip_of,
    turned,
)


def hearing(name: str, words: str, **more: object) -> Hearing:
    """Clips a, b, c... with one letter each for a word; `-` says nothing, `/` joins words."""
    names = {"h": "happy", "s": "sad", "c": "calm", "f": "fearful"}
    said = {
        chr(97 + place): tuple(names[w] for w in one.split("/") if w != "-")
        for place, one in enumerate(words.split())
    }
    return Hearing(name, said, **more)  # type: ignore[arg-type]


ANA = hearing("Ana", "h h s s c c f -")
BO = hearing("Bo", "h s s c c s f h")
CY = hearing("Cy", "h h/s c/s s - f f h")


def test_two_listeners_counted_by_hand() -> None:
    found = pair_of(ANA, BO)
    assert (found.count, found.same) == (7, 4)
    assert found.words == ("calm", "fearful", "happy", "sad")
    assert found.counts == ((1, 0, 0, 1), (0, 1, 0, 0), (0, 0, 1, 1), (1, 0, 0, 1))
    # chance: calm 2/7*2/7, fearful 1/7*1/7, happy 2/7*1/7, sad 2/7*3/7 = (4 + 1 + 2 + 6) / 49
    assert found.kappa == pytest.approx((4 / 7 - 13 / 49) / (1 - 13 / 49))
    assert [(s.mine, s.theirs, s.clips, s.reverse) for s in found.swaps] == [
        ("calm", "sad", ("f",), 1),
        ("happy", "sad", ("b",), 0),
        ("sad", "calm", ("d",), 1),
    ]


def test_a_shared_second_emotion_is_agreement_and_kappa_takes_the_first() -> None:
    found = pair_of(BO, CY)
    assert found.count == 7
    assert found.same == 5  # a, b (by the second word), c (by the second word), g, h
    assert found.counts[found.words.index("sad")][found.words.index("happy")] == 1


def test_the_other_side_sees_the_same_turned_round() -> None:
    assert turned(pair_of(ANA, BO)) == pair_of(BO, ANA)
    both = compared([ANA, BO], resamples=2)
    assert both.pair("Bo", "Ana") == pair_of(BO, ANA)
    assert both.pair("Ana", "nobody") is None


def test_three_listeners_and_a_model_are_six_pairs_and_people_alone_make_the_whole() -> None:
    model = hearing("everyone's model", "h h h h h h h h", kind="model")
    found = compared([ANA, BO, CY, model], resamples=20)
    assert len(found.pairs) == 6
    assert found.kinds == ("listener", "listener", "listener", "model")
    assert found.labelled == (7, 8, 7, 8)
    assert found.shared == 8
    assert found.overall == compared([ANA, BO, CY], resamples=20).overall
    # pairs of first answers that are the same, clip by clip: 1, 1/3, 1/3, 1/3, 1, 0, 1, 1
    assert found.overall.share.value == pytest.approx((1 + 1 / 3 * 3 + 1 + 0 + 1 + 1) / 8)


def test_own_consistency_is_counted_over_repeats() -> None:
    repeats = (
        ("a", ("happy",), ("happy",)),
        ("b", ("sad",), ("sad", "calm")),
        ("c", ("sad",), ("calm",)),
        ("d", ("calm",), ()),
    )
    (found,) = compared([Hearing("Ana", {}, repeats=repeats), BO], resamples=2).consistency
    assert (found.name, found.count, found.same) == ("Ana", 3, 2)
    assert found.share.value == pytest.approx(2 / 3)
    assert 0.2 < found.share.low < 2 / 3 < found.share.high < 0.95
    # chance: happy 1/3*1/3 + sad 2/3*1/3 = 1/3
    assert found.kappa == pytest.approx((2 / 3 - 1 / 3) / (1 - 1 / 3))


def test_models_are_judged_on_labels_that_the_own_one_did_not_learn() -> None:
    own = {"a": "happy", "b": "sad", "c": "sad", "d": "sad"}
    generic = {"a": "happy", "b": "happy", "c": "calm", "d": "sad", "z": "sad"}
    found = against_models(ANA, own, generic, frozenset({"a", "b"}))
    assert (found.clips, found.differ, found.unlearned) == (4, 2, 2)
    assert found.own.value == 1.0  # c and d
    assert found.generic.value == 0.5  # d
    nothing = against_models(ANA, own, generic, frozenset("abcd"))
    assert nothing.unlearned == 0
    assert math.isnan(nothing.own.value)


def test_a_strip_says_for_each_utterance_who_says_what_and_how_far_they_differ() -> None:
    model = hearing("everyone's model", "f f f f f f f f", kind="model")
    times = [(clip, 2.0 * n, 2.0 * n + 1.5) for n, clip in enumerate("abcz")]
    strip = strip_of("ab12", "call.wav", 9.0, times, [ANA, BO, CY, model])
    assert [moment.disagreement for moment in strip.moments[:3]] == [
        0.0,
        pytest.approx(1 / 3),  # Ana happy, Bo sad, Cy happy and sad
        0.0,
    ]
    assert math.isnan(strip.moments[3].disagreement)
    assert strip.moments[3].words == {}
    assert strip.moments[0].words["everyone's model"] == ("fearful",)
    assert math.isnan(disagreement([("sad",), ()]))


def test_synonyms_are_one_word_unless_somebody_tells_them_apart() -> None:
    ana = Hearing("Ana", {"a": ("Happy",), "b": ("angry",), "c": ("frustrated",)})
    bo = Hearing("Bo", {"a": ("joy",), "b": ("furious",), "c": ("ANGRY",)})
    one, two = in_common_words([ana, bo])
    assert two.words["a"] == one.words["a"] == ("Happy",)
    assert two.words["b"] == ("furious",)
    assert two.words["c"] == ("angry",)


def test_nobody_and_one_listener_are_no_fault() -> None:
    assert compared([]).pairs == ()
    alone = compared([ANA])
    assert alone.pairs == ()
    assert math.isnan(alone.overall.alpha.value)
