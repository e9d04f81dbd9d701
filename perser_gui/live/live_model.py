"""What a stream asks the model: features of a stretch of sound, and probabilities of features."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.audio.decode import RATE
from perser_gui.records import FloatArray, Waveform

if TYPE_CHECKING:
    from perser_gui.model.normalization import RunningStatistics, SpeakerNormalization
    from perser_gui.upstream.encoders import Encoder

Head = Callable[[FloatArray], FloatArray]
"""Normalized features [N, L, W] to probabilities [N, C]."""


@dataclass(frozen=True)
class LiveModel:
    """An encoder, a normalization, and the heads behind it, over one set of words.

    `library` are the statistics of the speaker as the clips on the list give them; then the
    stream does not collect its own.
    """

    words: tuple[str, ...]
    encoder: Encoder
    normalization: SpeakerNormalization
    generic: Head
    yours: Head | None = None
    listener: str | None = None
    library: RunningStatistics | None = None

    def features(self, samples: FloatArray) -> FloatArray:
        """Return the features [L, W] of 16 kHz samples [n]."""
        return self.encoder.embed(Waveform(samples, RATE))

    def probabilities(
        self, features: FloatArray, voice: RunningStatistics, *, temperature: float = 1.0
    ) -> tuple[FloatArray | None, FloatArray]:
        """Return yours (None without a profile) and everyone's probabilities [C].

        `voice` are the speaker's statistics, the sound in question included, as they are when
        files are predicted.
        """
        statistics = self.library if self.library is not None else voice
        x = self.normalization.transform(features, statistics)[None]
        generic = tempered(self.generic(x)[0], temperature)
        yours = None if self.yours is None else tempered(self.yours(x)[0], temperature)
        return yours, generic

    @property
    def prior_clips(self) -> float:
        """How many utterances the average speaker counts as."""
        return self.normalization.n0


def with_one_more(statistics: RunningStatistics, features: FloatArray) -> RunningStatistics:
    """Return the statistics as they would be with one more utterance."""
    longer = copy.copy(statistics)
    longer.update(features)
    return longer


def temperature_of(seconds: float) -> float:
    """Return what to divide the logits by after so many seconds of speech.

    The heads were trained on whole clips and are too sure of the beginning of one. How much
    hotter the best temperature was after so much speech than for the whole clip, for three heads
    on up to 500 clips each of an acted corpus that they had never heard (EMO-DB, nEMO, RAVDESS):
    2.2 on average after 0.75 s, 1.7 after 1 s, 1.2 after 1.5 s and 1.05 after 2 s.

    >>> temperature_of(1.0), temperature_of(5.0)
    (1.75, 1.0)
    """
    return max(1.0, 1.75 / max(seconds, 0.1))


def tempered(probabilities: FloatArray, temperature: float) -> FloatArray:
    """Return probabilities [C] with their logits divided by a temperature.

    >>> tempered(np.array([0.8, 0.2], np.float32), 2.0).round(3)
    array([0.667, 0.333], dtype=float32)
    """
    if temperature == 1.0:
        return probabilities
    logits = np.log(np.maximum(probabilities.astype(np.float64), 1e-12)) / temperature
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum(), dtype=np.float32)
