"""Where playback stands: which samples come next, and which are heard at a given moment."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from perser_gui.audio.time_stretch import Stretcher
from perser_gui.records import FloatArray

MIN_SPEED = 0.5
MAX_SPEED = 1.5

_REMEMBERED = 4096  # stretches of sound on their way to the ear


@dataclass(frozen=True)
class _Stretch:
    """Sound handed over to the device: heard from `when` (s, the stream's clock) on."""

    when: float
    length: float
    place: float
    speed: float
    turn: int


class Playhead:
    """Hands out the samples to be played, and knows which of them is heard when.

    It knows nothing of devices: `render` is called with the time at which its samples
    will leave the loudspeaker, `heard` with the present time of the same clock. All
    places are in samples of the waveform.
    """

    def __init__(self, samples: FloatArray, rate: int) -> None:
        self.samples = samples
        self.rate = rate
        self.start = 0
        self.end = len(samples)
        self.loop = False
        self.volume = 1.0
        self._speed = 1.0
        self._place = 0.0
        self._turn = 0
        self._stretcher: Stretcher | None = None
        self._ready = np.zeros(0, dtype=np.float32)
        self._underway: deque[_Stretch] = deque(maxlen=_REMEMBERED)
        self._last = (0, 0.0)

    @property
    def speed(self) -> float:
        """How fast it plays; 1 is as recorded, within 0.5..1.5."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        self._speed = min(max(value, MIN_SPEED), MAX_SPEED)
        if self._stretcher is not None:
            self._stretcher.speed = self._speed

    @property
    def last(self) -> float:
        """The place that was heard when somebody last asked."""
        return self._last[1]

    @property
    def ended(self) -> bool:
        """Whether all samples have been handed out."""
        return not self.loop and self._place >= self.end and not len(self._ready)

    def over(self, now: float) -> bool:
        """Whether the last sample has left the loudspeaker at time `now` (s)."""
        if not self.ended:
            return False
        last = self._underway[-1] if self._underway else None
        return last is None or now >= last.when + last.length

    def go(self, place: float, start: int, end: int) -> None:
        """Begin anew at `place` within `start`..`end`."""
        self.start = min(max(start, 0), len(self.samples))
        self.end = min(max(end, self.start), len(self.samples))
        self._place = float(round(min(max(place, self.start), self.end)))
        self._turn += 1
        self._last = (self._turn, self._place)
        self._underway.clear()
        self._drop_stretched()

    def render(self, frames: int, when: float) -> FloatArray:
        """Return the next `frames` samples, which will be heard from time `when` (s) on.

        Past the end there is silence; with `loop` the stretch begins again.
        """
        out = np.zeros(frames, dtype=np.float32)
        filled = 0
        while filled < frames:
            if self._place >= self.end and not len(self._ready):
                if not self.loop or self.end <= self.start:
                    break
                self._place = float(self.start)
                self._turn += 1
                self._drop_stretched()
            place = self._place
            piece = self._next(frames - filled)
            self._underway.append(
                _Stretch(
                    when + filled / self.rate,
                    len(piece) / self.rate,
                    place,
                    (self._place - place) / max(len(piece), 1),
                    self._turn,
                )
            )
            out[filled : filled + len(piece)] = piece
            filled += len(piece)
        return out * np.float32(self.volume) if self.volume != 1.0 else out

    def heard(self, now: float) -> float:
        """Return the place (in samples) that is heard at time `now` (s); never steps back."""
        turn, place = self._last
        for stretch in reversed(self._underway):
            if stretch.when <= now:
                within = min(now - stretch.when, stretch.length)
                turn, place = stretch.turn, stretch.place + within * self.rate * stretch.speed
                break
        if turn == self._last[0]:
            place = max(place, self._last[1])
        elif turn < self._last[0]:
            return self._last[1]
        self._last = (turn, place)
        return place

    def _next(self, frames: int) -> FloatArray:
        """Return 1..frames samples and move on."""
        if self._speed == 1.0 and not len(self._ready):
            self._drop_stretched()
            first = int(self._place)
            piece = self.samples[first : min(first + frames, self.end)]
            self._place = float(first + len(piece))
            return piece
        if not len(self._ready):
            if self._stretcher is None:
                self._stretcher = Stretcher(
                    self.samples, self.rate, int(self._place), self.end, self._speed
                )
            self._ready = self._stretcher.hop()
        piece = self._ready[:frames]
        self._ready = self._ready[len(piece) :]
        self._place = min(self._place + len(piece) * self._speed, float(self.end))
        return piece

    def _drop_stretched(self) -> None:
        self._stretcher = None
        self._ready = np.zeros(0, dtype=np.float32)
