"""The Silero speech detector's network, evaluated with numpy.

16 kHz; each frame is 512 new samples (32 ms) after 64 samples of what came before. A
short-time Fourier transform, four convolutions, one LSTM cell and a sigmoid make one
probability of it. Architecture and weights: Silero Team, MIT licence (see the card in
`models/silero-vad`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from perser_gui import paths
from perser_gui.errors import PerserError
from perser_gui.records import FloatArray

RATE = 16_000
FRAME = 512
CONTEXT = 64

_WINDOW = 256
_STRIDE = 128
_BINS = _WINDOW // 2 + 1
_CONVOLUTION_STRIDES = (1, 2, 2, 1)
_UNITS = 128


class Network:
    """The weights of the detector, and the two halves of its evaluation."""

    def __init__(self, weights: dict[str, FloatArray]) -> None:
        whole = {name: value.astype(np.float32) for name, value in weights.items()}
        time = np.arange(_WINDOW)
        angle = 2 * np.pi * np.outer(np.arange(_BINS), time) / _WINDOW
        hann = 0.5 - 0.5 * np.cos(2 * np.pi * time / _WINDOW)
        self._transform = np.ascontiguousarray(
            np.concatenate((np.cos(angle) * hann, np.sin(angle) * hann)).T, dtype=np.float32
        )
        self._convolutions = []
        for number, stride in enumerate(_CONVOLUTION_STRIDES):
            kernel = whole[f"encoder.{number}.weight"]  # [out, in, 3]
            flat = np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, kernel.shape[0]))
            self._convolutions.append((flat, whole[f"encoder.{number}.bias"], stride))
        self._input = np.ascontiguousarray(whole["lstm.weight_ih"].T)
        self._recurrent = np.ascontiguousarray(whole["lstm.weight_hh"].T)
        self._bias = whole["lstm.bias_ih"] + whole["lstm.bias_hh"]
        self._output = whole["output.weight"]
        self._output_bias = float(whole["output.bias"][0])

    def gates(self, frames: FloatArray) -> FloatArray:
        """Return what frames [n, 64 + 512] contribute to the recurrent cell, [n, 4 * 128]."""
        mirrored = np.concatenate((frames, frames[:, -2 : -2 - CONTEXT : -1]), axis=1)
        layer = _windows(mirrored, _WINDOW, _STRIDE) @ self._transform
        layer = np.sqrt(np.square(layer[:, :_BINS]) + np.square(layer[:, _BINS:]))
        for kernel, bias, stride in self._convolutions:
            width = layer.shape[1]
            padded = np.zeros((len(frames), len(layer) // len(frames) + 2, width), np.float32)
            padded[:, 1:-1] = layer.reshape(len(frames), -1, width)
            columns = _windows(padded.reshape(len(frames), -1), 3 * width, stride * width)
            layer = np.maximum(columns @ kernel + bias, 0.0)
        return np.asarray(layer @ self._input + self._bias, dtype=np.float32)

    def probabilities(self, gates: FloatArray, state: FloatArray) -> FloatArray:
        """Return the probability of speech of each frame, [n]; `state` [2, 128] moves on."""
        hidden, cell = state
        outputs = np.empty((len(gates), _UNITS), dtype=np.float32)
        for row, gate in zip(outputs, gates, strict=True):
            mixed = gate + hidden @ self._recurrent
            opened = _sigmoid(mixed)
            cell = opened[_UNITS : 2 * _UNITS] * cell + opened[:_UNITS] * np.tanh(
                mixed[2 * _UNITS : 3 * _UNITS]
            )
            hidden = opened[3 * _UNITS :] * np.tanh(cell)
            row[:] = hidden
        state[0], state[1] = hidden, cell
        return _sigmoid(np.maximum(outputs, 0.0) @ self._output + self._output_bias)


@lru_cache(maxsize=1)
def network() -> Network:
    """Return the shipped detector; it is read once.

    Raises:
        PerserError: when its weights are missing or damaged.
    """
    path = paths.shipped("models", "silero-vad", "weights.safetensors")
    try:
        return Network(load_file(path))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise PerserError(
            f"The speech detector {path} is damaged; please install perser-gui again."
        ) from error


def _windows(rows: FloatArray, length: int, step: int) -> FloatArray:
    """Return the windows of each row [n, m] one after the other, [n * windows, length]."""
    count = (rows.shape[1] - length) // step + 1
    row, item = rows.strides
    shape = (len(rows), count, length)
    windows = np.lib.stride_tricks.as_strided(rows, shape, (row, step * item, item))
    return windows.reshape(-1, length)


def _sigmoid(values: FloatArray) -> FloatArray:
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), dtype=np.float32)
