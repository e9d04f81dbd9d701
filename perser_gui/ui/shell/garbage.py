"""Garbage is collected on the main thread only.

Python looks for circles of garbage in whatever thread happens to allocate. What is left of a
closed dialog is such a circle, and Qt's objects must not end in a worker's thread: the program
would crash, now and then, anywhere. So Python's own looking is switched off while the window is
open, and a timer of the main thread looks instead.

Each look costs what was made since the one before: what is young is looked at once. Now and then
all that is old is looked at, too. With a hundred thousand clips that takes a tenth of a second,
for predictions that stay; so where it takes long, what was found to be in use then is left out
of the next.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer, Slot

EVERY = 500
"""Milliseconds between two looks."""

OLD = 8
"""So many looks at what is young, and then one at all that is old."""

LONG = 0.008
"""Seconds of the processor: a look at all that is old should take no longer."""


class Garbage(QObject):
    """Looks for garbage now and then, until `stop` gives that back to Python."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._before = gc.isenabled()
        self._looks = 0
        gc.disable()
        gc.freeze()  # what is there before anything was done stays
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    @Slot()
    def look(self) -> None:
        """Collect what is young, if there is enough of it; every few times what is old as well."""
        if gc.get_count()[0] <= gc.get_threshold()[0]:
            return
        self._looks += 1
        if self._looks % OLD:
            gc.collect(1)
            return
        begun = time.thread_time()
        gc.collect()
        if time.thread_time() - begun > LONG:
            gc.freeze()

    def stop(self) -> None:
        """Let Python look for itself again, if it did before."""
        self._timer.stop()
        gc.unfreeze()
        if self._before:
            gc.enable()
