"""The main job through the real door: label, adapt, cancel, close, start again."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt

from perser_gui import paths
from perser_gui.desk import Desk
from perser_gui.progress import Progress
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, press, ready, saved

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def example_ratings() -> dict[str, str]:
    """What the example listener says about each starter clip."""
    table = paths.shipped("resources", "starter", "ratings.csv")
    with table.open(newline="", encoding="utf-8") as stream:
        return {row["file"]: row["emotion"] for row in csv.DictReader(stream)}


def label(window: MainWindow, count: int) -> Iterator[Condition]:
    """Label `count` clips by key presses, the way the example listener would."""
    said = example_ratings()
    for _ in range(count):
        clip = window.session.current_clip
        assert clip is not None
        words = window.session.emotions.words
        press(window, Qt.Key.Key_1 + words.index(said[clip.path.name]))
        yield saved(window)
        press(window, Qt.Key.Key_Return)
        yield lambda clip=clip: window.session.current != clip.content


def test_label_adapt_cancel_close_and_find_everything_again() -> None:
    save_settings(Settings(auto_play_next=False))
    seen: dict[str, object] = {}

    def first_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert len(window.session.rows) == 32
        before = dict(window.session.generic)
        assert len(before) == 32
        yield from label(window, 10)
        assert len(window.session.ratings) == 10

        press(window, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
        yield lambda: window.personalization.adapt_state.phase != "idle"
        yield ready(window)
        model = window.personalization
        assert model.result is not None
        record = model.result.record
        assert record is not None
        if not model.result.helped:  # the honest outcome: use it all the same, by hand
            model.use_profile(record.id)
            yield lambda: model.current_profile is not None
            yield ready(window)
        yield lambda: len(window.session.yours) == 32
        changed = [
            float(np.abs(window.session.yours[c].probabilities - p.probabilities).max())
            for c, p in window.session.generic.items()
        ]
        assert max(changed) > 0.01
        bars = window.model_panel.bars.values()
        assert sum(yours for _, yours, _ in bars) == pytest.approx(1.0, abs=1e-4)

        ratings = {c: r.id for c, r in window.session.ratings.items()}
        yours = {c: p.probabilities.copy() for c, p in window.session.yours.items()}
        profile, history = model.current_profile, len(model.history)
        assert profile is not None
        model.adapt()
        window.model_panel.cancel_button.click()
        yield lambda: model.adapt_state.phase == "idle"
        yield ready(window)
        assert model.current_profile is not None
        assert model.current_profile.id == profile.id
        assert len(model.history) == history
        assert {c: r.id for c, r in window.session.ratings.items()} == ratings
        for content, probabilities in yours.items():
            np.testing.assert_array_equal(
                window.session.yours[content].probabilities, probabilities
            )
        seen.update(ratings=ratings, profile=profile.id, yours=yours)

    assert act(first_day, ["--starter"]) == 0

    def next_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert {c: r.id for c, r in window.session.ratings.items()} == seen["ratings"]
        yield lambda: window.personalization.current_profile is not None
        assert window.personalization.current_profile.id == seen["profile"]
        yield lambda: len(window.session.yours) == 32
        yours = seen["yours"]
        assert isinstance(yours, dict)
        for content, probabilities in yours.items():
            np.testing.assert_allclose(
                window.session.yours[content].probabilities, probabilities, atol=1e-5
            )

    assert act(next_day, []) == 0


def test_an_adaptation_cancelled_midway_leaves_the_desk_as_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cancelled for certain in the middle: the adapter itself presses the button."""
    save_settings(Settings(auto_play_next=False))
    reports: list[float] = []
    genuine = Progress.report

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        yield from label(window, 6)
        model = window.personalization

        def report(self: Progress, fraction: float, message: str = "") -> None:
            if model.adapt_state.phase == "running":
                reports.append(fraction)
                if len(reports) == 3:
                    self.cancel()
            genuine(self, fraction, message)

        monkeypatch.setattr(Progress, "report", report)
        model.adapt()
        yield lambda: model.adapt_state.phase == "idle"
        monkeypatch.setattr(Progress, "report", genuine)
        yield ready(window)
        assert len(reports) >= 3
        assert model.current_profile is None
        assert model.history == []
        assert len(window.session.ratings) == 6
        assert not window.session.yours

    assert act(script, ["--starter"]) == 0
    desk = Desk.open()
    try:
        listener = desk.listeners()[0]
        assert len(desk.ratings(listener.id)) == 6
        assert desk.history(listener.id) == []
    finally:
        desk.close()


VICTIM = """
import sys
from tests.e2e.desk_session import act, ready, saved
from tests.e2e.test_desk_session import label
def script(window):
    yield ready(window)
    for number in range(1, 8):
        yield from label(window, 1)
        print("saved", number, flush=True)
    yield lambda: False
act(script, ["--starter"])
"""


def test_ratings_survive_sigkill(home: Path) -> None:
    save_settings(Settings(auto_play_next=False))
    environment = {**os.environ, "PERSER_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert victim.stdout is not None
    said = ""
    for said in victim.stdout:
        if said.strip() == "saved 7":
            break
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    victim.stdout.close()
    assert said.strip() == "saved 7"

    desk = Desk.open()
    try:
        ratings = desk.ratings(desk.listeners()[0].id)
    finally:
        desk.close()
    expected = example_ratings()
    names = {row.clip.content: row.clip.path.name for row in desk_rows(home)}
    assert len(ratings) == 7
    assert all(r.emotions == (expected[names[r.clip]],) for r in ratings)


def desk_rows(home: Path):
    """Return the clips of the store in `home`."""
    desk = Desk.open()
    try:
        return desk.clips()
    finally:
        desk.close()
