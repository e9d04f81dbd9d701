"""Panels and words take the room that they need now, whatever was needed before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SIZES = ((1280, 800), (1000, 700), (1280, 600), (920, 520), (700, 480), (1100, 900))


def test_after_many_words_few_take_as_much_room_as_before() -> None:
    save_settings(Settings(auto_play_next=False, toured=True))
    desk = Desk.open()
    few = desk.add_listener("Nine").id
    many = desk.add_listener("Forty", EmotionSet.of([f"word {n}" for n in range(40)])).id
    desk.close()

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)

        def settled() -> Iterator[Condition]:
            for _ in range(12):
                yield lambda: not window.runner.busy

        def room() -> dict[str, object]:
            panel = window.label_panel
            return {
                "panels": window.label_view.sizes(),
                "words": (panel.words.height(), panel.words.minimumHeight(), panel.grid.rows),
                "picture": panel.stage.height(),
                "view": window.views.height(),
            }

        for size in SIZES:
            window.resize(*size)
            yield from settled()
            before = room()
            for person in (many, few):
                window.workbench.switch_listener(person)
                yield lambda person=person: window.session.listener.id == person
                yield from settled()
            assert room() == before, size

    assert act(script, ["--starter"]) == 0


def test_the_widths_that_were_chosen_come_back_with_the_room_for_them() -> None:
    save_settings(Settings(auto_play_next=False, toured=True))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        split = window.label_view
        window.resize(1280, 700)
        yield lambda: window.width() == 1280
        split.moveSplitter(split.sizes()[0] - 40, 1)  # as a drag of a handle does
        split.moveSplitter(sum(split.sizes()[:2]) - 170, 2)
        chosen = split.sizes()
        assert chosen[0] < 230
        assert chosen[2] > 450
        for width in (900, 640, 1280):
            window.resize(width, 700)
            yield lambda width=width: window.width() == width
            yield lambda: True
        assert split.sizes() == pytest.approx(chosen, abs=2)

    assert act(script, ["--starter"]) == 0
