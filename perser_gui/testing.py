"""Tiny stand-ins for trained models and recordings, for tests and for trying out adapters.

Nothing here is good at anything: the encoder looks at eight frequency bands, and the
checkpoint is random by seed. Both have all the parts of the real ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.emotions import CLASSES
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint

LAYERS = 2
BANDS = 8


@dataclass
class TinyEncoder:
    """An encoder of two layers over eight frequency bands; nothing learned, nothing loaded."""

    id: str = "tiny-encoder-1"
    name: str = "tiny"
    layers: int = LAYERS
    width: int = 2 * BANDS
    notes: tuple[str, ...] = ()
    device: str = "cpu"
    batch_seconds: float = 10.0

    def embed(self, waveform: Waveform) -> FloatArray:
        """Return the statistics [2, 16] of one clip."""
        frames = self.frames(waveform)
        return np.concatenate([frames.mean(axis=1), frames.std(axis=1)], axis=-1)

    def embed_batch(
        self, waveforms: Sequence[Waveform], *, progress: Progress | None = None
    ) -> list[FloatArray]:
        """Return the statistics of several clips, asking `progress` before each."""
        embedded = []
        for waveform in waveforms:
            if progress is not None:
                progress.check()
            embedded.append(self.embed(waveform))
        return embedded

    def frames(self, waveform: Waveform) -> FloatArray:
        """Return log band energies [2, T, 8]; the second layer is the first one's curvature."""
        size = waveform.rate // 50
        padded = np.pad(waveform.samples, (0, -len(waveform.samples) % size))
        spectrum = np.abs(np.fft.rfft(padded.reshape(-1, size), axis=-1))
        bands = np.stack([b.mean(axis=-1) for b in np.array_split(spectrum, BANDS, axis=-1)], -1)
        first = np.log1p(bands)
        return np.stack([first, np.sin(3 * first)]).astype(np.float32)


def tiny_encoder() -> TinyEncoder:
    """Return an encoder that needs no weights."""
    return TinyEncoder()


def tiny_checkpoint(
    classes: Sequence[str] = CLASSES, *, seed: int = 0, hidden: int = 6
) -> Checkpoint:
    """Return a random checkpoint that fits `tiny_encoder`, the same for the same seed."""
    import torch

    from perser_gui.model.checkpoint import Checkpoint
    from perser_gui.model.head import HeadConfig, initial_parameters
    from perser_gui.model.normalization import SpeakerNormalization

    encoder = tiny_encoder()
    head = HeadConfig(encoder.layers, encoder.width, hidden=hidden, classes=len(classes))
    parameters = initial_parameters(head, seed)
    return Checkpoint(
        name="tiny",
        encoder=encoder.id,
        classes=tuple(classes),
        head=head,
        parameters=parameters,
        normalization=SpeakerNormalization.identity(head.layers, head.width),
        class_weights=torch.ones(head.classes),
        rates={name: torch.full((3,), -3.0) for name in parameters},
        training={"encoder_name": encoder.name},
        card={"note": "random weights, for tests only"},
    )


def write_tone(path: Path, hertz: float, *, seconds: float = 0.4, loudness: float = 0.3) -> Path:
    """Write a tone with a little noise as a 16 kHz wav file, the same for the same arguments."""
    import soundfile

    time = np.arange(round(16000 * seconds)) / 16000
    noise = np.random.default_rng(round(1000 * hertz)).normal(0, 0.01, len(time))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, loudness * np.sin(2 * np.pi * hertz * time) + noise, 16000)
    return path
