"""The bars of a clip: whatever a prediction says, what is shown makes a whole."""

from __future__ import annotations

import numpy as np
import pytest

from perser_gui.emotions import EmotionSet
from perser_gui.records import Prediction
from perser_gui.ui.widgets.bars import OTHERS, ProbabilityBars

WORDS = EmotionSet.of(["happy", "sad", "calm"])


def predicted(**shares: float) -> Prediction:
    return Prediction("a", tuple(shares), np.array(list(shares.values())))


def test_what_goes_to_words_that_are_not_shown_has_a_line_of_its_own(window) -> None:
    bars = ProbabilityBars()
    generic = predicted(happy=0.5, sad=0.3, calm=0.2)
    bars.show_predictions(WORDS, predicted(happy=0.6, sad=0.26, calm=0.1, wistful=0.04), generic)
    *shown, rest = bars.values()
    assert rest == (OTHERS, pytest.approx(0.04), 0.0)
    assert sum(yours for _, yours, _ in bars.values()) == pytest.approx(1.0)
    assert [word for word, _, _ in shown] == list(WORDS.words)
    assert f"{OTHERS}: your model 4 %" in bars.accessibleDescription()
    bars.show_predictions(WORDS, None, generic)
    assert [word for word, _, _ in bars.values()] == list(WORDS.words)
    bars.show_predictions(WORDS, None, None)
    assert bars.toolTip() == ""


def test_figures_that_are_rounded_say_so_and_what_the_small_ones_have_together(window) -> None:
    bars = ProbabilityBars()
    bars.show_predictions(WORDS, None, predicted(happy=0.992, sad=0.004, calm=0.004))
    assert "together make 100 %" in bars.toolTip()
    assert "The 2 below 1 % have 0.8 % together." in bars.toolTip()
