"""How the picture of an hour-long recording behaves: time to open, frames when panning and zooming.

The real waveform view is shown without a screen; `open_s` is from the wish to the first
painted picture of the whole hour's frame (the outline then grows while the file is
read, `whole_s`), `frames_per_s` counts repaints of the widget while it is panned and
zoomed, each with a new stretch in view.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import soundfile
from machine import machine

RATE = 16_000


def hour(path: Path, minutes: int) -> None:
    """Write a recording of speech-like bursts."""
    chance = np.random.default_rng(0)
    with soundfile.SoundFile(path, "w", RATE, 1, "PCM_16") as file:
        for _ in range(minutes):
            noise = chance.standard_normal(RATE * 60).astype(np.float32)
            loud = np.repeat(chance.random(600) ** 3, RATE // 10).astype(np.float32)
            file.write(np.clip(0.3 * noise * loud, -1, 1))


def measure(path: Path, minutes: int, frames: int) -> dict[str, float]:
    """Open the recording in the real view and move about in it."""
    from PySide6.QtWidgets import QApplication

    from perser_gui.progress import Progress
    from perser_gui.records import Clip
    from perser_gui.ui.acts.sounds import long_sound
    from perser_gui.ui.label.waveform import WaveformView
    from perser_gui.ui.look import theme

    application = QApplication.instance() or QApplication([])
    theme.install(application)
    view = WaveformView()
    view.resize(1200, 320)
    view.show()
    application.processEvents()
    begun = time.perf_counter()
    sound = long_sound(Clip("0" * 64, path, minutes * 60.0))
    view.show_sound(sound)
    view.repaint()
    application.processEvents()
    opened = time.perf_counter() - begun
    sound.outline.build(Progress())
    view.show_growth()
    application.processEvents()
    whole = time.perf_counter() - begun
    seconds = minutes * 60.0
    painted = time.perf_counter()
    slowest = 0.0
    for i in range(frames):
        share = i / frames
        width = seconds * (0.01 + 0.99 * abs(1 - 2 * share) ** 3)
        start = (seconds - width) * share
        one = time.perf_counter()
        view._view.setXRange(start, start + width, padding=0)
        application.processEvents()
        slowest = max(slowest, time.perf_counter() - one)
    took = time.perf_counter() - painted
    view.close()
    return {
        "open_s": round(opened, 3),
        "whole_s": round(whole, 3),
        "frames_per_s": round(frames / took, 1),
        "slowest_frame_ms": round(1000 * slowest, 1),
    }


def main() -> int:
    """Measure and print one JSON document (or a line of text)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--frames", type=int, default=300)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perser-hour-") as folder:
        path = Path(folder) / "hour.wav"
        hour(path, wanted.minutes)
        figures = measure(path, wanted.minutes, wanted.frames)
    document = {
        "benchmark": "waveform_scale",
        "minutes": wanted.minutes,
        **figures,
        "machine": machine(),
    }
    if wanted.json:
        print(json.dumps(document, indent=1))
    else:
        print(
            f"{wanted.minutes} minutes open in {figures['open_s']} s, whole after "
            f"{figures['whole_s']} s, {figures['frames_per_s']} frames/s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
