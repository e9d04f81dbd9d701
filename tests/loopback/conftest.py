"""Fixtures: a virtual microphone and loudspeaker, shared by the tests of a session."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from perser_gui.audio.microphone import Microphone
from perser_gui.audio.playback import Player
from perser_gui.desk import Desk
from perser_gui.live import LiveEngine, LiveModel, MicrophoneSource

from .events import Events, status
from .keeper import Keeper
from .server import Loopback, missing


@pytest.fixture(scope="session")
def keeper() -> Iterator[Keeper]:
    """Keeps one private sound server for all tests of the session, while it lives."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    kept = Keeper()
    yield kept
    kept.close()


@pytest.fixture
def loopback(keeper: Keeper) -> Iterator[Loopback]:
    """The sound server with its microphone plugged in; a fresh one if the last one has died."""
    yield keeper.sound()
    keeper.tell()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a test in real time again when the machine was too busy to play without a gap."""
    for item in items:
        if item.path.parent.name == "loopback":
            item.add_marker(pytest.mark.flaky(reruns=2, reruns_delay=2))


@pytest.fixture(autouse=True)
def every_stream_ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close players and microphones that a failed test left open, so that the next one can run."""
    opened: list[weakref.ref[Any]] = []

    def remembered(kind: type) -> None:
        begin = kind.__init__

        def start(self: Any, *arguments: Any, **options: Any) -> None:
            begin(self, *arguments, **options)
            opened.append(weakref.ref(self))

        monkeypatch.setattr(kind, "__init__", start)

    remembered(Player)
    remembered(Microphone)
    yield
    for reference in opened:
        item = reference()
        if isinstance(item, Player):
            item.close()
        elif isinstance(item, Microphone):
            item.stop()


@pytest.fixture
def listening(loopback: Loopback) -> Iterator[Callable[..., tuple[LiveEngine, Events]]]:
    """Starts an engine at the virtual microphone; closed after the test."""
    engines: list[LiveEngine] = []

    def start(model: LiveModel | None = None) -> tuple[LiveEngine, Events]:
        events = Events()
        engine = LiveEngine(MicrophoneSource(), events, model=model)
        engines.append(engine)
        engine.start()
        events.wait(status("listening"))
        return engine, events

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    import torch

    torch.set_num_threads(1)
    opened = Desk.open()
    yield opened
    opened.close()
