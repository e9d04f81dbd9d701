"""What only a real screen shows: how large the first window is, and lists that open."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from perser_gui.settings import Settings, save_settings

from .display import DisplayDied, Screen, Standby, display, missing

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(400),
    pytest.mark.skipif(bool(missing()), reason=f"real windows need {missing()}"),
]


def test_the_first_window_fits_a_screen_at_double_size(
    home: Path, checkpoint: Path, tones: Path
) -> None:
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    with display("1920x1080") as large:
        screen = Screen(large.name, home, [str(tones)], SCREEN_TINY="1", QT_SCALE_FACTOR="2")
        try:
            screen.until("len(window.session.rows) == 6 and not window.runner.busy")
            assert screen.ask("window.devicePixelRatioF()") == 2.0
            assert screen.ask(
                "window.screen().availableGeometry().contains(window.frameGeometry())"
            )
            buttons = (
                "[window.label_panel.confirm, window.model_panel.adapt_button,"
                " *window.label_panel.grid.buttons]"
            )
            assert screen.ask(
                f"all(window.rect().contains(b.mapTo(window, b.rect().bottomRight()))"
                f" for b in {buttons})"
            )
        finally:
            assert screen.close() == 0


def test_a_list_that_opens_shows_its_last_line_whole(
    home: Path, checkpoint: Path, tones: Path
) -> None:
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    with display() as plain:
        screen = Screen(plain.name, home, [str(tones)], SCREEN_TINY="1")
        try:
            screen.until("len(window.session.rows) == 6 and not window.runner.busy")
            for box in ("window.clips.kind", "window.label_panel.speed"):
                screen.click(box)
                screen.until("app.activePopupWidget() is not None")
                view = f"{box}.view()"
                last = f"{view}.visualRect({view}.model().index({box}.count() - 1, 0))"
                assert screen.ask(f"{view}.viewport().rect().contains({last})"), box
                screen.keys("Escape")
                screen.until("app.activePopupWidget() is None")
        finally:
            assert screen.close() == 0


@pytest.mark.parametrize("victim", ["server", "manager"])
def test_a_screen_that_dies_is_replaced_for_the_next_test(victim: str) -> None:
    standby = Standby()
    try:
        first = standby.display()
        assert standby.display() is first
        process = getattr(first, victim)
        process.kill()
        process.wait()
        with pytest.warns(DisplayDied, match="-9"):
            second = standby.display()
        assert second.alive
        known = subprocess.run(
            ["xdotool", "getdisplaygeometry"],
            env={**os.environ, "DISPLAY": second.name},
            capture_output=True,
            text=True,
            check=True,
        )
        assert known.stdout.split() == ["1400", "1000"]
    finally:
        standby.close()
    assert not second.alive
