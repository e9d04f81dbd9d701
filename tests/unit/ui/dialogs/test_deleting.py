"""Deleting one profile of the history: what is asked, what is said, and what is in use then."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from perser_gui.progress import Progress
from perser_gui.ui.dialogs.deleting import DeleteProfileDialog
from perser_gui.ui.dialogs.history import HistoryDialog


@pytest.fixture
def adapted(window, desk, qtbot):
    """The window of a listener with two profiles, the later one in use."""
    window.labelling.label_by_key(1)
    qtbot.waitUntil(lambda: not window.runner.busy)
    for _ in range(2):
        window.personalization.adapt()
        qtbot.waitUntil(lambda: not window.runner.busy)
    assert [one.current for one in desk.history(1)] == [True, False]
    return window


def answer(window, qtbot, number: int, press: str) -> list[str]:
    """Delete a profile of the history by its button, answer by a press; return what was said."""
    said: list[str] = []

    def choose() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, HistoryDialog)
        QTimer.singleShot(0, decide)
        dialog.deleting_buttons[number].click()

    def decide() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, DeleteProfileDialog):
            QTimer.singleShot(10, decide)
            return
        said.extend(one.text() for one in dialog.findChildren(QLabel) if one.isVisible())
        if press == "enter":
            QTest.keyClick(dialog, Qt.Key.Key_Return)
        else:
            dialog.accept_button.click()

    QTimer.singleShot(0, choose)
    window.commands.ask_history()
    qtbot.waitUntil(lambda: not window.runner.busy)
    return said


def test_the_profile_in_use_goes_and_everyones_model_takes_its_place(adapted, desk, qtbot):
    assert adapted.session.yours
    said = answer(adapted, qtbot, 2, "delete")
    assert any("everyone's model is used" in one for one in said)
    assert [(one.id, one.current) for one in desk.history(1)] == [(1, False)]
    model = adapted.personalization
    assert (model.current_profile, model.result) == (None, None)
    assert not adapted.session.yours
    assert "Everyone's model is in use now" in adapted.notice.text.text()


def test_a_profile_that_is_not_in_use_goes_without_a_word_of_everyones_model(adapted, desk, qtbot):
    shown = adapted.personalization.result
    said = answer(adapted, qtbot, 1, "delete")
    assert not any("everyone's model is used" in one for one in said)
    assert [(one.id, one.current) for one in desk.history(1)] == [(2, True)]
    assert adapted.personalization.result is shown
    assert adapted.session.yours


def test_enter_keeps_the_profile(adapted, desk, qtbot):
    answer(adapted, qtbot, 2, "enter")
    assert [one.id for one in desk.history(1)] == [2, 1]
    assert adapted.personalization.current_profile.id == 2


def test_everyones_model_cannot_be_deleted(window, desk):
    desk.adapt(1, progress=Progress())
    dialog = HistoryDialog(window, desk.history(1))
    assert set(dialog.deleting_buttons) == {1}
    dialog.deleteLater()
