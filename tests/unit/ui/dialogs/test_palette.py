"""The palette's own keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.ui.acts.calling_up import ALSO, Thing
from perser_gui.ui.acts.shortcuts import BY_ID
from perser_gui.ui.dialogs.palette import Palette


@pytest.mark.parametrize("typed", ["", "play"])
def test_escape_in_its_line_closes_it_whatever_was_typed(window, typed: str) -> None:
    done: list[object] = []
    palette = Palette(window, [Thing("Action", "Play or pause", done.append, "Space", "play")])
    palette.show()
    QTest.keyClicks(palette.field, typed)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert palette.chosen is None
    assert not done
    palette.deleteLater()


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("add word", "Emotion words"),
        ("csv", "Export your labels"),
        ("microphone", "Record a clip"),
        ("agreement", "Compare"),
    ],
)
def test_an_action_is_found_by_what_others_call_it(window, typed: str, title: str) -> None:
    palette = Palette(window, window.commands.program.things())
    palette.look(typed)
    while palette.looking:
        palette._go_on()
    assert title in [thing.title for thing in palette.model.things]
    palette.deleteLater()


def test_what_enter_does_is_what_was_typed(window) -> None:
    palette = Palette(window, window.commands.program.things())
    for typed, title in (
        ("backup", "Back up everything"),
        ("restore", "Bring back a backup"),
        ("add word", "Emotion words"),
        ("second word", "Add a second word by first letters"),
    ):
        palette.look(typed)
        while palette.looking:
            palette._go_on()
        assert palette.model.things[0].title == title
    palette.deleteLater()


def test_every_other_word_is_that_of_a_command() -> None:
    assert set(ALSO) <= set(BY_ID)
