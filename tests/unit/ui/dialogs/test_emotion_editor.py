"""Editing the listener's emotion words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.emotions import COLOURS, SPARE_COLOURS, EmotionSet
from perser_gui.errors import PerserError
from perser_gui.ui.acts.shortcuts import bindings
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
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.dialogs.shortcut_editor import ShortcutEditor
from perser_gui.ui.look import theme
from perser_gui.ui.look.tokens import DARK, LIGHT


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


@pytest.fixture
def editor(window):
    """The editor over three words."""
    words = EmotionSet.of(("happy", "sad", "calm"))
    dialog = EmotionEditor(window, words, {}, None, bindings(()))
    dialog.show()
    yield dialog
    dialog.deleteLater()


def press(editor, place, key, held=Qt.KeyboardModifier.NoModifier):
    QTest.keyClick(editor._parts[place]["key"], key, held)


def test_a_key_is_pressed_in_a_word_s_field_and_delete_goes_back_to_the_digit(editor):
    press(editor, 1, Qt.Key.Key_Q)
    press(editor, 2, Qt.Key.Key_1)
    assert editor.emotions.keys == ("", "Q", "1")
    assert [p["key"].key for p in editor._parts] == ["", "Q", "1"]
    assert editor._parts[0]["key"].placeholderText() == "h"  # first letters reach it
    press(editor, 2, Qt.Key.Key_Delete)
    press(editor, 1, Qt.Key.Key_2)
    assert editor.emotions == EmotionSet.of(("happy", "sad", "calm"))
    assert not editor.problem.text()


def test_a_key_of_the_program_or_of_another_word_is_refused_until_it_is_changed(editor):
    press(editor, 0, Qt.Key.Key_L)
    assert editor.problem.text() == "L is the key of “Loop”; please choose another one for “happy”."
    editor.accept()
    assert editor.isVisible()
    press(editor, 0, Qt.Key.Key_F10)
    assert "Shift+F10 is the key of “Menu of what the keyboard stands on”" in (
        editor.problem.text()
    )
    press(editor, 0, Qt.Key.Key_Q)
    press(editor, 1, Qt.Key.Key_Q)
    assert editor.problem.text() == "Q is the key of “happy” and of “sad”."
    editor.accept()
    assert editor.isVisible()
    press(editor, 1, Qt.Key.Key_U)
    editor.accept()
    assert editor.result() == 1
    assert editor.emotions.keys == ("Q", "U", "3")


@pytest.mark.parametrize(
    ("key", "held", "said"),
    [
        (Qt.Key.Key_0, Qt.KeyboardModifier.NoModifier, "0 is “can't tell”"),
        (Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier, "Ctrl+Q cannot be the key of a word"),
        (Qt.Key.Key_Space, Qt.KeyboardModifier.NoModifier, "Space cannot be the key of a word"),
        (Qt.Key.Key_Left, Qt.KeyboardModifier.NoModifier, "Left cannot be the key of a word"),
    ],
)
def test_what_cannot_be_a_word_s_key_is_said_and_changes_nothing(editor, key, held, said):
    press(editor, 0, key, held)
    assert said in editor.problem.text()
    assert editor.emotions.keys == ("1", "2", "3")


def test_a_moved_word_takes_its_own_key_along_and_the_others_their_places(editor):
    press(editor, 0, Qt.Key.Key_Q)
    editor.shift(0, +1)
    assert editor.emotions.words == ("sad", "happy", "calm")
    assert editor.emotions.keys == ("1", "Q", "3")


def test_no_command_takes_the_key_of_a_word(window):
    words = {"q": "“happy” of Ada", "shift+q": "“happy” of Ada"}
    dialog = ShortcutEditor(window, bindings(()), words)
    for key in ("Q", "Shift+Q"):
        dialog.bind("pitch", key)
        assert f"{key.upper()} labels “happy” of Ada; “Pitch” needs another key." == (
            dialog.problem.text()
        )
        assert not dialog.accept_button.isEnabled()
    dialog.bind("pitch", "Ctrl+Q")
    assert "CTRL+Q stands for" in dialog.problem.text()
    dialog.bind("pitch", "U")
    assert dialog.accept_button.isEnabled()
    dialog.deleteLater()


def test_forty_words_have_forty_colours_that_stand_out_from_light_and_dark():
    words = EmotionSet.default()
    for number in range(31):
        words = added(words, f"word{number}")
    colours = [emotion.colour for emotion in words.emotions]
    assert len(set(colours)) == 40
    assert colours[9:15] == list(SPARE_COLOURS)
    for tokens in (LIGHT, DARK):
        assert min(theme.contrast(colour, tokens.surface) for colour in colours) >= 3.0
    assert EmotionSet.of(words.words).emotions[-1].colour not in colours[:9]


def test_nothing_moves_when_a_message_comes(editor, qtbot):
    editor.show()
    qtbot.waitExposed(editor)
    before = editor.new_word.mapTo(editor, editor.new_word.rect().topLeft())
    editor.choose_key(0, "C")
    assert "C is the key of" in editor.problem.text()
    QApplication.processEvents()
    assert editor.new_word.mapTo(editor, editor.new_word.rect().topLeft()) == before


def test_a_word_that_is_too_long_is_told_and_kept_as_typed(editor):
    typed = "a very long emotion word that nobody would ever choose"
    editor.new_word.setText(typed)
    editor.add()
    assert f"{len(typed)} letters" in editor.problem.text()
    assert editor.new_word.text() == typed


def test_a_new_word_that_is_typed_is_added_with_the_others(editor):
    editor.new_word.setText("wistful")
    editor.accept()
    assert editor.emotions.words == ("happy", "sad", "calm", "wistful")
    assert not editor.isVisible()


def test_a_new_word_that_cannot_be_added_keeps_the_dialog_open(editor):
    editor.new_word.setText("Sad")
    editor.accept()
    assert editor.isVisible()
    assert editor.problem.text()
    assert editor.new_word.text() == "Sad"


def test_a_new_word_is_scrolled_into_view(editor, qtbot):
    editor.show()
    for number in range(12):
        editor.new_word.setText(f"word{number}")
        editor.add()
    shown = editor._area.viewport()
    qtbot.waitUntil(lambda: not editor.fields[-1].visibleRegion().isEmpty())
    assert shown.rect().contains(editor.fields[-1].mapTo(shown, editor.fields[-1].rect().center()))


@pytest.mark.parametrize("drop", [True, False])
def test_escape_with_changes_asks_first(editor, monkeypatch, drop):
    asked = []
    monkeypatch.setattr(Question, "exec", lambda self: asked.append(self.windowTitle()) or drop)
    editor.show()
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert not asked
    assert not editor.isVisible()
    editor.show()
    editor.new_word.setText("wistful")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert asked == ["Drop your changes?"]
    assert editor.isVisible() != drop
    editor.new_word.clear()
    editor.hide()


def test_the_models_own_words_are_asked_about_first(editor, monkeypatch):
    monkeypatch.setattr(Question, "exec", lambda self: False)
    editor.new_word.setText("wistful")
    editor.add()
    editor.ask_reset()
    assert "wistful" in editor.emotions.words
    monkeypatch.setattr(Question, "exec", lambda self: True)
    editor.ask_reset()
    assert editor.emotions == EmotionSet.default()


def test_the_rest_of_a_text_typed_into_a_dialog_is_no_label(window, desk):
    dialog = Question(window, "Anything?", "", "Yes")
    dialog.show()
    for key in (Qt.Key.Key_J, Qt.Key.Key_O, Qt.Key.Key_Y, Qt.Key.Key_Return):
        QTest.keyClick(dialog, key)
    assert not dialog.isVisible()
    for key in (Qt.Key.Key_3, Qt.Key.Key_S, Qt.Key.Key_4):
        QTest.keyClick(window, key)
    assert window.session.ratings == {}
    dialog.deleteLater()


def test_a_key_after_a_dialog_was_answered_by_enter_is_a_label(window, desk, qtbot):
    dialog = Question(window, "Anything?", "", "Yes")
    dialog.show()
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    QTest.keyClick(window, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: len(window.session.ratings) == 1)
    dialog.deleteLater()
    qtbot.waitUntil(lambda: not window.runner.busy)
