"""The keys of the tour, and what the last questions say."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.ui.dialogs.deleting import DeleteDialog
from perser_gui.ui.shell.window import MainWindow


def press(window: MainWindow, key: Qt.Key) -> None:
    QTest.keyClick(QApplication.focusWidget() or window, key)


def test_enter_and_arrows_go_through_the_tour_and_escape_ends_it(window: MainWindow) -> None:
    tour = window.commands.program.tour
    before = window.session.current
    tour.start()
    window.clips.view.setFocus()
    for key, place in (
        (Qt.Key.Key_Return, 1),
        (Qt.Key.Key_Right, 2),
        (Qt.Key.Key_Left, 1),
        (Qt.Key.Key_Enter, 2),
    ):
        press(window, key)
        assert tour.place == place
    press(window, Qt.Key.Key_Escape)
    assert not tour.shown
    assert window.session.current == before
    assert window.notice.tone == ""


def test_in_a_field_of_text_the_arrows_stay_those_of_the_text(window: MainWindow) -> None:
    tour = window.commands.program.tour
    tour.start()
    window.clips.search.setFocus()
    press(window, Qt.Key.Key_Right)
    assert tour.place == 0
    tour.end()


def test_what_stays_until_it_is_answered_offers_to_keep_predictions_hidden(
    window: MainWindow, qtbot
) -> None:
    window.workbench.asked.emit("info", "Predictions are shown from now on.", "keep-hidden")
    (bar,) = window.notice.bars
    window.notice.hold()
    window.notice.go_on()
    assert not bar._timer.isActive()
    bar.button.click()
    assert window.session.blind
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_deleting_counts_as_the_panel_does_and_tells_what_backups_lose() -> None:
    dialog = DeleteDialog(None, "Bo", 41, 0, 3)
    assert "41 labels and 3 other answers" in dialog.goes.text()
    assert "earlier states of other listeners" in dialog.goes.text()
    dialog.deleteLater()
