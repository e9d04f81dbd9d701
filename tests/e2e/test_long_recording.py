"""A long recording through the real door: added, cut, labelled on its timeline, found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from perser_gui.audio import open_waveform
from perser_gui.desk.opening import starter_clips
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, press, ready, saved

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_a_recording_is_cut_labelled_on_its_timeline_and_found_again(tmp_path: Path) -> None:
    pause = np.zeros(16_000, np.float32)
    parts = [one for path in starter_clips()[:10] for one in (open_waveform(path).samples, pause)]
    call = tmp_path / "call.flac"
    soundfile.write(call, np.concatenate(parts), 16_000)
    save_settings(Settings(auto_play_next=False))
    seen: dict[str, object] = {}

    def first_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        clips = window.session.utterances(window.session.rows[0].clip.recording)
        assert 5 <= len(clips) == len(window.session.rows)
        yield lambda: len(window.session.generic) == len(clips)
        press(window, Qt.Key.Key_T)
        timeline = window.label_panel.timeline
        assert timeline.hasFocus()
        span = clips[3].span
        assert span is not None
        place = QPoint(round(timeline.scale.x_of((span.start + span.end) / 2)), 30)
        QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=place)
        assert window.session.current == clips[3].content
        yield lambda: window.listening.sound is not None
        assert window.listening.sound is not None
        assert abs(window.listening.sound.seconds - clips[3].seconds) < 0.01
        press(window, Qt.Key.Key_5)
        yield saved(window)
        seen.update(clips=clips, word=window.session.rating(clips[3].content))

    assert act(first_day, [str(call)]) == 0

    def second_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert [row.clip for row in window.session.rows] == seen["clips"]
        (rating,) = window.session.ratings.values()
        assert rating.emotions == seen["word"].emotions  # type: ignore[attr-defined]

    assert act(second_day, []) == 0
