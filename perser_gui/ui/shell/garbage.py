"""Garbage is collected on the main thread only.

Python looks for circles of garbage in whatever thread happens to allocate. What is left of a
closed dialog is such a circle, and Qt's objects must not end in a worker's thread: the program
would crash, now and then, anywhere. So Python's own looking is switched off while the window is
open, and a timer of the main thread looks instead, by the same thresholds.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer, Slot

EVERY = 500
"""Milliseconds between two looks."""


class Garbage(QObject):
    """Looks for garbage now and then, until `stop` gives that back to Python."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._before = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect the oldest generation that is due, and all younger ones."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > limits[generation] > 0:
                gc.collect(generation)
                return

    def stop(self) -> None:
        """Let Python look for itself again, if it did before."""
        self._timer.stop()
        if self._before:
            gc.enable()
