"""What goes into a live readout and what comes out of it: small frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from perser_gui.audio.speech import SpeechRules
from perser_gui.errors import PerserError
from perser_gui.records import DECIDED, FloatArray

State = Literal["speech", "no speech", "unsure"]

StatusKind = Literal["starting", "listening", "paused", "lost", "interrupted", "ended"]


@dataclass(frozen=True)
class LiveOptions:
    """How often to read out, over how much sound, and how calmly.

    Every `hop` seconds the last `window` seconds of speech are looked at, not further back
    than to where the speech began. Probabilities follow with the time constant `smoothing`
    (s): after so long, 63 % of a change is shown. Before `least` seconds of speech, and while
    no emotion is `decided` of the way from chance to certainty, the readout is unsure.
    `memory` seconds of sound are held for correction and saving; older sound is forgotten.

    Speech is found by the rules that also say what counts in a file.
    """

    window: float = 2.0
    hop: float = 0.25
    smoothing: float = 1.0
    least: float = 1.0
    decided: float = DECIDED
    memory: float = 300.0
    rules: SpeechRules = field(default_factory=SpeechRules)

    def __post_init__(self) -> None:
        """Refuse what cannot work.

        Raises:
            PerserError: naming the option and its limits.
        """
        limits = {
            "window": (self.least, 15.0),
            "hop": (0.05, 5.0),
            "smoothing": (0.0, 60.0),
            "memory": (30.0, 3600.0),
        }
        for name, (low, high) in limits.items():
            if not low <= getattr(self, name) <= high:
                raise PerserError(
                    f"The {name} of {getattr(self, name)} s cannot be used; "
                    f"please choose {low:g} to {high:g} s."
                )


@dataclass(frozen=True)
class Readout:
    """One look at the stream, `hop` seconds after the one before.

    `time` is the end of the sound looked at, in seconds from the start. `yours` and
    `generic` are smoothed probabilities [C] over `words`, None while there is nothing to
    say (no speech, too little of it, no model, no profile). `latency_ms` is how long ago the
    end of the sound reached the microphone, `compute_ms` what the look cost, `load` the share
    of the time between looks that computing takes. `voice_clips` utterances of the speaker
    were heard so far, `settled` (0..1) is their weight against the average speaker.
    `problem` is a plain sentence about the input or the computer, or empty.
    """

    time: float
    state: State
    words: tuple[str, ...] = ()
    yours: FloatArray | None = None
    generic: FloatArray | None = None
    speaking_since: float | None = None
    speech_probability: float = 0.0
    level_db: float = -90.0
    peak_db: float = -90.0
    clipping: bool = False
    hop: float = 0.25
    skipped: int = 0
    latency_ms: float = 0.0
    compute_ms: float = 0.0
    load: float = 0.0
    overflows: int = 0
    voice_clips: int = 0
    settled: float = 0.0
    problem: str = ""

    @property
    def best(self) -> tuple[str, float] | None:
        """The likeliest emotion and its probability: yours, or everyone's while there is none."""
        return _best(self.words, self.yours if self.yours is not None else self.generic)


@dataclass(frozen=True)
class Utterance:
    """A stretch of speech that has ended, labelled as a clip of its own would be.

    Probabilities [C] are neither smoothed nor otherwise changed: they are what a prediction
    of exactly this sound as a file gives, with the statistics of the speaker so far.
    """

    number: int
    start: float
    end: float
    words: tuple[str, ...]
    generic: FloatArray
    yours: FloatArray | None = None
    listener: str | None = None
    voice_clips: int = 0
    compute_ms: float = 0.0

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.end - self.start

    @property
    def probabilities(self) -> FloatArray:
        """Yours, or everyone's where there is no profile."""
        return self.generic if self.yours is None else self.yours

    @property
    def emotion(self) -> str:
        """The likeliest emotion."""
        return self.words[int(self.probabilities.argmax())]


@dataclass(frozen=True)
class Status:
    """What the stream is doing, and a plain sentence where somebody should know."""

    kind: StatusKind
    sentence: str = ""
    device: str = ""


Event = Readout | Utterance | Status


def _best(words: tuple[str, ...], probabilities: FloatArray | None) -> tuple[str, float] | None:
    if probabilities is None:
        return None
    place = int(probabilities.argmax())
    return words[place], float(probabilities[place])
