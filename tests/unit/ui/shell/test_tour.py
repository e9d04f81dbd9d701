"""The keys of the tour, and what the last questions say."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QWidget,
)

from perser_gui.ui.dialogs.deleting import DeleteDialog
from perser_gui.ui.shell.tour import FIRST, NOT_AT_HAND, STEPS
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets.bars import ProbabilityBars

from ..fake_desk import FakeDesk

READ = (QAbstractButton, QComboBox, QLabel, QLineEdit, QListView, ProbabilityBars)
LISTEN = 1


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


def seen(window: MainWindow) -> list[tuple[QWidget, QRect]]:
    """Everything that one reads or presses on the page, and the part of it that is in sight."""
    return [
        (part, QRect(part.mapTo(window, QPoint()), part.size()) & part_in_sight(window, part))
        for part in window.page.findChildren(QWidget)
        if isinstance(part, READ) and part.isVisible() and not part.visibleRegion().isEmpty()
    ]


def part_in_sight(window: MainWindow, part: QWidget) -> QRect:
    shown = part.visibleRegion().boundingRect()
    return QRect(part.mapTo(window, shown.topLeft()), shown.size())


@pytest.mark.parametrize("clips", [12, 0])
@pytest.mark.parametrize("size", [(1280, 800), (1000, 650), (1920, 1040), (640, 480)])
def test_the_offer_of_the_tour_covers_nothing(open_window, clips, size) -> None:
    window = open_window(FakeDesk(clips=clips), size=size)
    before = {id(part) for part, _ in seen(window)}
    tour = window.commands.program.tour
    tour.offer()
    for _ in range(5):
        QApplication.processEvents()
    assert tour.card is not None
    card = tour.card.geometry()
    assert window.rect().contains(card)
    covered = [
        (part, where)
        for part, where in seen(window)
        if not (where & card).adjusted(2, 2, 0, 0).isEmpty()
    ]
    assert covered == []
    if size[0] > 640:  # there it is scrolled to
        assert before == {id(part) for part, _ in seen(window)}
    bars = window.model_panel.bars_area
    assert bars.height() >= bars.widget().sizeHint().height() or size[1] < 800
    tour.end()
    assert not any(berth.isVisible() for berth in window.lasting)


def test_the_offer_follows_to_another_page_and_back(window: MainWindow, qtbot) -> None:
    tour = window.commands.program.tour
    tour.offer()
    panel = window.model_panel
    assert panel.berth.isVisible()
    window.show_view("predictions")
    qtbot.waitUntil(lambda: window.lasting[-1].isVisible())
    assert not panel.berth.isVisibleTo(panel)
    window.show_view("label")
    qtbot.waitUntil(lambda: panel.berth.isVisible())
    assert window.lasting[-1].isHidden()
    tour.end()


def test_without_clips_the_tour_says_what_comes_first_and_goes_on_with_them(
    open_window, qtbot
) -> None:
    window = open_window(FakeDesk(clips=0))
    tour, panel = window.commands.program.tour, window.label_panel
    tour.start()
    assert tour.card is not None
    for place, step in enumerate(STEPS):
        tour.show_step(place)
        said = tour.card.text.text()
        if step.of_clip or place == 0:
            assert said == FIRST + step.sentence
            assert tour.card.anchor is panel.starter_button
        else:
            assert said == step.sentence
        assert tour.card.anchor is not panel
    tour.show_step(0)
    panel.starter_button.click()
    qtbot.waitUntil(lambda: tour.place == LISTEN and tour.card.anchor is panel.play)
    assert tour.card.text.text() == STEPS[LISTEN].sentence
    assert tour.card.ring.isVisible()
    tour.show_step(0)
    assert tour.card.anchor is window.clips.add  # it waits for nothing any more
    assert tour.card.text.text() == STEPS[0].sentence
    tour.end()


def test_clips_that_come_at_a_later_step_are_pointed_at_there(open_window, qtbot) -> None:
    window = open_window(FakeDesk(clips=0))
    tour, panel = window.commands.program.tour, window.label_panel
    tour.show_step(LISTEN + 1)
    panel.starter_button.click()
    qtbot.waitUntil(lambda: tour.card is not None and tour.card.anchor is panel.grid)
    assert tour.place == LISTEN + 1
    tour.end()


def test_where_no_clip_is_at_hand_the_list_is_pointed_at(window: MainWindow, qtbot) -> None:
    tour = window.commands.program.tour
    window.workbench.search("nothing is called so")
    tour.show_step(LISTEN)
    assert tour.card is not None
    assert tour.card.text.text().startswith(NOT_AT_HAND)
    assert tour.card.anchor is window.clips.search
    window.workbench.search("")
    qtbot.waitUntil(lambda: tour.card is not None and tour.card.anchor is window.label_panel.play)
    assert tour.card.text.text() == STEPS[LISTEN].sentence
    tour.end()
