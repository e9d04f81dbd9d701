"""Blind labels, strength, notes and menus with real keys, a real pointer and a window manager."""

from __future__ import annotations

import pytest

from .display import Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

CURRENT = "window.session.current"
RATING = f"window.session.rating({CURRENT})"
SAVED = "not window.session.unsaved and not window.runner.busy"
MENU = "window.commands.menus.open"
LEGEND = "window.model_panel.legend.text()"


@pytest.fixture
def screen(screen: Screen) -> Screen:
    """The program with six clips, a model that is there at once, and a new listener."""
    screen.until("not window.session.unpredicted()")
    return screen


def test_one_labels_blind_says_more_and_goes_on_without_a_hand_on_the_mouse(screen: Screen) -> None:
    assert screen.ask(LEGEND) == "Hidden until you label this clip."
    screen.keys("2", "alt+4", "e")
    screen.until("focus() is window.label_panel.beside.note")
    screen.type("2 or 3 voices")
    screen.keys("Return")
    screen.until(SAVED)
    assert screen.ask("focus() is window.clips.view")
    said = f"({RATING}.intensity, {RATING}.note, {RATING}.blind)"
    assert screen.ask(said) == [4.0, "2 or 3 voices", True]
    assert "Hidden" not in screen.ask(LEGEND)
    before = screen.ask(CURRENT)
    screen.keys("Return", "shift+1", "shift+3")
    screen.until(SAVED)
    assert screen.ask(CURRENT) != before
    assert screen.ask(LEGEND) == "Hidden until you go on (Enter)."
    assert len(screen.ask(f"list({RATING}.emotions)")) == 2
    screen.keys("alt+0", "ctrl+b")
    assert screen.ask("window.session.blind") is False
    assert "Hidden" not in screen.ask(LEGEND)
    screen.keys("ctrl+b")
    assert screen.ask("window.label_panel.blind.isChecked()")


def test_ctrl_and_a_click_adds_a_word(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.click("window.label_panel.grid.buttons[0]")
    screen.hold_and_click("ctrl", "window.label_panel.grid.buttons[2]")
    screen.until(SAVED)
    assert screen.ask(f"list({RATING}.emotions)") == [words[0], words[2]]
    assert screen.ask("window.label_panel.beside.shares.isVisible()")


@pytest.mark.parametrize("key", ["shift+F10", "Menu"])
def test_the_menu_of_a_clip_opens_at_it_by_keyboard(screen: Screen, key: str) -> None:
    screen.keys("Down", key)
    screen.until(f"{MENU} is not None and {MENU}.isVisible()")
    box = "window.clips.view.visualRect(window.clips.view.currentIndex())"
    corner = f"window.clips.view.viewport().mapFromGlobal({MENU}.pos())"
    left, right, bottom = screen.ask(f"({box}.left(), {box}.right(), {box}.bottom())")
    x, y = screen.ask(f"({corner}.x(), {corner}.y())")
    assert left <= x <= right
    assert abs(y - bottom) < 40
    screen.keys("Down", "Return")  # Play
    screen.until(f"{MENU} is None")
    assert screen.ask("window.label_panel.isVisible()")


@pytest.mark.parametrize("key", ["shift+F10", "Menu"])
def test_the_menu_of_a_listener_opens_at_their_entry_by_keyboard(screen: Screen, key: str) -> None:
    people = "window.top_bar.listener_menu"
    screen.click("window.top_bar.listener")
    screen.until(f"{people}.isVisible()")
    screen.keys("Down", key)
    screen.until(f"{MENU} is not None and {MENU}.isVisible()")
    name = screen.ask("window.session.listener.name")
    offered = screen.ask(f"[a.text() for a in {MENU}.actions()]")
    assert offered[0] == f"Continue as {name}"
    screen.keys("Up", "Return")  # Copy the name
    screen.until(f"not {people}.isVisible()")
    assert screen.ask("app.clipboard().text()") == name
