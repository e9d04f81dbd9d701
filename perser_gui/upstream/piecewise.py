"""What every encoder shares: pieces of long audio, statistics over time, running out of memory."""

from __future__ import annotations

import contextlib
import itertools
import math
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import soxr
import torch

from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

LONGEST_SECONDS = 15.0
"""Audio longer than this is embedded in equal pieces."""

PASSES = 2
"""Forward passes that every core gets of a batch, so that one that is done early has more to do."""

Double = npt.NDArray[np.float64]

_Batch = list[tuple[int, FloatArray]]
"""Pieces of clips, each with the number of its clip."""


@dataclass(frozen=True)
class Moments:
    """Mean and population variance [L, D] over `count` frames of one piece."""

    mean: Double
    variance: Double
    count: int


def pieces(samples: FloatArray, longest: int) -> list[FloatArray]:
    """Cut `samples` [N] into the fewest pieces of equal length, none above `longest` samples."""
    count = max(1, math.ceil(len(samples) / longest))
    bounds = [round(index * len(samples) / count) for index in range(count + 1)]
    return [samples[start:end] for start, end in itertools.pairwise(bounds)]


def pooled(moments: Sequence[Moments]) -> FloatArray:
    """Return [L, 2D], mean then standard deviation over the frames of all pieces together."""
    counts = np.array([moment.count for moment in moments], np.float64)
    share = (counts / counts.sum())[:, None, None]
    means = np.stack([moment.mean for moment in moments])
    mean = (share * means).sum(0)
    within = np.stack([moment.variance for moment in moments])
    variance = (share * (within + np.square(means - mean))).sum(0)
    return np.concatenate([mean, np.sqrt(variance)], axis=1).astype(np.float32)


class PiecewiseEncoder(ABC):
    """An encoder that sees at most 15 s at once and pools what it saw.

    Attributes:
        id: names weights and preprocessing; features of equal id are comparable.
        name: what `load_encoder` was asked for.
        layers: L, the number of hidden layers that are kept.
        width: 2D, mean and standard deviation of D channels.
        notes: plain sentences about what did not go as asked, such as a full GPU.
    """

    rate = 16_000
    _shareable = False
    """Whether several threads may be in `_hidden` at the same time."""

    def __init__(
        self, *, identity: str, name: str, layers: int, channels: int, device: torch.device
    ) -> None:
        self.id = identity
        self.name = name
        self.layers = layers
        self.width = 2 * channels
        self.notes: tuple[str, ...] = ()
        self._device = device

    @property
    def device(self) -> str:
        """Where it computes, such as `"cpu"` or `"cuda:0"`."""
        return str(self._device)

    @property
    def batch_seconds(self) -> float:
        """Seconds of audio that are best embedded together: a few forward passes a core."""
        cores = self._cores
        return self._pass_seconds * (1 if cores == 1 else PASSES * cores)

    @property
    def _pass_seconds(self) -> float:
        """Seconds of audio that one forward pass takes at most."""
        return LONGEST_SECONDS if self._device.type == "cpu" else 16 * LONGEST_SECONDS

    @property
    def _cores(self) -> int:
        """How many forward passes go on at the same time, each on a thread of its own."""
        alone = not self._shareable or self._device.type != "cpu"
        return 1 if alone else torch.get_num_threads()

    def embed(self, waveform: Waveform) -> FloatArray:
        """Return time statistics [L, 2D] of one clip: mean, then population standard deviation.

        Raises:
            PerserError: if the clip is empty, holds NaN, or memory does not suffice.
        """
        return self.embed_batch([waveform])[0]

    def embed_batch(
        self, waveforms: Sequence[Waveform], *, progress: Progress | None = None
    ) -> list[FloatArray]:
        """Return what `embed` returns for each clip, sharing forward passes between clips.

        `progress` may cancel between two forward passes. On a CPU several of them go on at the
        same time, one a core: unlike threads inside of a pass they never wait for each other,
        which costs most where other programs, or the decoder, take a core for themselves.
        """
        cut = [pieces(self._samples(waveform), self._longest) for waveform in waveforms]
        moments: list[list[Moments]] = [[] for _ in waveforms]
        queue = [(owner, piece) for owner, parts in enumerate(cut) for piece in parts]
        for batch, found in self._passed(list(self._batches(queue)), progress or Progress()):
            for (owner, _), moment in zip(batch, found, strict=True):
                moments[owner].append(moment)
        return [pooled(parts) for parts in moments]

    def _passed(
        self, batches: Sequence[_Batch], progress: Progress
    ) -> Iterator[tuple[_Batch, list[Moments]]]:
        """Yield every batch with the moments of its pieces, in order."""

        def one(batch: _Batch) -> list[Moments]:
            progress.check()
            hidden = self._hidden_or_cpu([piece for _, piece in batch])
            return [_moments(frames) for frames in hidden]

        cores = min(self._cores, len(batches))
        if cores < 2:
            yield from ((batch, one(batch)) for batch in batches)
            return
        with side_by_side(cores) as threads:
            yield from zip(batches, threads.map(one, batches), strict=True)

    def frames(self, waveform: Waveform) -> FloatArray:
        """Return hidden states [L, T, D] of one clip before pooling."""
        parts: list[FloatArray] = []
        for piece in pieces(self._samples(waveform), self._longest):
            parts.extend(states.cpu().numpy() for states in self._hidden_or_cpu([piece]))
        return np.concatenate(parts, axis=1)

    @abstractmethod
    def _hidden(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        """Return hidden states [L, T, D] for each clip of at most 15 s."""

    @abstractmethod
    def _move(self, device: torch.device) -> None:
        """Bring the weights to `device`."""

    @property
    def _longest(self) -> int:
        return int(LONGEST_SECONDS * self.rate)

    def _samples(self, waveform: Waveform) -> FloatArray:
        samples = np.asarray(waveform.samples, np.float32)
        if samples.ndim != 1 or len(samples) == 0:
            raise PerserError("There is no sound in this clip; please choose another one.")
        if not np.isfinite(samples).all():
            raise PerserError(
                "This clip holds samples that are not numbers; please convert or record it again."
            )
        if waveform.rate != self.rate:
            samples = soxr.resample(samples, waveform.rate, self.rate)
        return samples

    def _batches(self, queue: _Batch) -> Iterator[_Batch]:
        batch: _Batch = []
        room = self._pass_seconds * self.rate
        for owner, piece in queue:
            if batch and len(piece) > room:
                yield batch
                batch, room = [], self._pass_seconds * self.rate
            batch.append((owner, piece))
            room -= len(piece)
        if batch:
            yield batch

    def _hidden_or_cpu(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        with torch.inference_mode():
            try:
                return self._hidden(clips)
            except RuntimeError as error:
                if not _ran_out_of_memory(error):
                    raise
                if self._device.type == "cpu":
                    raise PerserError(
                        "The memory does not suffice to embed this clip; "
                        "please close other programs and try again."
                    ) from error
            full = self.device
            self._device = torch.device("cpu")
            self._move(self._device)
            self.notes += (
                f"The memory of {full} did not suffice, so the encoder moved to the CPU.",
            )
            return [states for clip in clips for states in self._hidden([clip])]


@contextlib.contextmanager
def side_by_side(count: int) -> Iterator[ThreadPoolExecutor]:
    """Give threads in which torch computes without helpers; elsewhere it goes on as before."""
    before, all_here = torch.get_num_threads(), threading.Barrier(count + 1)

    def alone() -> None:
        torch.get_num_threads()  # a thread's first look takes the number of all, later ones do not
        torch.set_num_threads(1)
        all_here.wait()

    threads = ThreadPoolExecutor(count, thread_name_prefix="encode")
    try:
        starts = [threads.submit(alone) for _ in range(count)]
        all_here.wait()
        for start in starts:
            start.result()
        torch.set_num_threads(before)  # what they set counts for threads that begin later, too
        yield threads
    finally:
        threads.shutdown(cancel_futures=True)


def _ran_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "DefaultCPUAllocator" in str(error)


def _moments(frames: torch.Tensor) -> Moments:
    mean = frames.mean(dim=1)  # in two passes, seven times as fast as torch.var_mean on a CPU
    variance = (frames - mean[:, None]).square_().mean(dim=1)
    return Moments(
        mean=mean.double().cpu().numpy(),
        variance=variance.double().cpu().numpy(),
        count=frames.shape[1],
    )
