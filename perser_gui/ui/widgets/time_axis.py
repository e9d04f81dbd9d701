"""The axis of time below a picture of sound; importing it loads pyqtgraph."""

from __future__ import annotations

from collections.abc import Sequence

import pyqtgraph as pg


class TimeAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph carries no types
    """Minutes and seconds since the beginning; nothing before it."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.begin = 0.0
        """The time that stands at 0 (s)."""
        self.setStyle(tickLength=-4)
        self.enableAutoSIPrefix(False)

    def tickStrings(  # noqa: N802
        self, values: Sequence[float], scale: float, spacing: float
    ) -> list[str]:
        """Return the times as people read them."""
        return [time_text(value + self.begin, spacing) if value >= 0 else "" for value in values]


def time_text(seconds: float, spacing: float = 1.0) -> str:
    """Return a time such as 0.25, 3 or 1:04.

    >>> time_text(64.0), time_text(0.25, 0.05)
    ('1:04', '0.25')
    """
    digits = 0 if spacing >= 1 else 1 if spacing >= 0.1 else 2 if spacing >= 0.01 else 3
    if abs(seconds) < 60:
        return f"{seconds:.{digits}f}"
    minutes, rest = divmod(seconds, 60)
    width = 2 if not digits else digits + 3
    return f"{int(minutes)}:{rest:0{width}.{digits}f}"
