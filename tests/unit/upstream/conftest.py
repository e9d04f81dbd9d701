"""Clips and tiny random models for the encoders' tests."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from perser_gui.records import Waveform

MakeClip = Callable[..., Waveform]


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture
def make_clip() -> MakeClip:
    """A gliding voice-like tone with noise; another seed is another clip."""

    def make(seconds: float = 1.0, seed: int = 0, rate: int = 16_000) -> Waveform:
        random = np.random.default_rng(seed)
        time = np.arange(round(seconds * rate)) / rate
        pitch = 110.0 * (1.2 + 0.3 * np.sin(2 * np.pi * random.uniform(1, 4) * time))
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        tone = sum(np.sin(harmonic * phase) / harmonic for harmonic in range(1, 9))
        samples = 0.1 * tone + 0.01 * random.standard_normal(len(time))
        return Waveform(samples.astype(np.float32), rate)

    return make
