"""The small frozen values that flow from audio to prediction.

This module imports numpy only, so that every floor, the store included, can use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from perser_gui.emotions import EmotionSet
from perser_gui.stretches import heard_in

FloatArray = npt.NDArray[np.float32]
"""A float32 numpy array; shapes are given where it is used."""

Answer = Literal["emotion", "cant-tell", "skip"]
"""What a rating says: the emotions heard, that the listener can't tell, or nothing (skipped)."""


@dataclass(frozen=True)
class Waveform:
    """Mono audio: `samples` float32 [N] in -1..1 at `rate` Hz, with plain-sentence `warnings`."""

    samples: FloatArray
    rate: int
    warnings: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.rate


@dataclass(frozen=True)
class Span:
    """Where an utterance lies: from `start` to `end` of a recording of `of` seconds."""

    start: float
    end: float
    of: float


@dataclass(frozen=True)
class Clip:
    """What is rated: an audio file, one channel of it, or one utterance of it (`span`).

    A file is known by the SHA-256 of its bytes (`content`). The same bytes under a second
    name are a clip of their own (`clip_copy`), as are one channel (`clip_channel`) and one
    utterance (`clip_part`); their `content` says so behind the SHA-256. `speaker` is who
    speaks (None: unknown, then normalization uses `source`, by default the folder of a file,
    the recording of an utterance). `path` is where the file was last seen.
    """

    content: str
    path: Path
    seconds: float
    speaker: str | None = None
    source: str = ""
    synthetic: bool = False
    span: Span | None = None

    @property
    def voice(self) -> str:
        """The key under which this clip's speaker statistics are kept."""
        if self.channel is not None and self.speaker == channel_speaker(self.channel):
            return f"{self.path} {self.speaker}"  # channel 1 of two calls is not one person
        return self.speaker or self.source or str(self.path.parent)

    @property
    def recording(self) -> str:
        """What all utterances of a file share, whichever channel they are on."""
        return IDENTITY.split(self.content, maxsplit=1)[0]

    @property
    def sha256(self) -> str:
        """The SHA-256 of the file's bytes, which copies of it share."""
        return self.content[: _end_of_hash(self.content)]

    @property
    def heard(self) -> str:
        """What is heard in this clip, the same for every copy of its file: `content` for others."""
        return heard_in(self.content)

    @property
    def channel(self) -> int | None:
        """Which channel of the file this is, counted from 1; None for all of them."""
        found = _CHANNEL.search(self.content)
        return int(found[1]) if found else None


IDENTITY = re.compile("[#@]")
"""What begins that part of an identity that names a channel or an utterance."""
_CHANNEL = re.compile(r"#(\d+)")


def _end_of_hash(content: str) -> int:
    found = re.search("[~#@]", content)
    return found.start() if found else len(content)


def channel_speaker(channel: int) -> str:
    """Return who speaks on a channel (from 1) of a call, as long as nobody said a name."""
    return f"channel {channel}"


def clip_copy(clip: Clip, number: int) -> Clip:
    """Return the clip as the `number`-th file with the same bytes; the first is the clip itself.

    >>> clip_copy(Clip("ab12", Path("call.wav"), 90.0), 2).content
    'ab12~2'
    """
    mark = f"~{number}" if number > 1 else ""
    return replace(clip, content=f"{clip.sha256}{mark}{clip.content[len(clip.recording) :]}")


def clip_channel(whole: Clip, channel: int) -> Clip:
    """Return one channel (from 1) of a file, which has a speaker of its own.

    >>> clip_channel(Clip("ab12", Path("call.wav"), 90.0), 2).content
    'ab12#2'
    """
    return replace(
        whole,
        content=f"{whole.recording}#{channel}",
        speaker=whole.speaker or channel_speaker(channel),
    )


def clip_part(whole: Clip, start: float, end: float) -> Clip:
    """Return the utterance of a recording between two times (s, kept to the millisecond).

    It keeps the channel and the speaker; without one, the recording stands for its speaker.

    >>> clip_part(Clip("ab12", Path("call.wav"), 90.0), 3.0, 4.25).content
    'ab12@3000-4250'
    """
    first, last = round(1000 * start), round(1000 * end)
    return replace(
        whole,
        content=f"{whole.content.partition('@')[0]}@{first}-{last}",
        seconds=(last - first) / 1000,
        source=str(whole.path),
        span=Span(first / 1000, last / 1000, whole.seconds),
    )


@dataclass(frozen=True)
class Features:
    """Time statistics of one clip: `layers` float32 [L, 2D], mean then standard deviation.

    `encoder` is the encoder's id (name, weights hash, preprocessing version). `speech` is
    whether anybody speaks in the clip (None: nobody looked).
    """

    content: str
    encoder: str
    seconds: float
    layers: FloatArray
    speech: bool | None = None


@dataclass(frozen=True)
class Listener:
    """Somebody who rates clips, known by a pseudonym, with the emotion words they use."""

    id: int
    name: str
    emotions: EmotionSet


@dataclass(frozen=True)
class Said:
    """What a rating says of a clip, before it is anybody's; the fields are those of `Rating`."""

    clip: str
    emotions: tuple[str, ...]
    answer: Answer = "emotion"
    intensity: float | None = None
    shares: tuple[float, ...] = ()
    dimensions: tuple[tuple[str, float], ...] = ()
    note: str = ""
    blind: bool | None = None

    def by(self, listener: int, number: int, created: str) -> Rating:
        """Return it as a rating of a listener."""
        return Rating(
            number,
            listener,
            self.clip,
            self.answer,
            self.emotions,
            self.intensity,
            created,
            shares=self.shares,
            dimensions=self.dimensions,
            note=self.note,
            blind=self.blind,
        )


@dataclass(frozen=True)
class Rating:
    """What one listener said about one clip, at one moment.

    Append-only: a later rating of the same clip by the same listener replaces an
    earlier one without removing it; `withdrawn` marks an undo. `shares` says how much of each
    emotion was heard (they add up to 1; empty: all alike), `dimensions` holds numbers such as
    valence and arousal, by name, on the scale that they were given on. `blind` is whether it
    was made without a model's word for the clip in sight (None: nobody noted it).
    """

    id: int
    listener: int
    clip: str
    answer: Answer
    emotions: tuple[str, ...] = ()
    intensity: float | None = None
    created: str = ""
    withdrawn: bool = False
    shares: tuple[float, ...] = ()
    dimensions: tuple[tuple[str, float], ...] = ()
    note: str = ""
    blind: bool | None = None

    @property
    def said(self) -> Said:
        """What was said, without who said it and when."""
        return Said(
            self.clip,
            self.emotions,
            self.answer,
            self.intensity,
            self.shares,
            self.dimensions,
            self.note,
            self.blind,
        )


@dataclass(frozen=True)
class Scores:
    """How well predictions match ratings, with the number of ratings they rest on.

    `f1` maps each emotion to its F1; `protocol` says how the figures were made,
    for example `"leave-one-out"`.
    """

    macro_f1: float
    uar: float
    accuracy: float
    nll: float
    count: int
    protocol: str
    f1: Mapping[str, float] = field(default_factory=dict)


Outcome = Literal["closer", "no difference", "further away", "too early"]
"""What can be said of a model beside everyone's, from the labels that there are."""


@dataclass(frozen=True)
class WordScore:
    """How well everyone's model (`before`) and another (`after`) foresee one word's labels."""

    before: float
    after: float
    count: int


@dataclass(frozen=True)
class Verdict:
    """How a model compares with everyone's on the same labels, neither having learned them.

    `before` (everyone's) and `after` say how well labels are foreseen, in 0..1: what a model
    gives to a label, as a geometric mean over `count` labels, with each model as sure of
    itself as the other labels suggest. `low` and `high` bound `after` where `before` is taken
    as given (90 %). `evidence` is by how much the labels favour habits of the listener's own
    over everyone's model (a wager's gain; chance reaches X at most once in X listeners,
    however often one looks). `more` is how many labels are still wanted when it is too early.
    """

    outcome: Outcome
    count: int
    before: float
    after: float
    low: float
    high: float
    evidence: float
    more: int = 0
    protocol: str = ""
    words: Mapping[str, WordScore] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """A model adapted to one listener.

    `parameters` are float32 arrays by name (the adapter knows their meaning), `classes`
    the listener's words in the order of the output, `base` the digest of the checkpoint
    it was adapted from, `ratings` the ids of the ratings it rests on. `verdict` is what its
    labels said when it was made; `before` and `after` are scores of that moment, to look at.
    `recipe` notes, as JSON text, which clips it was made from (empty: not noted).
    """

    adapter: str
    base: str
    classes: tuple[str, ...]
    parameters: Mapping[str, FloatArray]
    seed: int = 0
    steps: int = 0
    device: str = "cpu"
    ratings: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    before: Scores | None = None
    after: Scores | None = None
    verdict: Verdict | None = None
    recipe: str = ""


NO_SPEECH: Final = "no speech"
"""Why a clip gets no emotion: nobody speaks in it."""

UNSURE: Final = "unsure"
"""What is said of a clip where no emotion stands out."""

DECIDED = 0.25
"""How far from chance to certainty the likeliest emotion must be, or it is unsure."""


NO_CLEAR_WORD = "no clear word"
"""What is said of a prediction in which no emotion is the likeliest."""
LEVEL = 1e-6
"""Probabilities that differ by less are the same."""


def is_decided(probabilities: FloatArray, decided: float = DECIDED) -> bool:
    """Return whether the likeliest emotion stands out from the others.

    >>> is_decided(np.array([0.4, 0.6])), is_decided(np.array([0.3, 0.7]))
    (False, True)
    """
    chance = 1.0 / len(probabilities)
    return float(np.max(probabilities)) >= chance + decided * (1.0 - chance)


@dataclass(frozen=True)
class Prediction:
    """Probabilities [C] over `classes` for one clip, and whose they are.

    `listener` is None for the generic model. `abstain` is `NO_SPEECH` where no emotion can be
    read from the clip, `UNSURE` where none stands out, or empty.
    """

    clip: str
    classes: tuple[str, ...]
    probabilities: FloatArray
    listener: str | None = None
    adapter: str = "generic"
    abstain: str = ""

    @property
    def emotion(self) -> str:
        """The most probable emotion, whether or not it should be read from the clip."""
        return self.classes[int(np.argmax(self.probabilities))]

    @property
    def speechless(self) -> bool:
        """Whether no emotion can be read from the clip, since nobody speaks in it."""
        return self.abstain == NO_SPEECH

    @property
    def tied(self) -> bool:
        """Whether the likeliest emotion is no likelier than another one, so that none is told."""
        if self.speechless or len(self.probabilities) < 2:
            return False
        second, first = np.sort(self.probabilities)[-2:]
        return bool(first - second < LEVEL)

    @property
    def word(self) -> str:
        """The emotion to tell, or empty where nobody speaks or the likeliest are level."""
        return "" if self.speechless or self.tied else self.emotion

    @property
    def said(self) -> str:
        """What to show: the emotion, with a mark where it is unsure, or why there is none."""
        if self.speechless:
            return self.abstain
        if self.tied:
            return NO_CLEAR_WORD
        return f"{self.emotion} ({self.abstain})" if self.abstain else self.emotion
