"""Words that run right to left change no order around them."""

from __future__ import annotations

import pytest

from perser_gui.bidi import isolated


@pytest.mark.parametrize("text", ["שמח", "غاضب", "clip שיחה 3.wav"])
def test_what_runs_right_to_left_is_set_apart(text: str) -> None:
    assert isolated(text) == f"\u2068{text}\u2069"


@pytest.mark.parametrize("text", ["", "calm", "écœuré", "落ち着いた", "3 + 4"])
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert isolated(text) == text
