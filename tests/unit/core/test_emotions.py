from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perser_gui.emotions import CLASSES, EmotionSet, class_of, normalized
from perser_gui.errors import PerserError


def test_synonyms_and_corpus_codes_map_onto_the_classes() -> None:
    words = ("Anger", "HAP", "joy", "sadness", "no emotion", "Disgust", "fear", "surprise")
    assert [class_of(w) for w in words] == [
        "angry", "happy", "happy", "sad", "neutral", "disgusted", "fearful", "surprised",
    ]  # fmt: skip


def test_a_word_that_nobody_knows_has_no_class_and_no_sources() -> None:
    assert class_of("wistful") is None
    assert EmotionSet.of(["happy", "wistful"]).find("Wistful ").sources == ()  # type: ignore[union-attr]


def test_a_class_without_a_word_of_the_listener_is_dropped() -> None:
    found = EmotionSet.of(["neutral", "angry"])
    assert [emotion.sources for emotion in found.emotions] == [("neutral",), ("angry",)]


def test_a_synonym_stands_for_its_class() -> None:
    found = EmotionSet.of(["neutral", "relaxed"]).find("relaxed")
    assert found is not None
    assert found.sources == ("calm",)


def test_the_default_set_is_the_checkpoints_own_classes() -> None:
    default = EmotionSet.default()
    assert default.words == CLASSES
    assert [e.sources for e in default.emotions] == [(c,) for c in CLASSES]


def test_colours_of_one_set_are_all_different() -> None:
    words = [*CLASSES, "wistful", "tense", "joy"]
    colours = [e.colour for e in EmotionSet.of(words).emotions]
    assert len(set(colours)) == len(words)


@pytest.mark.parametrize("words", [[], [""], ["sad", " "], ["sad", "SAD"], ["a b", "a  B"]])
def test_an_impossible_set_gets_a_plain_sentence(words: list[str]) -> None:
    with pytest.raises(PerserError):
        EmotionSet.of(words)


def test_renaming_keeps_what_a_word_stands_for() -> None:
    renamed = EmotionSet.default().renamed("angry", "irate")
    found = renamed.find("irate")
    assert found is not None
    assert found.sources == ("angry",)
    with pytest.raises(PerserError):
        renamed.renamed("irate", "Sad")


@given(st.text(max_size=40))
def test_normalizing_twice_is_normalizing_once(word: str) -> None:
    assert normalized(normalized(word)) == normalized(word)
