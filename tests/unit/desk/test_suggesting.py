from __future__ import annotations

import numpy as np

from perser_gui.desk.suggesting import suggestion
from perser_gui.records import Prediction

WORDS = ("happy", "sad", "wistful")


def predicted(clip: str, *probabilities: float) -> Prediction:
    return Prediction(clip, WORDS, np.array(probabilities, np.float32))


def test_the_likeliest_example_of_an_emotion_without_examples_goes_first() -> None:
    clips = [
        predicted("a", 0.5, 0.5, 0.0),
        predicted("b", 0.6, 0.1, 0.3),
        predicted("c", 0, 0.3, 0.7),
    ]
    found = suggestion(clips, {"happy": 9, "sad": 1, "wistful": 0})
    assert found is not None
    assert found.clip == "c"
    assert "“wistful”" in found.reason


def test_an_emotion_with_one_example_comes_after_one_without() -> None:
    clips = [predicted("a", 0.0, 0.9, 0.1), predicted("b", 0.4, 0.3, 0.3)]
    found = suggestion(clips, {"happy": 9, "sad": 1, "wistful": 0})
    assert found is not None
    assert (found.clip, "no example" in found.reason) == ("b", True)
    found = suggestion(clips, {"happy": 9, "sad": 1, "wistful": 9})
    assert found is not None
    assert (found.clip, "only one example" in found.reason) == ("a", True)


def test_with_examples_of_everything_the_least_decided_clip_is_chosen() -> None:
    clips = [predicted("a", 0.8, 0.1, 0.1), predicted("b", 0.48, 0.07, 0.45)]
    found = suggestion(clips, dict.fromkeys(WORDS, 5))
    assert found is not None
    assert found.clip == "b"
    assert "“happy” and “wistful”" in found.reason


def test_an_unlikely_example_is_not_promised() -> None:
    found = suggestion([predicted("a", 0.9, 0.09, 0.01)], {"happy": 9, "sad": 9, "wistful": 0})
    assert found is not None
    assert "wistful" not in found.reason


def test_a_single_word_leaves_nothing_to_decide() -> None:
    one = Prediction("a", ("happy",), np.ones(1, np.float32))
    found = suggestion([one], {"happy": 5})
    assert found is not None
    assert found.clip == "a"


def test_without_clips_there_is_no_suggestion() -> None:
    assert suggestion([], {"happy": 0}) is None
