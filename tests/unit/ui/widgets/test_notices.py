"""Notices stand over the page, most leave by themselves, errors only when they are seen or over."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.ui.widgets import notices as notices_module
from perser_gui.ui.widgets.notices import MOST, STAY


def rect_in(window, widget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def shown(window) -> list[str]:
    return [bar.text.text() for bar in window.notice.bars]


@pytest.mark.parametrize("size", [(1000, 650), (1280, 800)])
def test_a_notice_moves_nothing_and_covers_no_label(open_window, desk, size) -> None:
    window = open_window(desk, size=size)
    panel = window.label_panel
    parts = [panel, panel.timeline, panel.stage, *panel.grid.buttons, panel.confirm, panel.play]
    before = [rect_in(window, part) for part in parts]
    for number in range(MOST):
        window.notice.say("warning", f"Something is to be known, at some length, number {number}.")
    QApplication.processEvents()
    assert [rect_in(window, part) for part in parts] == before
    over = rect_in(window, window.notice)
    for part in (*panel.grid.buttons, panel.confirm, panel.unsure, panel.play):
        assert not over.intersects(rect_in(window, part))
    assert window.rect().contains(over)


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
