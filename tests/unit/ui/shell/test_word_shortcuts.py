"""Keys that a listener chose for words: they label, and are shown wherever keys are shown."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from perser_gui.emotions import EmotionSet
from perser_gui.ui.dialogs.questions import ShortcutSheet


def choose(window, qtbot, **keys: str) -> None:
    """Give words of the listener keys of their own."""
    words = window.session.emotions
    given = {word.replace("_", " "): key for word, key in keys.items()}
    window.workbench.set_emotions(
        EmotionSet(tuple(replace(e, key=given.get(e.word, "")) for e in words.emotions))
    )
    qtbot.waitUntil(lambda: not window.runner.busy)


@pytest.fixture
def own(window, qtbot):
    """The window of a listener whose third word is on Q and whose first has no digit."""
    words = window.session.emotions.words
    choose(window, qtbot, **{words[2]: "Q", words[1]: "1"})
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def press(window, qtbot, key, held=Qt.KeyboardModifier.NoModifier) -> tuple[str, ...]:
    """Press a key where the keyboard is; return the words that the clip at hand has then."""
    QTest.keyClick(QApplication.focusWidget() or window, key, held)
    qtbot.waitUntil(lambda: not window.runner.busy)
    rating = window.session.rating(window.session.current)
    return rating.emotions if rating is not None else ()


def test_the_keys_label_and_shift_adds(own, qtbot):
    words = own.session.emotions.words
    shift = Qt.KeyboardModifier.ShiftModifier
    assert press(own, qtbot, Qt.Key.Key_Q) == (words[2],)
    assert press(own, qtbot, Qt.Key.Key_1, shift) == (words[2], words[1])
    assert press(own, qtbot, Qt.Key.Key_1) == (words[1],)
    assert press(own, qtbot, Qt.Key.Key_Q, shift) == (words[1], words[2])
    assert press(own, qtbot, Qt.Key.Key_2) == (words[1], words[2])  # nobody's digit
    assert press(own, qtbot, Qt.Key.Key_4) == (words[3],)


def test_a_key_of_a_word_is_text_where_one_types(own, qtbot):
    own.clips.search.setFocus()
    QTest.keyClicks(own.clips.search, "q1")
    assert own.clips.search.text() == "q1"
    own.workbench.search("")
    assert not own.session.ratings


def test_the_next_listener_has_their_own_keys(own, qtbot):
    own.workbench.add_listener("Bea")
    qtbot.waitUntil(lambda: not own.runner.busy)
    words = own.session.emotions.words
    assert press(own, qtbot, Qt.Key.Key_Q) == ()
    assert press(own, qtbot, Qt.Key.Key_1) == (words[0],)
    own.workbench.switch_listener(1)
    qtbot.waitUntil(lambda: not own.runner.busy)
    assert press(own, qtbot, Qt.Key.Key_Q) == (words[2],)


def test_a_command_gives_way_as_long_as_a_word_has_its_key(window, qtbot):
    words = window.session.emotions.words
    choose(window, qtbot, **{words[0]: "L"})  # as another program may have written it
    looped = window.workbench.settings.loop
    assert press(window, qtbot, Qt.Key.Key_L) == (words[0],)
    assert window.workbench.settings.loop is looped
    choose(window, qtbot)
    press(window, qtbot, Qt.Key.Key_L)
    assert window.workbench.settings.loop is not looped


def test_in_the_table_the_keys_label_what_is_chosen(own, qtbot):
    words = own.session.emotions.words
    own.show_view("predictions")
    own.predictions.table.selectAll()
    QTest.keyClick(own.predictions.table, Qt.Key.Key_Q)
    qtbot.waitUntil(lambda: not own.runner.busy)
    assert {r.emotions for r in own.session.ratings.values()} == {(words[2],)}
    assert len(own.session.ratings) == 12
    own.show_view("compare")
    before = dict(own.session.ratings)
    press(own, qtbot, Qt.Key.Key_Q)
    assert dict(own.session.ratings) == before


def test_the_keys_are_shown_on_buttons_in_menus_in_the_sheet_and_in_the_palette(own, qtbot):
    words = own.session.emotions.words
    shown = {b.emotion.word: b.key for b in own.label_panel.grid.buttons}
    assert (shown[words[1]], shown[words[2]], shown[words[3]]) == ("1", "Q", "4")
    assert shown[words[0]].startswith("W ")
    menu = own.commands.menus.menu([own.session.current], "list")
    texts = [a.text() for m in menu.findChildren(type(menu)) for a in m.actions()]
    assert {f"{words[2]}\tQ", f"{words[1]}\t1", words[0]} <= set(texts)
    found = {t.title: t.detail for t in own.commands.program.things() if t.kind == "Word"}
    assert (found[f"Label “{words[2]}”"], found[f"Label “{words[0]}”"]) == ("Q", "")
    sheet = ShortcutSheet(own, {}, own.session.emotions)
    lines = [one.text() for one in sheet.findChildren(QLabel)]
    assert lines[lines.index("Q") + 1] == words[2]
    assert "1 … 9" not in lines
    sheet.deleteLater()
    own.labelling.confirm()
    assert "Press the key of a word (1, Q, 4, 5, 6" in own.notice.text.text()


def test_a_word_is_labelled_from_the_palette(own, qtbot):
    words = own.session.emotions.words
    own.show_view("compare")
    thing = next(t for t in own.commands.program.things() if t.title == f"Label “{words[2]}”")
    thing.act()
    qtbot.waitUntil(lambda: not own.runner.busy)
    assert own.view_name == "label"
    assert own.session.rating(own.session.current).emotions == (words[2],)


def test_without_keys_of_ones_own_the_sheet_speaks_of_digits(window):
    sheet = ShortcutSheet(window, {}, window.session.emotions)
    lines = [one.text() for one in sheet.findChildren(QLabel)]
    assert "1 … 9" in lines
    assert "Your words" not in lines
    sheet.deleteLater()
