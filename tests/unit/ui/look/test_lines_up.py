"""What stands below each other in dialogs, menus and cards begins at one line, and has room."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMenu,
    QScrollArea,
    QStyle,
    QStyleOptionButton,
    QWidget,
)

from perser_gui.emotions import EmotionSet
from perser_gui.settings import Settings
from perser_gui.ui.acts.shortcuts import bindings
from perser_gui.ui.dialogs.bringing_back import OTHER, RestoreDialog
from perser_gui.ui.dialogs.deleting import DeleteDialog
from perser_gui.ui.dialogs.import_dialog import ImportDialog
from perser_gui.ui.dialogs.page import Page
from perser_gui.ui.dialogs.questions import ShortcutSheet
from perser_gui.ui.dialogs.settings_page import SettingsPage
from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, Offer
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import column, text_button
from perser_gui.ui.widgets.file_questions import FileQuestions
from perser_gui.ui.widgets.scrolled_panel import PageArea


def shown(qtbot, dialog: Page) -> Page:
    """Return a dialog that is shown and at rest."""
    qtbot.addWidget(dialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.show()
    for _ in range(20):
        QApplication.processEvents()
    return dialog


def study(parent: QWidget | None = None) -> NewStudyDialog:
    asking = FileQuestions(parent, tuple, lambda pairs: None)
    return NewStudyDialog(parent, EmotionSet.default().words, [Offer("a.wav", ["a"])], asking)


class Screen:
    """A screen that is so high."""

    def __init__(self, height: int) -> None:
        self.height = height

    def availableGeometry(self) -> QRect:
        return QRect(0, 0, 1300, self.height)


def hidden(dialog: Page) -> int:
    return sum(area.verticalScrollBar().maximum() for area in dialog.findChildren(QScrollArea))


@pytest.mark.parametrize("made", [study, lambda: SettingsPage(None, Settings(), {})])
def test_nothing_scrolls_that_the_screen_has_room_for(qtbot, monkeypatch, made) -> None:
    monkeypatch.setattr(Page, "screen", lambda _: Screen(4000), raising=False)
    whole = shown(qtbot, made()).height()
    just = Screen(whole + 60)
    monkeypatch.setattr(Page, "screen", lambda _: just, raising=False)
    assert hidden(shown(qtbot, made())) == 0


def test_a_dialog_higher_than_the_screen_stands_in_its_middle(qtbot) -> None:
    sheet = shown(qtbot, ShortcutSheet(None, bindings(())))
    room = sheet.screen().availableGeometry()
    assert room.contains(sheet.frameGeometry())
    assert abs(sheet.frameGeometry().center().y() - room.center().y()) <= 2


def test_what_scrolls_up_and_down_is_never_cut_off_at_its_end(qtbot) -> None:
    area, inner = PageArea(gap=10), QWidget()
    inner.setLayout(column(QLabel("a title that is long " * 20), 1))
    area.setWidget(inner)
    qtbot.addWidget(area)
    area.resize(area.minimumSizeHint().width(), 5)
    area.show()
    QApplication.processEvents()
    assert area.verticalScrollBar().maximum() > 0
    assert inner.width() <= area.viewport().width()


def test_a_link_begins_nearly_where_the_text_above_it_does(qtbot) -> None:
    link = text_button("Back to the defaults", kind="link")
    qtbot.addWidget(link)
    link.show()
    option = QStyleOptionButton()
    link.initStyleOption(option)
    inner = link.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, link)
    assert inner.left() <= theme.px(3)


def test_what_stands_in_the_menu_of_the_sound_begins_where_its_headings_do(window) -> None:
    menu = window.label_panel.sound.menu_
    menu.popup(QPoint(10, 10))
    QApplication.processEvents()
    left = {one.text(): one.mapTo(menu, QPoint(0, 0)).x() for one in menu.findChildren(QLabel)}
    menu.close()
    assert left["Volume"] == left["Loudspeaker"]


def test_bringing_back_says_that_there_is_nothing_yet_and_what_its_button_does(qtbot) -> None:
    none = shown(qtbot, RestoreDialog(None, []))
    assert none.accept_button.text() == "Choose a file…"
    assert any("No backup was made by itself yet" in one.text() for one in texts(none))
    some = shown(qtbot, RestoreDialog(None, ["27 Nov 2026, 09:43: 2 listeners, 34 labels"]))
    assert some.accept_button.text() == "Bring back"
    assert not any("yet" in one.text() for one in texts(some))
    some.backups.setCurrentText(OTHER)
    assert some.accept_button.text() == "Choose a file…"


def texts(dialog: Page) -> list[QLabel]:
    return dialog.findChildren(QLabel)


def test_a_name_to_be_typed_does_not_look_as_if_it_were_typed(qtbot) -> None:
    dialog = DeleteDialog(None, "Ada", 12, 3)
    qtbot.addWidget(dialog)
    assert "Ada" not in dialog.field.placeholderText()
    assert not dialog.accept_button.isEnabled()


def test_a_sentence_that_comes_later_does_not_push_a_dialog_off_the_screen(
    qtbot, monkeypatch
) -> None:
    low = Screen(540)
    monkeypatch.setattr(Page, "screen", lambda _: low, raising=False)
    asking = FileQuestions(None, tuple, lambda pairs: None)
    dialog = shown(qtbot, ImportDialog(None, Path("labels.csv"), Path("/some/where"), asking))
    dialog.show_problem("The column is missing that says which file it is about. " * 12)
    for _ in range(20):
        QApplication.processEvents()
    assert dialog.frameGeometry().bottom() <= low.height
    assert dialog.frameGeometry().top() >= 0


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_the_check_mark_of_a_menu_is_drawn_as_sharp_as_the_screen(window, shade) -> None:
    window.theme.choose(shade)
    menu = QMenu(window)
    menu.addAction("the other").setCheckable(True)
    chosen = menu.addAction("this one")
    chosen.setCheckable(True)
    chosen.setChecked(True)
    menu.popup(QPoint(10, 10))
    QApplication.processEvents()
    image = menu.grab().toImage()
    rows = [menu.actionGeometry(action) for action in menu.actions()]
    menu.close()
    marks = [
        {image.pixelColor(x, y).name() for x in range(4, 22) for y in range(r.top(), r.bottom())}
        for r in rows
    ]
    assert len(marks[0]) <= 2  # nothing stands before what is not chosen
    assert len(marks[1]) > 8  # its edge has shades, not steps
