"""Menus at clips, utterances and listeners, by mouse and by keyboard."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QWidget

from perser_gui.bidi import bare
from perser_gui.progress import Progress
from perser_gui.ui.dialogs.history import HistoryDialog
from perser_gui.ui.dialogs.label_history import LabelHistoryDialog
from perser_gui.ui.shell import clip_menus
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets.file_questions import FileDialog

from ..fake_desk import FakeDesk, recording_of


def press(window: MainWindow, widget: QWidget, place: QPoint, *, keyboard: bool = False) -> QMenu:
    reason = QContextMenuEvent.Reason.Keyboard if keyboard else QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, place, widget.mapToGlobal(place)))
    menu = window.commands.menus.open
    assert menu is not None
    return menu


def action(menu: QMenu, text: str) -> QAction:
    (found,) = [a for a in menu.actions() if a.text().split("\t")[0] == text]
    return found


def do(menu: QMenu, text: str) -> None:
    action(menu, text).trigger()
    menu.close()


def place_of(window: MainWindow, row: int) -> QPoint:
    view = window.clips.view
    return view.visualRect(window.clips.model.index(row, 0)).center()


def test_the_menu_of_a_clip_acts_on_the_one_under_the_pointer(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    third = window.session.visible[2]
    before = window.session.current
    viewport = window.clips.view.viewport()
    menu = press(window, viewport, place_of(window, 2))
    assert window.session.current == before  # looking for a menu plays nothing
    assert not action(menu, "Clear the label").isEnabled()
    labels = action(menu, "Label").menu()
    assert isinstance(labels, QMenu)
    labels.actions()[1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: [r.clip for r in desk.log] == [third])
    do(press(window, viewport, place_of(window, 2)), "Copy the path")
    clip = window.session.clip(third)
    assert clip is not None
    assert QApplication.clipboard().text() == str(clip.path)
    do(press(window, viewport, place_of(window, 2)), "Copy the row")
    assert desk.log[0].emotions[0] in QApplication.clipboard().text().split("\t")[-2]
    do(press(window, viewport, place_of(window, 2)), "Clear the label")
    qtbot.waitUntil(lambda: desk.ratings(1) == [])
    do(press(window, viewport, place_of(window, 2)), "Remove from the list")
    qtbot.waitUntil(lambda: window.session.row(third) is None)


def test_several_chosen_clips_are_labelled_and_cleared_by_one_press(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    window.clips.view.selectAll()
    viewport = window.clips.view.viewport()
    menu = press(window, viewport, place_of(window, 1))
    labels = action(menu, "Label 12 clips").menu()
    assert isinstance(labels, QMenu)
    labels.actions()[0].trigger()
    menu.close()
    qtbot.waitUntil(lambda: len(desk.ratings(1)) == 12)
    window.labelling.undo()
    qtbot.waitUntil(lambda: desk.ratings(1) == [])


def test_the_menu_opens_by_keyboard_at_the_item(window: MainWindow, qtbot) -> None:
    window.activateWindow()
    view = window.clips.view
    view.setFocus()
    qtbot.keyClick(window, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = window.commands.menus.open
    assert menu is not None
    box = view.visualRect(view.currentIndex())
    corner = view.viewport().mapFromGlobal(menu.pos())
    assert box.left() <= corner.x() <= box.right()
    assert abs(corner.y() - box.bottom()) < 40
    menu.close()
    menu = press(window, view, QPoint(3, 3), keyboard=True)
    assert action(menu, "Play").isEnabled()
    menu.close()


def test_a_clip_is_played_and_noted_from_its_menu(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    fourth = window.session.visible[3]
    viewport = window.clips.view.viewport()
    window.labelling.label_all([fourth], "happy")
    do(press(window, viewport, place_of(window, 3)), "Play")
    assert window.session.current == fourth
    qtbot.waitUntil(lambda: window.listening.playing)
    do(press(window, viewport, place_of(window, 3)), "Write a note")
    note = window.label_panel.beside.note
    qtbot.keyClicks(note, "why?")
    qtbot.keyClick(note, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: [r.note for r in desk.ratings(1)] == ["why?"])


def test_an_utterance_on_the_timeline_has_the_menu_of_its_clip(
    open_window, desk: FakeDesk, qtbot
) -> None:
    desk.library = recording_of(60.0, 6)
    window = open_window(desk)
    timeline = window.label_panel.timeline
    last = timeline.utterances[-1].content
    place = QPoint(round(timeline.place_of(last)), timeline.height() // 2)
    menu = press(window, timeline, place)
    do(menu, "Copy the name")
    clip = window.session.clip(last)
    assert clip is not None
    assert clip.path.name in QApplication.clipboard().text()
    assert "Cut into utterances" not in [a.text() for a in menu.actions()]
    menu = press(window, timeline, QPoint(0, 0), keyboard=True)
    do(menu, "Show in the list")
    head = place_of(window, 0)
    menu = press(window, window.clips.view.viewport(), head)
    assert action(menu, "Copy the names").isEnabled()
    menu.close()


def test_the_picture_and_the_listener_have_menus(window: MainWindow, qtbot) -> None:
    picture = window.label_panel.waveform
    assert picture is not None
    menu = press(window, picture.findChildren(QWidget)[0], QPoint(20, 20))
    assert action(menu, "Copy the path").isEnabled()
    menu.close()
    menu = press(window, window.top_bar.listener, QPoint(2, 2))
    do(menu, "Copy the name")
    assert QApplication.clipboard().text() == "Ada"


def test_the_table_of_predictions_offers_the_file_of_a_clip(window: MainWindow) -> None:
    window.show_view("predictions")
    window.predictions.table.selectRow(0)
    texts = [a.text().split("\t")[0] for a in window.predictions.table.menu().actions()]
    assert {"Copy the path", "Show in the file manager", "Remove from the list"} <= set(texts)


def test_a_missing_file_is_found_and_a_wrong_one_is_refused(
    open_window, desk: FakeDesk, qtbot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "before").mkdir()
    desk.library[1] = replace(desk.library[1], path=tmp_path / "before" / "b.wav")
    gone = desk.library[1].content
    desk.missing.add(gone)
    window = open_window(desk)
    row = window.session.row(gone)
    assert row is not None
    menu = window.commands.menus.menu([gone], "list")
    assert not action(menu, "Show in the file manager").isEnabled()
    assert action(menu, "Find the file…").isEnabled()
    asked = []

    def ask(dialog: FileDialog) -> list[Path]:
        asked.append((dialog.suggested, Path(dialog.shown.directory().absolutePath())))
        return [tmp_path / "moved.wav"]

    monkeypatch.setattr(FileDialog, "ask", ask)

    window.commands.menus.relink(gone, tmp_path / "other.wav")
    qtbot.waitUntil(lambda: window.notice.isVisible())
    assert window.session.row(gone).missing
    action(menu, "Find the file…").trigger()
    qtbot.waitUntil(lambda: not window.session.row(gone).missing)
    assert asked == [("b.wav", tmp_path / "before")]


def test_a_file_manager_that_is_not_there_is_told(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    shown: list[Path] = []
    monkeypatch.setattr(clip_menus, "reveal", lambda path: bool(shown.append(path)))
    row = window.session.rows[0]
    with qtbot.waitSignal(window.workbench.notice):
        window.commands.menus.reveal(row)
    assert shown == [row.clip.path]


def test_all_that_was_said_about_a_clip_is_shown_with_how_it_was_said(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    first = window.session.visible[0]
    desk.rate(1, first, emotions=("sad",), blind=True, note="quiet")
    desk.rate(1, first, emotions=("calm",), blind=False, intensity=2.0)
    window.commands.menus.show_said(first)
    qtbot.waitUntil(lambda: bool(window.findChildren(LabelHistoryDialog)))
    (dialog,) = window.findChildren(LabelHistoryDialog)
    lines = [bare(dialog.list.item(i).text()) for i in range(dialog.list.count())]
    assert "calm, intensity 2, made with a prediction in sight" in lines[0]
    assert "sad, made blind, note: quiet" in lines[1]
    dialog.list.selectAll()
    dialog.copy()
    assert QApplication.clipboard().text().splitlines() == lines
    dialog.reject()


def test_the_history_of_profiles_says_how_many_labels_were_made_blind(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    for content in window.session.visible[:2]:
        desk.rate(1, content, emotions=("sad",), blind=content == window.session.visible[0])
    desk.adapt(1, progress=Progress())
    dialog = HistoryDialog(window, desk.history(1), desk.ratings(1))
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("2 labels, 1 made blind" in text for text in texts)
    dialog.deleteLater()
