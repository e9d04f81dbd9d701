from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from perser_gui.adaptation import Support, asking, get_adapter
from perser_gui.adaptation.asking import Choice, Pool, so_far, suggest
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint

Array = npt.NDArray[np.float32]

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


def listening(theta: Checkpoint, words: tuple[str, ...], per_word: int) -> tuple[Support, Array]:
    """A listener's labels, word by word in a direction of its own, and clips of those kinds."""
    random = np.random.default_rng(5)
    shape = (theta.head.layers, theta.head.width)
    kinds = random.normal(size=(len(words), *shape))

    def clips(count: int) -> Array:
        near = kinds[np.arange(count) % len(words)] + 0.1 * random.normal(size=(count, *shape))
        return near.astype(np.float32)

    labels = len(words) * per_word
    targets = np.eye(len(words), dtype=np.float32)[np.arange(labels) % len(words)]
    waiting = clips(4 * len(words))
    support = Support(
        clips(labels),
        targets,
        EmotionSet.of(words),
        waiting,
        voices=("ann",) * labels,
        unlabelled_voices=("ann",) * len(waiting),
    )
    return support, waiting


def test_what_is_looked_at_is_everyones_model_until_there_is_a_label(
    full_theta: Checkpoint,
) -> None:
    support, x = listening(full_theta, ("happy", "sad"), 3)
    nothing = support.only([])
    generic = get_adapter("generic")
    voices = ("ann",) * len(x)
    everyone = generic.probabilities(full_theta, generic.adapt(full_theta, nothing), x)
    assert np.array_equal(so_far(full_theta, nothing, x, voices), everyone)
    assert np.abs(so_far(full_theta, support, x, voices) - everyone).max() > 0.01


def test_a_new_word_is_near_others_as_soon_as_it_has_an_example(full_theta: Checkpoint) -> None:
    support, x = listening(full_theta, WORDS, 1)
    voices = ("ann",) * len(x)
    new = WORDS.index("wistful")
    known = [row for row in range(support.count) if not support.targets[row, new]]
    before = so_far(full_theta, support.only(known), x, voices)[:, new]
    after = so_far(full_theta, support, x, voices)[:, new]
    of_the_word = np.arange(len(x)) % len(WORDS) == new
    assert (after[of_the_word] > before[of_the_word]).all()


def test_a_checkpoint_that_was_not_meta_trained_is_asked_as_it_is(full_theta: Checkpoint) -> None:
    support, x = listening(full_theta, ("happy", "sad"), 3)
    plain = replace(full_theta, rates={}, variants={})
    voices = ("ann",) * len(x)
    assert np.array_equal(
        so_far(plain, support, x, voices), so_far(plain, support.only([]), x, voices)
    )


def test_of_very_many_labels_the_latest_are_looked_at(
    full_theta: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    support, x = listening(full_theta, ("happy", "sad"), 5)
    voices = ("ann",) * len(x)
    latest = so_far(full_theta, support.only(range(6, 10)), x, voices)
    assert not np.allclose(so_far(full_theta, support, x, voices), latest)
    monkeypatch.setattr(asking, "LATEST", 4)
    assert np.allclose(so_far(full_theta, support, x, voices), latest)


def test_the_reason_says_whose_model_is_undecided() -> None:
    clips = [(0.9, 0.05, 0.05), (0.48, 0.07, 0.45)]
    assert chosen(clips, (5, 5, 5)).reason.startswith("Your model can hardly decide")
    first = suggest(replace(pool(clips[1:], (0, 0, 0)), probabilities=np.full((1, 3), 0.29)))
    assert first is not None
    assert first.reason.startswith("Everyone's model can hardly decide")
