"""The keys of words: digits for nine, then as few first letters as tell a word apart."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.emotions import EmotionSet
from perser_gui.ui.widgets.word_field import WordField
from perser_gui.ui.widgets.word_keys import keys_of, matching, meant

NINE = ["neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised", "bored"]


def test_every_word_past_nine_shows_what_alone_leads_to_it() -> None:
    words = [*NINE, "proud", "pensive", "Écœuré", "ashamed", "anxious", "שמח"]
    typed = keys_of(EmotionSet.of(words))
    assert typed[:9] == [str(n) for n in range(1, 10)]
    for word, letters in zip(words[9:], typed[9:], strict=True):
        assert matching(words, letters) == [word]
    assert typed[9:12] == ["pr", "pe", "e"]


def test_forty_words_that_begin_alike_show_their_numbers() -> None:
    words = [f"feeling {n}" for n in range(1, 41)]
    assert keys_of(EmotionSet.of(words))[9:] == [str(n) for n in range(10, 41)]
    assert meant(words, "4") == "feeling 4"
    assert matching(words, "40") == ["feeling 40"]


@pytest.mark.parametrize("typed", ["ene", "ÉNE", "éne"])
def test_case_and_accents_do_not_matter(typed: str) -> None:
    assert matching([*NINE, "énervé"], typed) == ["énervé"]


@pytest.fixture
def field(qtbot) -> WordField:
    field = WordField()
    qtbot.addWidget(field)
    field.show()
    return field


def test_a_word_is_taken_as_soon_as_it_is_told_apart_and_the_rest_of_it_is_swallowed(field) -> None:
    taken: list[tuple[str, bool]] = []
    over: list[bool] = []
    field.chosen.connect(lambda word, second: taken.append((word, second)))
    field.left.connect(lambda: over.append(True))
    field.begin([*NINE, "bewildered"])
    QTest.keyClicks(field, "be")
    assert taken == [("bewildered", False)]
    QTest.keyClicks(field, "wild")
    assert taken == [("bewildered", False)]
    assert not over
    QTest.keyClick(field, Qt.Key.Key_3)
    assert over == [True]
    assert field.isHidden()


def test_enter_takes_a_word_that_begins_others_and_escape_takes_none(field) -> None:
    taken: list[tuple[str, bool]] = []
    field.chosen.connect(lambda word, second: taken.append((word, second)))
    field.begin(["sad", "sadness", "calm"], second=True)
    QTest.keyClicks(field, "sad")
    assert taken == []
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert taken == [("sad", True)]
    field.begin(["sad", "sadness", "calm"])
    QTest.keyClicks(field, "sa")
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert taken == [("sad", True)]
    assert field.isHidden()


def test_a_letter_that_begins_no_word_is_not_written(field) -> None:
    field.begin(["sad", "calm"])
    QTest.keyClicks(field, "x")
    assert field.text() == ""
    QTest.keyClicks(field, "s")
    assert field.text() == "s"
