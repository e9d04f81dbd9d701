"""The work of a live readout, without threads: sound in, readouts and utterances out.

Of the encoder's work nothing is shared between overlapping windows: the loudness scale, the
positions and the attention of every frame depend on where its window begins and ends, so
sharing would not be exact. Speech detection sees every sample once, and a window without
speech is not encoded at all.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.audio.decode import RATE
from perser_gui.audio.level import LevelMeter
from perser_gui.audio.speech import Segment, Segmenter, SpeechDetector
from perser_gui.live.live_model import LiveModel, temperature_of, with_one_more
from perser_gui.live.readouts import LiveOptions, Readout, State, Utterance
from perser_gui.live.recent import RecentSound
from perser_gui.live.smoothing import Smoothing
from perser_gui.records import FloatArray, Waveform, is_decided

if TYPE_CHECKING:
    from perser_gui.model.normalization import RunningStatistics

_LOAD_SHARE = 0.1
"""How much of a new measurement goes into the load that is shown."""

_MOST_WAITING = 64
"""Utterances that may wait to be labelled; of more, the oldest are left out."""


class LiveStream:
    """Takes 16 kHz sound in blocks of any size and looks at it every hop.

    `feed` may be called from another thread than `step`. When `step` comes late, it looks at
    the latest hop only and leaves out those before, so nothing queues.
    """

    def __init__(
        self,
        options: LiveOptions | None = None,
        model: LiveModel | None = None,
        *,
        clock: Callable[[], float] = time.perf_counter,
        detector: SpeechDetector | None = None,
    ) -> None:
        self.options = options or LiveOptions()
        self._wanted: LiveOptions | None = None
        self.sound = RecentSound(round(self.options.memory * RATE))
        self.level = LevelMeter(RATE)
        self.skipped = 0
        self._clock = clock
        self._model = model
        self._hop = round(self.options.hop * RATE)
        self._next = self._hop
        self._before = 0
        self._place = 0  # detected up to here
        self._origin = 0  # where the detector began
        self._breaks: deque[int] = deque()
        self._detector = detector or SpeechDetector()
        self._segmenter = Segmenter(self.options.rules)
        self._ended: deque[Segment] = deque(maxlen=_MOST_WAITING)
        self._count = 0
        self._load = 0.0
        self._voice: RunningStatistics | None = None
        self._yours = Smoothing(self.options.smoothing)
        self._generic = Smoothing(self.options.smoothing)

    # -- from outside ----------------------------------------------------------------------

    @property
    def model(self) -> LiveModel | None:
        """What labels the sound; None while it is being loaded."""
        return self._model

    @model.setter
    def model(self, model: LiveModel | None) -> None:
        """Label with another model from the next hop on."""
        before, self._model = self._model, model
        if before is not None and model is not None:
            if before.encoder.id != model.encoder.id:
                self._voice = None
            if before.words != model.words:
                self._yours.forget()
                self._generic.forget()

    @property
    def seconds(self) -> float:
        """How much sound came in."""
        return self.sound.written / RATE

    def feed(self, samples: FloatArray) -> None:
        """Take in samples [n]; does no more than copying them."""
        if not np.isfinite(samples).all():
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        self.level.feed(samples)
        self.sound.write(samples)

    def adjust(self, options: LiveOptions) -> None:
        """Read out in another way from the next look on; no sound is missed.

        Window, hop and smoothing may change under way; how speech is found and how much
        sound is remembered stay as they were at the start.
        """
        self._wanted = replace(options, memory=self.options.memory, rules=self.options.rules)

    def interrupt(self) -> None:
        """Say that what comes next does not follow on what came before."""
        self._breaks.append(self.sound.written)

    def forget_voice(self) -> None:
        """Begin the statistics of a new speaker."""
        self._voice = None

    @property
    def due(self) -> bool:
        """Whether there is something to do for `step`."""
        return bool(self._ended) or self.sound.written >= self._next

    def waveform(self, start: float, end: float) -> Waveform:
        """Return the sound from `start` to `end` (s), as far as it is remembered."""
        return Waveform(self.sound.read(round(start * RATE), round(end * RATE)), RATE)

    def remembered(self) -> tuple[Waveform, float]:
        """Return all sound that is remembered, and when it began (s), while more is written."""
        start, samples = self.sound.everything()
        return Waveform(samples, RATE), start / RATE

    # -- the work --------------------------------------------------------------------------

    def step(self) -> Readout | Utterance | None:
        """Do what is due, the readout before utterances, and return it; None if nothing was."""
        if self._wanted is not None:
            self._take_options(self._wanted)
        written = self.sound.written
        if written < self._next:
            if self._ended:
                return self._label(self._ended.popleft())
            self._detect(written)
            return None
        skipped = (written - self._next) // self._hop
        place = self._next + skipped * self._hop
        self._detect(place)
        self.skipped += skipped
        readout = self._look(place, skipped)
        self._before, self._next = place, place + self._hop
        return readout

    def finish(self) -> list[Utterance]:
        """End the recording and return the utterances not told yet, one under way included."""
        self._detect(self.sound.written)
        self._close(self.sound.written)
        told = [self._label(segment) for segment in list(self._ended)]
        self._ended.clear()
        return [utterance for utterance in told if utterance is not None]

    def _take_options(self, options: LiveOptions) -> None:
        self.options, self._wanted = options, None
        self._hop = round(options.hop * RATE)
        waited = (self.sound.written - self._before) // self._hop
        self._next = self._before + max(waited, 1) * self._hop  # a shorter hop skips nothing
        self._yours.seconds = self._generic.seconds = options.smoothing

    def _look(self, place: int, skipped: int) -> Readout:
        began = self._clock()
        now = place / RATE
        since = self._segmenter.speaking_since
        since = None if since is None else since + self._origin / RATE
        state: State = "no speech"
        yours: FloatArray | None = None
        generic: FloatArray | None = None
        model = self._model
        if since is not None:
            state = "unsure"
            spoken = now - since - self.options.rules.margin
            if model is not None and spoken >= self.options.least:
                yours, generic = self._window(model, since, now, spoken)
                shown = generic if yours is None else yours
                sure = is_decided(shown, self.options.decided)
                state = "speech" if sure else "unsure"
        taken = self._clock() - began
        hop = (place - self._before) / RATE
        self._load += _LOAD_SHARE * (taken / hop - self._load)
        clips, settled = self._settled()
        return Readout(
            time=now,
            state=state,
            words=() if model is None else model.words,
            yours=yours,
            generic=generic,
            speaking_since=since,
            speech_probability=self._detector.probability,
            level_db=self.level.rms_db,
            peak_db=self.level.peak_db,
            clipping=self.level.clipped,
            hop=hop,
            skipped=skipped,
            compute_ms=1000 * taken,
            load=self._load,
            voice_clips=clips,
            settled=settled,
        )

    def _window(
        self, model: LiveModel, since: float, end: float, spoken: float
    ) -> tuple[FloatArray | None, FloatArray]:
        start = max(since, end - self.options.window)
        features = model.features(self.waveform(start, end).samples)
        voice = with_one_more(self._statistics(), features)
        temperature = temperature_of(min(spoken, self.options.window))
        yours, generic = model.probabilities(features, voice, temperature=temperature)
        generic = self._generic.follow(generic, end)
        return (None if yours is None else self._yours.follow(yours, end)), generic

    def _label(self, segment: Segment) -> Utterance | None:
        """Label a stretch of speech as a file of exactly this sound would be."""
        model = self._model
        samples = self.waveform(segment.start, segment.end).samples
        if model is None or len(samples) < round(segment.seconds * RATE) - 1:
            return None  # there is no model yet, or the sound is forgotten already
        began = self._clock()
        features = model.features(samples)
        voice = self._statistics()
        voice.update(features)
        yours, generic = model.probabilities(features, voice)
        self._count += 1
        return Utterance(
            number=self._count,
            start=segment.start,
            end=segment.end,
            words=model.words,
            generic=generic,
            yours=yours,
            listener=model.listener if yours is not None else None,
            voice_clips=self._settled()[0],
            compute_ms=1000 * (self._clock() - began),
        )

    # -- the speaker -----------------------------------------------------------------------

    def _statistics(self) -> RunningStatistics:
        from perser_gui.model.normalization import RunningStatistics

        if self._voice is None:
            self._voice = RunningStatistics()
        return self._voice

    def _settled(self) -> tuple[int, float]:
        """Return how many utterances the speaker's statistics rest on, and their weight."""
        model = self._model
        if model is None:
            return 0, 0.0
        statistics = model.library if model.library is not None else self._voice
        count = statistics.count if statistics is not None else 0
        return count, count / (count + model.prior_clips) if count else 0.0

    # -- speech ----------------------------------------------------------------------------

    def _detect(self, until: int) -> None:
        """Tell speech from pauses up to a place."""
        oldest = self.sound.oldest
        if self._place < oldest:  # so late that sound was forgotten, speech under way included
            self._begin(oldest)
        while self._breaks and self._breaks[0] <= until:
            place = self._breaks.popleft()
            self._listen(place)
            self._close(place)
            self._begin(place)
        self._listen(until)

    def _listen(self, until: int) -> None:
        if until <= self._place:
            return
        probabilities = self._detector.feed(self.sound.read(self._place, until))
        self._place = until
        self._gather(self._segmenter.feed(probabilities))

    def _close(self, place: int) -> None:
        self._gather(self._segmenter.finish(max(place - self._origin, 0) / RATE))

    def _gather(self, segments: list[Segment]) -> None:
        origin = self._origin / RATE
        self._ended.extend(Segment(s.start + origin, s.end + origin) for s in segments)

    def _begin(self, place: int) -> None:
        """Listen anew from a place on."""
        self._detector.reset()
        self._segmenter = Segmenter(self.options.rules)
        self._origin = self._place = place
        self._yours.forget()
        self._generic.forget()
