"""Whisper's log-mel spectrogram, computed for many clips in one pass."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

RATE = 16_000
"""Sampling rate in Hz that Whisper was trained with."""

HOP = 160
"""Samples between two mel frames: 10 ms."""

WINDOW = 400
"""Samples under one window: 25 ms; also the shortest input, shorter ones are zero-padded."""


@functools.cache
def mel_filters(bins: int) -> npt.NDArray[np.float64]:
    """Return triangular filters [201, bins] on Slaney's mel scale up to 8 kHz, of equal area.

    The scale is linear below 1 kHz (3 mel in 200 Hz) and logarithmic above
    (27 mel for a factor of 6.4), after Slaney's Auditory Toolbox (1998).
    """
    hertz = np.linspace(0.0, RATE / 2, WINDOW // 2 + 1)
    top = 15.0 + 27.0 * np.log(RATE / 2 / 1000.0) / np.log(6.4)
    mels = np.linspace(0.0, top, bins + 2)
    edges = np.where(
        mels < 15.0, mels * 200.0 / 3.0, 1000.0 * np.exp((mels - 15.0) * np.log(6.4) / 27.0)
    )
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising = (hertz[:, None] - low) / (centre - low)
    falling = (high - hertz[:, None]) / (high - centre)
    triangles: npt.NDArray[np.float64] = np.clip(np.minimum(rising, falling), 0.0, None)
    return triangles * (2.0 / (high - low))


class LogMel:
    """Log-mel frames of clips, each scaled by its own loudest frame.

    Equal to transformers' `WhisperFeatureExtractor` on the unpadded clip.
    """

    def __init__(self, bins: int, device: torch.device) -> None:
        self._filters = torch.from_numpy(mel_filters(bins)).to(device, torch.float32)
        self._window = torch.hann_window(WINDOW, device=device)
        self._device = device

    def __call__(self, clips: Sequence[npt.NDArray[np.float32]]) -> list[torch.Tensor]:
        """Return one tensor [T, bins] per clip of N samples, with T = max(N, 400) // 160."""
        framed = [self._windows(clip) for clip in clips]
        spectrum = torch.fft.rfft(torch.cat(framed) * self._window)
        power = spectrum.real.square().add_(spectrum.imag.square())
        logs = (power @ self._filters).clamp_(min=1e-10).log10_()
        return [
            torch.maximum(part, part.amax() - 8.0).add_(4.0).div_(4.0)
            for part in torch.split(logs, [len(windows) for windows in framed])
        ]

    def _windows(self, clip: npt.NDArray[np.float32]) -> torch.Tensor:
        samples = torch.from_numpy(np.ascontiguousarray(clip)).to(self._device)
        if len(samples) < WINDOW:
            samples = torch.nn.functional.pad(samples, (0, WINDOW - len(samples)))
        half = WINDOW // 2
        padded = torch.nn.functional.pad(samples[None], (half, half), mode="reflect")[0]
        return padded.unfold(0, WINDOW, HOP)[: len(samples) // HOP]
