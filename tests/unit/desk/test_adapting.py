"""When a profile gives way to a new one, and what becomes of one whose words have changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.desk.adapting import Outcome
from perser_gui.desk.predicting import View, applies, carried
from perser_gui.emotions import EmotionSet
from perser_gui.records import Profile, Scores

GOOD = Scores(0.8, 0.8, 0.8, 0.5, 6, "leave-one-out")
FAIR = Scores(0.7, 0.7, 0.7, 0.6, 6, "leave-one-out")
POOR = Scores(0.5, 0.5, 0.5, 1.0, 6, "leave-one-out")
WORDS = ("happy", "sad", "wistful")
NEW = Profile("oracle", "base-1", WORDS, {}, ratings=(1, 2, 3), after=FAIR)
PRESENT = Profile("half", "base-1", WORDS, {}, ratings=(3, 1, 2), after=GOOD)


def test_a_profile_in_use_surpasses_a_new_one_only_on_the_same_ratings_words_and_model() -> None:
    outcome = Outcome(NEW, before=POOR, after=FAIR)
    assert outcome.surpassed_by(PRESENT)
    for changed in (
        replace(PRESENT, ratings=(1, 2, 3, 4)),
        replace(PRESENT, ratings=(1, 2)),
        replace(PRESENT, base="base-2"),
        replace(PRESENT, classes=("happy", "sad")),
        replace(PRESENT, after=replace(GOOD, protocol="20-fold")),
        replace(PRESENT, after=POOR),
        replace(PRESENT, after=FAIR),
        replace(PRESENT, after=None),
        None,
    ):
        assert not outcome.surpassed_by(changed), changed


@pytest.mark.parametrize(
    ("macro_f1", "nll", "helped"),
    [(0.6, 1.2, True), (0.5, 0.9, True), (0.5, 1.0, False), (0.5, 1.1, False), (0.4, 0.1, False)],
)
def test_macro_f1_decides_and_the_likelihood_where_it_is_the_same(
    macro_f1: float, nll: float, helped: bool
) -> None:
    after = replace(POOR, macro_f1=macro_f1, nll=nll)
    assert Outcome(NEW, before=POOR, after=after).helped is helped


def test_what_a_deleted_word_had_is_shared_out_and_evenly_when_it_had_everything() -> None:
    view = View(EmotionSet.of(("happy", "sad")))
    rows = np.array([[0.2, 0.3, 0.5], [0.0, 0.0, 1.0]], np.float32)
    assert carried(rows, WORDS, view) == pytest.approx(np.array([[0.4, 0.6], [0.5, 0.5]]))


def test_a_renamed_word_keeps_its_probability_and_words_in_another_order_their_own() -> None:
    view = View(EmotionSet.of(("sad", "blue", "happy")), renamed=[("wistful", "blue")])
    rows = np.array([[0.2, 0.3, 0.5]], np.float32)
    assert carried(rows, WORDS, view) == pytest.approx(np.array([[0.3, 0.5, 0.2]]))


def test_a_profile_applies_while_it_rests_on_this_model_and_knows_every_word() -> None:
    words = EmotionSet.of(WORDS)
    assert applies(View(words, "Ana", NEW), "base-1")
    assert not applies(View(words, "Ana", NEW), "base-2")
    assert not applies(View(words), "base-1")
    assert applies(View(EmotionSet.of(WORDS[:2]), "Ana", NEW), "base-1")
    assert not applies(View(EmotionSet.of((*WORDS, "bored")), "Ana", NEW), "base-1")
    renamed = View(EmotionSet.of(("happy", "sad", "blue")), "Ana", NEW, [("wistful", "blue")])
    assert applies(renamed, "base-1")
