"""The words as buttons: they fill the width, however many there were before."""

from __future__ import annotations

import pytest

from perser_gui.emotions import EmotionSet
from perser_gui.ui.widgets.emotion_grid import EmotionGrid


@pytest.mark.parametrize("before", [9, 5, 2])
def test_the_buttons_fill_the_width_after_another_set_of_words(before: int, qtbot) -> None:
    grid = EmotionGrid()
    qtbot.addWidget(grid)
    grid.resize(640, 200)
    grid.show_emotions(EmotionSet.of([f"word {n}" for n in range(before)]))
    grid.show()
    grid.show_emotions(EmotionSet.of([f"word {n}" for n in range(8)]))
    qtbot.waitUntil(lambda: grid.buttons[-1].geometry().right() > 0)
    grid.layout().activate()
    assert max(button.geometry().right() for button in grid.buttons) >= grid.width() - 2
