"""Normalization of features per speaker, shrunk towards what the checkpoint was trained on.

The same function serves training, adaptation, prediction and the live stream: a speaker's mean
and variance count with weight n (clips heard), the checkpoint's with weight `n0`. Numpy only.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perser_gui.records import FloatArray

_FLOOR = 1e-4
"""Smallest scale, in units of the features, that is divided by."""


class RunningStatistics:
    """Mean and variance [L, W] of a speaker's clips, updated one clip at a time (Welford)."""

    def __init__(self) -> None:
        self.count = 0
        self._mean: npt.NDArray[np.float64] | None = None
        self._squares: npt.NDArray[np.float64] | None = None

    def update(self, features: FloatArray) -> None:
        """Take in the features [L, W] of one more clip; non-finite ones are left out."""
        value = np.asarray(features, dtype=np.float64)
        if not np.isfinite(value).all():
            return
        if self._mean is None or self._squares is None:
            self._mean, self._squares = np.zeros_like(value), np.zeros_like(value)
        self.count += 1
        delta = value - self._mean
        self._mean = self._mean + delta / self.count
        self._squares = self._squares + delta * (value - self._mean)

    @classmethod
    def of(cls, clips: Iterable[FloatArray]) -> RunningStatistics:
        """Return the statistics of several clips."""
        statistics = cls()
        for features in clips:
            statistics.update(features)
        return statistics

    @property
    def mean(self) -> npt.NDArray[np.float64] | None:
        """Mean [L, W], or None before the first clip."""
        return self._mean

    @property
    def variance(self) -> npt.NDArray[np.float64] | None:
        """Population variance [L, W], or None before the first clip."""
        return None if self._squares is None else self._squares / self.count


@dataclass(frozen=True)
class SpeakerNormalization:
    """The mean and scale [L, W] a checkpoint expects, and how many clips they count as (`n0`)."""

    mean: FloatArray
    scale: FloatArray
    n0: float = 8.0

    @classmethod
    def identity(cls, layers: int, width: int) -> SpeakerNormalization:
        """Return a normalization towards mean 0 and scale 1."""
        shape = (layers, width)
        return cls(np.zeros(shape, np.float32), np.ones(shape, np.float32))

    @classmethod
    def fit(
        cls, features: Mapping[str, FloatArray], voices: Mapping[str, Hashable], n0: float = 8.0
    ) -> SpeakerNormalization:
        """Measure the prior from training clips {content: [L, W]} and who speaks in each.

        The mean is the mean of the speakers' means, the scale the root of the mean variance
        within a speaker, so that a speaker with many clips does not decide both.
        """
        per_voice = [RunningStatistics.of(clips) for clips in _by_voice(features, voices).values()]
        means = [s.mean for s in per_voice if s.mean is not None]
        variances = [s.variance for s in per_voice if s.variance is not None and s.count > 1]
        if not means:
            raise ValueError("normalization needs at least one clip with finite features")
        if not variances:
            variances = [np.var(np.stack(means), axis=0)]
        mean = np.mean(means, axis=0)
        scale = np.sqrt(np.mean(variances, axis=0))
        scale = np.where(scale > _FLOOR, scale, 1.0)
        return cls(mean.astype(np.float32), scale.astype(np.float32), n0)

    def transform(
        self, features: FloatArray, statistics: RunningStatistics | None = None
    ) -> FloatArray:
        """Normalize features [..., L, W] with a speaker's statistics (None: the prior alone)."""
        mean, scale = self._blended(statistics)
        return np.asarray((features - mean) / scale, dtype=np.float32)

    def apply(
        self, features: Mapping[str, FloatArray], voices: Mapping[str, Hashable]
    ) -> dict[str, FloatArray]:
        """Normalize clips {content: [L, W]}, each with the statistics of its voice's clips here.

        A clip whose voice is not in `voices` is normalized with the prior alone.
        """
        prior = self._blended(None)
        blended = {
            voice: self._blended(RunningStatistics.of(clips))
            for voice, clips in _by_voice(features, voices).items()
        }
        result = {}
        for content, value in features.items():
            mean, scale = blended[voices[content]] if content in voices else prior
            result[content] = np.asarray((value - mean) / scale, dtype=np.float32)
        return result

    def _blended(
        self, statistics: RunningStatistics | None
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return mean and scale [L, W] of a speaker, shrunk to the prior's."""
        mean = self.mean.astype(np.float64)
        variance = np.square(self.scale.astype(np.float64))
        if statistics is not None and statistics.count:
            n, own, spread = statistics.count, statistics.mean, statistics.variance
            assert own is not None
            assert spread is not None
            mean = (n * own + self.n0 * mean) / (n + self.n0)
            variance = (n * spread + self.n0 * variance) / (n + self.n0)
        return mean, np.maximum(np.sqrt(variance), _FLOOR)


def _by_voice(
    features: Mapping[str, FloatArray], voices: Mapping[str, Hashable]
) -> dict[Hashable, list[FloatArray]]:
    grouped: dict[Hashable, list[FloatArray]] = {}
    for content, value in features.items():
        if content in voices:
            grouped.setdefault(voices[content], []).append(value)
    return grouped
