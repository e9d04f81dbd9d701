"""The way to the timeline says what is missing, and that only."""

from __future__ import annotations

from dataclasses import replace

import pytest

from perser_gui.records import Span

from ..fake_desk import FakeDesk


@pytest.mark.parametrize(("there", "first"), [(False, "add one"), (True, "choose one of them")])
def test_without_a_timeline_it_is_said_what_to_do_first(open_window, there, first) -> None:
    desk = FakeDesk(clips=3)
    if there:
        desk.library[2] = replace(desk.library[2], span=Span(0.0, 1.0, 30.0))
    window = open_window(desk)
    window.commands.trigger("timeline")
    assert f"; {first} first." in window.notice.text.text()
