"""Labelling blind through the real door: hidden, said beside, undone, exported, found again."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.cli import main as terminal
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.acts.clip_texts import clip_facts
from perser_gui.ui.acts.wording import HIDDEN
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, press, ready, saved

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_a_new_listener_labels_blind_says_more_and_finds_it_in_the_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save_settings(Settings(auto_play_next=False))

    def first_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        session, panel = window.session, window.label_panel
        yield lambda: len(session.generic) == 32
        first = session.current
        assert first is not None
        word = session.generic[first].word
        assert HIDDEN in " ".join(clip_facts(session, first))
        assert word not in " ".join(clip_facts(session, first))
        assert window.model_panel.legend.text().startswith("Hidden until")
        press(window, Qt.Key.Key_N)  # a suggestion tells nothing of the words
        yield lambda: window.personalization.suggestion is not None
        reason = window.personalization.suggestion.reason
        assert not any(w in reason for w in (*session.emotions.words, "decide", "example"))
        window.workbench.go_to(first, play=False)

        press(window, Qt.Key.Key_1)
        yield saved(window)
        assert word in " ".join(clip_facts(session, first))
        press(window, Qt.Key.Key_4, ALT)
        press(window, Qt.Key.Key_E)
        yield lambda: QApplication.focusWidget() is panel.beside.note
        QTest.keyClicks(panel.beside.note, "2 voices?")
        QTest.keyClick(panel.beside.note, Qt.Key.Key_Return)
        yield saved(window)
        press(window, Qt.Key.Key_Return)
        yield lambda: session.current != first

        second = session.current
        press(window, Qt.Key.Key_2, SHIFT)
        press(window, Qt.Key.Key_3, SHIFT)
        yield saved(window)
        assert session.hides(second)
        panel.beside.shares.setFocus()
        QTest.keyClick(panel.beside.shares, Qt.Key.Key_Right)
        yield saved(window)
        window.clips.view.setFocus()
        press(window, Qt.Key.Key_Return)
        yield lambda: session.current != second
        assert not session.hides(second)

        press(window, Qt.Key.Key_B, CONTROL)
        press(window, Qt.Key.Key_5)
        yield saved(window)
        yield lambda: not window.runner.busy
        rating = session.rating(first)
        assert (rating.intensity, rating.note, rating.blind) == (4.0, "2 voices?", True)
        press(window, Qt.Key.Key_1, ALT)
        yield saved(window)
        press(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: session.rating(session.current).intensity is None

    assert act(first_day, ["--starter"]) == 0
    table = tmp_path / "labels.csv"
    assert terminal(["export", str(table), "--listener", "Listener 1"]) == 0
    with table.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["blind"] for row in rows] == ["yes", "yes", "no"]
    assert (rows[0]["intensity"], rows[0]["note"]) == ("4.0", "2 voices?")
    assert len(rows[1]["emotion"].split(";")) == 2
    assert rows[1]["shares"] == "0.55;0.45"
    blind = tmp_path / "blind.csv"
    given = ["export", str(blind), "--listener", "Listener 1", "--ratings-made", "blind"]
    assert terminal(given) == 0
    assert len(blind.read_text(encoding="utf-8").splitlines()) == 3
    capsys.readouterr()

    def next_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert not window.session.blind  # as it was left
        notes = sorted(rating.note for rating in window.session.ratings.values())
        assert notes == ["", "", "2 voices?"]
        window.clip_order.choose("unlabelled", backwards=False)
        assert set(window.session.visible[-3:]) == set(window.session.ratings)
        view = window.clips.view
        view.setFocus()
        place = QPoint(2, 2)
        reason = QContextMenuEvent.Reason.Keyboard
        event = QContextMenuEvent(reason, place, view.mapToGlobal(place))
        QApplication.sendEvent(view, event)
        menu = window.commands.menus.open
        yield menu.isVisible
        (copy,) = [a for a in menu.actions() if a.text() == "Copy the name"]
        copy.trigger()
        menu.close()
        clip = window.session.current_clip
        assert QApplication.clipboard().text() == clip.path.name

    assert act(next_day, []) == 0
