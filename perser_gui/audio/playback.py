"""Playing a clip, with a playhead that follows the sound and not a timer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import soxr

from perser_gui.audio import portaudio
from perser_gui.audio.devices import Device, find_device, open_stream
from perser_gui.audio.playhead import Playhead
from perser_gui.errors import PerserError
from perser_gui.records import Waveform

LATENCY = 0.06
"""Seconds of sound handed over in advance: enough not to stutter on a busy computer."""


def audio_available() -> str | None:
    """Return None when clips can be played, or the plain sentence that says why not."""
    try:
        portaudio.default_device("output")
    except PerserError as error:
        return str(error)
    return None


class Player:
    """Plays one waveform at a time on the system's default loudspeaker or a chosen one.

    Creating a player touches no device; `play` opens one. Methods may be called from
    any thread. `on_finished` is called when a clip was heard to its end by itself (not
    after `pause` or `stop`), `on_lost` with a plain sentence when the device vanishes
    while it plays; both come from a thread of the player.
    """

    def __init__(
        self,
        *,
        device: Device | str | None = None,
        on_finished: Callable[[], None] | None = None,
        on_lost: Callable[[str], None] | None = None,
    ) -> None:
        self.on_finished = on_finished
        self.on_lost = on_lost
        self._device = device
        self._control = threading.RLock()
        self._lock = threading.Lock()
        self._waveform: Waveform | None = None
        self._head = Playhead(np.zeros(0, dtype=np.float32), 16_000)
        self._stream: Any = None
        self._playing = False
        self._volume = 1.0

    # -- what is played ----------------------------------------------------------------

    def load(self, waveform: Waveform) -> None:
        """Take a waveform; what was playing stops, and the position is its beginning."""
        with self._control:
            self._halt()
            self._waveform = waveform
            self._head = self._head_at(waveform.rate)

    @property
    def seconds(self) -> float:
        """Duration of the loaded waveform, in seconds."""
        return 0.0 if self._waveform is None else self._waveform.seconds

    @property
    def device(self) -> Device | str | None:
        """The loudspeaker (a `Device`, its key or its name); None is the system's default."""
        return self._device

    @device.setter
    def device(self, device: Device | str | None) -> None:
        with self._control:
            if device != self._device:
                self._halt()
                self._device = device

    # -- playing -----------------------------------------------------------------------

    def play(
        self,
        start: float = 0.0,
        end: float | None = None,
        loop: bool = False,
        speed: float = 1.0,
    ) -> None:
        """Play from `start` to `end` (s; None: to the end), again and again with `loop`.

        `speed` is within 0.5..1.5; the pitch stays.

        Raises:
            PerserError: when nothing is loaded, or there is no device, or it cannot be opened.
        """
        with self._control:
            last = self.seconds if end is None else end
            self._sound(start, start, last, loop, speed)

    def pause(self) -> None:
        """Stop the sound and keep the position."""
        with self._control:
            self._halt()

    def resume(self) -> None:
        """Go on from the position, with the same end, loop and speed.

        Raises:
            PerserError: as `play`.
        """
        with self._control:
            if self._playing:
                return
            head = self._head
            start, end = head.start / head.rate, head.end / head.rate
            place = self.position
            if place >= end:
                place = start
            self._sound(place, start, end, head.loop, head.speed)

    def stop(self) -> None:
        """Stop the sound and go back to where `play` began."""
        with self._control:
            self._halt()
            head = self._head
            head.go(head.start, head.start, head.end)

    def seek(self, seconds: float) -> None:
        """Move the position; playing goes on from there, to the end of the clip if outside."""
        with self._control:
            playing = self._playing
            self._halt()
            head = self._head
            start, end = head.start / head.rate, head.end / head.rate
            place = min(max(seconds, 0.0), self.seconds)
            if not start <= place < end:
                start, end = 0.0, self.seconds
            if playing:
                self._sound(place, start, end, head.loop, head.speed)
            else:
                rate = head.rate
                head.go(place * rate, round(start * rate), round(end * rate))

    def close(self) -> None:
        """Stop, and let go of the device."""
        with self._control:
            self._halt()

    # -- while it plays ----------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether sound is on its way."""
        return self._playing

    @property
    def position(self) -> float:
        """The place in the clip, in seconds, that is heard at this moment."""
        stream = self._stream
        now = _time(stream) if self._playing and stream is not None else None
        with self._lock:
            head = self._head
            place = head.last if now is None else head.heard(now)
            return place / head.rate

    @property
    def loop(self) -> bool:
        """Whether it begins again at the end; may be changed while it plays."""
        return self._head.loop

    @loop.setter
    def loop(self, value: bool) -> None:
        with self._lock:
            self._head.loop = value

    @property
    def speed(self) -> float:
        """How fast it plays (0.5..1.5); may be changed while it plays."""
        return self._head.speed

    @speed.setter
    def speed(self, value: float) -> None:
        with self._lock:
            self._head.speed = value

    @property
    def volume(self) -> float:
        """How loud, 0..1; may be changed while it plays, and stays for the next clips."""
        return self._volume

    @volume.setter
    def volume(self, value: float) -> None:
        self._volume = min(max(value, 0.0), 1.0)
        with self._lock:
            self._head.volume = self._volume

    # -- the stream --------------------------------------------------------------------

    def _head_at(self, rate: int) -> Playhead:
        assert self._waveform is not None
        samples = self._waveform.samples
        if rate != self._waveform.rate:
            samples = soxr.resample(samples, self._waveform.rate, rate)
        head = Playhead(np.ascontiguousarray(samples, dtype=np.float32), rate)
        head.volume = self._volume
        return head

    def _begin(self, waveform: Waveform) -> None:
        """Open a stream for this waveform; at the device's own rate if it must be."""
        try:
            self._stream = self._open(waveform.rate)
        except PerserError:
            # The device may have come, gone or changed since PortAudio looked.
            if not portaudio.rescan():
                raise
            self._stream = self._open(waveform.rate)
        rate = round(self._stream.samplerate)
        if rate != self._head.rate:
            self._head = self._head_at(rate)

    def _open(self, rate: int) -> Any:
        return open_stream(
            find_device(self._device, "output"),
            rates=(rate, 48_000, 44_100),
            latency=LATENCY,
            callback=self._callback,
            finished=self._finished,
        )

    def _sound(self, place: float, start: float, end: float, loop: bool, speed: float) -> None:
        """Play from `place` (s) on within `start`..`end`."""
        waveform = self._waveform
        if waveform is None:
            raise PerserError("No clip is loaded; please choose one first.")
        self._halt()
        # A new stream each time: starting one whose device went away meanwhile can hang in
        # PortAudio, and opening takes a few milliseconds.
        self._begin(waveform)
        head = self._head
        head.loop, head.speed, head.volume = loop, speed, self._volume
        rate = head.rate
        head.go(place * rate, round(start * rate), round(end * rate))
        if head.end <= head.start:
            self._close_stream()
            self._tell(self.on_finished)
            return
        self._playing = True
        sound = portaudio.library()
        try:
            self._stream.start()
        except sound.PortAudioError as error:
            self._playing = False
            self._close_stream()
            raise portaudio.explain(error, "output") from error

    def _halt(self) -> None:
        if self._playing:
            _ = self.position  # remembers the place that is heard now
        self._playing = False
        self._close_stream()

    def _close_stream(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            portaudio.close(stream)

    def _callback(self, out: Any, frames: int, time: Any, status: Any) -> None:
        """Fill one buffer; runs in PortAudio's thread."""
        now = time.currentTime
        when = time.outputBufferDacTime
        if when <= 0.0:  # some sound systems do not tell
            when = now + LATENCY
        with self._lock:
            out[:] = self._head.render(frames, when)[:, None]
            over = self._head.over(now)
        # Not all sound systems play what they still hold when a stream ends, so silence
        # follows until the last sample has been heard.
        if over:
            raise portaudio.library().CallbackStop

    def _finished(self) -> None:
        """Find out why the stream ended; runs in PortAudio's thread."""
        if not self._playing:
            return
        with self._lock:
            ended = self._head.ended
            if ended:
                self._head.heard(float("inf"))
        self._playing = False
        if ended:
            self._tell(self.on_finished)
        else:
            self._tell(self.on_lost, "The loudspeaker was lost; please connect it and play again.")

    @staticmethod
    def _tell(listener: Callable[..., None] | None, *words: str) -> None:
        # From a thread of its own, so that a listener may call the player.
        if listener is not None:
            threading.Thread(target=listener, args=words, name="player", daemon=True).start()


def _time(stream: Any) -> float | None:
    """Return the stream's clock in seconds, or None when it has ended."""
    try:
        return float(stream.time)
    except portaudio.library().PortAudioError:
        return None
