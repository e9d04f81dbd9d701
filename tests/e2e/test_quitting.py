"""Quitting ends work at its next check: no more than the batch under way is embedded, in < 2 s."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile

import perser_gui.upstream.embed as embed
from perser_gui.desk.opening import starter_clips
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def test_quitting_while_clips_are_embedded_waits_for_no_more_than_one_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_settings(Settings(auto_play_next=False, toured=True))
    genuine = embed._embedded
    begun, may_go_on = threading.Event(), threading.Event()
    closing: list[bool] = []
    batches: list[bool] = []

    def slow(sounds: Sequence[object], encoder: object, progress: object) -> object:
        batches.append(bool(closing))
        if len(batches) == 1:
            begun.set()
            assert may_go_on.wait(60)
        return genuine(sounds, encoder, progress)

    monkeypatch.setattr(embed, "_embedded", slow)
    window_of: list[MainWindow] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        window_of.append(window)
        yield begun.is_set
        assert window.session.unpredicted()
        closing.append(True)
        # the batch goes on only once closing has cancelled it, so that the order is certain
        genuine_close = window.runner.close

        def close(last: object = None) -> None:
            threading.Timer(0.05, may_go_on.set).start()
            genuine_close(last)  # type: ignore[arg-type]

        monkeypatch.setattr(window.runner, "close", close)

    assert act(script, ["--starter"]) == 0
    assert batches == [False]  # none was begun after closing
    assert not [t.name for t in threading.enumerate() if t.name.startswith("perser-")]


LONGEST = 2.0
"""Seconds from closing the window to the end of the program."""


def spoken(folder: Path, count: int) -> Path:
    """Write clips of 6 s in which somebody speaks all the while, each another one."""
    folder.mkdir()
    read = [soundfile.read(path, dtype="float32") for path in starter_clips()[:8]]
    rate = read[0][1]
    speech = np.concatenate([sound for sound, own in read if own == rate])
    speech = np.tile(speech, 1 + 6 * rate // len(speech))
    for number in range(count):
        part = np.roll(speech, 997 * number)[: 6 * rate]
        soundfile.write(folder / f"clip {number:03d}.wav", part, rate)
    return folder


def test_quitting_while_the_bundled_encoder_is_busy_takes_less_than_two_seconds(
    tmp_path: Path,
) -> None:
    save_settings(Settings(auto_play_next=False, toured=True, cut_above=0.0))
    folder = spoken(tmp_path / "clips", 60)
    begun: list[tuple[float, float]] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: len(window.session.rows) == 60 and window.session.generic
        assert len(window.session.unpredicted()) > 30  # batches are to come
        assert window.runner.pending(Lane.COMPUTE)
        begun.append((time.perf_counter(), time.process_time()))

    assert act(script, [str(folder)], patience=500.0) == 0
    took, worked = time.perf_counter() - begun[0][0], time.process_time() - begun[0][1]
    crowded = os.getloadavg()[0] > 1.5 * (os.cpu_count() or 1)
    # where other programs have the cores, what it takes of a core says how long it would take
    assert (worked if crowded else took) < LONGEST
    assert not [t.name for t in threading.enumerate() if t.name.startswith("perser-")]
