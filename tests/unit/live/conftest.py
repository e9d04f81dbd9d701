"""Sound in which loud means speech, a tiny model, and a source that the test drives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from perser_gui.adaptation import get_adapter
from perser_gui.audio.speech import SpeechRules
from perser_gui.desk.predicting import generic_profile
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.live import LiveModel, LiveOptions, LiveStream
from perser_gui.live import live_engine as engine_module
from perser_gui.live.readouts import Event, Readout, Utterance
from perser_gui.testing import tiny_checkpoint, tiny_encoder

RATE = 16_000
FRAME = 512


class LoudnessDetector:
    """Takes every frame of 32 ms that is loud for speech; keeps the detector's interface."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._waiting = np.zeros(0, np.float32)
        self.probability = 0.0
        self.frames = 0

    def feed(self, samples: np.ndarray) -> np.ndarray:
        self._waiting = np.concatenate((self._waiting, samples))
        count = len(self._waiting) // FRAME
        frames = self._waiting[: count * FRAME].reshape(count, FRAME)
        self._waiting = self._waiting[count * FRAME :]
        self.frames += count
        found = (np.abs(frames).mean(axis=1) > 0.02).astype(np.float32)
        if count:
            self.probability = float(found[-1])
        return found


def quiet(seconds: float) -> np.ndarray:
    """A little noise."""
    return np.random.default_rng(7).normal(0, 0.001, round(seconds * RATE)).astype(np.float32)


def speech(seconds: float, hertz: float = 300.0) -> np.ndarray:
    """Something loud with a melody."""
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * hertz * t * (1 + 0.1 * t))).astype(np.float32)


@pytest.fixture(scope="session")
def model() -> LiveModel:
    """The tiny model with everyone's head only."""
    theta = tiny_checkpoint()
    words = EmotionSet.default()
    profile = generic_profile(theta, words)
    generic = get_adapter("generic")
    return LiveModel(
        words=words.words,
        encoder=tiny_encoder(),
        normalization=theta.normalization,
        generic=lambda x: generic.probabilities(theta, profile, x),
    )


@pytest.fixture
def personal(model: LiveModel) -> LiveModel:
    """The tiny model of Ada, who hears everything the other way round."""
    return replace(model, yours=lambda x: model.generic(x)[:, ::-1], listener="Ada")


def stream_of(model: LiveModel | None, **options: float) -> LiveStream:
    """A stream with the loudness detector, quick to say something, with short margins."""
    chosen = LiveOptions(**{"least": 0.5, **options}, rules=SpeechRules())
    return LiveStream(chosen, model, detector=LoudnessDetector())


def run(stream: LiveStream, samples: np.ndarray, block: int = 320) -> list[Event]:
    """Feed samples in blocks, doing what is due after each."""
    events: list[Event] = []
    for start in range(0, len(samples), block):
        stream.feed(samples[start : start + block])
        while (event := stream.step()) is not None:
            events.append(event)
    return events


def readouts(events: list[Event]) -> list[Readout]:
    return [event for event in events if isinstance(event, Readout)]


def spoken(events: list[Event]) -> list[Utterance]:
    return [event for event in events if isinstance(event, Utterance)]


class DrivenSource:
    """A microphone whose sound, faults and clock the test decides."""

    name = "Desk Microphone"

    def __init__(self) -> None:
        self.overflows = 0
        self.problem: str | None = None
        self.connected = True
        self.starts = 0
        self.stops = 0
        self.place = 0
        self.on_block: Callable[[np.ndarray, float], None] | None = None
        self.on_lost: Callable[[str], None] | None = None
        self.lying = False
        self.looked = 0
        self._look = threading.Condition()

    def start(self, on_block, on_lost) -> None:
        if not self.connected:
            raise PerserError("No microphone was found; please connect one and try again.")
        self.on_block, self.on_lost = on_block, on_lost
        self.place = 0
        self.starts += 1

    def stop(self) -> None:
        self.stops += 1
        self.on_block = None

    def age(self, seconds: float) -> float | None:
        return 0.05

    def returned(self) -> bool:
        with self._look:
            self.looked += 1
            self._look.notify_all()
        return self.connected or self.lying

    def wait_until_looked_for(self, times: int) -> None:
        """Wait until somebody has asked so often whether it is back."""
        with self._look:
            assert self._look.wait_for(lambda: self.looked >= times, 10.0)

    def say(self, samples: np.ndarray, block: int = 320) -> None:
        """Hand out samples in blocks."""
        for start in range(0, len(samples), block):
            part = samples[start : start + block]
            if self.on_block is not None:
                self.on_block(part, self.place / RATE)
            self.place += len(part)

    def pull(self) -> None:
        """Unplug it."""
        self.connected = False
        assert self.on_lost is not None
        self.on_lost("The microphone “Desk Microphone” was lost; please connect it again.")


class Events:
    """Keeps events and lets a test wait for one."""

    def __init__(self) -> None:
        self.all: list[Event] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.all.append(event)
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Event], bool], seconds: float = 10.0) -> Event:
        """Return the first event of that kind, waiting for it if need be."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(map(wanted, self.all)), seconds), self.all
            return next(event for event in self.all if wanted(event))


@pytest.fixture
def source() -> DrivenSource:
    return DrivenSource()


@pytest.fixture
def loud(monkeypatch: pytest.MonkeyPatch) -> None:
    """Engines use the loudness detector."""
    from perser_gui.live import stream as stream_module

    monkeypatch.setattr(stream_module, "SpeechDetector", LoudnessDetector)
    monkeypatch.setattr(engine_module, "RETRY_SECONDS", 0.02)
