"""Borders of utterances through the real door: dragged, kept, split, merged, undone, exported."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from perser_gui.audio import open_waveform
from perser_gui.desk.opening import starter_clips
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, press, ready, saved
from .every_action import SilentPlayer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_borders_are_put_right_and_found_again_with_their_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.ui.acts import loudspeaker

    monkeypatch.setattr(loudspeaker, "_system_player", SilentPlayer)
    pause = np.zeros(16_000, np.float32)
    parts = [one for path in starter_clips()[:9] for one in (open_waveform(path).samples, pause)]
    call = tmp_path / "call.flac"
    soundfile.write(call, np.concatenate(parts), 16_000)
    save_settings(Settings(auto_play_next=False, blind_first=False, toured=True))
    control = Qt.KeyboardModifier.ControlModifier
    seen: dict[str, object] = {}

    def spans(window: MainWindow) -> list[tuple[float, float]]:
        return [(r.clip.span.start, r.clip.span.end) for r in window.session.rows if r.clip.span]

    def first_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        session, panel = window.session, window.label_panel
        first = spans(window)
        clip = session.rows[2].clip
        window.workbench.go_to(clip.content, play=False)
        yield lambda: window.listening.sound is not None
        press(window, Qt.Key.Key_2)
        yield saved(window)
        press(window, Qt.Key.Key_B)
        yield lambda: window.listening.sound.within is not None and not window.runner.busy
        # the beginning is dragged with the mouse, three tenths of a second earlier
        view = panel.waveform
        assert view is not None
        graphics, lead = view._graphics, window.listening.sound.within[0]

        def pixel(seconds: float) -> QPoint:
            scene = view._view.mapViewToScene(QPointF(seconds, 0.0))
            return graphics.mapFromScene(scene)

        shown = graphics.viewport()
        QTest.mouseMove(shown, pixel(lead))
        QTest.mousePress(shown, Qt.MouseButton.LeftButton, pos=pixel(lead))
        for share in (0.5, 1.0):
            QTest.mouseMove(shown, pixel(lead - 0.3 * share))
            yield lambda: True
        QTest.mouseRelease(shown, Qt.MouseButton.LeftButton, pos=pixel(lead - 0.3))
        edit = window.borders.edit
        assert edit is not None
        assert clip.span is not None
        assert edit.start == pytest.approx(clip.span.start - 0.3, abs=0.05)
        assert edit.end == clip.span.end
        press(window, Qt.Key.Key_Return)
        yield lambda: session.current != clip.content and not window.runner.busy
        moved = session.current_clip
        assert moved is not None
        assert moved.span is not None
        assert moved.span.start == pytest.approx(edit.start, abs=0.001)
        assert session.rating(moved.content).emotions == (session.emotions.words[1],)
        yield lambda: moved.content in session.generic  # its features are computed anew
        # split where the playhead stands; the larger part keeps the label
        yield lambda: window.listening.sound.within is not None
        window.listening.seek(window.listening.sound.within[0] + moved.seconds * 0.7)
        press(window, Qt.Key.Key_K)
        yield lambda: len(session.rows) == len(first) + 1 and not window.runner.busy
        own = [row.clip for row in session.rows[2:4]]
        assert [session.rating(one.content) is not None for one in own] == [True, False]
        # the other half gets another label, then both are one again with the first label
        window.labelling.label_clip(own[1].content, (session.emotions.words[1],))
        yield saved(window)
        assert session.current == own[0].content
        press(window, Qt.Key.Key_J)
        yield lambda: len(session.rows) == len(first) and not window.runner.busy
        assert spans(window)[2] == (moved.span.start, moved.span.end)
        for _ in range(4):  # merge, label, split, move
            press(window, Qt.Key.Key_Z, control)
            yield lambda: not window.runner.busy
        assert spans(window) == first
        assert session.rating(clip.content).emotions == (session.emotions.words[1],)
        for _ in range(4):
            press(window, Qt.Key.Key_Y, control)
            yield lambda: not window.runner.busy
        assert spans(window)[2] == (moved.span.start, moved.span.end)
        window.exchange.export_ratings(tmp_path / "r.csv")
        yield lambda: (tmp_path / "r.csv").exists() and not window.runner.busy
        seen.update(spans=spans(window), label=session.ratings[session.rows[2].clip.content])

    assert act(first_day, [str(call)]) == 0
    with (tmp_path / "r.csv").open(encoding="utf-8", newline="") as stream:
        (row,) = csv.DictReader(stream)
    assert (float(row["start"]), float(row["end"])) == seen["spans"][2]  # type: ignore[index]

    def second_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert spans(window) == seen["spans"]
        (rating,) = window.session.ratings.values()
        assert rating.emotions == seen["label"].emotions  # type: ignore[attr-defined]

    assert act(second_day, [str(call)]) == 0
