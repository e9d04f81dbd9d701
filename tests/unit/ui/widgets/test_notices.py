"""Notices stand beside the work, most leave by themselves, errors only when they are over."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QGraphicsView,
    QLabel,
    QLineEdit,
    QWidget,
)

from perser_gui.ui.widgets import notices as notices_module
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.notices import MOST, STAY

from ..fake_desk import FakeDesk


def rect_in(window, widget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def shown(window) -> list[str]:
    return [bar.text.text() for bar in window.notice.bars]


LONG = "Something is to be known, at some length, of the clip “synthetic-anna-4.flac”, number"
SIZES = [(960, 540), (1000, 650), (1280, 800), (1920, 1080), (2560, 1440)]


def what_is_seen(window) -> list:
    """Every button, field, text, list and picture of the window that is seen, but the notices."""
    return [
        widget
        for widget in window.views.currentWidget().findChildren(QWidget)
        if widget.isVisible()
        and isinstance(
            widget,
            (QAbstractButton, QComboBox, QLabel, QLineEdit, QAbstractItemView, QGraphicsView),
        )
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("view", ["label", "predictions", "compare", "live", "studies"])
def test_a_notice_covers_nothing_and_no_button_moves(open_window, desk, view, size, qtbot) -> None:
    window = open_window(desk, size=size)
    window.show_view(view)
    qtbot.waitUntil(lambda: not window.runner.busy)
    qtbot.wait(50)  # what has just been shown is laid out
    seen = window.reach.viewport()
    buttons = [part for part in what_is_seen(window) if isinstance(part, QAbstractButton)]
    buttons += [window.label_panel.stage] if view == "label" else []
    before = [rect_in(window, part) for part in buttons]
    for number in range(MOST):
        window.notice.offer("warning", f"{LONG} {number}.", "problems")
    QApplication.processEvents()
    over = rect_in(window, window.notice)
    assert shown(window)
    assert all(over.contains(rect_in(window, bar)) for bar in window.notice.bars if bar.isVisible())
    for part in what_is_seen(window):
        sight = rect_in(window, part) & rect_in(window, seen)
        assert not over.intersects(sight), part
    assert [rect_in(window, part) for part in buttons] == before
    assert window.rect().contains(over)
    window.notice.hide()
    QApplication.processEvents()
    assert window.notice.isHidden()
    assert not any(berth.isVisible() for berth in window.findChildren(Berth))


def test_the_clip_at_hand_stays_in_sight_above_a_notice(open_window, qtbot) -> None:
    window = open_window(FakeDesk(clips=40), size=(1000, 650))
    view = window.clips.view
    last = view.indexAt(QPoint(20, view.viewport().height() - 60))
    view.setCurrentIndex(last)
    window.notice.say("warning", f"{LONG} 1.")
    qtbot.waitUntil(
        lambda: view.viewport().rect().contains(view.visualRect(view.currentIndex()).center())
    )
    assert view.currentIndex().row() == last.row()


def test_a_sentence_too_long_for_the_list_stands_below_the_whole_view(open_window, desk) -> None:
    window = open_window(desk, size=(1000, 650))
    window.notice.say("danger", f"{LONG} 1. " * 8)
    QApplication.processEvents()
    over = rect_in(window, window.notice)
    assert over.top() > rect_in(window, window.reach).bottom()
    assert over.width() > rect_in(window, window.clips).width()
    assert window.rect().contains(over)


def test_the_words_of_a_notice_have_all_the_room_that_they_need(open_window, desk) -> None:
    window = open_window(desk, size=(1000, 650))
    window.notice.offer("warning", f"{LONG} 1.", "undo")
    QApplication.processEvents()
    (bar,) = window.notice.bars
    assert bar.text.height() >= bar.text.heightForWidth(bar.text.width())
    assert bar.button.geometry().top() > bar.text.geometry().bottom()


@pytest.mark.parametrize("view", ["label", "compare", "studies"])
def test_the_button_of_a_notice_is_shown_whole(open_window, desk, view) -> None:
    window = open_window(desk, size=(1280, 800))
    window.show_view(view)
    window.notice.offer("info", LONG, "keep-hidden")
    QApplication.processEvents()
    bar = window.notice.bars[-1]
    assert bar.button.width() >= bar.button.sizeHint().width()
    assert not bar.button.geometry().intersects(bar._close.geometry())


def test_successes_and_warnings_leave_by_themselves_and_an_error_stays(
    window, qtbot, monkeypatch
) -> None:
    monkeypatch.setattr(notices_module, "STAY", dict.fromkeys(STAY, 20))
    window.notice.say("success", "Saved.")
    window.notice.say("warning", "Take care.")
    window.notice.say("danger", "It went wrong.")
    window.notice.say("info", "By the way.")
    qtbot.waitUntil(lambda: shown(window) == ["It went wrong."])
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert shown(window) == []
    assert window.notice.isHidden()


def test_what_can_be_chosen_nowhere_else_stays_longer(window, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(notices_module, "STAY", dict.fromkeys(STAY, 20))
    window.notice.offer("success", "3 clips added.", "voices")
    window.notice.offer("success", "Label removed.", "undo")
    qtbot.waitUntil(lambda: shown(window) == ["3 clips added."])
    qtbot.wait(100)
    assert shown(window) == ["3 clips added."]


def test_an_error_is_not_pushed_out_by_what_comes_after_it(window) -> None:
    window.notice.say("danger", "It went wrong.")
    for number in range(5):
        window.notice.say("info", f"Note {number}.")
    assert shown(window) == ["It went wrong.", "Note 3.", "Note 4."]


def test_the_same_sentence_is_shown_once_and_a_topic_has_one_notice(window) -> None:
    for _ in range(3):
        window.notice.say("info", "Again.")
    window.notice.offer("warning", "No loudspeaker.", topic="loudspeaker")
    window.notice.offer("warning", "Still no loudspeaker.", topic="loudspeaker")
    assert shown(window) == ["Again.", "Still no loudspeaker."]
    window.notice.settle("loudspeaker")
    assert shown(window) == ["Again."]


def test_labels_that_could_not_be_saved_are_told_until_they_are(window, desk, qtbot) -> None:
    desk.fail_ratings = True
    window.labelling.label("happy")
    qtbot.waitUntil(lambda: any("not saved" in said for said in shown(window)))
    desk.fail_ratings = False
    button = next(bar.button for bar in window.notice.bars if "not saved" in bar.text.text())
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not any("not saved" in said for said in shown(window)))
    qtbot.waitUntil(lambda: window.labelling.save_state == "saved")


def test_an_undo_or_redo_is_offered_only_for_what_it_would_do(window) -> None:
    window.notice.offer("info", "The emotion words were changed.", "undo")
    window.notice.offer("info", "Undone: the label “sad” of a.wav.", "redo")
    window.notice.offer("info", "Undone: the label “calm” of b.wav.", "redo")
    assert shown(window) == ["Undone: the label “calm” of b.wav."]


def test_what_was_offered_to_a_listener_leaves_with_them(window, qtbot) -> None:
    window.workbench.add_listener("Somebody")
    qtbot.waitUntil(lambda: window.session.listener.name == "Somebody")
    window.notice.offer("info", "The emotion words were changed.", "undo")
    window.notice.ask("info", "You have adapted.", "keep-hidden")
    window.notice.say("warning", "No loudspeaker.")
    first = next(p for p in window.session.listeners if p.name != "Somebody")
    window.workbench.rename_listener(window.session.listener.id, "Somebody else")
    qtbot.waitUntil(lambda: window.session.listener.name == "Somebody else")
    assert len(shown(window)) == 3
    window.workbench.switch_listener(first.id)
    qtbot.waitUntil(lambda: window.session.listener.id == first.id)
    assert shown(window) == ["No loudspeaker."]


def test_a_label_takes_away_the_undo_of_what_came_before_it(window, qtbot) -> None:
    window.notice.offer("info", "The emotion words were changed.", "undo")
    window.labelling.label("happy")
    assert shown(window) == []
    window.labelling.clear()
    assert ["Cleared the label of" in said for said in shown(window)] == [True]
    qtbot.waitUntil(lambda: window.labelling.save_state == "saved")
