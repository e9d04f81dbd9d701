"""Where somebody speaks: probabilities while sound streams in, segments, utterances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from perser_gui.audio.decode import probe, stream_blocks
from perser_gui.audio.silero import FRAME, Memory, silero
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

RATE = 16_000
FRAME_SECONDS = FRAME / RATE
"""One probability stands for this much sound (32 ms)."""

BLOCK_SECONDS = 4.0
"""Sound that is listened to between two looks at whether the user cancelled."""


@dataclass(frozen=True)
class Segment:
    """A stretch of speech, in seconds from the beginning."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.end - self.start


@dataclass(frozen=True)
class SpeechRules:
    """When speech begins and ends.

    It begins where the probability reaches `threshold` and ends where it stays below
    `release` for `pause` seconds. Shorter bursts than `shortest` seconds are left out,
    `margin` seconds are added at both ends, and what is longer than `longest` seconds
    is cut where speech is least certain.
    """

    threshold: float = 0.5
    release: float = 0.35
    pause: float = 0.4
    shortest: float = 0.16
    margin: float = 0.1
    longest: float = 15.0


SENSITIVITIES: dict[str, SpeechRules] = {
    "usual": SpeechRules(),
    "soft": SpeechRules(threshold=0.3, release=0.2),
    "noisy": SpeechRules(threshold=0.7, release=0.55),
}
"""Rules by the name of the setting: usual, also soft voices, only clear voices in noise."""


def rules_named(name: str) -> SpeechRules:
    """Return the rules of a setting; the usual ones for a name that is not known."""
    return SENSITIVITIES.get(name, SENSITIVITIES["usual"])


class SpeechDetector:
    """Tells the probability of speech while 16 kHz sound comes in, in chunks of any size.

    >>> detector = SpeechDetector()
    >>> detector.feed(np.zeros(1000, dtype=np.float32)).shape
    (1,)
    """

    def __init__(self) -> None:
        self._network = silero()
        self.reset()

    def reset(self) -> None:
        """Forget everything, as before the first sample."""
        self._memory = Memory.empty()
        self._waiting = np.zeros(0, dtype=np.float32)
        self.probability = 0.0
        self.frames = 0

    @property
    def seconds(self) -> float:
        """How much sound the probabilities so far stand for."""
        return self.frames * FRAME_SECONDS

    def feed(self, samples: FloatArray) -> FloatArray:
        """Take more samples [n] and return the probabilities [k] of all frames now complete.

        `probability` is the latest one. The result does not depend on the chunk size.
        """
        self._waiting = np.concatenate((self._waiting, samples.astype(np.float32, copy=False)))
        whole = len(self._waiting) // FRAME * FRAME
        ready = np.clip(self._waiting[:whole], -1.0, 1.0)
        (found,) = self._network.probabilities([ready], [self._memory])
        self._waiting = self._waiting[whole:].copy()
        self.frames += len(found)
        if len(found):
            self.probability = float(found[-1])
        return found


class Segmenter:
    """Turns probabilities into segments while they come in.

    `speaking_since` is the start, in seconds, of the speech that goes on, or None.
    """

    def __init__(self, rules: SpeechRules | None = None) -> None:
        self.rules = rules or SpeechRules()
        self._frame = 0
        self._begin: int | None = None
        self._quiet = 0  # frames since speech was last certain
        self._probabilities: list[float] = []  # of the speech that goes on
        self._floor = 0.0  # the end of the segment before

    @property
    def speaking_since(self) -> float | None:
        """Where the speech that goes on began, in seconds; None in a pause."""
        return None if self._begin is None else self._padded_start(self._begin)

    def feed(self, probabilities: Iterable[float]) -> list[Segment]:
        """Take the next probabilities and return the segments that ended with them."""
        ended = []
        for probability in probabilities:
            segment = self._step(float(probability))
            if segment is not None:
                ended.append(segment)
        return ended

    def finish(self, seconds: float | None = None) -> list[Segment]:
        """End the recording, `seconds` long, and return the segment that went on, if any."""
        if self._begin is None:
            return []
        limit = self._frame * FRAME_SECONDS if seconds is None else seconds
        segment = self._end_at(self._frame - self._quiet, limit)
        return [] if segment is None else [segment]

    def _step(self, probability: float) -> Segment | None:
        self._frame += 1
        if self._begin is None:
            if probability >= self.rules.threshold:
                self._begin = self._frame - 1
                self._quiet = 0
                self._probabilities = [probability]
            return None
        self._probabilities.append(probability)
        self._quiet = 0 if probability >= self.rules.release else self._quiet + 1
        now = self._frame * FRAME_SECONDS
        if self._quiet * FRAME_SECONDS >= self.rules.pause:
            return self._end_at(self._frame - self._quiet, now)
        if len(self._probabilities) * FRAME_SECONDS + self.rules.margin >= self.rules.longest:
            return self._cut()
        return None

    def _cut(self) -> Segment:
        """End the segment at the least certain frame of its second half, and begin the next."""
        assert self._begin is not None
        half = len(self._probabilities) // 2
        weakest = half + int(np.argmin(self._probabilities[half:]))
        border = (self._begin + weakest) * FRAME_SECONDS
        segment = Segment(self._padded_start(self._begin), border)
        self._floor = border
        self._begin += weakest
        self._probabilities = self._probabilities[weakest:]
        self._quiet = min(self._quiet, len(self._probabilities))
        return segment

    def _end_at(self, frame: int, limit: float) -> Segment | None:
        assert self._begin is not None
        begin, self._begin = self._begin, None
        start = self._padded_start(begin)
        end = min(frame * FRAME_SECONDS + self.rules.margin, limit)
        if (frame - begin) * FRAME_SECONDS < self.rules.shortest:
            return None
        self._floor = end
        return Segment(start, end)

    def _padded_start(self, frame: int) -> float:
        return max(frame * FRAME_SECONDS - self.rules.margin, self._floor, 0.0)


def speech_segments(waveform: Waveform, rules: SpeechRules | None = None) -> list[Segment]:
    """Return where somebody speaks in a waveform of any rate, in order and apart."""
    return speech_segments_of([waveform], rules)[0]


def speech_segments_of(
    waveforms: Sequence[Waveform], rules: SpeechRules | None = None
) -> list[list[Segment]]:
    """Return what `speech_segments` returns for each waveform, found for all of them at once."""
    return [
        segments_of(found, len(samples) / RATE, rules)
        for samples, found in probabilities_of(waveforms)
    ]


def probabilities_of(waveforms: Sequence[Waveform]) -> list[tuple[FloatArray, FloatArray]]:
    """Return the 16 kHz samples [n] of each waveform and the probabilities [k] of its frames."""
    sounds = [_at_rate(waveform) for waveform in waveforms]
    # A last incomplete frame is filled with silence.
    filled = [np.pad(sound, (0, FRAME - 1)) for sound in sounds]
    for one in filled:
        np.clip(one, -1.0, 1.0, out=one)
    found = silero().probabilities(filled, [Memory.empty() for _ in filled])
    return list(zip(sounds, found, strict=True))


def segments_of(
    probabilities: FloatArray, seconds: float, rules: SpeechRules | None = None
) -> list[Segment]:
    """Return the segments in the probabilities of a sound that is `seconds` long."""
    segmenter = Segmenter(rules)
    return [*segmenter.feed(probabilities), *segmenter.finish(seconds)]


def _at_rate(waveform: Waveform) -> FloatArray:
    samples = waveform.samples
    if waveform.rate != RATE:
        samples = soxr.resample(samples, waveform.rate, RATE)
    return samples.astype(np.float32, copy=False)


def spoken(waveform: Waveform, rules: SpeechRules | None = None) -> Waveform:
    """Return a waveform from where speech begins to where it ends, pauses included.

    Without any speech in it, it is returned as it is: then all that there is has to count.
    """
    return spoken_of([waveform], rules)[0]


def spoken_of(waveforms: Sequence[Waveform], rules: SpeechRules | None = None) -> list[Waveform]:
    """Return what `spoken` returns for each waveform, found for all of them at once."""
    found = speech_segments_of(waveforms, rules)
    return [between(wave, segments) for wave, segments in zip(waveforms, found, strict=True)]


def between(waveform: Waveform, segments: Sequence[Segment]) -> Waveform:
    """Return a waveform from the first segment's start to the last one's end, all without any."""
    if not segments:
        return waveform
    start, end = (round(t * waveform.rate) for t in (segments[0].start, segments[-1].end))
    return replace(waveform, samples=waveform.samples[start:end])


def utterances(
    path: Path | str,
    rules: SpeechRules | None = None,
    progress: Progress | None = None,
    *,
    channel: int | None = None,
    sound: Waveform | None = None,
) -> list[Segment]:
    """Return the utterances of a recording of any length, cut at its pauses.

    `channel` (from 1) listens to one channel only. The file is streamed, so memory does not
    grow with its length; where all channels of it are decoded already (16 kHz), that is `sound`.

    Raises:
        PerserError: when the file cannot be decoded.
        Cancelled: when the progress was cancelled.
    """
    progress = progress or Progress()
    blocks: Iterable[FloatArray]
    if sound is not None and channel is None:
        seconds = max(sound.seconds, 1e-9)
        size = round(BLOCK_SECONDS * RATE)
        blocks = (sound.samples[at : at + size] for at in range(0, len(sound.samples), size))
    else:
        seconds = max(probe(path).seconds, 1e-9)
        blocks = stream_blocks(path, RATE, block_seconds=BLOCK_SECONDS, channel=channel)

    def told() -> Iterator[FloatArray]:
        done = 0
        for block in blocks:
            yield block
            done += len(block)
            progress.report(done / RATE / seconds, f"Looking for speech in {Path(path).name}")

    return list(_segments(told(), rules))


def _segments(blocks: Iterable[FloatArray], rules: SpeechRules | None) -> Iterator[Segment]:
    detector, segmenter = SpeechDetector(), Segmenter(rules)
    count = 0
    for block in blocks:
        count += len(block)
        yield from segmenter.feed(detector.feed(block))
    # A last incomplete frame is filled with silence.
    yield from segmenter.feed(detector.feed(np.zeros(FRAME - 1, dtype=np.float32)))
    yield from segmenter.finish(count / RATE)
