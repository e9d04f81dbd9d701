"""In small windows nothing lies on anything else, no word is a sliver, and all can be pressed."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QPushButton

from perser_gui.emotions import EmotionSet
from perser_gui.ui.look import theme
from perser_gui.ui.shell.frame import LEAST

from ..fake_desk import FakeDesk, recording_of


@pytest.mark.parametrize("words", [8, 12, 40])
@pytest.mark.parametrize("size", [(1000, 650), LEAST])
def test_label_view_holds_together(open_window, qtbot, size, words: int) -> None:
    desk = FakeDesk(clips=0)
    desk.library = recording_of(60.0, 6)
    desk.set_emotions(1, EmotionSet.of([f"feeling {n}" for n in range(words)]))
    window = open_window(desk, size=size)
    QApplication.processEvents()
    panel = window.label_panel

    def place(widget) -> QRect:
        return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())

    parts = [
        panel.timeline,
        panel.stage,
        panel._transport,
        panel._prompt,
        panel.words,
        panel._answers,
    ]
    for one, other in combinations(parts, 2):
        assert not place(one).intersects(place(other)), (one, other)
    assert all(place(panel).contains(place(part)) for part in parts)
    buttons = panel.grid.buttons
    assert all(button.height() >= theme.px(36) for button in buttons)
    whole = [b for b in buttons if place(panel.words).contains(place(b))]
    assert len(whole) >= min(words, 8 if size != LEAST else 6)
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text() and panel.isAncestorOf(button):
            needed = button.fontMetrics().horizontalAdvance(button.text())
            assert needed <= button.width() - 8, button.text()
    panels = [window.clips, panel, window.model_panel]
    for one, other in combinations(panels, 2):
        assert not place(one).intersects(place(other))
