"""The main thread is never busy for 50 ms, with ten thousand clips and a recording of an hour."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui import paths
from perser_gui.emotions import CLASSES
from perser_gui.records import Clip
from perser_gui.settings import Settings, save_settings
from perser_gui.store import Store
from perser_gui.ui.acts.clip_order import ORDERS
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.known_rows import COLUMNS, SHOWS
from perser_gui.ui.dialogs.palette import Palette
from perser_gui.ui.shell.window import MainWindow

from .blocks import Blocks
from .desk_session import Condition, act, press, saved
from .dialogs import Opened
from .every_action import VIEWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

MANY = 10_000

LOOKING = "Looking for the next clip"


def library(folder: Path) -> list[Clip]:
    """Put ten thousand clips into the store, a few hundred of them labelled."""
    clips = []
    for number in range(MANY):
        path = folder / f"clip {number:05d}.wav"
        path.touch()
        clips.append(Clip(f"{number:064x}", path, 1.0 + number % 7, speaker=f"s{number % 40}"))
    store = Store(paths.data_dir())
    store.add_clips(clips)
    listener = store.add_listener("Ada")
    for number in range(0, MANY, 50):
        store.add_rating(listener.id, clips[number].content, (CLASSES[number % 8],))
    store.close()
    return clips


def hour(path: Path) -> Path:
    """Write a recording of an hour."""
    minute = (0.05 * np.sin(np.arange(8000 * 60) * 0.05)).astype(np.float32)
    with soundfile.SoundFile(path, "w", 8000, 1) as file:
        for _ in range(60):
            file.write(minute)
    return path


def test_no_main_action_holds_the_window_up(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    clips = library(folder)
    recording = hour(tmp_path / "hour.flac")
    save_settings(Settings(auto_play_next=False, toured=True, cut_above=0.0))
    blocks = Blocks()
    done: list[str] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        blocks.act = "open"
        blocks.start()
        bench, session = window.workbench, window.session
        yield lambda: session.rows and window.personalization.state == "ready"

        def do(name: str, deed: Callable[[], object], until: Condition) -> Iterator[Condition]:
            blocks.act = name
            deed()
            yield until
            yield lambda: True  # what was only scheduled comes now
            done.append(name)

        def always() -> bool:
            return True

        for _ in range(12):
            blocks.act = "tab"
            QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
            yield lambda: True
        window.focus_home()
        for order in (*ORDERS, "added"):
            yield from do(
                f"order {order}",
                lambda order=order: window.clip_order.choose(order, backwards=True),
                always,
            )
        bar = window.clips.view.verticalScrollBar()
        for step in range(20):
            yield from do("scroll", lambda s=step: bar.setValue(bar.maximum() * s // 20), always)
        few = MANY // 10
        yield from do(
            "filter", lambda: bench.search("clip 099"), lambda: len(session.visible) < few
        )
        yield from do("all", lambda: bench.search(""), lambda: len(session.visible) == MANY)
        yield from do("kind", lambda: bench.show_kind("labelled"), always)
        yield from do("kind", lambda: bench.show_kind("all"), always)
        yield from do("import", bench.open_starter_clips, lambda: len(session.rows) > MANY)
        count = len(session.rows)
        yield from do(
            "import an hour",
            lambda: bench.open_paths([recording]),
            lambda: len(session.rows) == count + 1,
        )
        rows = session.rows
        long = rows.contents[rows.clips.paths.index(str(recording))]
        yield from do(
            "select an hour",
            lambda: bench.go_to(long, play=False),
            lambda: window.listening.sound and window.listening.sound.waveform is not None,
        )
        yield from do("zoom", lambda: window.commands.trigger("zoom-in"), always)
        yield from do("spectrogram", lambda: window.commands.trigger("spectrogram"), always)
        rows = session.rows
        starters = [place for place, name in enumerate(rows.names) if "synthetic" in name][:6]
        spoken = [rows.contents[place] for place in starters]
        for number, content in enumerate(spoken):
            yield from do("select", lambda c=content: bench.go_to(c, play=False), always)
            key = Qt.Key(Qt.Key.Key_1 + number)
            yield from do("label", lambda key=key: press(window, key), saved(window))
        yield from do(
            "adapt",
            window.personalization.adapt,
            lambda: window.personalization.result is not None,
        )
        yield from do(
            "predict",
            lambda: bench.go_to(spoken[0], play=False),
            lambda: spoken[0] in session.generic,
        )
        yield from do(
            "suggest",
            window.personalization.suggest,
            lambda: not any(job.label == LOOKING for job in window.runner.pending(Lane.COMPUTE)),
        )
        for view in (*VIEWS, "label"):
            yield from do(f"view {view}", lambda view=view: window.show_view(view), always)
        yield from do("view predictions", lambda: window.show_view("predictions"), always)
        table = window.predictions.table
        header, bar = table.horizontalHeader(), table.verticalScrollBar()
        for column in range(len(COLUMNS)):
            yield from do(
                f"sort by {COLUMNS[column]}",
                lambda c=column: header.setSortIndicator(c, Qt.SortOrder.AscendingOrder),
                always,
            )
        for kind in SHOWS:
            yield from do(f"show {kind}", lambda k=kind: table.search("", k, ""), always)
        yield from do("search the table", lambda: table.search("s17 9", "all", ""), always)
        yield from do("search the table", lambda: table.search("", "all", ""), always)
        for step in range(20):
            yield from do(
                "scroll the table", lambda s=step: bar.setValue(bar.maximum() * s // 20), always
            )
        yield from do("view label", lambda: window.show_view("label"), always)
        yield from do(
            "remove",
            lambda: bench.remove_clips([clips[3].content]),
            lambda: len(session.rows) == count,
        )
        yield from do("undo", window.labelling.undo, lambda: len(session.rows) == count + 1)
        with Opened(Palette, lambda dialog: dialog.look("clip 09999")) as opened:
            yield from do("palette", lambda: window.commands.trigger("palette"), always)
        assert opened.count == 1
        blocks.act = "close"

    assert act(script, [], patience=500.0) == 0, f"it hangs after {done}"
    blocks.stop()
    assert {"filter", "import an hour", "label", "adapt", "undo", "palette"} <= set(done)
    assert blocks.ticks > 200
    # nothing holds up a window that is closed already: how long that takes is another test's
    assert [block for block in blocks.found if not block[1].startswith("close")] == []
