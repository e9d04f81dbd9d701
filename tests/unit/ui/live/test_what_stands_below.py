"""Below the pictures of the Live view: how far behind it is can be read beside the buttons."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QPushButton

from perser_gui.ui.shell.frame import LEAST
from perser_gui.ui.widgets.basics import APART

from ..fake_desk import FakeDesk

SAID = f"1234 ms behind the sound{APART}100 % busy{APART}every 0.25 s"


@pytest.mark.parametrize("size", [LEAST, (1000, 650), (1280, 800)])
def test_how_far_behind_it_is_stands_there_whole_and_nothing_moves(open_window, size) -> None:
    window = open_window(FakeDesk(clips=4), size=size)
    window.show_view("live")
    view = window.live_view
    QApplication.processEvents()
    before = view._foot.height()
    view.figures.setText(SAID)
    for _ in range(20):
        QApplication.processEvents()
    figures = view.figures
    assert figures.heightForWidth(figures.width()) <= figures.height()
    assert figures.fontMetrics().horizontalAdvance("1234 ms behind the sound") <= figures.width()
    assert view._foot.height() == before
    texts = [b.text() for b in (view.mark, view.save, view.voice, view.readout)]
    assert texts[0] == "Mark"
    assert texts[2] == "New speaker"
    for button in (view.mark, view.save, view.voice):
        assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() - 8


def test_one_button_starts_listening(open_window) -> None:
    window = open_window(FakeDesk(clips=4))
    window.show_view("live")
    QApplication.processEvents()
    buttons = [b for b in window.live_view.findChildren(QPushButton) if b.isVisible()]
    assert [b.text() for b in buttons].count("Start listening") <= 1
