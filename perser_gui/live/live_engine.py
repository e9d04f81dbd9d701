"""A live readout behind a source of sound: threads, lost devices, sleep, a computer too slow."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace

from perser_gui.audio.decode import RATE
from perser_gui.errors import PerserError
from perser_gui.live.live_model import LiveModel
from perser_gui.live.readouts import Event, LiveOptions, Readout, Status, Utterance
from perser_gui.live.stream import LiveStream
from perser_gui.live.stream_sources import Source
from perser_gui.live.stretch import Stretch
from perser_gui.records import FloatArray, Waveform

SLEEP_SECONDS = 2.0
"""A longer silence of the source than this was a sleep of the computer."""

RETRY_SECONDS = 0.5
"""How often a lost device is looked for."""

SWITCH_SECONDS = 0.0005
"""How long other Python threads may compute at a time while the engine runs; a readout asks
for the interpreter a few hundred times, and would wait Python's usual 5 ms for each."""

_PATIENCE = 0.1


def ticking() -> float:
    """Return seconds of a clock that nobody can set, and that goes on while the computer sleeps."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):
        if hasattr(time, name):
            return time.clock_gettime(getattr(time, name))
    return time.monotonic()


class LiveEngine:
    """Reads out a source until it is closed.

    `on_event` gets every `Readout`, `Utterance` and `Status`, from the engine's own thread.
    Only the last minutes of sound and events are remembered (`stretch`), in memory; nothing
    is written anywhere.
    """

    def __init__(
        self,
        source: Source,
        on_event: Callable[[Event], None],
        *,
        model: LiveModel | None = None,
        options: LiveOptions | None = None,
        clock: Callable[[], float] = ticking,
    ) -> None:
        self._source = source
        self._on_event = on_event
        self._clock = clock
        self.stream = LiveStream(options, model)
        self.stretch = Stretch(self.stream.options)
        self._wake = threading.Condition()
        self._over = False
        self._want_pause = False
        self._want_source: Source | None = None
        self._lost: str | None = None
        self._slept = 0.0
        self._running = False
        self._heard: float | None = None  # by the clock
        self._offset = 0  # samples of the stream before this run of the source
        self._overflows = 0
        self._problem = ""
        self._thread: threading.Thread | None = None

    # -- from outside ----------------------------------------------------------------------

    def start(self) -> None:
        """Begin; returns at once. What goes wrong is told as a `Status`."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="perser-live", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """End; the device is given back when this returns, and no event follows."""
        with self._wake:
            self._over = True
            self._wake.notify_all()
        thread, self._thread = self._thread, None
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def pause(self, on: bool = True) -> None:
        """Give the device back until further notice, or take it again."""
        with self._wake:
            self._want_pause = on
            self._wake.notify_all()

    def use(self, model: LiveModel | None) -> None:
        """Label with another model from the next hop on; no sound is missed."""
        self.stream.model = model

    def swap(self, source: Source) -> None:
        """Go on with another source; what was heard so far stays.

        Another microphone colours the voice otherwise, so its statistics begin anew.
        """
        with self._wake:
            self._want_source = source
            self._wake.notify_all()

    def adjust(self, options: LiveOptions) -> None:
        """Read out in another way from the next look on; see `LiveStream.adjust`."""
        self.stream.adjust(options)

    def forget_voice(self) -> None:
        """Begin the statistics of a new speaker."""
        self.stream.forget_voice()

    def waveform(self, utterance: Utterance) -> Waveform:
        """Return the sound of an utterance.

        Raises:
            PerserError: when it is longer ago than the engine remembers.
        """
        found = self.stream.waveform(utterance.start, utterance.end)
        if found.seconds < utterance.seconds - 0.01:
            minutes = self.stream.options.memory / 60
            raise PerserError(
                f"This utterance is forgotten: only the last {minutes:g} minutes are held; "
                "please correct the next one sooner."
            )
        return found

    # -- the source's thread ---------------------------------------------------------------

    def _block(self, samples: FloatArray, seconds: float) -> None:
        now = self._clock()
        heard, self._heard = self._heard, now
        pause = 0.0 if heard is None else now - heard - len(samples) / RATE
        if pause > SLEEP_SECONDS:
            self.stream.interrupt()
            self._slept = pause
        self._offset = self.stream.sound.written - round(seconds * RATE)
        self.stream.feed(samples)
        if self.stream.due or self._slept:
            with self._wake:
                self._wake.notify_all()

    def _gone(self, sentence: str) -> None:
        with self._wake:
            self._lost = sentence
            self._wake.notify_all()

    # -- the engine's thread ---------------------------------------------------------------

    def _work(self) -> None:
        usual = sys.getswitchinterval()
        sys.setswitchinterval(min(usual, SWITCH_SECONDS))
        try:
            self._tell(Status("starting"))
            self._open()
            while not self._over:
                self._turn()
        except Exception as error:  # a fault of ours must not end in silence
            traceback.print_exception(error, file=sys.stderr)
            self._tell(Status("ended", f"The live readout failed and has ended: {error!r}."))
        finally:
            sys.setswitchinterval(usual)
            self._source.stop()
            with contextlib.suppress(Exception):
                for utterance in self.stream.finish():
                    self._tell(utterance)

    def _turn(self) -> None:
        """Do one thing, or wait for something to do."""
        if self._want_source is not None:
            self._change_source()
        elif self._want_pause:
            self._rest()
        elif self._lost is not None:
            self._recover(self._lost)
        elif not self._running:
            self._await_device()
        else:
            if self._slept:
                slept, self._slept = self._slept, 0.0
                self._tell(Status("interrupted", _slept_sentence(slept), self._source.name))
                self._tell(Status("listening", "", self._source.name))
            self._one_step()

    def _one_step(self) -> None:
        event = self.stream.step()
        if isinstance(event, Readout):
            self._tell(self._completed(event))
        elif event is not None:
            self._tell(event)
        elif not self.stream.due:
            with self._wake:
                self._wake.wait_for(self._called, _PATIENCE)

    def _called(self) -> bool:
        return self._disturbed() or self._lost is not None or bool(self._slept) or self.stream.due

    def _disturbed(self) -> bool:
        """Whether somebody outside wants something else than what is going on."""
        return self._over or self._want_pause or self._want_source is not None

    def _change_source(self) -> None:
        self._stop_source()
        with self._wake:
            source, self._want_source = self._want_source, None
        if source is not None:
            self._source = source
        self.stream.forget_voice()
        self._problem = ""
        if not self._want_pause:
            self._open()

    def _open(self) -> None:
        """Start the source, or say why that does not work and go on trying."""
        self._lost = None
        self._heard = None
        try:
            self._source.start(self._block, self._gone)
        except PerserError as error:
            self._running = False
            if str(error) != self._problem:
                self._problem = str(error)
                self._tell(Status("lost", self._problem, self._source.name))
            return
        self._running = True
        self._problem = ""
        self._tell(Status("listening", "", self._source.name))

    def _recover(self, sentence: str) -> None:
        """Finish what was said before the device went; then wait for it, or end without one."""
        self._stop_source()
        if sentence:
            self._problem = sentence
            self._tell(Status("lost", sentence, self._source.name))
            return
        self._tell(Status("ended", "", self._source.name))
        with self._wake:
            self._wake.wait_for(lambda: self._over or self._want_source is not None)

    def _await_device(self) -> None:
        with self._wake:
            if self._wake.wait_for(self._disturbed, RETRY_SECONDS):
                return
        if self._source.returned():
            self._open()

    def _rest(self) -> None:
        self._stop_source()
        self._tell(Status("paused", "", self._source.name))
        with self._wake:
            self._wake.wait_for(
                lambda: self._over or not self._want_pause or self._want_source is not None
            )
        if not self._over and self._want_source is None:
            self._open()

    def _stop_source(self) -> None:
        self._source.stop()
        if self._running:
            self._overflows += self._source.overflows
        self._running = False
        self._lost = None
        while (event := self.stream.step()) is not None:
            self._tell(self._completed(event) if isinstance(event, Readout) else event)
        for utterance in self.stream.finish():
            self._tell(utterance)
        self.stream.interrupt()

    # -- what is told ----------------------------------------------------------------------

    def _completed(self, readout: Readout) -> Readout:
        """Return a readout with what only the engine knows: latency, losses, problems."""
        age = self._source.age(readout.time - self._offset / RATE) if self._running else None
        problem = (self._source.problem if self._running else None) or ""
        if not problem and readout.skipped and readout.load > 0.5:
            problem = (
                f"This computer is busy: the readout comes every {readout.hop:.2g} s instead of "
                f"every {self.stream.options.hop:.2g} s."
            )
        return replace(
            readout,
            latency_ms=1000 * age if age is not None else 0.0,
            overflows=self._overflows + (self._source.overflows if self._running else 0),
            problem=problem,
        )

    def _tell(self, event: Event) -> None:
        self.stretch.note(event)
        self._on_event(event)


def _slept_sentence(seconds: float) -> str:
    return (
        f"Nothing came from the microphone for {seconds:.0f} seconds (did the computer sleep?); "
        "listening goes on."
    )
