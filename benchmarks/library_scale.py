"""How long a library of ten thousand clips takes to open in the real window.

The library lies in a real store. `open_s` is from opening the store to the list with
all clips on the screen; `scroll_ms` is the time of one repaint while scrolling from top
to end; `search_ms` the time until the list shows the result of a search. `rating_p95_ms` is
within how long 95 of 100 ratings are on the disk.

`filter_ms` and `sort_ms` are the slowest of all kinds and orders of the list. Predictions of both
models come in portions, as in the program; `predictions_arrive_ms` is the slowest to be shown.

`table_...` are those of the Predictions view over the same clips: the first opening, the slowest of
all sorts (by every column, both ways), the slowest of all filters and searches, each until it is
painted, and one repaint while scrolling.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

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
    from perser_gui.ui.shell.garbage import Garbage
    from perser_gui.ui.shell.window import MainWindow

    application = QApplication.instance() or QApplication([])
    theme.install(application)
    garbage = Garbage(application)
    marks: dict[str, float] = {}

    def open_desk() -> Desk:
        marks["begun"] = time.perf_counter()
        return Desk.open(data_dir=folder / "data", cache_dir=folder / "cache", later=True)

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
    window.workbench.search("")
    listed = measure_list(window, application)
    table = measure_table(window, application)
    window.close()
    garbage.stop()
    return {
        **listed,
        **table,
        "open_s": round(opened, 3),
        "scroll_ms": round(1000 * statistics.median(frames), 2),
        "scroll_slowest_ms": round(1000 * max(frames), 2),
        "search_ms": round(1000 * searched, 1),
        "found": shown,
    }


def measure_list(window: Any, application: Any) -> dict[str, float]:
    """Filter and sort the list of clips in every way."""
    from perser_gui.ui.acts.clip_order import ORDERS
    from perser_gui.ui.acts.session import KINDS

    def shown(act: Callable[[], object]) -> float:
        one = time.perf_counter()
        act()
        window.clips.view.viewport().repaint()
        application.processEvents()
        return time.perf_counter() - one

    bench, order = window.workbench, window.clip_order
    filters = [shown(lambda kind=kind: bench.show_kind(kind)) for kind in (*KINDS, "all")]
    sorts = [
        shown(lambda way=way, back=back: order.choose(way, backwards=back))
        for way in (*ORDERS, "added")
        for back in (True, False)
    ]
    return {
        "filter_ms": round(1000 * max(filters), 1),
        "sort_ms": round(1000 * max(sorts), 1),
    }


def measure_table(window: Any, application: Any) -> dict[str, float]:
    """Say something about every clip and move about in the table of predictions."""
    import numpy as np
    from PySide6.QtCore import Qt

    from perser_gui.records import UNSURE, Prediction, is_decided
    from perser_gui.ui.acts.changes import Changes, Which
    from perser_gui.ui.acts.known_rows import COLUMNS, SHOWS
    from perser_gui.ui.acts.prediction_queue import AGAIN

    session = window.session
    words, contents = session.emotions.words, session.rows.contents
    chance = np.random.default_rng(0)
    both = [
        chance.dirichlet(np.full(len(words), 0.4), len(contents)).astype(np.float32)
        for _ in range(2)
    ]
    arrivals = []
    for start in range(0, len(contents), AGAIN):
        portion = contents[start : start + AGAIN]
        models = ((session.generic, None), (session.yours, "Ada"))
        for (model, listener), shares in zip(models, both, strict=True):
            for content, share in zip(portion, shares[start:], strict=False):
                abstain = "" if is_decided(share) else UNSURE
                model[content] = Prediction(content, words, share, listener, abstain=abstain)
        one = time.perf_counter()
        window.workbench.tell(Changes(predictions=Which.of(*portion)))
        application.processEvents()
        arrivals.append(time.perf_counter() - one)
    view = window.predictions

    def painted(act: Callable[[], object]) -> float:
        one = time.perf_counter()
        act()
        view.table.viewport().repaint()
        application.processEvents()
        return time.perf_counter() - one

    opened = painted(lambda: window.show_view("predictions"))
    header = view.table.horizontalHeader()
    sorts = [
        painted(lambda column=column, order=order: header.setSortIndicator(column, order))
        for column in range(len(COLUMNS))
        for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder)
    ]
    filters = [
        painted(lambda kind=kind, word=word: view.table.search("", kind, word))
        for kind in SHOWS
        for word in ("", words[0])
    ]
    searches = [
        painted(lambda text=text: view.table.search(text, "all", ""))
        for text in ("", "speaker 17", "happy 9", "nothing like it", "")
    ]
    bar = view.table.verticalScrollBar()
    frames = [
        painted(lambda step=step: bar.setValue(bar.maximum() * step // 200)) for step in range(200)
    ]
    return {
        "predictions_arrive_ms": round(1000 * max(arrivals), 1),
        "table_open_s": round(opened, 3),
        "table_sort_ms": round(1000 * max(sorts), 1),
        "table_filter_ms": round(1000 * max(filters), 1),
        "table_search_ms": round(1000 * max(searches), 1),
        "table_scroll_ms": round(1000 * statistics.median(frames), 2),
        "table_scroll_slowest_ms": round(1000 * max(frames), 2),
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
            f"takes {figures['scroll_ms']} ms, a search {figures['search_ms']} ms; the table opens "
            f"in {figures['table_open_s']} s, a sort takes {figures['table_sort_ms']} ms, a filter "
            f"{figures['table_filter_ms']} ms, a search {figures['table_search_ms']} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
