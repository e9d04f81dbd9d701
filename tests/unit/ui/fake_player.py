"""A player without a device: its clock is moved by hand."""

from __future__ import annotations

from typing import ClassVar

from perser_gui.records import Waveform


class FakePlayer:
    """Remembers what it was asked to play; `end` plays to the end at once."""

    made: ClassVar[list[FakePlayer]] = []

    def __init__(self) -> None:
        self.on_finished = None
        self.on_lost = None
        self.calls: list[tuple] = []
        self.playing = False
        self.position = 0.0
        self.loop = False
        self.speed = 1.0
        self.volume = 1.0
        self.device = None
        self.waveform: Waveform | None = None
        self.closed = False
        FakePlayer.made.append(self)

    def load(self, waveform: Waveform) -> None:
        self.waveform = waveform
        self.playing = False

    def play(self, start=0.0, end=None, loop=False, speed=1.0) -> None:
        self.calls.append((start, end, loop, speed))
        self.playing, self.position, self.loop, self.speed = True, start, loop, speed

    def seek(self, seconds: float) -> None:
        self.calls.append(("seek", seconds))
        self.position = seconds

    def pause(self) -> None:
        self.playing = False

    def end(self) -> None:
        self.playing = False
        self.on_finished()

    def close(self) -> None:
        self.playing = False
        self.closed = True
