from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.adaptation.protocol import Support, support_of
from perser_gui.emotions import EmotionSet
from perser_gui.records import Answer, Rating

FEATURES = {name: np.full((2, 3), i, np.float32) for i, name in enumerate("abcdef")}
WORDS = EmotionSet.of(["happy", "angry", "wistful"])


def rating(number: int, clip: str, *emotions: str, **more: object) -> Rating:
    answer: Answer = "emotion"
    return Rating(id=number, listener=1, clip=clip, answer=answer, emotions=emotions, **more)  # type: ignore[arg-type]


def test_ratings_become_rows_that_share_one_among_their_emotions() -> None:
    support = support_of(
        FEATURES, [rating(5, "a", "happy"), rating(7, "c", "angry", "WISTFUL")], WORDS
    )
    assert support.targets.tolist() == [[1, 0, 0], [0, 0.5, 0.5]]
    assert support.x[1, 0, 0] == 2
    assert support.ratings == (5, 7)


def test_cannot_tell_skipped_withdrawn_and_unknown_clips_are_left_out() -> None:
    support = support_of(
        FEATURES,
        [
            Rating(id=1, listener=1, clip="a", answer="cant-tell"),
            Rating(id=2, listener=1, clip="b", answer="skip"),
            rating(3, "c", "happy", withdrawn=True),
            rating(4, "gone", "happy"),
            rating(5, "d"),
        ],
        WORDS,
    )
    assert support.count == 0
    assert support.x.shape == (0, 2, 3)


def test_a_deleted_word_counts_for_its_synonym_or_not_at_all() -> None:
    support = support_of(
        FEATURES,
        [rating(1, "a", "joy"), rating(2, "b", "calm"), rating(3, "c", "calm", "angry")],
        WORDS,
    )
    assert support.ratings == (1, 3)
    assert support.targets.tolist() == [[1, 0, 0], [0, 1, 0]]


def test_unlabelled_clips_come_along_and_rows_can_be_picked() -> None:
    support = support_of(
        FEATURES, [rating(i, c, "happy") for i, c in enumerate("abc")], WORDS, unlabelled="ef"
    )
    assert support.unlabelled is not None
    assert support.unlabelled[:, 0, 0].tolist() == [4, 5]
    picked = support.only([2, 0])
    assert picked.ratings == (2, 0)
    assert picked.x[:, 0, 0].tolist() == [2, 0]


def test_a_support_that_does_not_fit_together_is_a_fault() -> None:
    for shape in ((2, 4), (2, 2), (1, 3), (3, 3)):
        with pytest.raises(ValueError, match="3 words"):
            Support(np.zeros((2, 2, 3), np.float32), np.zeros(shape, np.float32), WORDS)
    with pytest.raises(ValueError, match="finite"):
        Support(np.full((1, 2, 3), np.nan, np.float32), np.ones((1, 3), np.float32), WORDS)


def test_shares_of_a_rating_are_its_target() -> None:
    features = {"a": np.zeros((1, 2), np.float32)}
    words = EmotionSet.of(("happy", "sad", "calm"))
    soft = rating(1, "a", "joy", "sad", "gone", shares=(0.6, 0.2, 0.2))
    support = support_of(features, [soft], words)
    np.testing.assert_allclose(support.targets, [[0.75, 0.25, 0.0]], rtol=1e-6)
    plain = support_of(features, [replace(soft, shares=())], words)
    np.testing.assert_allclose(plain.targets, [[0.5, 0.5, 0.0]], rtol=1e-6)
