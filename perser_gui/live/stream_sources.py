"""Where the sound of a stream comes from: a microphone, or samples that play the part of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from perser_gui.audio.decode import RATE
from perser_gui.audio.devices import Device, devices
from perser_gui.audio.microphone import Microphone, OnBlock
from perser_gui.errors import PerserError
from perser_gui.records import FloatArray

OnLost = Callable[[str], None]


class Source(Protocol):
    """Hands out 16 kHz sound from a thread of its own until it is stopped or lost."""

    @property
    def overflows(self) -> int:
        """How often sound was lost because nobody took it in time."""

    @property
    def name(self) -> str:
        """What to call it."""

    @property
    def problem(self) -> str | None:
        """What is wrong with its sound right now, in a plain sentence, or None."""

    def start(self, on_block: OnBlock, on_lost: OnLost) -> None:
        """Begin; `on_lost` is told once, with a sentence, when there will be no more sound."""

    def stop(self) -> None:
        """End; may be started again."""

    def age(self, seconds: float) -> float | None:
        """Return how long ago (s) the sound at a place since `start` was made, if known."""

    def returned(self) -> bool:
        """Whether it may be started again after it was lost."""


class MicrophoneSource:
    """A microphone; after it was unplugged, the same one (or any, if none was chosen) counts."""

    def __init__(self, device: Device | str | None = None) -> None:
        self._choice = device
        self._microphone = Microphone(device)

    @property
    def overflows(self) -> int:
        """How often sound was lost because nobody took it in time."""
        return self._microphone.overflows

    @property
    def name(self) -> str:
        """The microphone's name."""
        return self._microphone.name

    @property
    def problem(self) -> str | None:
        """Whether it is muted or too loud, in a plain sentence, or None."""
        return self._microphone.problem

    def start(self, on_block: OnBlock, on_lost: OnLost) -> None:
        """Begin to record.

        Raises:
            PerserError: when there is no such device, or it cannot be opened.
        """
        self._microphone.start(on_block, on_lost)

    def stop(self) -> None:
        """End the recording and give the device back."""
        self._microphone.stop()

    def age(self, seconds: float) -> float | None:
        """Return how long ago the sound at a place of the recording reached the microphone."""
        return self._microphone.age(seconds)

    def returned(self) -> bool:
        """Whether the chosen microphone, or any if none was chosen, is connected again."""
        self._microphone.stop()  # an open stream would keep PortAudio from looking
        try:
            found = devices("input", refresh=True)
        except PerserError:
            return False
        if not self._choice:
            return bool(found)
        wanted = self._choice.key if isinstance(self._choice, Device) else self._choice
        return any(wanted in (device.key, device.name) for device in found)


class SampleSource:
    """Samples in place of a microphone, in blocks and by a clock as a device would give them.

    With a `speed` of 1 a second of sound takes a second. When the samples are over it is
    lost, with an empty sentence: nothing went wrong.
    """

    overflows = 0
    problem: str | None = None

    def __init__(
        self,
        samples: FloatArray,
        *,
        name: str = "recording",
        speed: float = 1.0,
        block: float = 0.02,
    ) -> None:
        self.name = name
        self._samples = samples
        self._speed = speed
        self._block = max(round(block * RATE), 1)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._began = 0.0

    def start(self, on_block: OnBlock, on_lost: OnLost) -> None:
        """Begin to hand out blocks."""
        self.stop()
        self._over.clear()
        self._began = time.monotonic()
        self._thread = threading.Thread(
            target=self._play, args=(on_block, on_lost), name="samples", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def age(self, seconds: float) -> float | None:
        """Return how long ago the clock passed a place."""
        return time.monotonic() - self._began - seconds / self._speed

    def returned(self) -> bool:
        """Whether there is something to play again: never."""
        return False

    def _play(self, on_block: OnBlock, on_lost: OnLost) -> None:
        for start in range(0, len(self._samples), self._block):
            block = self._samples[start : start + self._block]
            due = self._began + (start + len(block)) / RATE / self._speed
            if self._over.wait(max(due - time.monotonic(), 0.0)):
                return
            on_block(block, start / RATE)
        if not self._over.is_set():
            on_lost("")
