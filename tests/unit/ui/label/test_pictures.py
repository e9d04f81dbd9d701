"""The picture of the sound: its frequencies and pitch, length of a part, legend, veil."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtTest import QTest

from perser_gui.audio.pitch import Pitch
from perser_gui.records import Waveform

from ..fake_desk import FakeDesk, recording_of

SHIFT = Qt.KeyboardModifier.ShiftModifier


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def ticks(axis) -> dict[str, float]:
    places = axis.tickValues(0.0, 1.0, 200.0)[0][1]
    return dict(zip(axis.tickStrings(places, 1.0, 1.0), places, strict=True))


def test_the_spectrogram_has_an_axis_in_hertz_on_either_scale(window, qtbot):
    view = window.label_panel.waveform
    for scale in ("mel", "linear"):
        with qtbot.waitSignal(window.listening.spectrogram_drawn, timeout=5_000) as drawn:
            if scale == "mel":
                QTest.keyClick(window, Qt.Key.Key_G)
            else:
                QTest.keyClick(window, Qt.Key.Key_G, SHIFT)
        settle(qtbot, window)
        assert window.workbench.settings.spectrogram_scale == scale
        shown = ticks(view._bands)
        assert "2 kHz" in shown
        assert list(shown.values()) == sorted(shown.values())
        # a tick stands where the band of its frequency is drawn
        bands = drawn.args[0].frequencies
        band = int(shown["2 kHz"] * len(bands))
        assert bands[band] == pytest.approx(2000, rel=0.1)
        middle = {"mel": (0.5, 0.6), "linear": (0.2, 0.3)}[scale]
        assert middle[0] < shown["2 kHz"] < middle[1]
        # the tone of 220 Hz is loudest at its own place
        loudest = view._image.image.mean(axis=1).argmax() / len(bands)
        assert loudest == pytest.approx(float(view._bands.place_of(220.0)), abs=0.05)
    window.label_panel.spectrogram.setChecked(False)
    settle(qtbot, window)


def test_pitch_is_drawn_where_the_voice_is(window, qtbot, monkeypatch):
    from perser_gui.audio import pitch

    class Network:
        """Hears 200 Hz in the first half of each second, nothing in the second half."""

        def detect(self, samples, rate, low, high):
            times = np.arange(0, len(samples) / rate, 0.016)

            class Found:
                timestamps = times
                pitch_hz = np.full(len(times), 200.0)
                confidence = np.where(times % 1.0 < 0.5, 1.0, 0.0)

            return Found

    monkeypatch.setattr(pitch, "_network", Network)
    view = window.label_panel.waveform
    with qtbot.waitSignal(window.listening.pitch_traced, timeout=5_000):
        QTest.keyClick(window, Qt.Key.Key_I)
    settle(qtbot, window)
    assert window.label_panel.spectrogram.isChecked()
    times, heights = view._pitch.getData()
    heard = np.isfinite(heights)
    np.testing.assert_array_equal(heard, times % 1.0 < 0.5)
    np.testing.assert_allclose(heights[heard], float(view._bands.place_of(200.0)), atol=1e-5)
    QTest.keyClick(window, Qt.Key.Key_I)
    settle(qtbot, window)
    assert view._pitch.getData()[0] is None or not len(view._pitch.getData()[0])
    window.label_panel.spectrogram.setChecked(False)
    settle(qtbot, window)


def test_without_the_library_pitch_says_what_is_missing(window, qtbot, monkeypatch):
    import sys

    from perser_gui.audio import pitch

    pitch._network.cache_clear()
    monkeypatch.setitem(sys.modules, "swift_f0", None)
    QTest.keyClick(window, Qt.Key.Key_I)
    qtbot.waitUntil(lambda: not window.workbench.settings.show_pitch)
    settle(qtbot, window)
    assert "swift-f0" in window.notice.text.text()
    window.notice.hide()
    window.label_panel.spectrogram.setChecked(False)
    settle(qtbot, window)


def test_the_length_of_a_marked_part_is_shown(window, qtbot):
    window.label_panel.waveform._marked((0.25, 0.875))
    assert window.label_panel.clock.text().endswith("marked 625 ms")
    window.label_panel.waveform._clicked(0.8)
    assert "marked" not in window.label_panel.clock.text()
    settle(qtbot, window)


def test_the_legend_stands_below_a_timeline_and_nowhere_else(open_window, qtbot):
    desk = FakeDesk(clips=1)
    desk.library += recording_of(60.0, 6)
    window = open_window(desk)
    legend = window.label_panel.legend
    window.workbench.go_to(desk.library[0].content, play=False)
    settle(qtbot, window)
    assert not legend.isVisible()
    window.workbench.go_to(desk.library[2].content, play=False)
    settle(qtbot, window)
    assert legend.isVisible()
    assert "everyone's differ" in legend.accessibleDescription()
    assert legend.grab().toImage() != window.label_panel.strip.grab().toImage()


def entering(place: QPointF, *others: Any) -> QDragEnterEvent:
    """Whole points were taken before Qt 6.12, which warns of them."""
    try:
        return QDragEnterEvent(place, *others)
    except TypeError:
        return QDragEnterEvent(place.toPoint(), *others)


def test_files_that_are_dragged_over_the_window_light_it_up(window, qtbot, tmp_path):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tmp_path / "a.wav"))])
    copy, left, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dragEnterEvent(entering(QPointF(200, 200), copy, mime, left, none))
    assert window.veil.isVisible()
    assert window.veil.geometry() == window.rect()
    window.resize(1100, 700)
    qtbot.waitUntil(lambda: window.veil.geometry() == window.rect())
    window.dragLeaveEvent(QDragLeaveEvent())
    assert not window.veil.isVisible()
    window.dragEnterEvent(entering(QPointF(9, 9), copy, mime, left, none))
    window.dropEvent(QDropEvent(QPointF(200, 200), copy, mime, left, none))
    assert not window.veil.isVisible()
    settle(qtbot, window)


def test_the_pitch_of_a_long_sound_comes_piece_by_piece_and_is_kept(monkeypatch):
    from perser_gui.audio import pitch
    from perser_gui.errors import Cancelled
    from perser_gui.progress import Progress

    asked = []

    class Network:
        def detect(self, samples, rate, low, high):
            asked.append(len(samples) / rate)
            times = np.arange(0, len(samples) / rate, 0.016)

            class Found:
                timestamps, pitch_hz = times, np.full(len(times), 150.0)
                confidence = np.ones(len(times))

            return Found

    monkeypatch.setattr(pitch, "_network", Network)
    found = Pitch.of_waveform(Waveform(np.zeros(35 * 8000, np.float32), 8000))
    tracks = list(found.tracks(0.0, 35.0, Progress()))
    assert len(tracks) == 4
    times = np.concatenate([track.times for track in tracks])
    assert (np.diff(times) > 0).all()
    assert times[-1] == pytest.approx(35.0, abs=0.05)
    assert max(asked) < 10.3
    list(found.tracks(12.0, 18.0, Progress()))
    assert len(asked) == 4
    progress = Progress()
    pieces = Pitch.of_waveform(Waveform(np.zeros(35 * 8000, np.float32), 8000)).tracks(
        0.0, 35.0, progress
    )
    next(pieces)
    progress.cancel()
    with pytest.raises(Cancelled):
        next(pieces)
