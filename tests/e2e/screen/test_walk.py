"""From the first start to exported predictions with the keyboard alone; nothing stands in."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from .conftest import Opening

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_the_keyboard_alone_leads_from_the_first_start_to_exported_predictions(
    open_screen: Opening, tmp_path: Path
) -> None:
    screen = open_screen()
    screen.until("window.label_panel.welcome.isVisible()")
    assert screen.ask("len(window.session.rows)") == 0
    for _ in range(40):
        if screen.ask("focus() is window.label_panel.starter_button"):
            break
        screen.keys("Tab")
    screen.keys("Return")
    screen.until("len(window.session.rows) > 8 and window.session.current is not None")
    screen.until("window.label_panel.waveform is not None")
    for place in range(9):
        screen.keys(str(1 + place % 3))
        screen.until(f"len(window.session.ratings) == {place + 1}")
        screen.keys("Return")
    screen.until("not window.session.unsaved")
    screen.until("window.personalization.state == 'ready'")
    screen.keys("ctrl+t")
    screen.until("window.personalization.result is not None")
    screen.until("window.personalization.adapt_state.phase == 'idle' and not window.runner.busy")
    assert screen.ask("window.session.heard[0] == len(window.session.rows)")
    screen.keys("ctrl+2")
    screen.until("window.predictions.isVisible()")
    screen.keys("ctrl+e")
    screen.until("dialog() is not None and dialog().isActiveWindow()")
    written = tmp_path / "predictions.csv"
    screen.keys("ctrl+a")
    screen.type(str(written))
    screen.keys("Return")
    screen.until("dialog() is None and not window.runner.busy")
    with written.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == screen.ask("len(window.session.rows)")
    screen.keys("ctrl+q")
    assert screen.ended() == 0
