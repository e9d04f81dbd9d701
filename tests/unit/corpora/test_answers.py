"""What a cell with emotions says, however it was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perser_gui.corpora.answers import Answered, Reading, answer_of, says_nothing, two_languages


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("happy", ("happy",)),
        ("neutral;happy", ("neutral", "happy")),
        ("neutral|happy", ("neutral", "happy")),
        ("neutral/happy", ("neutral", "happy")),
        ("neutral, happy", ("neutral", "happy")),
        ("neutral\nhappy", ("neutral", "happy")),
        ("neutral + happy", ("neutral", "happy")),
        ("neutral、happy", ("neutral", "happy")),
        ("happy|Happy", ("happy",)),
        ('["neutral", "happy"]', ("neutral", "happy")),
        ("['neutral', 'happy']", ("neutral", "happy")),
        ('{"choices": ["neutral", "happy"]}', ("neutral", "happy")),
        ('[{"start": 0, "end": 1, "labels": ["sad"]}]', ("sad",)),
        ("生气/angry", ("angry",)),
        ("angry/生气", ("angry",)),
        ("angry（生气）", ("angry",)),
        ("angry (生气)", ("angry",)),
        ("生气/angry, 开心/happy", ("angry", "happy")),
        ("злость/anger", ("anger",)),
        ("quietly amused", ("quietly amused",)),
        ("happy;other", ("happy",)),
        ("happy (a little)", ("happy (a little)",)),
    ],
)
def test_several_emotions_and_labels_in_two_languages_are_told_apart(
    cell: str, words: tuple[str, ...]
) -> None:
    assert answer_of(cell) == Answered(words)


@pytest.mark.parametrize(
    "cell",
    ["NA", "n/a", "nan", "None", "xxx", "oth", "Other", "<unk>", "unknown", "can't tell", "?",
     "Other-tired", "other: bored to death", "其他/other", "[]", "null", '{"choices": []}',
     "no agreement", "#N/A"],
)  # fmt: skip
def test_answers_that_name_no_emotion_become_none(cell: str) -> None:
    assert answer_of(cell) == Answered(answer="cant-tell")


@pytest.mark.parametrize(
    ("cell", "words", "shares"),
    [
        ("happy:0.7;sad:0.3", ("happy", "sad"), (0.7, 0.3)),
        ("happy: 0,7; sad: 0,3", ("happy", "sad"), (0.7, 0.3)),
        ("happy=3, sad=1", ("happy", "sad"), (0.75, 0.25)),
        ("happy (75%) | sad (25%)", ("happy", "sad"), (0.75, 0.25)),
        ('{"happy": 3, "sad": 1, "angry": 0}', ("happy", "sad"), (0.75, 0.25)),
        ("happy:1;sad:1", ("happy", "sad"), ()),
        ("happy:1", ("happy",), ()),
    ],
)
def test_shares_of_words_add_up_to_one_and_equal_ones_are_left_out(
    cell: str, words: tuple[str, ...], shares: tuple[float, ...]
) -> None:
    said = answer_of(cell)
    assert said.words == words
    assert said.shares == pytest.approx(shares)


@pytest.mark.parametrize("cell", ['["sad"', "{sad}", '{"a": []}', "[1, 2]", "[" * 5000])
def test_a_broken_list_is_refused_and_makes_no_word(cell: str) -> None:
    with pytest.raises(ValueError, match="list"):
        answer_of(cell)


def test_a_word_of_the_listeners_own_stands_for_itself() -> None:
    assert answer_of("happy/sad", {"happy/sad"}).words == ("happy/sad",)
    assert answer_of("Other", {"other"}).words == ("Other",)
    assert answer_of("xxx;sad", {"xxx"}).words == ("xxx", "sad")


def test_labels_in_two_languages_of_one_script_are_seen_when_all_are_so() -> None:
    pairs = two_languages(["Ärger/anger", "Freude/joy", "neutral"])
    assert [answer_of(cell, (), pairs).words for cell in ("Ärger/anger", "neutral")] == [
        ("anger",),
        ("neutral",),
    ]
    assert two_languages(["Ärger/anger", "Wut/anger"]) == {}
    assert two_languages(["tired/sad", "tired/angry"]) == {}
    assert two_languages(["happy/sad", "Freude/joy"]) == {}


def test_what_was_not_plainly_one_word_is_said() -> None:
    reading = Reading()
    for cell in ("sad", "happy;sad", "happy|sad", "xxx", "xxx", "生气/angry", "sad:3;calm:1"):
        reading.read(cell)
    assert reading.notes() == [
        "1 answer named several emotions: “happy|sad” was read as happy and sad.",
        "1 answer gave emotions a share: “sad:3;calm:1” was read as sad 75 % and calm 25 %.",
        "1 answer were read as one word: “生气/angry” as angry.".replace("were", "was"),
        "2 answers name no emotion: “xxx” (2).",
    ]


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_a_value_error(cell: str) -> None:
    try:
        said = answer_of(cell)
    except ValueError:
        return
    assert not said.shares or abs(sum(said.shares) - 1) < 1e-4
    assert (
        bool(said.words) != bool(said.answer)
        or not cell.strip(" ;|/,+&、，；｜\n\r\t")
        or not (said.words or said.answer)
    )


def test_an_emotion_is_no_answer_without_one() -> None:
    assert not any(map(says_nothing, ("neutral", "otherworldly", "naughty", "calm", "unsure")))
