"""What becomes of a profile whose words have changed."""

from __future__ import annotations

import numpy as np
import pytest

from perser_gui.desk.adapting import reason_for
from perser_gui.desk.predicting import View, applies, carried
from perser_gui.emotions import EmotionSet
from perser_gui.records import Profile, Verdict

WORDS = ("happy", "sad", "wistful")
NEW = Profile("oracle", "base-1", WORDS, {}, ratings=(1, 2, 3))


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


@pytest.mark.parametrize(
    ("low", "after", "high", "said"),
    [
        (0.43, 0.50, 0.57, "It leans closer, but not surely enough to call it that. "),
        (0.25, 0.30, 0.36, "It leans further away, but not surely enough to call it that. "),
        (0.36, 0.41, 0.46, "A difference that matters would most likely have shown by now. "),
    ],
)
def test_no_difference_is_not_called_settled_where_the_interval_leaves_everyone_s_figure_out(
    low: float, after: float, high: float, said: str
) -> None:
    assert reason_for(Verdict("no difference", 20, 0.39, after, low, high, 2.0)) == said
