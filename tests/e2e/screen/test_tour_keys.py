"""Keys while the first tour, or its offer, lies over the page: what it says, and nothing unseen."""

from __future__ import annotations

import pytest

from .display import Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LABELS = "{c: list(r.emotions) for c, r in window.session.ratings.items()}"
SAVED = "not window.session.unsaved and not window.runner.busy"
TOUR = "window.commands.program.tour"
GRID = "window.label_panel.grid"
TOLD = "any('The card covers that word' in bar.text.text() for bar in window.notice.bars)"


@pytest.fixture
def screen(screen: Screen) -> Screen:
    """The program at its first start, with six clips and the offer of the tour."""
    screen.until(f"{TOUR}.place == -2 and {TOUR}.card.isVisible()")
    return screen


def put_the_card_over_the_words(screen: Screen) -> None:
    """As in a window too small for both."""
    corner = f"{GRID}.mapTo(window, {GRID}.rect().topLeft())"
    screen.ask(f"{TOUR}.card.move({corner})")
    card = f"{TOUR}.card.geometry()"
    first = f"{GRID}.buttons[0]"
    screen.until(f"{card}.contains({first}.mapTo(window, {first}.rect().center()))")


def test_the_offer_is_put_away_by_escape_and_no_covered_word_is_labelled(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    put_the_card_over_the_words(screen)
    screen.keys("1")
    screen.until(TOLD)
    screen.until(SAVED)
    assert screen.ask(LABELS) == {}
    assert screen.ask(f"{TOUR}.place") == -2
    screen.keys("Escape")
    screen.until(f"not {TOUR}.shown")
    screen.keys("1")
    screen.until(f"list({LABELS}.values()) == {[[words[0]]]!r}")


def test_the_keys_that_the_cards_name_do_what_they_say(screen: Screen) -> None:
    words = screen.ask("window.session.emotions.words")
    screen.keys("alt+t")
    screen.until(f"{TOUR}.place == 0")
    screen.click(f"{TOUR}.card.next_button")
    screen.until(f"{TOUR}.place == 1")
    for playing in (True, False):  # “Space plays and pauses”, also after a click on the card
        screen.keys("space")
        screen.until(f"window.listening.playing is {playing}")
        assert screen.ask(f"{TOUR}.place") == 1
    screen.click(f"{TOUR}.card.next_button")
    screen.until(f"{TOUR}.place == 2")
    screen.keys("2")  # “Press the key on a word”
    screen.until(f"list({LABELS}.values()) == {[[words[1]]]!r}")
    screen.keys("shift+3")
    screen.until(f"list({LABELS}.values()) == {[[words[1], words[2]]]!r}")
    screen.until(SAVED)
    screen.keys("ctrl+z", "ctrl+z")
    screen.until(f"{LABELS} == dict()")
    screen.keys("0")
    screen.until("[r.answer for r in window.session.ratings.values()] == ['cant-tell']")
    screen.keys("Return")  # it goes on
    screen.until(f"{TOUR}.place == 3")
    put_the_card_over_the_words(screen)
    screen.keys("1")
    screen.until(TOLD)
    assert screen.ask("[r.answer for r in window.session.ratings.values()]") == ["cant-tell"]
    screen.keys("Escape")
    screen.until(f"not {TOUR}.shown")
