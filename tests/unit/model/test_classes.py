from __future__ import annotations

import numpy as np
import torch

from perser_gui.emotions import CLASSES as OF_NEW_CHECKPOINTS
from perser_gui.emotions import Emotion, EmotionSet
from perser_gui.model.classes import (
    NEW,
    atom_rows,
    class_logits,
    groups_tensor,
    listener_classes,
    word_values,
)

CLASSES = OF_NEW_CHECKPOINTS[:8]
"""Those of a checkpoint from before boredom was a class."""


def probabilities(emotions: EmotionSet, logits: torch.Tensor) -> dict[str, float]:
    """Probabilities of words where `logits` [C] are the checkpoint's, by way of a bias alone."""
    words = listener_classes(emotions, CLASSES)
    weight = torch.zeros(len(CLASSES), 2, dtype=torch.float64)
    _, bias = atom_rows(words, weight, logits)
    p = torch.softmax(class_logits(bias, groups_tensor(words)), -1)
    return dict(zip(words.words, p.tolist(), strict=True))


LOGITS = torch.log(
    torch.tensor([0.2, 0.1, 0.25, 0.05, 0.15, 0.05, 0.12, 0.08], dtype=torch.float64)
)


def test_the_checkpoints_own_classes_change_nothing() -> None:
    words = listener_classes(EmotionSet.default(CLASSES), CLASSES)
    weight, bias = torch.randn(8, 4), torch.randn(8)
    assert words.plain
    assert groups_tensor(words) is None
    assert atom_rows(words, weight, bias)[0] is weight


QUIET = Emotion("quiet", "#000000", ("neutral", "calm"))


def test_a_word_that_merges_classes_takes_their_joint_probability() -> None:
    others = EmotionSet.of(["happy", "sad", "angry", "fearful", "disgusted", "surprised"])
    p = probabilities(EmotionSet((QUIET, *others.emotions)), LOGITS)
    assert np.isclose(p["quiet"], 0.2 + 0.1)
    assert np.isclose(p["happy"], 0.25)


def test_words_that_share_a_class_split_its_probability() -> None:
    words = ["neutral", "calm", "happy", "excited", "sad", "angry", "fear", "disgust", "surprise"]
    p = probabilities(EmotionSet.of(words), LOGITS)
    assert np.isclose(p["happy"], 0.125)
    assert np.isclose(p["excited"], 0.125)
    assert np.isclose(p["angry"], 0.15)


def test_leaving_words_out_renormalizes_the_rest() -> None:
    p = probabilities(EmotionSet.of(["happy", "angry"]), LOGITS)
    assert np.isclose(p["happy"], 0.25 / 0.4)


def test_an_unknown_word_is_possible_and_never_the_most_probable() -> None:
    emotions = EmotionSet.of(["happy", "angry", "wistful"])
    words = listener_classes(emotions, CLASSES)
    assert words.unknown == (2,)
    assert words.sources[-1] == NEW
    p = probabilities(emotions, LOGITS)
    assert 0 < p["wistful"] < max(p["happy"], p["angry"])
    nothing_known = probabilities(EmotionSet.of(["alpha", "beta"]), LOGITS)
    assert np.isclose(nothing_known["alpha"], 0.5)


def test_a_word_that_is_itself_a_class_of_another_checkpoint_stands_for_it() -> None:
    emotions = EmotionSet((Emotion("Frustrated", "#000000", ()), Emotion("joy", "#111111", ())))
    words = listener_classes(emotions, ("frustrated", "sad"))
    assert words.sources == (0, NEW)


def test_words_that_share_a_class_share_its_count() -> None:
    """A class weight is one over a count; half of the count makes twice the weight."""
    words = listener_classes(EmotionSet.of(["happy", "excited", "sad"]), CLASSES)
    values = torch.arange(1.0, 1.0 + len(CLASSES))
    happy, sad = (values[CLASSES.index(name)].item() for name in ("happy", "sad"))
    assert word_values(words, values).tolist() == [2 * happy, 2 * happy, sad]


def test_class_weights_of_merged_words_are_those_of_their_summed_counts() -> None:
    emotions = EmotionSet((QUIET, *EmotionSet.of(["happy", "new word"]).emotions))
    values = torch.tensor([0.5, 2.0, 1.5, 1.0, 1.0, 1.0, 1.0, 1.0])
    assert np.allclose(
        word_values(listener_classes(emotions, CLASSES), values), [1 / (1 / 0.5 + 1 / 2), 1.5, 1.0]
    )
