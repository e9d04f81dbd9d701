from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perser_gui import emotions
from perser_gui.emotions import CLASSES, Emotion, EmotionSet, class_of, normalized
from perser_gui.errors import PerserError


def test_synonyms_and_corpus_codes_map_onto_the_classes() -> None:
    words = ("Anger", "HAP", "joy", "sadness", "no emotion", "Disgust", "fear", "surprise")
    assert [class_of(w) for w in words] == [
        "angry", "happy", "happy", "sad", "neutral", "disgusted", "fearful", "surprised",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "neutral": ("neu", "Neutral", "no_emotion"),
        "calm": ("Calmness", "peaceful"),
        "happy": ("Happiness", "joy", "EXC", "excited"),
        "sad": ("SAD", "sadness"),
        "angry": ("anger", "fru", "Frustration", "frustrated", "irritation"),
        "fearful": ("fear", "anxiety", "frightened"),
        "disgusted": ("disgust", "Contempt"),
        "surprised": ("Surprise", "ps", "pleasant_surprise"),
        "bored": ("boredom", "Bor", "BORED", "B", "L", "boring"),
    }.items(),
)
def test_every_class_is_known_by_the_words_of_people_and_corpora(
    name: str, words: tuple[str, ...]
) -> None:
    assert {class_of(word) for word in (name, *words)} == {name}


@pytest.mark.parametrize("word", ["xxx", "oth", "other", "unknown", "", "indifferent", "tired"])
def test_what_names_no_class_has_none(word: str) -> None:
    assert class_of(word) is None


def test_no_word_is_a_synonym_of_two_classes() -> None:
    listed = [
        normalized(word) for name, words in emotions._SYNONYMS.items() for word in (name, *words)
    ]
    assert len(listed) == len(set(listed))
    assert set(emotions._SYNONYMS) == set(emotions.COLOURS) == set(CLASSES)


def test_a_class_keeps_its_place_when_others_are_added() -> None:
    assert CLASSES[:8] == (
        "neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised",
    )  # fmt: skip
    assert CLASSES[8:] == ("bored",)


def test_the_classes_of_an_older_checkpoint_are_its_default_words() -> None:
    assert EmotionSet.default(CLASSES[:8]).words == CLASSES[:8]
    assert EmotionSet.default(("alpha", "joy")).words == ("alpha", "joy")


def test_an_own_word_stands_for_its_class_once_there_is_one() -> None:
    own = EmotionSet((Emotion("Boredom", "#123456"), Emotion("wistful", "#654321")))
    assert [e.sources for e in own.known().emotions] == [("bored",), ()]
    assert [e.colour for e in own.known().emotions] == ["#123456", "#654321"]
    # a class that another word stands for is not taken away from it
    merged = EmotionSet((Emotion("flat", "#123456", ("neutral", "bored")), *own.emotions))
    assert merged.known() == merged


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


def keyed(*pairs: tuple[str, str]) -> EmotionSet:
    words = EmotionSet.of(word for word, _ in pairs)
    return EmotionSet(
        tuple(replace(e, key=key) for e, (_, key) in zip(words.emotions, pairs, strict=True))
    )


def test_words_have_the_digits_of_their_places_until_a_key_is_chosen() -> None:
    words = [f"word {n}" for n in range(11)]
    assert EmotionSet.of(words).keys == (*"123456789", "", "")


def test_a_digit_that_was_chosen_leaves_the_word_whose_place_it_is_without_one() -> None:
    assert keyed(("joy", ""), ("sad", "1"), ("calm", "Q")).keys == ("", "1", "Q")
    assert keyed(("joy", "2"), ("sad", "1"), ("calm", "")).keys == ("2", "1", "3")


def test_a_key_that_two_words_have_is_the_first_ones() -> None:
    assert keyed(("joy", "Q"), ("sad", "q"), ("calm", "")).keys == ("Q", "2", "3")


def test_a_renamed_or_known_word_keeps_its_key() -> None:
    words = keyed(("boredom", "B"), ("joy", ""))
    assert words.renamed("boredom", "ennui").keys == ("B", "2")
    assert words.known().keys == ("B", "2")
