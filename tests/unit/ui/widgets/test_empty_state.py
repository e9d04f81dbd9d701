"""What stands where there is nothing yet is no wider than one reads."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication

from perser_gui.ui.look import theme
from perser_gui.ui.widgets import EmptyState, text_button
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


def test_where_there_is_little_room_all_words_are_whole(qtbot) -> None:
    buttons = [text_button("Try the starter clips"), text_button("Add your own files")]
    empty = EmptyState("folder", "No clips yet", "Drop sound or folders here. " * 5, *buttons)
    qtbot.addWidget(empty)
    empty.resize(285, 265)
    empty.show()
    for size, beside, icon in (
        ((285, 265), False, False),
        ((700, 500), True, True),
        ((285, 500), False, True),
        ((285, 265), False, False),
        ((285, 230), False, False),
        ((700, 500), True, True),
    ):
        empty.resize(*size)
        QApplication.processEvents()
        first, second = (button.geometry() for button in buttons)
        assert (first.top() == second.top()) is beside, size
        assert empty._icon.isVisible() is icon, size
        assert all(one.width() >= one.sizeHint().width() for one in buttons), size
        for text in (empty.title, empty.hint):
            assert text.height() >= text.heightForWidth(text.width()), size
