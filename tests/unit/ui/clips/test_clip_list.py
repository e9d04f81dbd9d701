"""What of the list is in sight while one goes through it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from ..fake_desk import FakeDesk


def in_sight(window, row: int) -> bool:
    view = window.clips.view
    shown = view.visualRect(view.model().index(row, 0))
    return view.viewport().rect().contains(shown)


def test_the_next_two_clips_are_in_sight_whichever_is_at_hand(open_window):
    window = open_window(FakeDesk(clips=60), size=(1000, 650))
    for row in (*range(30), 12, 59, 40):
        window.workbench.go_to(window.session.rows[row].clip.content, play=False)
        near = [other for other in (row - 1, row, row + 1, row + 2) if 0 <= other < 60]
        assert all(in_sight(window, other) for other in near), row


def test_nothing_moves_under_the_mouse(open_window):
    window = open_window(FakeDesk(clips=60), size=(1000, 650))
    view = window.clips.view
    last = max(row for row in range(60) if in_sight(window, row))
    before = view.verticalScrollBar().value()
    middle = view.visualRect(view.model().index(last, 0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert window.session.current == window.session.rows[last].clip.content
    assert view.verticalScrollBar().value() == before


def test_one_button_shows_all_clips_again_where_nothing_matches(open_window):
    window = open_window(FakeDesk(clips=12))
    panel = window.clips
    window.workbench.show_kind("labelled")
    window.workbench.search("no clip is called so")
    assert panel.all_button.isVisible()
    QTest.mouseClick(panel.all_button, Qt.MouseButton.LeftButton)
    assert len(window.session.visible) == 12
    assert panel.view.isVisible()
    assert panel.search.text() == ""
    assert panel.kind.currentIndex() == 0
    assert panel.view.hasFocus()
