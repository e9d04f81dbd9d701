"""A few letters are enough to find a thing among many."""

from __future__ import annotations

import pytest

from perser_gui.ui.acts.calling_up import MOST, SLICE, Everything, Search, Thing, score
from perser_gui.ui.acts.shortcuts import COMMANDS


def things(*titles: str) -> list[Thing]:
    return [Thing("Action", title, lambda: None) for title in titles]


def found(among: list[Thing], text: str) -> list[str]:
    search = Search(Everything(among), text)
    for _ in search.slices():
        continue
    return [one.title for one in search.found]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("exp", "Export predictions"),
        ("EXPORT PRED", "Export predictions"),
        ("pred exp", "Export predictions"),
        ("xprd", "Export predictions"),
        ("ep", "Export predictions"),
        ("zi", "Zoom in"),
        ("backup", "Bring back a backup"),
    ],
)
def test_letters_words_initials_and_beginnings_lead_to_the_thing(text: str, first: str) -> None:
    among = things("Bring back a backup", "Zoom in", "Zoom out", "Next clip", "Export predictions")
    assert found(among, text)[0] == first


def test_what_is_not_in_a_name_is_not_found() -> None:
    assert found(things("Zoom in", "Zoom out"), "qq") == []


def test_without_letters_everything_stands_in_its_order() -> None:
    assert found(things("Zoom in", "A", "Quit"), "  ") == ["Zoom in", "A", "Quit"]


def test_every_command_is_the_best_hit_for_its_own_title() -> None:
    among = things(*(command.title for command in COMMANDS))
    for command in COMMANDS:
        assert found(among, command.title)[0] == command.title


def test_a_beginning_is_better_than_a_part_and_that_is_better_than_letters() -> None:
    beginning, part, letters = (
        score(["cli"], text) or 0 for text in ("clips of today", "my cyclic thing", "call me in")
    )
    assert beginning > part > letters > 0


def test_many_things_are_looked_at_in_slices_and_the_best_of_all_is_found() -> None:
    count = 5 * SLICE
    among = things(*(f"noise {number}" for number in range(count)), "the needle")
    everything = Everything(iter(among))
    search = Search(everything, "n")
    looked = search.slices()
    next(looked)
    assert len(everything.things) == SLICE  # no more are put together than were looked at
    assert sum(1 for _ in looked) == 5
    assert len(search.found) == MOST
    assert found(among, "needle") == ["the needle"]
