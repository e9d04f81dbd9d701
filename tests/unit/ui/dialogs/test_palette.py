"""The palette's own keys."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.ui.acts.calling_up import Thing
from perser_gui.ui.dialogs.palette import Palette


@pytest.mark.parametrize("typed", ["", "play"])
def test_escape_in_its_line_closes_it_whatever_was_typed(window, typed: str) -> None:
    done: list[object] = []
    palette = Palette(window, [Thing("Action", "Play or pause", done.append, "Space", "play")])
    palette.show()
    QTest.keyClicks(palette.field, typed)
    QTest.keyClick(palette.field, Qt.Key.Key_Escape)
    assert not palette.isVisible()
    assert palette.chosen is None
    assert not done
    palette.deleteLater()
