"""Where rows begin at the right, what the style draws keeps its signs at the ends they stand at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLineEdit,
    QListWidget,
    QMenu,
    QWidget,
)
from shiboken6 import Shiboken

import perser_gui.ui
from perser_gui.bidi import FIRST_STRONG, in_order
from perser_gui.ui.widgets import icon_button
from perser_gui.ui.widgets.menu_parts import Menu, RoomyBox

from ..fake_desk import FakeDesk
from .test_whole_texts import DIALOGS, VIEWS

ROOMS = Path(perser_gui.ui.__file__).parent


def drawn(menu: QMenu) -> list[np.ndarray]:
    """Return how much stands in each column of the text of the one entry, and of its key [W]."""
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    entry = menu.actionGeometry(menu.actions()[0])
    picture = menu.grab(entry.adjusted(4, 4, -4, -4)).toImage()
    ground = QColor(picture.pixel(picture.width() // 2, 0)).lightness()
    high = range(picture.height())
    ink = [
        float(sum(abs(picture.pixelColor(x, y).lightness() - ground) for y in high))
        for x in range(picture.width())
    ]
    there = np.flatnonzero(ink)
    place = int(np.argmax(np.diff(there)))  # between text and key it is emptiest
    parts = [there[: place + 1], there[place + 1 :]]
    if menu.isRightToLeft():
        parts.reverse()
    blurred = np.convolve(ink, np.ones(3) / 3, "same")  # letters stand between two points
    return [blurred[part[0] : part[-1] + 1] for part in parts]


@pytest.mark.parametrize("text", ["Add files…", "1×", "Export the “sad”", "(none)"])
def test_an_entry_of_a_menu_and_its_key_read_alike_in_both_directions(qapp, text: str) -> None:
    pictures = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        qapp.setLayoutDirection(direction)
        menu = Menu()
        menu.addAction(text).setShortcut("Ctrl+,")
        pictures.append(drawn(menu))
        assert menu.actions()[0].text() == text
        menu.deleteLater()
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    for left, right in zip(*pictures, strict=True):
        assert abs(len(left) - len(right)) <= 1
        shared = min(len(left), len(right))
        alike = [
            np.corrcoef(left[:shared], np.roll(right, shift)[:shared])[0, 1] for shift in (-1, 0, 1)
        ]
        assert max(alike) > 0.9, "the same signs in the same order"


def test_every_menu_is_one_that_keeps_its_ends(window) -> None:
    for path in ROOMS.rglob("*.py"):
        if path.name != "menu_parts.py":
            assert not re.search(r"\bQMenu\(|\(QMenu\)", path.read_text(encoding="utf-8")), path
    window.commands.menus.menu([window.session.rows[0].clip.content], "list")
    menus = [one for one in window.findChildren(QMenu) if Shiboken.isValid(one)]
    assert len(menus) > 10
    assert [one.title() for one in menus if not isinstance(one, Menu)] == []


def texts(root: QWidget) -> Iterator[str]:
    """Return the texts of a window that are drawn in the direction of its rows, as drawn."""
    for widget in root.findChildren(QWidget):
        if isinstance(widget, QAbstractButton):
            yield str(widget.property("text"))
        if isinstance(widget, QComboBox):
            model = widget.model()
            yield from (str(model.index(n, 0).data()) for n in range(model.rowCount()))
        if isinstance(widget, QLineEdit):
            yield widget.placeholderText()
        if isinstance(widget, QListWidget):
            yield from (widget.item(n).text() for n in range(widget.count()))
        if widget.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu:
            yield from map(QAction.text, widget.actions())


def moved(root: QWidget) -> list[str]:
    """Return the texts of a window whose signs at the ends would stand at the other end."""
    return [text for text in texts(root) if text[:1] != FIRST_STRONG and in_order(text) != text]


def test_no_text_of_the_views_has_its_ends_exchanged(open_window, desk: FakeDesk) -> None:
    window = open_window(desk)
    window.labelling.label("happy")
    for view in VIEWS:
        window.show_view(view)
        QApplication.processEvents()
    assert len(list(texts(window))) > 50
    assert moved(window) == []


@pytest.mark.parametrize("name", DIALOGS)
def test_no_text_of_a_dialog_has_its_ends_exchanged(qtbot, name: str) -> None:
    dialog = DIALOGS[name](None)
    qtbot.addWidget(dialog)
    assert moved(dialog) == []


def test_what_a_box_offers_is_read_as_it_was_written(qtbot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    box = RoomyBox(holder)
    box.addItem("1×", 1.0)
    box.addItems(["A file of yours…", "(none)"])
    box.setItemText(2, "Microphone (USB)")
    assert [box.itemText(n) for n in range(3)] == ["1×", "A file of yours…", "Microphone (USB)"]
    assert box.currentText() == "1×"
    assert box.currentData() == 1.0
    assert box.findText("A file of yours…") == 1
    box.setCurrentText("A file of yours…")
    assert box.currentIndex() == 1
    box.setCurrentText("nowhere")
    assert box.currentIndex() == 1
    assert len(list(texts(holder))) >= 3
    assert moved(holder) == []


def test_the_name_of_the_listener_stands_before_its_arrow(
    open_window, desk: FakeDesk, qapp: QApplication
) -> None:
    desk.people[0] = desk.people[0].__class__(desk.people[0].id, "Ada (2)", desk.people[0].emotions)
    window = open_window(desk)
    bar = window.top_bar
    QApplication.processEvents()
    assert bar.listener.text() == "Ada (2)"
    assert moved(bar) == []
    assert bar.listener.isRightToLeft()
    assert not bar.listener_menu.isRightToLeft()
    try:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        assert not bar.listener.isRightToLeft()
        assert bar.listener_menu.isRightToLeft()
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert bar.listener.isRightToLeft()


def test_a_button_with_an_icon_keeps_its_text_as_it_was_written(qtbot) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    button = icon_button("down", "Save (Ctrl+S)", text="Save…")
    button.setParent(holder)
    assert button.text() == "Save…"
    assert list(texts(holder)) == [in_order("Save…")]
