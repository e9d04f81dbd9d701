from __future__ import annotations

import numpy as np
import pytest

from perser_gui.errors import PerserError
from perser_gui.metatraining.vocabularies import Vocabulary, VocabularyConfig, draw_vocabulary
from perser_gui.model.classes import NEW
from tests.unit.metatraining.worlds import FOUR


def test_a_merged_word_takes_the_mass_of_its_classes_and_a_dropped_class_gives_it_away() -> None:
    vocabulary = Vocabulary(FOUR, ((0, 2), (1,)))
    targets = np.array([[0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1]], dtype=np.float32)
    np.testing.assert_allclose(vocabulary.targets(targets), [[2 / 3, 1 / 3], [0, 0]], rtol=1e-6)


def test_the_model_is_not_told_what_an_unknown_word_means() -> None:
    vocabulary = Vocabulary(FOUR, ((0,), (1, 2), (3,)), unknown=(1,))
    assert vocabulary.words().sources == (0, NEW, 3)
    assert vocabulary.words().unknown == (1,)


def test_the_plain_vocabulary_changes_nothing() -> None:
    plain = Vocabulary.plain(FOUR)
    targets = np.eye(4, dtype=np.float32)
    np.testing.assert_array_equal(plain.targets(targets), targets)
    assert plain.words().plain


def test_without_probabilities_every_vocabulary_is_plain() -> None:
    random = np.random.default_rng(0)
    for _ in range(10):
        drawn = draw_vocabulary(random, VocabularyConfig(), FOUR)
        assert drawn == Vocabulary.plain(FOUR)


def test_drawn_vocabularies_have_two_words_a_known_one_and_no_class_twice() -> None:
    random = np.random.default_rng(0)
    config = VocabularyConfig(drop=0.6, merge=0.6, unknown=0.6)
    drawn = [draw_vocabulary(random, config, FOUR) for _ in range(300)]
    for each in drawn:
        classes = [c for word in each.members for c in word]
        assert len(each.members) >= 2
        assert len(set(classes)) == len(classes)
        assert len(each.unknown) < len(each.members)
    assert any(each.unknown for each in drawn)
    assert any(len(word) > 1 for each in drawn for word in each.members)
    assert any(sum(map(len, each.members)) < 4 for each in drawn)


def test_probabilities_outside_of_zero_to_one_are_refused() -> None:
    with pytest.raises(PerserError, match="probabilities"):
        VocabularyConfig(drop=1.5)
