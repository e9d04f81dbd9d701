"""The axis of frequency beside a spectrogram; importing it loads pyqtgraph."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg

from perser_gui.records import FloatArray

_ROUND = (1000, 4000, 2000, 500, 200, 6000, 100, 3000, 300, 8000, 5000, 7000, 700, 1500, 50)
"""Round frequencies (Hz), those that are wanted most first."""
_PIXELS_APART = 18


class FrequencyAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph carries no types
    """Round numbers of Hz and kHz where they lie among the bands of a picture of height 1."""

    def __init__(self) -> None:
        super().__init__("left")
        self._frequencies: FloatArray = np.zeros(0, np.float32)
        self.setStyle(tickLength=-4, hideOverlappingLabels=False, textFillLimits=[(0, 2.0)])
        self.enableAutoSIPrefix(False)

    def show_bands(self, frequencies: FloatArray) -> None:
        """Take the middles of the bands (Hz), low ones first."""
        if not np.array_equal(frequencies, self._frequencies):
            self._frequencies = frequencies
            self.picture = None
            self.update()

    def place_of(self, hertz: FloatArray | float) -> FloatArray:
        """Return how high a frequency lies, 0..1; NaN outside of the bands."""
        bands = len(self._frequencies)
        if not bands:
            return np.full(np.shape(hertz), np.nan, np.float32)
        places = (np.arange(bands) + 0.5) / bands
        found = np.interp(hertz, self._frequencies, places, left=np.nan, right=np.nan)
        return np.asarray(found, np.float32)

    def tickValues(  # noqa: N802
        self, low: float, high: float, size: float
    ) -> list[tuple[float, list[float]]]:
        """Return the places of round frequencies, no two of them too close."""
        chosen: list[float] = []
        for hertz in _ROUND:
            place = float(self.place_of(float(hertz)))
            room = [abs(place - other) * size for other in (*chosen, 0.0, 1.0)]
            room[-2:] = [2 * edge for edge in room[-2:]]
            if np.isfinite(place) and min(room) >= _PIXELS_APART:
                chosen.append(place)
        return [(1.0, sorted(chosen))]

    def tickStrings(  # noqa: N802
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """Return the frequencies as people read them."""
        bands = len(self._frequencies)
        places = (np.arange(bands) + 0.5) / max(bands, 1)
        return [hertz_text(float(np.interp(v, places, self._frequencies))) for v in values]


def hertz_text(hertz: float) -> str:
    """Return a frequency to two digits.

    >>> hertz_text(199.7), hertz_text(1500.0), hertz_text(8000)
    ('200 Hz', '1.5 kHz', '8 kHz')
    """
    if hertz < 995:
        return f"{round(hertz, -1):.0f} Hz"
    return f"{round(hertz / 1000, 1):g} kHz"
