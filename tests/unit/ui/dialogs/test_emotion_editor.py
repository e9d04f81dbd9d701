"""Editing the listener's emotion words."""

from __future__ import annotations

import pytest

from perser_gui.emotions import COLOURS, SPARE_COLOURS, EmotionSet
from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.colour_button import ColourButton
from perser_gui.ui.dialogs.emotion_editor import (
    EmotionEditor,
    added,
    coloured,
    merged,
    moved,
    removed,
    renamed,
)


def test_a_merged_word_stands_for_both_classes():
    words = EmotionSet.default()
    changed = merged(words, words.words.index("calm"), words.words.index("neutral"))
    assert "calm" not in changed.words
    assert set(changed.find("neutral").sources) == {"neutral", "calm"}


def test_an_own_word_starts_without_a_class_and_with_a_colour_of_its_own():
    words = added(EmotionSet.default(), "  wistful ")
    own = words.find("wistful")
    assert own.sources == ()
    assert own.colour not in {e.colour for e in EmotionSet.default().emotions}


def test_a_synonym_of_a_removed_class_takes_its_class_again():
    words = removed(EmotionSet.default(), 2)
    assert added(words, "joy").find("joy").sources == ("happy",)


def test_renaming_keeps_what_a_word_stands_for():
    words = renamed(EmotionSet.of(("happy", "sad")), ("bright", "sad"))
    assert words.find("bright").sources == EmotionSet.of(("happy", "sad")).find("happy").sources


def test_words_can_be_reordered_for_their_keys():
    assert moved(EmotionSet.of(("happy", "sad")), 1, -1).words == ("sad", "happy")


@pytest.mark.parametrize("word", ["", "Happy", " happy "])
def test_an_empty_or_doubled_word_is_refused(word):
    with pytest.raises(PerserError):
        added(EmotionSet.of(("happy",)), word)


def test_the_last_word_cannot_be_removed():
    with pytest.raises(PerserError):
        removed(EmotionSet.of(("happy",)), 0)


def test_the_dialog_refuses_two_equal_names_and_keeps_open(window):
    editor = EmotionEditor(window, EmotionSet.of(("happy", "sad")), {})
    editor.fields[1].setText("happy")
    editor.accept()
    assert "stands twice" in editor.problem.text()
    assert editor.result() == 0
    editor.fields[1].setText("blue")
    editor.new_word.setText("wistful")
    editor.add()
    editor.accept()
    assert editor.emotions.words == ("happy", "blue", "wistful")
    editor.deleteLater()


def test_going_back_takes_the_words_of_the_loaded_model(window):
    models = EmotionSet.default(("neutral", "sad", "glad tidings"))
    editor = EmotionEditor(window, EmotionSet.of(("happy", "sad")), {}, models)
    editor.reset()
    assert editor.emotions == models
    assert [field.text() for field in editor.fields] == list(models.words)
    editor.deleteLater()


def test_nine_words_have_the_keys_one_to_nine(window, desk, qtbot):
    buttons = window.label_panel.grid.buttons
    assert [button.emotion.word for button in buttons] == list(EmotionSet.default().words)
    assert len(buttons) == 9
    window.labelling.label_by_key(9)
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert desk.ratings(1)[0].emotions == ("bored",)


def test_new_words_appear_as_buttons_and_are_predicted(window, desk, qtbot):
    window.workbench.set_emotions(EmotionSet.of(("bright", "sad", "wistful")))
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert [b.emotion.word for b in window.label_panel.grid.buttons] == ["bright", "sad", "wistful"]
    assert [word for word, *_ in window.model_panel.bars.values()] == ["bright", "sad", "wistful"]
    assert len(window.session.generic) == 12
    window.labelling.label_by_key(3)
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert desk.ratings(1)[0].emotions == ("wistful",)


def test_a_words_colour_can_be_any_that_no_other_word_has(window):
    emotions = EmotionSet.of(("happy", "sad"))
    editor = EmotionEditor(window, emotions, {})
    button = editor.findChildren(ColourButton)[0]
    offered = {action.data(): action for action in button.offers.actions()}
    assert set(offered) == {*COLOURS.values(), *SPARE_COLOURS}
    assert [c for c, one in offered.items() if not one.isEnabled()] == [COLOURS["sad"]]
    assert "happy" in button.accessibleName()
    offered[SPARE_COLOURS[0]].trigger()
    assert [e.colour for e in editor.emotions.emotions] == [SPARE_COLOURS[0], COLOURS["sad"]]
    with pytest.raises(PerserError, match="sad"):
        coloured(editor.emotions, 0, COLOURS["sad"])
    editor.deleteLater()
