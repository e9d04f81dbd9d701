"""Menus at listeners, studies, compared people, differences, notices, profiles and pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QListWidgetItem, QMenu, QWidget

from perser_gui.bidi import bare
from perser_gui.progress import Progress
from perser_gui.ui.dialogs.history import HistoryDialog
from perser_gui.ui.shell.pictures import copy_picture, save_picture
from perser_gui.ui.widgets.file_questions import FileDialog
from perser_gui.ui.widgets.menu_key import open_menu_at

from .test_clip_menus import action, do, press


def texts(menu: QMenu) -> list[str]:
    return [one.text() for one in menu.actions() if one.text()]


@pytest.fixture
def two(window, qtbot):
    """The window of Ada, with Bea beside her."""
    window.workbench.add_listener("Bea")
    qtbot.waitUntil(lambda: window.session.listener.name == "Bea" and not window.runner.busy)
    window.workbench.switch_listener(1)
    qtbot.waitUntil(lambda: window.session.listener.name == "Ada" and not window.runner.busy)
    return window


def at_entry(window, name: str) -> QMenu:
    """Open the list of listeners, and the menu of one of them as by the right button."""
    people = window.top_bar.listener_menu
    people.popup(window.mapToGlobal(QPoint(100, 60)))
    entry = next(one for one in people.actions() if one.text() == name)
    return press(window, people, people.actionGeometry(entry).center())


def test_a_listener_of_the_list_is_renamed_without_listening(two, qtbot, monkeypatch):
    from perser_gui.ui.shell import item_menus

    class Answers:
        def __init__(self, *_):
            self.name = "Cleo"

        def exec(self):
            return True

    monkeypatch.setattr(item_menus, "NameDialog", Answers)
    do(at_entry(two, "Bea"), "Rename…")
    qtbot.waitUntil(lambda: [p.name for p in two.session.listeners] == ["Ada", "Cleo"])
    assert two.session.listener.name == "Ada"
    do(at_entry(two, "Cleo"), "Copy the name")
    assert QApplication.clipboard().text() == "Cleo"
    assert not action(at_entry(two, "Ada"), "Continue as Ada").isEnabled()
    do(at_entry(two, "Cleo"), "Continue as Cleo")
    qtbot.waitUntil(lambda: two.session.listener.name == "Cleo")


@pytest.mark.parametrize(
    ("entry", "command"),
    [
        ("History and rollback", "history"),
        ("Delete this listener…", "delete-listener"),
        ("Export your labels…", "export-ratings"),
    ],
)
def test_what_is_done_as_another_listener_is_done_once_they_listen(
    two, qtbot, monkeypatch, entry: str, command: str
):
    done: list[tuple[str, int]] = []
    monkeypatch.setattr(
        two.commands,
        "trigger",
        lambda name: done.append((name, two.personalization.history_of)),
    )
    do(at_entry(two, "Bea"), entry)
    qtbot.waitUntil(lambda: bool(done))
    assert done == [(command, 2)]
    assert two.session.listener.name == "Bea"
    do(at_entry(two, "Bea"), entry)
    assert done == [(command, 2)] * 2


def test_the_right_button_on_a_listener_does_not_choose_them(two, qtbot):
    people = two.top_bar.listener_menu
    people.popup(two.mapToGlobal(QPoint(100, 60)))
    entry = next(one for one in people.actions() if one.text() == "Bea")
    place = people.actionGeometry(entry).center()
    QTest.mouseMove(people, place)
    QTest.mouseClick(people, Qt.MouseButton.RightButton, pos=place)
    qtbot.waitUntil(lambda: not two.runner.busy)
    assert two.session.listener.name == "Ada"
    assert people.isVisible()
    people.close()


def test_shift_f10_opens_the_menu_of_the_listener_that_the_keyboard_stands_on(two):
    people = two.top_bar.listener_menu
    people.popup(two.mapToGlobal(QPoint(100, 60)))
    entry = next(one for one in people.actions() if one.text() == "Bea")
    people.setActiveAction(entry)
    QTest.keyClick(people, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = two.commands.menus.open
    assert menu is not None
    assert "Continue as Bea" in texts(menu)
    menu.close()
    people.close()


def test_a_study_has_its_buttons_as_a_menu(window, qtbot):
    page = window.study_page
    window.show_view("studies")
    qtbot.waitUntil(lambda: not window.runner.busy)
    study = QListWidgetItem("Calls")
    study.setData(Qt.ItemDataRole.UserRole, 99)
    page.list.addItem(study)
    place = page.list.visualItemRect(page.list.item(0)).center()
    menu = press(window, page.list.viewport(), place)
    assert texts(menu)[:3] == ["Take part…", "Export answers…", "Export the study…"]
    assert "Compute the agreement" in texts(menu)
    do(menu, "Copy the name")
    assert QApplication.clipboard().text() == "Calls"


@pytest.fixture
def compared(two, desk, qtbot):
    """Two listeners who differ on a clip, beside each other."""
    first = two.session.visible[0]
    desk.rate(1, first, emotions=("sad",))
    desk.rate(2, first, emotions=("angry",))
    two.show_view("compare")
    qtbot.waitUntil(lambda: bool(two.compare.swaps) and not two.runner.busy)
    return two


def test_people_are_left_out_and_compared_again_by_their_menu(compared, qtbot):
    people = compared.compare.people
    place = people.visualItemRect(people.item(1)).center()
    do(press(compared, people.viewport(), place), "Leave out")
    assert people.item(1).checkState() == Qt.CheckState.Unchecked
    qtbot.waitUntil(lambda: not compared.runner.busy)
    people.setFocus()
    people.setCurrentRow(1)
    open_menu_at(people)
    menu = compared.commands.menus.open
    assert texts(menu)[0] == "Compare"
    do(menu, "Compare")
    assert people.item(1).checkState() == Qt.CheckState.Checked
    qtbot.waitUntil(lambda: not compared.runner.busy)


def actions_of(widget: QWidget) -> dict[str, object]:
    """Return what the menu of a widget, or of the first around it that has one, offers."""
    at: QWidget | None = widget
    while at is not None:
        if at.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu:
            return {one.text(): one for one in at.actions() if one.isVisible()}
        at = at.parentWidget()
    return {}


def test_a_difference_is_copied_heard_and_shown_by_its_menu(compared, qtbot):
    chip = next(
        one
        for one in compared.compare.findChildren(QLabel)
        if one.isVisible() and one.text() == "angry"
    )
    found = actions_of(chip)
    assert list(found) == ["Hear one", "Show", "Copy"]
    found["Copy"].trigger()
    assert "sad" in QApplication.clipboard().text()
    assert "angry" in QApplication.clipboard().text()
    found["Show"].trigger()
    assert compared.view_name == "label"


def test_a_notice_is_copied_done_and_closed_by_its_menu(window):
    window.notice.offer("info", "Took 1 clip off the list.", "undo")
    bar = window.notice.bars[0]
    wanted: list[str] = []
    window.notice.wanted.disconnect()
    window.notice.wanted.connect(wanted.append)
    found = actions_of(bar.text)
    assert list(found) == ["Undo", "Copy", "Close"]
    found["Copy"].trigger()
    assert QApplication.clipboard().text() == "Took 1 clip off the list."
    found["Undo"].trigger()
    assert wanted == ["undo"]
    window.notice.say("info", "Done.")
    bar = window.notice.bars[-1]
    assert list(actions_of(bar)) == ["Copy", "Close"]
    actions_of(bar)["Close"].trigger()
    assert not window.notice.bars


def test_shift_f10_in_a_dialog_opens_the_menu_around_what_has_the_keyboard(window, desk, qtbot):
    desk.adapt(1, progress=Progress())
    dialog = HistoryDialog(window, desk.history(1))
    dialog.show()
    button = dialog.deleting_buttons[1]
    button.setFocus()
    asked: list[QContextMenuEvent.Reason] = []
    card = button.parentWidget()
    card.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    card.customContextMenuRequested.connect(lambda _: asked.append(card.actions()))
    QTest.keyClick(button, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    ((use, copy, delete),) = asked
    assert [bare(one.text()) for one in (use, copy, delete)] == ["Use this", "Copy", "Delete…"]
    delete.trigger()
    assert dialog.unwanted is not None
    dialog.deleteLater()


def test_a_picture_is_copied_and_saved_as_a_drawing_or_as_points(
    compared, qtbot, tmp_path: Path, monkeypatch
):
    matrix = compared.compare.matrix
    copy_picture(matrix)
    image = QApplication.clipboard().image()
    assert image.size() == matrix.size() * 2
    places = [(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 3)]
    colours = {image.pixel(x, y) for x, y in places}
    assert len(colours) > 2
    save_picture(matrix, tmp_path / "m.svg")
    drawing = (tmp_path / "m.svg").read_text(encoding="utf-8")
    assert "<svg" in drawing
    assert "Bea" in drawing  # text stays text
    for name, line in (("n.png", 0), ("p", 1), ("x.txt", 0)):

        def ask(dialog: FileDialog, name=name, line=line) -> list[Path]:
            dialog.shown.selectNameFilter(dialog.shown.nameFilters()[line])
            return [tmp_path / name]

        monkeypatch.setattr(FileDialog, "ask", ask)
        do(press(compared, matrix, QPoint(20, 20)), "Save the picture…")
    for name in ("n.png", "p.png"):
        assert QImage(str(tmp_path / name)).size() == matrix.size() * 2
    assert "<svg" in (tmp_path / "x.txt.svg").read_text(encoding="utf-8")


def test_the_picture_of_the_sound_is_copied_from_its_menu(window, qtbot):
    view = window.label_panel.waveform
    qtbot.waitUntil(view.isVisible)
    do(press(window, view, view.rect().center()), "Copy the picture")
    assert QApplication.clipboard().image().size() == view.size() * 2
