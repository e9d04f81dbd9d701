"""The words as buttons: they fill the width, however many there were before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from perser_gui.bidi import bare
from perser_gui.emotions import EmotionSet
from perser_gui.ui.dialogs.emotion_editor import EmotionEditor
from perser_gui.ui.widgets import emotion_button
from perser_gui.ui.widgets.emotion_button import fitted
from perser_gui.ui.widgets.emotion_grid import EmotionGrid, WordArea


@pytest.mark.parametrize("before", [9, 5, 2])
def test_the_buttons_fill_the_width_after_another_set_of_words(before: int, qtbot) -> None:
    grid = EmotionGrid()
    qtbot.addWidget(grid)
    grid.resize(640, 200)
    grid.show_emotions(EmotionSet.of([f"word {n}" for n in range(before)]))
    grid.show()
    grid.show_emotions(EmotionSet.of([f"word {n}" for n in range(8)]))
    qtbot.waitUntil(lambda: grid.buttons[-1].geometry().right() > 0)
    grid.layout().activate()
    assert max(button.geometry().right() for button in grid.buttons) >= grid.width() - 2


def test_a_word_is_added_by_the_menu_of_its_button(window, qtbot) -> None:
    first, second, third = window.label_panel.grid.buttons[:3]

    def words() -> tuple[str, ...]:
        qtbot.waitUntil(lambda: not window.runner.busy)
        return window.session.rating(window.session.current).emotions

    assert first.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    alone, more, _ = second.actions()
    assert (alone.text(), more.text()) == ("Label with this alone", "Add as another emotion")
    first.actions()[0].trigger()
    more.trigger()
    third.actions()[1].trigger()
    assert words() == tuple(b.emotion.word for b in (first, second, third))
    alone.trigger()
    assert words() == (second.emotion.word,)


def test_menus_show_the_keys_that_commands_have_now(window) -> None:
    window.commands.set_keys((("cut", "Ctrl+J"), ("note", "")))
    menu = window.commands.menus.menu([window.session.current], "list")
    texts = [entry.text() for entry in menu.actions()]
    assert "Cut into utterances\tCtrl+J" in texts
    assert "Write a note" in texts
    assert "Play\tSpace" in texts


def test_the_menu_of_a_word_leads_to_the_list_of_words_where_it_can_be_changed(window, monkeypatch):
    asked = []
    monkeypatch.setattr(EmotionEditor, "exec", lambda self: bool(asked.append(self.windowTitle())))
    entry = window.label_panel.grid.buttons[0].actions()[-1]
    assert bare(entry.text()) == "Emotion words…"
    entry.trigger()
    assert asked == ["Your emotion words"]
    assert len(window.live_view.grid.buttons[0].actions()) == 2


def drawn(grid: EmotionGrid, monkeypatch) -> list[str]:
    """Return the words as they stand on the buttons."""
    texts = []

    def noted(*given: object) -> tuple[str, Qt.TextFlag]:
        found = fitted(*given)
        texts.append(found[0])
        return found

    monkeypatch.setattr(emotion_button, "fitted", noted)
    grid.grab()
    return texts


@pytest.mark.parametrize("width", range(560, 640, 16))
def test_many_words_are_whole_in_every_width(width: int, qtbot, monkeypatch) -> None:
    words = [f"{kind} {what}" for what in ("joy", "grief", "calm", "rage") for kind in "abcdefghij"]
    grid = EmotionGrid()
    area = WordArea(grid)
    qtbot.addWidget(area)
    grid.show_emotions(EmotionSet.of(words))
    area.resize(width, 270)
    area.show()
    QApplication.processEvents()
    assert drawn(grid, monkeypatch) == words


def test_long_words_stand_in_two_lines_where_a_button_is_high(qtbot, monkeypatch) -> None:
    words = ["calm", "overwhelmed and quietly hopeful", "sad", "angry"]
    grid = EmotionGrid()
    qtbot.addWidget(grid)
    grid.show_emotions(EmotionSet.of(words))
    grid.resize(440, 140)
    grid.show()
    QApplication.processEvents()
    assert drawn(grid, monkeypatch) == words


def test_a_button_with_icon_and_text_has_the_same_room_on_both_sides(window) -> None:
    blind = window.label_panel.blind
    blind.setChecked(True)
    picture = blind.grab().toImage()
    ground = picture.pixelColor(4, picture.height() // 2)
    marked = [
        x
        for x in range(4, picture.width() - 4)
        if any(picture.pixelColor(x, y) != ground for y in range(6, picture.height() - 6))
    ]
    left, right = marked[0], picture.width() - 1 - marked[-1]
    assert abs(left - right) <= 3
