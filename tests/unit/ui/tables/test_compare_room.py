"""The Compare view in a window of usual size: nothing needs to be moved sideways to be read."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, QSize
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QScrollArea, QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.look.tokens import DARK, LIGHT
from perser_gui.ui.tables.compare_view import MOST_SWAPS
from perser_gui.ui.widgets import column
from perser_gui.ui.widgets.scrolled_panel import scrolled

from ..fake_desk import FakeDesk

LONG = "Wilhelmina-Alexandrine von und zu Hohenstein"
NAMES = ("Listener 1", "Jon B", "Ines", LONG, "Dalia")


def compared(open_window, qtbot, names=NAMES, size=(1000, 650)):
    desk = FakeDesk(clips=12, listeners=names)
    words = desk.people[0].emotions.words
    for number in range(1, len(names) + 1):
        for place, clip in enumerate(desk.library):
            other = ("surprised", "disgusted")[(place + number) % 2]
            desk.rate(number, clip.content, emotions=(other if place % 3 else words[place % 4],))
    window = open_window(desk, size=size)
    window.show_view("compare")
    qtbot.waitUntil(lambda: not window.runner.busy and window.beside.compared is not None)
    for _ in range(20):
        QApplication.processEvents()
    return window


@pytest.mark.parametrize("pair", [(0, 1), (2, 3), (3, 0)])
def test_five_listeners_who_differ_both_ways_need_no_sideways_scrolling(
    open_window, qtbot, pair
) -> None:
    window = compared(open_window, qtbot)
    view = window.compare
    view.matrix._go(pair)
    for _ in range(20):
        QApplication.processEvents()
    cards = [c for c in view.findChildren(QFrame) if c.objectName() == "card" and c.isVisible()]
    assert 0 < len(cards) <= MOST_SWAPS
    assert any("the other way round" in one.text() for one in view.findChildren(QLabel))
    (area,) = view.findChildren(QScrollArea)
    assert area.horizontalScrollBar().maximum() == 0
    for card in cards:
        shown = [one for one in card.findChildren(QWidget) if one.isVisible()]
        assert all(card.rect().contains(one.geometry()) for one in shown)


@pytest.mark.parametrize("size", [1.0, 1.5])
def test_a_name_in_the_list_uses_the_room_and_no_more(open_window, qtbot, size) -> None:
    window = compared(open_window, qtbot, (*NAMES, *(f"{LONG} {n}" for n in range(40))))
    window.workbench.choose(text_size=size)
    window.compare.show_comparison()
    for _ in range(20):
        QApplication.processEvents()
    people = window.compare.people
    assert people.verticalScrollBar().maximum() > 0
    assert people.horizontalScrollBar().maximum() == 0
    (place,) = (n for n in range(people.count()) if people.item(n).toolTip().endswith(LONG))
    item = people.item(place)
    left = people.viewport().width() - people.sizeHintForColumn(0)
    assert "…" in item.text()
    assert 0 <= left <= theme.px(32)


def test_what_is_chosen_elsewhere_is_ticked(open_window, qtbot) -> None:
    window = compared(open_window, qtbot, ("Ada", "Bo"))
    assert window.compare.models.isChecked()
    window.beside.choose([1], models=False)
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert not window.compare.models.isChecked()
    assert "in the list, or the models, too" in window.compare.hint


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_the_corner_between_two_scroll_bars_is_no_patch(qapp, qtbot, choice: str) -> None:
    theme.install(qapp).choose(choice)
    panel, inner = QFrame(), QWidget()
    qtbot.addWidget(panel)
    panel.setObjectName("panel")
    inner.setMinimumSize(900, 900)
    area = scrolled(inner, sideways=True)
    panel.setLayout(column(area, margins=(1, 1, 1, 1)))
    panel.resize(300, 300)
    panel.show()
    QApplication.processEvents()
    side, below = area.verticalScrollBar(), area.horizontalScrollBar()
    assert side.isVisible()
    assert below.isVisible()
    picture = panel.grab().toImage()
    corner = QRect(QPoint(0, 0), QSize(side.width(), below.height()))
    corner.moveBottomRight(area.geometry().bottomRight())
    colours = {
        picture.pixelColor(x, y).name().upper()
        for x in range(corner.left(), corner.right() - 4)  # the panel's own corner is round
        for y in range(corner.top(), corner.bottom() - 4)
    }
    theme.install(qapp).choose("system")
    assert colours == {(DARK if choice == "dark" else LIGHT).surface}


def test_a_wide_window_shows_differences_beside_the_agreement(open_window, qtbot) -> None:
    window = compared(open_window, qtbot, size=(2560, 1440))
    view = window.compare
    (area,) = view.findChildren(QScrollArea)
    cards = [c for c in view.findChildren(QFrame) if c.objectName() == "card" and c.isVisible()]
    shown = area.viewport()

    def box(widget: QWidget) -> QRect:
        return QRect(widget.mapTo(shown, QPoint(0, 0)), widget.size())

    assert view.spread.wide
    matrix, pair = box(view.matrix), box(view.pair_title)
    assert cards
    assert all(box(card).left() > matrix.right() for card in cards)
    assert pair.left() > matrix.right()
    assert max(box(card).right() for card in cards) > 0.95 * shown.width()
    assert area.verticalScrollBar().maximum() == 0
    assert view.matrix._size()[1] > theme.px(120)
    window.resize(1280, 800)
    for _ in range(20):
        QApplication.processEvents()
    assert not view.spread.wide
    assert box(view.pair_title).top() > box(view.matrix).bottom()
    assert box(view.pair_title).left() == box(view.matrix).left()
    assert area.horizontalScrollBar().maximum() == 0
    window.resize(2560, 1440)
    for _ in range(20):
        QApplication.processEvents()
    assert box(view.matrix) == matrix
    assert box(view.pair_title) == pair
