"""Listening live: the acts of the Live view and what it knows, without widgets."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from perser_gui.bidi import isolated_path
from perser_gui.errors import PerserError
from perser_gui.records import Clip, Waveform
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.microphones import Microphones
from perser_gui.ui.acts.personalization import Personalization

if TYPE_CHECKING:
    from perser_gui.audio.devices import Device
    from perser_gui.audio.playback import Player
    from perser_gui.desk import ClipTable
    from perser_gui.live import (
        LiveEngine,
        LiveModel,
        LiveOptions,
        Readout,
        Source,
        Status,
        Utterance,
    )
    from perser_gui.progress import Progress

KEPT_UTTERANCES = 50
"""Utterances that can still be labelled from the list."""

_WAITING = 64


class LiveSession(QObject):
    """One microphone, one engine, and what was heard in the last minutes.

    Everything of the engine arrives on the main thread through one queued signal; when the
    window is slow, the oldest readouts are left out.
    """

    read = Signal(object)
    """The latest `Readout`."""

    _posted = Signal()

    def __init__(
        self,
        personalization: Personalization,
        labelling: Labelling,
        make_source: Callable[[str], Source] | None = None,
        make_player: Callable[[], Player] | None = None,
        list_devices: Callable[[], Sequence[Device]] | None = None,
    ) -> None:
        workbench = personalization.bench
        super().__init__(workbench)
        self._bench, self._labelling, self._personal = workbench, labelling, personalization
        self._runner = workbench.runner
        self._make_source = make_source or _microphone
        self.microphones = Microphones(workbench, lambda: self.engine, list_devices, make_player)
        self._events: deque[Any] = deque(maxlen=_WAITING)
        self._utterances_waiting: deque[Any] = deque(maxlen=_WAITING)
        self._guard = threading.Lock()
        self._pending = False
        self._wanted_model = 0
        self._kept: dict[int, str] = {}
        self._keeping: set[int] = set()
        self._name = ""
        self.engine: LiveEngine | None = None
        self.model: LiveModel | None = None
        self.status: Status | None = None
        self.readout: Readout | None = None
        self.utterances: deque[Utterance] = deque(maxlen=KEPT_UTTERANCES)
        self.chosen: Utterance | None = None
        self.paused = False
        self.read.connect(self.microphones.take_readout)
        self._posted.connect(self._deliver, Qt.ConnectionType.QueuedConnection)
        workbench.changed.connect(self.take)

    @property
    def running(self) -> bool:
        """Whether an engine is there, paused or not."""
        return self.engine is not None

    # -- how it listens --------------------------------------------------------------------

    def choose_device(self, key: str) -> None:
        """Use another microphone; a stream under way goes on with it."""
        if key == self.microphones.device:
            return
        self._bench.choose(microphone=key)
        if self.engine is not None:
            self.engine.swap(self._make_source(key))

    @property
    def options(self) -> LiveOptions:
        """How often and over how much sound the stream is read out."""
        from perser_gui.audio.speech import rules_named
        from perser_gui.live import LiveOptions

        chosen = self._bench.settings
        rules = rules_named(chosen.speech)
        try:
            return LiveOptions(
                window=chosen.live_window,
                hop=chosen.live_hop,
                smoothing=chosen.live_smoothing,
                rules=rules,
            )
        except PerserError:  # a settings file that somebody edited
            return LiveOptions(rules=rules)

    def choose_options(
        self,
        *,
        window: float | None = None,
        hop: float | None = None,
        smoothing: float | None = None,
    ) -> None:
        """Read out in another way, from the next look on and at the next start (all in s)."""
        before = self.options
        self._bench.choose(
            live_window=before.window if window is None else window,
            live_hop=before.hop if hop is None else hop,
            live_smoothing=before.smoothing if smoothing is None else smoothing,
        )
        if self.engine is not None:
            self.engine.adjust(self.options)

    # -- the stream ------------------------------------------------------------------------

    @Slot()
    def start(self) -> None:
        """Begin to listen; nothing is kept on disk."""
        from perser_gui.live import LiveEngine

        if self.engine is not None:
            return
        engine = LiveEngine(
            self._make_source(self.microphones.device),
            self._event,
            model=self.model,
            options=self.options,
        )
        self.engine, self.paused = engine, False
        self.status, self.readout, self.chosen = None, None, None
        self.utterances.clear()
        self._kept.clear()
        self._keeping.clear()
        self._name = datetime.now().strftime("%Y-%m-%d %H.%M")
        self._runner.run(lambda progress: engine.start(), lane=Lane.MEDIA)
        self._want_model()
        self._tell_stream()

    @Slot()
    def stop(self) -> None:
        """End listening and forget what was heard."""
        engine, self.engine = self.engine, None
        if engine is None:
            return
        self._runner.run(lambda progress: engine.close(), lane=Lane.MEDIA)
        self.status, self.paused = None, False
        self._tell_stream()

    @Slot()
    def toggle_pause(self) -> None:
        """Give the microphone back until further notice, or go on."""
        if self.engine is not None:
            self.paused = not self.paused
            self.engine.pause(self.paused)
            self._tell_stream()

    def close(self) -> None:
        """End everything now; called when the window closes."""
        engine, self.engine = self.engine, None
        if engine is not None:
            engine.close()
        self.microphones.close()

    @Slot()
    def new_voice(self) -> None:
        """Somebody else speaks: begin the statistics of the voice anew."""
        if self.engine is not None:
            self.engine.forget_voice()

    @Slot()
    def mark(self) -> None:
        """Mark this moment; marks are saved with the stretch."""
        if self.engine is not None:
            mark = self.engine.stretch.mark()
            self._bench.notice.emit("info", f"Marked at {_clock(mark.time)}.")

    def save(self, path: Path) -> None:
        """Write the last minutes as sound and tables."""
        engine = self.engine
        if engine is None:
            return

        def done(written: list[Path]) -> None:
            names = ", ".join(p.name for p in written)
            self._bench.notice.emit("success", f"Saved {names} in {isolated_path(path.parent)}.")

        self._runner.run(
            lambda progress: engine.stretch.save(path, *engine.stream.remembered()),
            lane=Lane.FILES,
            label="Saving the stretch",
            done=done,
        )

    # -- the model -------------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Follow the listener, their words and the profile in use."""
        other = changes.listener or changes.emotions or changes.profile
        if other or (changes.model and self.model is None):
            self._want_model()

    def _tell_stream(self) -> None:
        self.microphones.take_status()
        self._bench.tell(Changes(stream=True))

    def _want_model(self) -> None:
        """Label with the listener's present profile from the next hop on."""
        listener = self._bench.session.listener
        if self._personal.state != "ready" or listener is None or not self.running:
            self.model = None if not self.running else self.model
            return
        desk, self._wanted_model = self._bench.desk, self._wanted_model + 1
        wanted = self._wanted_model

        def done(model: LiveModel) -> None:
            if wanted == self._wanted_model:
                self.model = model
                if self.engine is not None:
                    self.engine.use(model)
                self._bench.tell(Changes(stream=True))

        self._runner.run(
            lambda progress: desk.live_model(listener.id, progress), lane=Lane.COMPUTE, done=done
        )

    # -- "that was ..." --------------------------------------------------------------------

    def choose(self, utterance: Utterance | None) -> None:
        """Choose the utterance that a label is meant for; None: always the last one."""
        self.chosen = utterance
        self._bench.tell(Changes(utterances=True))

    @property
    def meant(self) -> Utterance | None:
        """The utterance that a label is meant for."""
        return self.chosen or (self.utterances[-1] if self.utterances else None)

    @Slot(str, bool)
    def that_was(self, word: str, second: bool = False) -> None:
        """Label an utterance: its sound becomes a clip, the word a rating of it."""
        engine, utterance, session = self.engine, self.meant, self._bench.session
        if engine is None or utterance is None or session.emotions.find(word) is None:
            return
        before = engine.stretch.label(utterance)
        words = (before[0], word) if second and before and word not in before else (word,)
        try:
            sound = engine.waveform(utterance)
        except PerserError as error:
            self._bench.notice.emit("warning", str(error))
            return
        engine.stretch.say(utterance, words)
        self._bench.tell(Changes(utterances=True))
        content = self._kept.get(utterance.number)
        if content is not None:
            self._labelling.label_clip(content, words)
        elif utterance.number not in self._keeping:
            self._keep(utterance, sound)

    def kept_as(self, utterance: Utterance) -> str | None:
        """Return the clip that an utterance has become; None as long as it was not labelled."""
        return self._kept.get(utterance.number)

    def label_by_key(self, number: int, *, second: bool = False) -> None:
        """Do what a word's key does: the listener's words are numbered from 1."""
        words = self._bench.session.emotions.words
        if 1 <= number <= len(words):
            self.that_was(words[number - 1], second)

    def said(self, utterance: Utterance) -> tuple[str, ...]:
        """Return how an utterance was labelled; nothing if it was not."""
        return self.engine.stretch.label(utterance) if self.engine is not None else ()

    def _keep(self, utterance: Utterance, sound: Waveform) -> None:
        """Make a clip of an utterance, then rate it by what was said last."""
        desk, session, name, engine = self._bench.desk, self._bench.session, self._name, self.engine
        assert engine is not None

        def work(progress: Progress) -> tuple[Clip, ClipTable]:
            clip = desk.keep_recording(sound, f"Live {name}", progress)
            return clip, desk.clips()

        def done(result: tuple[Clip, ClipTable]) -> None:
            clip, rows = result
            self._keeping.discard(utterance.number)
            if engine is self.engine:
                self._kept[utterance.number] = clip.content
            session.replace_rows(rows)
            self._bench.tell(Changes(clips=True))
            self._labelling.label_clip(clip.content, engine.stretch.label(utterance))
            self._bench.tell(Changes(utterances=True))

        def failed(error: Exception) -> None:
            self._keeping.discard(utterance.number)
            engine.stretch.say(utterance, ())
            self._bench.tell(Changes(utterances=True))
            self._bench.runner.fail(error)

        self._keeping.add(utterance.number)
        self._runner.run(
            work, lane=Lane.FILES, label="Keeping the utterance", done=done, failed=failed
        )

    # -- from the engine -------------------------------------------------------------------

    def _event(self, event: Any) -> None:
        """Take an event in the engine's thread."""
        from perser_gui.live import Readout

        with self._guard:
            (self._events if isinstance(event, Readout) else self._utterances_waiting).append(event)
            waiting, self._pending = self._pending, True
        if not waiting:
            self._posted.emit()

    @Slot()
    def _deliver(self) -> None:
        from perser_gui.live import Readout, Status

        with self._guard:
            events = [*self._utterances_waiting, *self._events]
            self._utterances_waiting.clear()
            self._events.clear()
            self._pending = False
        if self.engine is None:
            return
        for event in events:
            if isinstance(event, Status):
                self._take_status(event)
            elif isinstance(event, Readout):
                self.readout = event
                self.read.emit(event)
            else:
                self.utterances.append(event)
                self._bench.tell(Changes(utterances=True))

    def _take_status(self, status: Status) -> None:
        self.status = status
        if status.kind == "interrupted":
            self._bench.warned.emit("info", status.sentence, "microphone")
        elif status.kind == "ended" and status.sentence:
            self._bench.warned.emit("danger", status.sentence, "microphone")
        else:
            self._bench.settled.emit("microphone")
        self._tell_stream()


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{seconds % 60:04.1f}"


def _microphone(key: str) -> Source:
    from perser_gui.live import MicrophoneSource

    return MicrophoneSource(key or None)
