"""The table of predictions through the real door: found, heard, labelled in place, exported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.settings import Settings, save_settings
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets.file_questions import FileDialog

from .desk_session import Condition, act, press, ready, saved
from .every_action import SilentPlayer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_clips_are_found_heard_labelled_in_place_and_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.ui.acts import loudspeaker

    monkeypatch.setattr(loudspeaker, "_system_player", SilentPlayer)
    target = tmp_path / "chosen.csv"
    monkeypatch.setattr(FileDialog, "ask", lambda _: [target])
    save_settings(Settings(auto_play_next=False, blind_first=False, toured=True))
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        yield lambda: len(window.session.generic) == 32
        press(window, Qt.Key.Key_2, control)
        view, session = window.predictions, window.session
        table = view.table
        yield table.hasFocus
        # the clips that the model is least sure of come first
        view.table.horizontalHeader().setSortIndicator(6, Qt.SortOrder.DescendingOrder)
        top = [
            session.generic[c]
            for c in view.model.contents()
            if not session.generic[c].abstain or not session.generic[c].speechless
        ]
        sure = [float(p.probabilities.max()) for p in top]
        assert sure == sorted(sure)
        # only those of one emotion
        press(window, Qt.Key.Key_F, control)
        yield view.search.hasFocus
        QTest.keyClicks(view.search, "happy")
        yield lambda: 0 < view.model.rowCount() < 32
        QTest.keyClick(view.search, Qt.Key.Key_Down)
        yield table.hasFocus
        first = view.model.contents()[0]
        table.selectionModel().setCurrentIndex(
            view.model.index(0, 0),
            QItemSelectionModel.SelectionFlag.ClearAndSelect
            | QItemSelectionModel.SelectionFlag.Rows,
        )
        assert session.current == first
        yield lambda: window.listening.sound is not None
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Space)
        yield lambda: window.listening.playing
        assert window.predictions.isVisible()
        # three rows, one key
        for _ in range(2):
            QTest.keyClick(table, Qt.Key.Key_Down, shift)
        clips = table.chosen()
        assert len(clips) == 3
        word = session.emotions.words[2]
        QTest.keyClick(table, Qt.Key.Key_3)
        yield saved(window)
        assert {c: session.rating(c).emotions for c in clips} == dict.fromkeys(clips, (word,))
        QTest.keyClick(table, Qt.Key.Key_Z, control)
        yield lambda: not session.ratings
        QTest.keyClick(table, Qt.Key.Key_Y, control)
        yield lambda: len(session.ratings) == 3
        yield view.export_chosen.isEnabled
        view.export_chosen.click()
        yield lambda: target.exists() and not window.runner.busy
        with target.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
        names = sorted(session.clip(c).path.name for c in clips)
        assert sorted(Path(row["file"]).name for row in rows) == names
        QTest.keyClick(table, Qt.Key.Key_Return)
        yield lambda: window.label_panel.isVisible()

    assert act(script, ["--starter"]) == 0
