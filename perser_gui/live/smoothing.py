"""Exponential smoothing whose calmness is stated in seconds, whatever the hop."""

from __future__ import annotations

import math

import numpy as np

from perser_gui.records import FloatArray


class Smoothing:
    """Follows values [C] with a time constant; a pause counts as time like any other.

    >>> smoothing = Smoothing(1.0)
    >>> before = smoothing.follow(np.zeros(1, np.float32), 0.0)
    >>> smoothing.follow(np.ones(1, np.float32), 1.0).round(3)
    array([0.632], dtype=float32)
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._value: FloatArray | None = None
        self._time = 0.0

    def forget(self) -> None:
        """Begin anew with the next value."""
        self._value = None

    def follow(self, value: FloatArray, time: float) -> FloatArray:
        """Take the value at a time (s) and return the smoothed one."""
        if self._value is None or self._value.shape != value.shape or self.seconds <= 0:
            self._value = value
        else:
            share = -math.expm1(-max(time - self._time, 0.0) / self.seconds)
            self._value = np.asarray(self._value + share * (value - self._value), np.float32)
        self._time = time
        return self._value
