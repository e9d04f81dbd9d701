"""A few letters are enough to find a thing among many."""

from __future__ import annotations

import re
from itertools import product

import pytest

from perser_gui.ui.acts.calling_up import ALSO, FEW, MOST, SLICE, Everything, Search, Thing
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
        ("exprd", "Export predictions"),
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


def test_a_beginning_is_better_than_initials_and_these_than_a_part() -> None:
    among = things("accept it", "my capital", "corners and pictures", "cap", "the caption")
    best = ["cap", "my capital", "the caption", "corners and pictures"]
    assert found(among, "cap") == best
    assert found(things("keeping", "Export predictions"), "ep") == ["Export predictions", "keeping"]


def test_scattered_letters_are_found_only_where_nothing_else_is_and_never_many() -> None:
    among = things(*(f"Clear my line {number}" for number in range(50)))
    assert len(found(among, "clrmln")) == FEW
    assert found([*among, *things("A clrmln")], "clrmln") == ["A clrmln"]
    among = things("Search clips", "Cutting, voices and channels")
    assert found(among, "hlp") == []  # they are somewhere in it, but nobody means that
    assert found(among, "unod") == []
    assert found(among, "sd") == []


def test_a_letter_or_two_do_not_find_nearly_everything() -> None:
    among = [
        Thing("Action", command.title, lambda: None, also=ALSO.get(command.id, ""))
        for command in COMMANDS
    ]
    for letter in "abcdefghijklmnopqrstuvwxyz":
        assert all(
            any(word.lower().startswith(letter) for word in re.findall(r"\w+", title))
            for title in found(among, letter)
        ), letter
    for pair in map("".join, product("abcdefghijklmnopqrstuvwxyz", repeat=2)):
        assert len(found(among, pair)) < len(among) / 2, pair


def test_part_of_a_number_and_one_sign_of_a_script_without_capitals_are_found() -> None:
    assert found(things("sad_0017.wav", "sad_0020.wav"), "17") == ["sad_0017.wav"]
    assert found(things("sad_0017.wav", "sad_0020.wav"), "7") == ["sad_0017.wav"]
    assert found(things("小太郎", "花子"), "太") == ["小太郎"]


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
