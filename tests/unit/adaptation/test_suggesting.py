from __future__ import annotations

import numpy as np
import pytest

from perser_gui.adaptation.suggesting import Choice, Pool, suggest

WORDS = ("happy", "sad", "wistful")


def pool(
    clips: list[tuple[float, ...]], counts: tuple[int, ...], words: tuple[str, ...] = WORDS
) -> Pool:
    """A pool of clips with these probabilities, of a listener with so many labels per word."""
    labels = [i for i, count in enumerate(counts) for _ in range(count)]
    random = np.random.default_rng(0)
    return Pool(
        words=words,
        features=random.normal(size=(len(clips), 2, 3)).astype(np.float32),
        probabilities=np.array(clips, np.float32).reshape(len(clips), len(words)),
        voices=("ann",) * len(clips),
        labelled=random.normal(size=(len(labels), 2, 3)).astype(np.float32),
        targets=np.eye(len(words), dtype=np.float32)[labels],
        labelled_probabilities=np.full((len(labels), len(words)), 1 / len(words), np.float32),
        labelled_voices=("ann",) * len(labels),
    )


def chosen(*args: object) -> Choice:
    found = suggest(pool(*args))  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_likeliest_example_of_an_emotion_without_examples_goes_first() -> None:
    found = chosen([(0.5, 0.5, 0.0), (0.6, 0.1, 0.3), (0, 0.3, 0.7)], (9, 1, 0))
    assert found.ranked == (2, 1, 0)
    assert "“wistful”" in found.reason


def test_an_emotion_with_one_example_comes_after_one_without() -> None:
    clips = [(0.0, 0.9, 0.1), (0.4, 0.3, 0.3)]
    found = chosen(clips, (9, 1, 0))
    assert (found.ranked, "no example" in found.reason) == ((1, 0), True)
    found = chosen(clips, (9, 1, 9))
    assert (found.ranked, "only one example" in found.reason) == ((0, 1), True)


def test_with_examples_of_everything_the_least_decided_clip_is_chosen() -> None:
    found = chosen([(0.8, 0.1, 0.1), (0.48, 0.07, 0.45)], (5, 5, 5))
    assert found.ranked == (1, 0)
    assert "“happy” and “wistful”" in found.reason


def test_an_unlikely_example_is_not_promised() -> None:
    assert "wistful" not in chosen([(0.9, 0.09, 0.01)], (9, 9, 0)).reason


def test_a_single_word_leaves_nothing_to_decide() -> None:
    assert chosen([(1.0,), (1.0,)], (5,), ("happy",)).ranked == (0, 1)


def test_without_clips_there_is_no_suggestion() -> None:
    assert suggest(pool([], (0, 0, 0))) is None


def test_every_clip_is_ranked_once_and_the_answer_is_always_the_same() -> None:
    p = np.random.default_rng(1).dirichlet(np.ones(3), 40)
    for counts in ((0, 0, 0), (1, 0, 4), (3, 3, 3)):
        first, again = (chosen([tuple(row) for row in p], counts) for _ in range(2))
        assert first == again
        assert sorted(first.ranked) == list(range(40))


def test_a_pool_that_does_not_fit_together_is_refused() -> None:
    with pytest.raises(ValueError, match="probabilities"):
        Pool(WORDS, np.zeros((2, 1, 1), np.float32), np.zeros((3, 3), np.float32), ("a", "b"),
             np.zeros((0, 1, 1), np.float32), np.zeros((0, 3), np.float32),
             np.zeros((0, 3), np.float32), ())  # fmt: skip
