"""Test sounds made on the spot, and a stand-in for PortAudio."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from perser_gui.audio import portaudio
from perser_gui.records import Waveform

RATE = 16_000


def tone(seconds: float = 1.0, hertz: float = 440.0, rate: int = RATE, peak: float = 0.5):
    """A sine, float32 [n]."""
    t = np.arange(round(seconds * rate)) / rate
    return (peak * np.sin(2 * np.pi * hertz * t)).astype(np.float32)


VOWELS = (
    ((700, 90), (1200, 110), (2600, 160)),
    ((300, 60), (2300, 130), (3000, 200)),
    ((350, 60), (800, 90), (2300, 160)),
    ((500, 70), (1800, 110), (2500, 160)),
)
"""Middles and widths, in Hz, of the resonances of a, i, u and e."""


def voice(seconds: float = 1.0, rate: int = RATE, hertz: float = 120.0) -> np.ndarray:
    """Something like speech: hissed consonants before vowels, four syllables a second."""
    sound = np.zeros(round(seconds * rate))
    random = np.random.default_rng(round(hertz))
    for number, place in enumerate(range(0, len(sound), rate // 4)):
        length = min(round(0.22 * rate), len(sound) - place)
        sound[place : place + length] += _syllable(length, rate, hertz, number, random)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def _syllable(
    length: int, rate: int, hertz: float, number: int, random: np.random.Generator
) -> np.ndarray:
    t = np.arange(length) / rate
    pitch = hertz * (1 + 0.15 * np.sin(np.pi * t / 0.22) - 0.03 * number)
    pulses = np.diff(np.floor(np.cumsum(pitch) / rate), prepend=0.0)
    pulses += random.normal(0, 0.004, length)
    size = 2 * length
    spectrum = np.fft.rfft(pulses, size)
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    for middle, width in VOWELS[number % len(VOWELS)]:
        radius = np.exp(-np.pi * width / rate)
        spectrum /= 1 - 2 * radius * np.cos(2 * np.pi * middle / rate) * z + radius**2 * z**2
    vowel = np.fft.irfft(spectrum, size)[:length]
    vowel *= np.clip((t - 0.05) / 0.03, 0, 1) * np.clip((0.22 - t) / 0.05, 0, 1)
    hiss = np.diff(random.normal(0, 0.06, length), prepend=0.0) * np.exp(
        -(((t - 0.03) / 0.02) ** 2)
    )
    return vowel / max(np.abs(vowel).max(), 1e-9) + hiss


def waveform(samples: np.ndarray, rate: int = RATE) -> Waveform:
    """A waveform of these samples."""
    return Waveform(np.asarray(samples, dtype=np.float32), rate)


class PortAudioError(Exception):
    """What sounddevice raises."""


class CallbackStop(Exception):
    """What a callback raises to end its stream."""


class FakeStream:
    """A stream whose clock and callbacks the test drives."""

    def __init__(self, world: FakeSound, kind: str, **options: Any) -> None:
        world.asked.append(options)
        if world.refuses is not None and (error := world.refuses(options)):
            raise error
        self.world, self.kind, self.options = world, kind, options
        self.samplerate = float(options["samplerate"])
        self.active = False
        self.closed = False
        world.streams.append(self)

    @property
    def time(self) -> float:
        if self.closed:
            raise PortAudioError("Error getting stream time", -9988)
        return self.world.now

    def start(self) -> None:
        if self.world.start_fails is not None:
            raise self.world.start_fails
        self.active = True

    def abort(self, ignore_errors: bool = True) -> None:
        self._end()

    def close(self, ignore_errors: bool = True) -> None:
        self._end()
        self.closed = True

    def _end(self) -> None:
        if self.active:
            self.active = False
            self.options["finished_callback"]()

    def lose(self) -> None:
        """The device is pulled out."""
        self._end()

    def run(self, frames: int, *, latency: float = 0.05, overflow: bool = False) -> np.ndarray:
        """Let an output stream fetch `frames`, and the clock go on by as much."""
        channels = self.options["channels"]
        out = np.full((frames, channels), np.nan, dtype=np.float32)
        times = types.SimpleNamespace(
            currentTime=self.world.now,
            outputBufferDacTime=self.world.now + latency,
            inputBufferAdcTime=self.world.now,
        )
        try:
            self.options["callback"](out, frames, times, None)
        except CallbackStop:
            self._end()
        self.world.now += frames / self.samplerate
        return out

    def hear(self, block: np.ndarray, *, overflow: bool = False) -> None:
        """Let an input stream deliver a block [n] or [n, channels]."""
        block = np.asarray(block, dtype=np.float32).reshape(len(block), -1)
        block = np.repeat(block, self.options["channels"] // block.shape[1], axis=1)
        times = types.SimpleNamespace(
            currentTime=self.world.now, inputBufferAdcTime=self.world.now, outputBufferDacTime=0.0
        )
        status = types.SimpleNamespace(input_overflow=overflow)
        self.options["callback"](block, len(block), times, status)
        self.world.now += len(block) / self.samplerate


class FakeSound(types.ModuleType):
    """The part of sounddevice that the program uses."""

    def __init__(self) -> None:
        super().__init__("sounddevice")
        self.PortAudioError = PortAudioError
        self.CallbackStop = CallbackStop
        self.now = 100.0
        self.streams: list[FakeStream] = []
        self.asked: list[dict[str, Any]] = []
        self.refuses: Callable[[dict[str, Any]], Exception | None] | None = None
        self.start_fails: Exception | None = None
        self.restarts = 0
        self.systems = ["ALSA"]
        self.default = {"input": 0, "output": 0}
        self.devices = [self.device("Desk Audio: USB (hw:1,0)")]

    @staticmethod
    def device(
        name: str, *, inputs: int = 2, outputs: int = 2, rate: float = 48_000.0, system: int = 0
    ) -> dict[str, Any]:
        return {
            "name": name,
            "hostapi": system,
            "max_input_channels": inputs,
            "max_output_channels": outputs,
            "default_samplerate": rate,
        }

    def query_hostapis(self) -> list[dict[str, Any]]:
        return [{"name": name} for name in self.systems]

    def query_devices(self, device: int | None = None, kind: str | None = None) -> Any:
        listed = [{**info, "index": i} for i, info in enumerate(self.devices)]
        if device is None and kind is None:
            return listed
        number = self.default.get(str(kind), -1) if device is None else device
        if not 0 <= number < len(listed):
            raise PortAudioError(f"Error querying device {number}", -9996)
        return listed[number]

    def OutputStream(self, **options: Any) -> FakeStream:
        return FakeStream(self, "output", **options)

    def InputStream(self, **options: Any) -> FakeStream:
        return FakeStream(self, "input", **options)

    def _terminate(self) -> None:
        self.restarts += 1

    def _initialize(self) -> None:
        pass


@pytest.fixture
def sound(monkeypatch: pytest.MonkeyPatch) -> FakeSound:
    """A sound card that the test plays on; no PulseAudio."""
    fake = FakeSound()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    monkeypatch.setattr(portaudio, "_open_streams", set())
    return fake


@pytest.fixture
def no_portaudio(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PortAudio library is not installed: importing sounddevice fails as it does then."""

    class Finder:
        def find_spec(self, name: str, path: object = None, target: object = None) -> None:
            if name == "sounddevice":
                raise OSError("PortAudio library not found")

    monkeypatch.delitem(sys.modules, "sounddevice", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Finder(), *sys.meta_path])
