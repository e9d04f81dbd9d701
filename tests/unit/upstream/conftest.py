"""Clips and tiny random models for the encoders' tests."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
import soundfile
import torch

from perser_gui.audio import content_hash
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray, Waveform

MakeClip = Callable[..., Waveform]
MakeFile = Callable[..., Clip]


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


@pytest.fixture
def make_file(make_clip: MakeClip, tmp_path: Path) -> MakeFile:
    """The same clips as files, known by their hash."""

    def make(seconds: float = 0.5, seed: int = 0) -> Clip:
        path = tmp_path / f"clip-{seed}.wav"
        soundfile.write(path, make_clip(seconds, seed).samples, 16_000)
        return Clip(content_hash(path), path, seconds)

    return make


@pytest.fixture
def no_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever opens a socket fails the test."""

    def refuse(*arguments: object, **named: object) -> NoReturn:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class LoudnessEncoder:
    """A tiny stand-in for an encoder that counts what it was asked to embed."""

    id = "loudness-1"
    name = "loudness"
    layers = 1
    width = 2
    notes: tuple[str, ...] = ()
    device = "cpu"
    batch_seconds = 1.0

    def __init__(self) -> None:
        self.embedded = 0

    def embed(self, waveform: Waveform) -> FloatArray:
        self.embedded += 1
        loud = np.abs(waveform.samples)
        return np.array([[loud.mean(), loud.std()]], np.float32)

    def embed_batch(
        self, waveforms: Sequence[Waveform], *, progress: Progress | None = None
    ) -> list[FloatArray]:
        return [self.embed(waveform) for waveform in waveforms]

    def frames(self, waveform: Waveform) -> FloatArray:
        return np.abs(waveform.samples)[None, :, None]
