"""Who still types when the mouse closes a dialog, a list or a field labels nothing by that."""

from __future__ import annotations

import time

import pytest

from .display import Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LABELS = "{c: list(r.emotions) for c, r in window.session.ratings.items()}"
CURRENT = "window.session.current"
SAVED = "not window.session.unsaved and not window.runner.busy"
TOLD = "any('right after a text' in bar.text.text() for bar in window.notice.bars)"


def ask_for_a_name(screen: Screen) -> None:
    screen.keys("ctrl+k")
    screen.until("dialog() is not None and dialog().isActiveWindow()")
    screen.type("add a listener")
    screen.keys("Return")
    screen.until("type(dialog()).__name__ == 'NameDialog' and dialog().isActiveWindow()")


def nothing_happened(screen: Screen, clip: str) -> None:
    """Nothing is labelled, no clip was passed over, and it was told."""
    screen.until(TOLD)
    screen.until(SAVED)
    assert screen.ask(LABELS) == {}
    assert screen.ask(CURRENT) == clip
    assert not screen.ask("window.listening.playing")


def test_a_dialog_with_a_field_closed_by_the_mouse(screen: Screen) -> None:
    clip = screen.ask(CURRENT)
    ask_for_a_name(screen)
    screen.type("Bea")
    screen.click_and_type("dialog().cancel_button", "tr3s 2")
    nothing_happened(screen, clip)
    time.sleep(1.0)  # a pause, after which a key is meant
    screen.keys("3")
    screen.until(f"len({LABELS}) == 1")


def test_the_palette_closed_by_a_click_on_what_it_found(screen: Screen) -> None:
    clip = screen.ask(CURRENT)
    screen.keys("ctrl+k")
    screen.until("dialog() is not None and dialog().isActiveWindow()")
    screen.type("spectrogr")
    screen.until("not dialog().looking and dialog().model.rowCount() == 1")
    row = "dialog().view.visualRect(dialog().view.model().index(0, 0)).center()"
    x, y = screen.ask(f"(lambda p: (p.x(), p.y()))(dialog().view.viewport().mapToGlobal({row}))")
    screen.click_and_type(f"({x}, {y})", "am3")
    nothing_happened(screen, clip)


def test_a_list_over_the_window_closed_by_the_mouse(screen: Screen) -> None:
    clip = screen.ask(CURRENT)
    screen.click("window.top_bar.listener")
    screen.until("window.top_bar.listener_menu.isVisible()")
    screen.type("zo")
    screen.click_and_type("window.label_panel.name", "3")
    screen.until("not window.top_bar.listener_menu.isVisible()")
    nothing_happened(screen, clip)


def test_a_field_of_the_window_left_by_the_mouse(screen: Screen) -> None:
    screen.keys("ctrl+f")
    screen.type("the")
    clip = screen.ask(CURRENT)
    screen.click_and_type("window.label_panel.name", " 3")
    nothing_happened(screen, clip)


def test_who_closes_by_a_key_labels_at_once(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    ask_for_a_name(screen)
    screen.type("Bea")
    for closing in ("Escape", "Return"):
        screen.keys(closing)
        screen.until("dialog() is None and window.isActiveWindow()")
        screen.keys("3")
        screen.until(f"list({LABELS}.values()) == {[[words[2]]]!r}")
        screen.until(SAVED)
        screen.keys("Delete")
        screen.until(f"{LABELS} == dict() and {SAVED}")
        screen.keys("ctrl+k")
        screen.until("dialog() is not None and dialog().isActiveWindow()")
        screen.type("spectrogr")
        screen.until("not dialog().looking and dialog().model.rowCount() == 1")
    screen.keys("Escape", "Escape")
    assert not screen.ask(TOLD)


def test_who_answers_a_question_without_a_field_by_the_mouse_labels_at_once(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.keys("F1")
    screen.until("dialog() is not None and dialog().isActiveWindow()")
    screen.click_and_type("dialog().close_button", "3", after=0.4)
    screen.until(f"len({LABELS}) == 1")
    assert screen.ask(f"{LABELS}[{CURRENT}]") == [words[2]]
    assert not screen.ask(TOLD)
