"""What a screen reader says when something changes away from where the keyboard stands."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtTest import QTest

from perser_gui.ui.widgets import announcing


@pytest.fixture
def heard(monkeypatch) -> list[tuple[str, bool]]:
    """What would be spoken, and whether at once."""
    heard: list[tuple[str, bool]] = []

    def note(event: QAccessibleAnnouncementEvent) -> None:
        urgent = event.politeness() == QAccessible.AnnouncementPoliteness.Assertive
        heard.append((event.message(), urgent))

    monkeypatch.setattr(announcing, "deliver", note)
    monkeypatch.setattr(announcing, "listened_to", lambda: True)
    return heard


def test_a_label_is_said_once_it_is_saved(window, qtbot, heard) -> None:
    QTest.keyClick(window, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: ("Saved: angry", False) in heard)
    assert [sentence for sentence, _ in heard].count("Saved: angry") == 1


def test_a_label_that_could_not_be_saved_interrupts(window, desk, qtbot, heard) -> None:
    desk.fail_ratings = True
    QTest.keyClick(window, Qt.Key.Key_5)
    qtbot.waitUntil(lambda: any(urgent for _, urgent in heard))
    assert any(said.startswith("Not saved: The disk is full") for said, _ in heard)
    assert not any(said.startswith("Saved") for said, _ in heard)
    desk.fail_ratings = False
    window.labelling.retry_saving()
    qtbot.waitUntil(lambda: ("Saved: angry", False) in heard)


def test_what_came_of_an_adaptation_is_said(window, qtbot, heard) -> None:
    QTest.keyClick(window, Qt.Key.Key_5)
    window.personalization.adapt()
    qtbot.waitUntil(lambda: window.personalization.result is not None)
    message = window.personalization.result.message
    qtbot.waitUntil(lambda: (message, False) in heard)


def test_notices_are_said_and_faults_interrupt(window, heard) -> None:
    window.workbench.notice.emit("info", "Nothing to undo.")
    window.workbench.notice.emit("danger", "The disk is full.")
    window.workbench.offered.emit("success", "Took 1 clip off the list.", "undo")
    assert heard == [
        ("Nothing to undo.", False),
        ("The disk is full.", True),
        ("Took 1 clip off the list.", False),
    ]


def test_the_next_clip_is_said_with_its_label_and_place(window, heard) -> None:
    window.setFocus()
    window.workbench.move(+1)
    name = window.session.current_clip.path.name
    assert heard[-1] == (f"{name}, no label yet, 2 of 12", False)


def test_nothing_is_sent_while_no_screen_reader_listens(window, monkeypatch) -> None:
    sent: list[object] = []
    monkeypatch.setattr(announcing, "deliver", sent.append)
    monkeypatch.setattr(announcing, "listened_to", lambda: False)
    window.workbench.notice.emit("info", "Nothing to undo.")
    assert sent == []
