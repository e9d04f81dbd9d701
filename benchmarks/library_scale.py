"""How long a library of ten thousand clips takes to open in the real window.

The library lies in a real store. `open_s` is from opening the store to the list with
all clips on the screen; `scroll_ms` is the time of one repaint while scrolling from top
to end; `search_ms` the time until the list shows the result of a search. `rating_p95_ms` is
within how long 95 of 100 ratings are on the disk.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import machine


def fill(folder: Path, count: int) -> float:
    """Put clips into a store, a tenth of them labelled; return what a rating takes (p95, ms)."""
    from perser_gui.emotions import CLASSES
    from perser_gui.records import Clip
    from perser_gui.store import Store

    audio = folder / "audio"
    audio.mkdir()
    clips = []
    for i in range(count):
        path = audio / f"clip {i:05d}.wav"
        path.touch()
        clips.append(Clip(f"{i:064x}", path, 1.0 + i % 7, speaker=f"speaker {i % 40}"))
    store = Store(folder / "data")
    store.add_clips(clips)
    listener = store.add_listener("Ada")
    taken = []
    for i in range(0, count, 10):
        one = time.perf_counter()
        store.add_rating(listener.id, clips[i].content, (CLASSES[i % 8],), "emotion", None)
        taken.append(time.perf_counter() - one)
    store.close()
    return round(1000 * sorted(taken)[int(0.95 * (len(taken) - 1))], 2)


def measure(folder: Path) -> dict[str, float]:
    """Open the window over the store and move about in the list."""
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    from perser_gui.desk import Desk
    from perser_gui.ui.look import theme
    from perser_gui.ui.shell.window import MainWindow

    application = QApplication.instance() or QApplication([])
    theme.install(application)
    marks: dict[str, float] = {}

    def open_desk() -> Desk:
        marks["begun"] = time.perf_counter()
        return Desk.open(data_dir=folder / "data", cache_dir=folder / "cache")

    window = MainWindow(open_desk, load_model=False)
    window.resize(1280, 800)
    window.show()
    application.processEvents()
    loop = QEventLoop()
    listed: list[float] = []

    def show() -> None:
        window.clips.view.viewport().repaint()
        listed.append(time.perf_counter() - marks["begun"])

    window.workbench.ready.connect(show)
    window.became_ready.connect(loop.quit)
    window.start()
    loop.exec()
    opened = listed[0]
    bar = window.clips.view.verticalScrollBar()
    frames = []
    for step in range(200):
        one = time.perf_counter()
        bar.setValue(bar.maximum() * step // 200)
        window.clips.view.viewport().repaint()
        frames.append(time.perf_counter() - one)
    one = time.perf_counter()
    window.workbench.search("speaker 17 99")
    application.processEvents()
    searched = time.perf_counter() - one
    shown = window.clips.model.rowCount()
    window.close()
    return {
        "open_s": round(opened, 3),
        "scroll_ms": round(1000 * statistics.median(frames), 2),
        "scroll_slowest_ms": round(1000 * max(frames), 2),
        "search_ms": round(1000 * searched, 1),
        "found": shown,
    }


def main() -> int:
    """Measure and print one JSON document (or a line of text)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--clips", type=int, default=10_000)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perser-library-") as name:
        os.environ["PERSER_HOME"] = name
        rating = fill(Path(name), wanted.clips)
        figures = {**measure(Path(name)), "rating_p95_ms": rating}
    document = {
        "benchmark": "library_scale",
        "clips": wanted.clips,
        **figures,
        "machine": machine(),
    }
    if wanted.json:
        print(json.dumps(document, indent=1))
    else:
        print(
            f"{wanted.clips} clips open in {figures['open_s']} s; a repaint while scrolling "
            f"takes {figures['scroll_ms']} ms, a search {figures['search_ms']} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
