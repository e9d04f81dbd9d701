"""Keys are written in one way, that of the menus, in the window, its documents and the tour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QKeySequence

from perser_gui.ui.acts.shortcuts import COMMANDS, FIXED, readable
from perser_gui.ui.shell.tour import STEPS

HOUSE = Path(__file__).resolve().parents[3]
OTHERWISE = re.compile("[⌫←↑↓]|(Ctrl|Shift|Alt|Ctrl`|Shift`) ?[+] (?!=)|(Ctrl|Shift|Alt)`[+]")


def texts() -> list[Path]:
    found = [*HOUSE.glob("perser_gui/ui/**/*.py"), *HOUSE.glob("docs/**/*.md")]
    return [HOUSE / "README.md", *(path for path in found if "adr" not in path.parts)]


def test_no_text_writes_a_key_in_another_way() -> None:
    found = {
        f"{path.relative_to(HOUSE)}:{number}": line
        for path in texts()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if OTHERWISE.search(line)
    }
    assert found == {}


@pytest.mark.parametrize("key", sorted({key for command in COMMANDS for key in command.keys}))
def test_a_key_is_called_as_in_menus(key: str) -> None:
    menu = QKeySequence(key).toString(QKeySequence.SequenceFormat.PortableText)
    assert readable(key) == menu
    assert readable(menu) == menu


def test_the_fixed_keys_are_written_so_too() -> None:
    assert not any(OTHERWISE.search(text) for pair in FIXED.items() for text in pair)


def test_the_tour_says_what_enter_does_while_its_card_is_there() -> None:
    step = next(step for step in STEPS if "label it" in step.title)
    assert "Enter turns this card" in step.sentence
