from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.adaptation.asking import EVEN, Choice, Pool, suggest

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


def alike(count: int, copies: int) -> Pool:
    """`count` clips about which the model is equally undecided; the last `copies` are alike."""
    random = np.random.default_rng(3)
    features = random.normal(size=(count, 2, 30)).astype(np.float32)
    features[-copies:] = features[-1] + 0.05 * features[-copies:]
    return Pool(
        words=("happy", "sad"),
        features=features,
        probabilities=np.full((count, 2), 0.5, np.float32),
        voices=("ann",) * count,
        labelled=np.zeros((0, 2, 30), np.float32),
        targets=np.zeros((0, 2), np.float32),
        labelled_probabilities=np.zeros((0, 2), np.float32),
        labelled_voices=(),
    )


def test_a_clip_that_many_others_are_like_teaches_most_until_one_of_them_has_a_label() -> None:
    first = suggest(alike(8, 4))
    assert first is not None
    assert set(first.ranked[:4]) == {4, 5, 6, 7}
    world = alike(8, 4)
    labelled = replace(
        world,
        labelled=np.repeat(world.features[-1:], 20, axis=0),
        targets=np.tile(np.array([[1, 0], [0, 1]], np.float32), (10, 1)),
        labelled_probabilities=np.full((20, 2), 0.5, np.float32),
        labelled_voices=("ann",) * 20,
    )
    after = suggest(labelled)
    assert after is not None
    assert after.ranked[0] in {0, 1, 2, 3}


def test_of_clips_alike_in_all_else_the_undecided_one_is_chosen_and_the_reason_says_so() -> None:
    found = chosen([(0.9, 0.05, 0.05), (0.48, 0.07, 0.45)], (5, 5, 5))
    assert found.ranked[0] == 1
    assert "“happy” and “wistful”" in found.reason


def test_a_word_without_examples_is_looked_for() -> None:
    clips = [(0.55, 0.45, 0.0), (0.0, 0.45, 0.55)]
    world = replace(pool(clips, (9, 9, 0)), features=np.ones((2, 2, 3), np.float32))
    found = suggest(world)
    assert found is not None
    assert found.ranked[0] == 1
    assert found.reason == "It may be an example of “wistful”, of which you have no example."


@pytest.mark.parametrize(
    ("probabilities", "counts"),
    [
        ([(0.9, 0.05, 0.05), (0.48, 0.07, 0.45)], (5, 5, 5)),
        ([(0.55, 0.45, 0.0), (0.0, 0.45, 0.55)], (9, 9, 0)),
        ([(0.6, 0.2, 0.2), (0.6, 0.2, 0.2)], (0, 0, 0)),
    ],
)
def test_a_blind_reason_chooses_the_same_clip_and_tells_nothing_of_the_words(
    probabilities: list[tuple[float, ...]], counts: tuple[int, ...]
) -> None:
    world = pool(probabilities, counts)
    open_, blind = suggest(world), suggest(world, blind=True)
    assert open_ is not None
    assert blind is not None
    assert blind.ranked == open_.ranked
    hints = (*world.words, "decide", "example", "likely", "unsure", "undecided")
    assert not any(hint in blind.reason for hint in hints)


def test_a_voice_that_nothing_is_known_of_is_preferred_and_said() -> None:
    clips = [(0.6, 0.2, 0.2), (0.6, 0.2, 0.2)]
    world = pool(clips, (3, 3, 3))
    world = replace(world, features=np.ones((2, 2, 3), np.float32), voices=("ann", "ben"))
    found = suggest(world)
    assert found is not None
    assert found.ranked[0] == 1
    assert found.reason == "You have labelled nothing of this voice yet."


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


def test_with_a_new_word_all_clips_have_the_same_chance() -> None:
    world = replace(alike(40, 20), new=(1,))
    found = suggest(world)
    assert found is not None
    assert found == suggest(world)
    assert found.reason == EVEN
    assert sorted(found.ranked) == list(range(40))
    first = {
        choice.ranked[0]
        for count in range(60)
        if (choice := suggest(with_labels(world, count))) is not None
    }
    assert len(first & set(range(20))) > 8
    assert len(first & set(range(20, 40))) > 8


def with_labels(world: Pool, count: int) -> Pool:
    """The same clips waiting, with so many labelled ones beside them."""
    return replace(
        world,
        labelled=np.zeros((count, *world.features.shape[1:]), np.float32),
        targets=np.tile(np.array([[1, 0]], np.float32), (count, 1)),
        labelled_probabilities=np.full((count, 2), 0.5, np.float32),
        labelled_voices=("ann",) * count,
    )
