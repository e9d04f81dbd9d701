"""Is there anybody speaking in a clip? What follows is read from speech only.

The network that finds speech decides where it is sure. Where it is not, in music above all,
the fine structure of the spectrum does: notes stand still, a voice never does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from perser_gui.audio.speech import (
    RATE,
    Segment,
    SpeechRules,
    between,
    probabilities_of,
    segments_of,
)
from perser_gui.records import FloatArray, Waveform

SURE_SHARE = 0.5
"""Speech is sure where so much of a clip's energy lies in it; music never got beyond .43."""

SURE_SECONDS = 1.5
SURE_TIME = 0.1
"""It is also sure where it goes on so long in all, and for a tenth of the clip."""

FAINT = 0.15
"""Below this probability, in its best 160 ms, nobody speaks; the least clear of 550 clips of
speech had .16."""

STILL, MOTIONLESS = 0.915, 0.98
"""How alike spectra 48 ms apart are at most in speech that is not sure, and in any: the most
monotonous of 550 clips of speech had .91 and .96, half of the music more than .99."""

QUIET = 0.1
"""A peak below this is raised to `RAISED` before the network looks once more."""

RAISED = 0.5

_WINDOW, _HOP, _LAG = 1024, 256, 3
_LOWEST, _HIGHEST = 80, 4000


@dataclass(frozen=True)
class Heard:
    """What is spoken in a clip, and whether anybody speaks in it at all.

    `sound` is from where speech begins to where it ends, or everything where none was found.
    """

    sound: Waveform
    speech: bool


def hear(waveform: Waveform, rules: SpeechRules | None = None) -> Heard:
    """Find speech in a waveform of any rate, by the rules that the live stream uses.

    Without any speech in it, the sound is returned as it is: then all that there is has to
    count, for whoever wants its features all the same.
    """
    return hear_all([waveform], rules)[0]


def hear_all(waveforms: Sequence[Waveform], rules: SpeechRules | None = None) -> list[Heard]:
    """Return what `hear` returns for each waveform, found for all of them at once."""
    heard = []
    for waveform, found in zip(waveforms, probabilities_of(waveforms), strict=True):
        samples, probabilities = found
        segments = segments_of(probabilities, len(samples) / RATE, rules)
        speech = bool(is_speech(samples, probabilities, segments))
        heard.append(Heard(between(waveform, segments), speech))
    return heard


def is_speech(samples: FloatArray, probabilities: FloatArray, segments: list[Segment]) -> bool:
    """Return whether 16 kHz samples [n] hold speech, given what the network found in them."""
    peak = float(np.abs(samples).max(initial=0.0))
    if not segments and 0.0 < peak < QUIET:
        samples = np.asarray(samples * (RAISED / peak), dtype=np.float32)
        ((_, probabilities),) = probabilities_of([Waveform(samples, RATE)])
        segments = segments_of(probabilities, len(samples) / RATE)
    best = np.sort(probabilities)[-5:]
    if not len(best) or float(best.mean()) < FAINT:
        return False
    sure = _is_sure(samples, segments)
    return stillness(samples) < (MOTIONLESS if sure else STILL)


def stillness(samples: FloatArray) -> float:
    """Return how alike the spectra of 16 kHz samples are 48 ms later: 1 for a held note.

    It is the median over time, weighted by loudness, of the cosine between magnitudes from
    80 to 4,000 Hz. A clip too short to tell has 0.
    """
    count = (len(samples) - _WINDOW) // _HOP + 1
    if count <= _LAG:
        return 0.0
    frames = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW), axis=1))
    spectra = spectra[:, _LOWEST * _WINDOW // RATE : _HIGHEST * _WINDOW // RATE]
    norms = np.linalg.norm(spectra, axis=1)
    weights = norms[:-_LAG] * norms[_LAG:]
    total = float(weights.sum())
    if total <= 0.0:
        return 1.0
    alike = (spectra[:-_LAG] * spectra[_LAG:]).sum(1) / np.maximum(weights, 1e-20)
    order = np.argsort(alike)
    middle = int(np.searchsorted(np.cumsum(weights[order]), total / 2))
    return float(alike[order[min(middle, len(order) - 1)]])


def _is_sure(samples: FloatArray, segments: list[Segment]) -> bool:
    """Return whether speech is most of what can be heard, or long enough not to be a mistake."""
    spoken = sum(segment.seconds for segment in segments)
    if spoken >= max(SURE_SECONDS, SURE_TIME * len(samples) / RATE):
        return True
    energy = np.square(samples, dtype=np.float64)
    inside = sum(float(energy[round(s.start * RATE) : round(s.end * RATE)].sum()) for s in segments)
    return bool(segments) and inside >= SURE_SHARE * float(energy.sum())
