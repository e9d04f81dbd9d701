"""Focus and shortcuts with real keys, a real pointer and a window manager."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.settings import Settings, save_settings

from .conftest import Opening, with_clips
from .display import Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

SEARCH = "window.clips.search"
LABELS = "{c: list(r.emotions) for c, r in window.session.ratings.items()}"
CURRENT = "window.session.current"
SAVED = "not window.session.unsaved and not window.runner.busy"


@pytest.fixture
def wordy(open_screen: Opening, checkpoint: Path, tones: Path) -> Screen:
    """The program of a listener with twelve words."""
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    words = [*(f"word {n}" for n in range(9)), "proud", "pensive", "tender"]
    desk = Desk.open(checkpoint=str(checkpoint))
    desk.add_listener("Ada", EmotionSet.of(words))
    desk.close()
    return with_clips(open_screen(str(tones), SCREEN_TINY="1"))


def test_the_search_field_is_left_by_keys_and_by_a_click_anywhere(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.keys("ctrl+f")
    assert screen.ask(f"focus() is {SEARCH}")
    screen.type("the oboe 3")
    assert screen.ask(f"{SEARCH}.text()") == "the oboe 3"
    assert screen.ask(LABELS) == {}
    screen.keys("Escape")
    assert screen.ask(f"({SEARCH}.text(), focus() is {SEARCH})") == ["", True]
    screen.keys("Escape")
    assert screen.ask("focus() is window.clips.view")
    screen.keys("ctrl+f", "Down")
    assert screen.ask("focus() is window.clips.view")
    before = screen.ask(CURRENT)
    screen.keys("Down")
    assert screen.ask(CURRENT) != before
    for clicked in (
        "window.label_panel.waveform",
        "window.label_panel.grid.buttons[1]",
        "window.model_panel.bars",
        "window.label_panel.name",
    ):
        screen.keys("ctrl+f")
        assert screen.ask(f"focus() is {SEARCH}")
        screen.click(clicked)
        assert screen.ask(f"focus() is {SEARCH}") is False, clicked
        screen.keys("3")
        screen.until(SAVED)
        assert screen.ask(f"{LABELS}[{CURRENT}]") == [words[2]], clicked
        assert screen.ask(f"{SEARCH}.text()") == ""
        screen.keys("Delete")
        screen.until(SAVED)


def test_what_was_searched_for_is_exported_by_key_from_the_search_field(screen: Screen) -> None:
    screen.keys("ctrl+2")
    screen.until("window.view_name == 'predictions'")
    screen.keys("ctrl+f")
    screen.type("oboe")
    assert screen.ask("focus().text()") == "oboe"
    screen.keys("ctrl+e")
    screen.until("dialog() is not None and 'Export' in dialog().windowTitle()")
    screen.keys("Escape")


def test_what_is_hidden_is_neither_labelled_nor_removed(screen: Screen) -> None:
    names = "[r.clip.path.name for r in window.session.rows]"
    hidden = screen.ask(CURRENT)
    screen.keys("ctrl+f")
    screen.type("the viola")
    screen.keys("ctrl+Delete", "ctrl+BackSpace")
    assert screen.ask(f"{SEARCH}.text()") == "the "
    assert len(screen.ask(names)) == 6
    screen.type("tuba")
    assert screen.ask("window.session.current_clip.path.name") == "the tuba.wav"
    screen.keys("Return", "3")
    screen.until(SAVED)
    assert hidden not in screen.ask(LABELS)
    assert screen.ask("window.session.rating(window.session.current) is not None")
    screen.keys("ctrl+f")
    screen.type("no such clip")
    screen.keys("Escape", "Escape")
    assert screen.ask("focus() is window.clips.view")
    screen.keys("ctrl+f")
    screen.type("no such clip")
    assert screen.ask(CURRENT) is None
    screen.click("window.top_bar")
    screen.keys("2", "s", "Delete", "ctrl+Delete")
    screen.until(SAVED)
    assert len(screen.ask(LABELS)) == 1
    assert len(screen.ask(names)) == 6
    screen.keys("ctrl+2", "ctrl+Delete")
    screen.until(SAVED)
    assert len(screen.ask(names)) == 6


def test_the_digit_row_of_a_french_keyboard_labels_without_shift(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.layout("fr")
    try:
        for number, code in ((1, 10), (6, 15), (8, 17)):  # & - _ on that layout
            screen.keys(str(code))
            screen.until(SAVED)
            assert screen.ask(f"{LABELS}[{CURRENT}]") == [words[number - 1]], number
        assert screen.ask("window.listening.position") == 0.0
    finally:
        screen.layout("us")


@pytest.mark.parametrize("layout", ["us", "fr", "de"])
def test_a_key_that_one_chose_labels_on_any_layout(screen: Screen, layout: str) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.layout(layout)
    try:
        screen.keys("ctrl+m")
        screen.until("dialog() is not None and dialog().isActiveWindow()")
        part = "dialog()._parts[{}]['key']"
        screen.click(part.format(2))
        screen.keys("q")
        screen.click(part.format(1))
        screen.keys("l")  # the program's own
        assert "L is the key of “Loop”" in screen.ask("dialog().problem.text()")
        screen.click(part.format(1))
        screen.keys("10")  # the first of the row of digits, whatever it types
        screen.keys("ctrl+Return")
        screen.until("dialog() is None and not window.runner.busy")
        shown = "[b.key for b in window.label_panel.grid.buttons][:4]"
        keys = screen.ask(shown)
        assert keys[1:] == ["1", "Q", "4"]
        assert keys[0].startswith("W ")
        for key, word in (("q", 2), ("10", 1), ("13", 3)):
            screen.keys(key)
            screen.until(SAVED)
            assert screen.ask(f"{LABELS}[{CURRENT}]") == [words[word]], key
        screen.keys("shift+q")
        screen.until(SAVED)
        assert screen.ask(f"{LABELS}[{CURRENT}]") == [words[3], words[2]]
        screen.keys("e")
        screen.until("focus() is window.label_panel.beside.note")
        screen.type("q")
        assert screen.ask("window.label_panel.beside.note.text()") == "q"
        assert screen.ask(f"{LABELS}[{CURRENT}]") == [words[3], words[2]]
    finally:
        screen.layout("us")


def test_every_word_past_nine_is_reached_by_its_first_letters(wordy: Screen) -> None:
    shown = "[b.key for b in window.label_panel.grid.buttons]"
    assert wordy.ask(shown)[8:] == ["9", "W pr", "W pe", "W t"]
    wordy.keys("w")
    wordy.type("pe")
    wordy.until(SAVED)
    assert wordy.ask(f"{LABELS}[{CURRENT}]") == ["pensive"]
    first = wordy.ask(CURRENT)
    wordy.type("nsive")  # who types the whole word has done nothing else
    assert wordy.ask(CURRENT) == first
    wordy.keys("Return")
    wordy.until(f"{CURRENT} != {first!r}")
    wordy.keys("w")
    wordy.type("12")
    wordy.until(SAVED)
    assert wordy.ask(f"{LABELS}[{CURRENT}]") == ["tender"]
    wordy.keys("Escape", "shift+w")
    wordy.type("pr")
    wordy.until(SAVED)
    assert wordy.ask(f"{LABELS}[{CURRENT}]") == ["tender", "proud"]


def test_enter_does_what_is_highlighted_and_adding_a_word_keeps_the_editor(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.keys("ctrl+m")
    screen.until("dialog() is not None and dialog().isActiveWindow()")
    screen.click("dialog().new_word")
    screen.type("serene")
    screen.keys("Return")
    assert screen.ask("[f.text() for f in dialog().fields]") == [*words, "serene"]
    assert screen.ask("dialog().new_word.text()") == ""
    screen.ask("dialog().cancel_button.setFocus()")
    screen.keys("Return")
    screen.until("dialog() is None")
    assert screen.ask("list(window.session.emotions.words)") == words
    screen.keys("ctrl+m")
    screen.until("dialog() is not None and dialog().isActiveWindow()")
    screen.ask("dialog()._parts[1]['up'].setFocus()")
    screen.keys("Return")
    assert screen.ask("[f.text() for f in dialog().fields]")[:2] == [words[1], words[0]]
    assert screen.ask("focus() is dialog()._parts[0]['up']")
    screen.keys("ctrl+Return")
    screen.until("dialog() is None")
    screen.until(f"list(window.session.emotions.words)[:2] == {[words[1], words[0]]!r}")


def test_tab_goes_through_the_label_view_as_one_reads(screen: Screen) -> None:
    parts = (
        "window.top_bar.listener",
        "window.clips.search",
        "window.clips.view",
        "window.label_panel.play",
        "window.label_panel.grid.buttons[0]",
        "window.label_panel.grid.buttons[1]",
        "window.label_panel.confirm",
        "window.model_panel.adapter",
    )
    screen.ask("window.top_bar.listener.setFocus()")
    seen: list[str] = []
    for _ in range(60):
        at = screen.ask(f"next((p for p in {parts!r} if eval(p) is focus()), '')")
        if at and at in seen:
            break
        if at:
            seen.append(at)
        screen.keys("Tab")
    assert seen == list(parts)
