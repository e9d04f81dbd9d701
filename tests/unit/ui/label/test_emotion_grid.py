"""The words as buttons: they fill the width, however many there were before."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from perser_gui.emotions import EmotionSet
from perser_gui.ui.dialogs.emotion_editor import EmotionEditor
from perser_gui.ui.widgets.emotion_grid import EmotionGrid


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
    assert entry.text() == "Emotion words…"
    entry.trigger()
    assert asked == ["Your emotion words"]
    assert len(window.live_view.grid.buttons[0].actions()) == 2
