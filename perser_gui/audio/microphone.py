"""Recording from a microphone: 16 kHz blocks for whoever listens, and what is wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import soxr

from perser_gui.audio import portaudio
from perser_gui.audio.decode import RATE
from perser_gui.audio.devices import Device, devices, find_device, open_stream
from perser_gui.audio.level import LevelMeter
from perser_gui.audio.pulse import Watch
from perser_gui.audio.ring import Ring
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

__all__ = ["Device", "Microphone", "devices", "microphone_available"]

OnBlock = Callable[[FloatArray, float], None]
"""Takes 16 kHz samples [n] and the time of the first one, in seconds since the start."""

LATENCY = 0.1
"""Seconds of sound that the device can hold when the program is busy; it hands over a quarter."""

RING_SECONDS = 10.0
"""How long a listener may be busy before samples are lost."""

_WAIT = 0.01
_STALL_SECONDS = 2.0


def microphone_available() -> str | None:
    """Return None when there is a microphone, or the plain sentence that says why not."""
    try:
        portaudio.default_device("input")
    except PerserError as error:
        return str(error)
    return None


class Microphone:
    """Records from a device at the device's own rate and hands out 16 kHz mono blocks.

    The sound card's thread only copies into a ring; a thread of this class resamples,
    measures the level and calls the listener. `level` is a `LevelMeter` of what the
    device delivers, `overflows` counts how often sound was lost.
    """

    def __init__(self, device: Device | str | None = None) -> None:
        self._choice = device
        self._stream: Any = None
        self._thread: threading.Thread | None = None
        self._over = threading.Event()
        self._ended = threading.Event()
        self._watch: Watch | None = None
        self._anchor = (0, 0.0)
        self.rate = 0
        self.name = ""
        self.overflows = 0
        self.level = LevelMeter(RATE)

    # -- beginning and end -----------------------------------------------------------------

    def start(self, on_block: OnBlock, on_lost: Callable[[str], None] | None = None) -> None:
        """Begin to record.

        `on_block` is called from a thread of the microphone every 10 ms or so, with
        whatever has come in; `on_lost`, from the same thread and once, with a plain
        sentence when the device vanishes or falls silent for good.

        Raises:
            PerserError: when there is no such device, or it cannot be opened.
        """
        self.stop()
        device = self._found()
        self.name = device.name
        self._over.clear()
        self._ended.clear()
        self._anchor = (0, 0.0)
        self.overflows = 0
        stream = open_stream(
            device,
            rates=(RATE, 48_000, 44_100),
            latency=LATENCY,
            callback=self._callback,
            finished=self._ended.set,
        )
        self.rate = round(stream.samplerate)
        self.level = LevelMeter(self.rate)
        self._ring = Ring(round(RING_SECONDS * self.rate))
        self._stream = stream
        sound = portaudio.library()
        try:
            stream.start()
        except sound.PortAudioError as error:
            self._stream = None
            portaudio.close(stream)
            raise portaudio.explain(error, "input", self.name) from error
        if device.pulse:
            self._watch = Watch(device.pulse, self._ended.set)
        self._thread = threading.Thread(
            target=self._listen, args=(on_block, on_lost), name="microphone", daemon=True
        )
        self._thread.start()

    def stop(self) -> None:
        """End the recording; everything recorded has been handed out when it returns."""
        self._over.set()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()
        watch, self._watch = self._watch, None
        if watch is not None:
            watch.close()
        stream, self._stream = self._stream, None
        if stream is not None:
            portaudio.close(stream)

    def __enter__(self) -> Microphone:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def record(self, seconds: float, progress: Progress | None = None) -> Waveform:
        """Record for some seconds and return what was heard, for a microphone test.

        Its `warnings` say when the input is all zeros or clipped.

        Raises:
            PerserError: as `start`, or when the device is lost meanwhile.
            Cancelled: when the progress was cancelled.
        """
        progress = progress or Progress()
        parts: list[FloatArray] = []
        lost: list[str] = []
        news = threading.Event()
        clipped = False

        def keep(block: FloatArray, _: float) -> None:
            nonlocal clipped
            parts.append(block)
            clipped = clipped or self.level.clipped
            news.set()

        def give_up(sentence: str) -> None:
            lost.append(sentence)
            news.set()

        self.start(keep, give_up)
        try:
            while (count := sum(map(len, parts))) < seconds * RATE:
                if lost:
                    raise PerserError(lost[0])
                progress.report(count / (seconds * RATE), "Listening")
                news.wait(0.1)
                news.clear()
        finally:
            self.stop()
        samples = np.concatenate(parts)[: round(seconds * RATE)]
        warnings = []
        if not samples.any():
            warnings.append(self._only_zeros())
        if clipped:
            warnings.append(self._too_loud())
        return Waveform(samples, RATE, tuple(warnings))

    # -- while it records ------------------------------------------------------------------

    @property
    def running(self) -> bool:
        """Whether it records."""
        return self._thread is not None and self._thread.is_alive() and not self._over.is_set()

    @property
    def problem(self) -> str | None:
        """What is wrong with the input at this moment, in a plain sentence, or None."""
        if self.level.only_zeros:
            return self._only_zeros()
        if self.level.clipped:
            return self._too_loud()
        return None

    def age(self, seconds: float) -> float | None:
        """Return how long ago the sound at a place of the recording reached the microphone, in s.

        By the stream's own clock; None before the first sound and after the end.
        """
        stream, (count, when) = self._stream, self._anchor
        if stream is None or not count:
            return None
        try:
            now = float(stream.time)
        except portaudio.library().PortAudioError:
            return None
        return now - when + (count / self.rate - seconds)

    # -- the device ------------------------------------------------------------------------

    def _found(self) -> Device:
        try:
            return find_device(self._choice, "input")
        except PerserError:
            # It may have been plugged in since PortAudio looked.
            if not portaudio.rescan():
                raise
            return find_device(self._choice, "input")

    def _callback(self, block: Any, frames: int, time: Any, status: Any) -> None:
        """Copy what came in; runs in PortAudio's thread and does nothing else."""
        if status.input_overflow:
            self.overflows += 1
        self._ring.write(block[:, 0] if block.shape[1] == 1 else block.mean(axis=1))
        when = time.inputBufferAdcTime or time.currentTime
        self._anchor = (self._ring.written, when + frames / self.rate)

    def _listen(self, on_block: OnBlock, on_lost: Callable[[str], None] | None) -> None:
        """Hand out blocks until the end; runs in the microphone's thread."""
        stream = None if self.rate == RATE else _resampler(self.rate)
        handed = 0  # samples at 16 kHz
        skipped = 0  # samples of the device that were lost
        quiet = 0.0
        try:
            while True:
                last = self._over.wait(_WAIT) or self._ended.is_set()
                samples, lost = self._ring.read()
                if lost:
                    self.overflows += 1
                    skipped += lost
                quiet = 0.0 if len(samples) else quiet + _WAIT
                self.level.feed(samples)
                if stream is not None:
                    samples = stream.resample_chunk(samples, last=last)
                if len(samples):
                    on_block(samples, handed / RATE + skipped / self.rate)
                    handed += len(samples)
                if last or quiet > _STALL_SECONDS:
                    break
        finally:
            wanted = self._over.is_set()
            self._over.set()
        if not wanted and on_lost is not None:
            on_lost(
                f"The microphone “{self.name}” was lost; "
                "please connect it again or choose another one."
                if self._ended.is_set()
                else f"The microphone “{self.name}” delivers no more sound; "
                "please start it again or choose another one."
            )

    def _only_zeros(self) -> str:
        return (
            f"The microphone “{self.name}” delivers nothing but zeros: it is muted, or this "
            "program is not allowed to use it; please check the mute switch and the privacy "
            "settings of this computer."
        )

    def _too_loud(self) -> str:
        return (
            f"The microphone “{self.name}” is too loud and its sound is clipped; "
            "please lower its input level or move away from it."
        )


def _resampler(rate: int) -> Any:
    # Medium quality: 16 bits' worth, with a third of the delay of the usual one.
    return soxr.ResampleStream(rate, RATE, 1, "float32", quality="MQ")
