"""Windows for tests, a watchdog on the main thread, and a check that nothing keeps running."""

from __future__ import annotations

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QAbstractAnimation, QObject, QThread, QTimer
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from perser_gui.ui.look import theme
from perser_gui.ui.shell.window import MainWindow

from .fake_desk import FakeDesk
from .fake_player import FakePlayer

KINDS = (QTimer, QThread, QAbstractAnimation)
_older: weakref.WeakSet[QObject] = weakref.WeakSet()
"""Timers, threads and animations that tests before left behind, at rest."""


@pytest.fixture(autouse=True)
def looks_as_usual(qapp: QApplication) -> Iterator[None]:
    """Sets back after a test how all windows look: size of text, font, palette, side."""
    look = theme.install(qapp)
    font, direction = QFont(look._system_font), qapp.layoutDirection()
    yield
    if look.text_size != 1.0:
        look.choose_text_size(1.0)
    if look._system_font != font:
        look.use_font(font)
    if look.choice != "system":
        look.choose("system")
    if look.contrast_choice != "system":
        look.choose_contrast("system")
    if not look.animated:
        look.choose_motion(True)
    if qapp.layoutDirection() != direction:
        qapp.setLayoutDirection(direction)


@pytest.fixture(autouse=True)
def nothing_left_running(qapp: QApplication) -> Iterator[None]:
    """Fails a test that leaves a worker, a QThread, a timer or an animation running.

    What was there before the test is put aside (`gc.freeze`), so that only what the test made is
    gone through; of what is older, those that can run are kept in mind and looked at too.
    """
    theme.install(qapp)
    put_aside()
    yield
    qapp.processEvents()
    left = left_running()
    left += [t.name for t in threading.enumerate() if t.name.startswith("perser-")]
    assert not left, f"still running after the test: {left}"


def put_aside() -> None:
    """Leave all that there is out of what `left_running` goes through, but for what can run."""
    _older.update(those_that_can_run())
    gc.collect()
    gc.freeze()


def left_running() -> list[str]:
    """Return what runs of all timers, threads and animations, those put aside included."""
    gc.collect()
    _older.update(those_that_can_run())
    left: list[str] = []
    for thing in list(_older):
        try:
            if isinstance(thing, QTimer) and thing.isActive():
                left.append(f"QTimer of {thing.parent()!r}")
            elif (
                isinstance(thing, QThread) and thing.isRunning() and thing.parent() is not None
            ) or (
                isinstance(thing, QAbstractAnimation)
                and thing.state() == QAbstractAnimation.State.Running
            ):
                left.append(repr(thing))
        except (RuntimeError, ReferenceError):
            continue
    return left


def those_that_can_run() -> Iterator[QObject]:
    """Yield every timer, thread and animation that was made since the last `gc.freeze`."""
    able: dict[type, bool] = {}
    for thing in gc.get_objects():
        # by type, since isinstance would ask lazy objects of other libraries for their class
        kind = type(thing)
        if kind not in able:
            able[kind] = issubclass(kind, KINDS)
        if able[kind]:
            yield thing


@pytest.fixture
def qtbot(qtbot: QtBot) -> QtBot:
    """Pytest-qt's own, but patient: what must come may take its time on a busy machine."""
    genuine = qtbot.waitUntil

    def wait_until(callback: Callable[[], object], *, timeout: int = 0) -> None:
        genuine(callback, timeout=max(timeout, 60_000))

    qtbot.waitUntil = wait_until
    return qtbot


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what is measured in milliseconds of processor time be measured again.

    A block of ours comes every time; what a busy machine adds by its caches does not.
    """
    for item in items:
        if "watchdog" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=1))


class Watchdog:
    """Ticks on the main thread; much processor time of that thread between two ticks is a block.

    How long a pause lasted does not matter: on a shared machine other processes make pauses that
    are not ours. That nothing is waited for is seen by the threads that a desk was asked from.
    """

    def __init__(self, limit: float = 0.05) -> None:
        self.limit = limit
        self.blocks: list[float] = []
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)
        self._last = 0.0

    def __enter__(self) -> Watchdog:
        self._last = time.thread_time()
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        self._tick()

    def _tick(self) -> None:
        now = time.thread_time()
        busy, self._last = now - self._last, now
        if busy > self.limit:
            self.blocks.append(busy)


@pytest.fixture
def watchdog() -> Watchdog:
    """A watchdog to be used as a context around the acts that must not block."""
    return Watchdog()


@pytest.fixture
def desk() -> FakeDesk:
    """A desk in memory with twelve clips and the listener Ada."""
    return FakeDesk(clips=12)


OpenWindow = Callable[..., MainWindow]


@pytest.fixture
def open_window(qtbot) -> Iterator[OpenWindow]:
    """Opens a window over a desk and waits until one can label (and the model is there)."""
    opened: list[MainWindow] = []

    def opening(desk: FakeDesk, *, model: bool = True, size=(1280, 800)) -> MainWindow:
        window = MainWindow(lambda: desk, make_player=FakePlayer, load_model=model)
        opened.append(window)
        window.resize(*size)
        window.show()
        with qtbot.waitSignal(window.became_ready, timeout=20_000):
            window.start()
        if model:
            qtbot.waitUntil(lambda: window.personalization.state == "ready", timeout=5_000)
            qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)
        return window

    yield opening
    for window in opened:
        # a label that is still being saved would keep it open, and the test's last act may be one
        qtbot.waitUntil(lambda w=window: w._closing or w.labelling.save_state != "saving")
        window.close()
        window.deleteLater()
    QApplication.processEvents()


@pytest.fixture
def window(open_window: OpenWindow, desk: FakeDesk) -> MainWindow:
    """A window over `desk`, ready, with everyone's predictions there."""
    return open_window(desk)
