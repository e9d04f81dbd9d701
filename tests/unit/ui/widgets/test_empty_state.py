"""What stands where there is nothing yet is no wider than one reads."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from perser_gui.ui.look import theme
from perser_gui.ui.widgets import EmptyState
from perser_gui.ui.widgets.feedback import WIDEST_HINT


def test_a_hint_on_a_large_screen_is_broken_and_stays_in_the_middle(qtbot) -> None:
    empty = EmptyState("microphone", "Listen live", "See how you would label this. " * 8)
    qtbot.addWidget(empty)
    empty.resize(2200, 900)
    empty.show()
    QApplication.processEvents()
    assert empty.hint.width() <= theme.px(WIDEST_HINT)
    assert empty.hint.height() >= 2 * empty.hint.fontMetrics().lineSpacing()
    assert abs(empty.hint.geometry().center().x() - empty.rect().center().x()) <= 1
