"""Test sounds, and how alike a recording is to what was played."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perser_gui.records import Waveform

RATE = 16_000


def chirp(seconds: float, low: float = 200.0, high: float = 3000.0, peak: float = 0.5) -> Waveform:
    """A tone that rises from `low` to `high` Hz: like itself at one place only."""
    t = np.arange(round(seconds * RATE)) / RATE
    phase = 2 * np.pi * (low * t + (high - low) * t**2 / (2 * seconds))
    return Waveform((peak * np.sin(phase)).astype(np.float32), RATE)


@dataclass(frozen=True)
class Likeness:
    """Where a sound was found in a recording, and the correlation (at most 1) there."""

    start: int
    score: float


def likeness(recorded: np.ndarray, played: np.ndarray) -> Likeness:
    """Find a sound in a recording by cross-correlation."""
    assert len(recorded) >= len(played), "the recording is shorter than what was played"
    size = 1 << (len(recorded) + len(played)).bit_length()
    product = np.fft.rfft(recorded, size) * np.conj(np.fft.rfft(played, size))
    correlation = np.fft.irfft(product, size)[: len(recorded) - len(played) + 1]
    start = int(np.argmax(correlation))
    there = recorded[start : start + len(played)]
    norm = float(np.linalg.norm(there) * np.linalg.norm(played))
    return Likeness(start, float(np.dot(there, played)) / max(norm, 1e-9))
