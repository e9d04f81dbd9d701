"""The pitch of the stretch in view, found piece by piece by a worker of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from perser_gui.errors import PerserError
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.sounds import Sound
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.progress import Progress


class PitchTracing(QObject):
    """Traces what is asked for last; pieces come as they are found."""

    traced = Signal(object)
    """A `PitchTrack` of the sound at hand."""

    _found = Signal(object, object)

    def __init__(self, workbench: Workbench, at_hand: Callable[[], Sound | None]) -> None:
        super().__init__(workbench)
        self._bench, self._at_hand = workbench, at_hand
        self._task: Job[Any] | None = None
        self._found.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def trace(self, start: float, end: float) -> None:
        """Find the pitch of a stretch (s) of the sound at hand; an earlier wish is given up."""
        sound = self._at_hand()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        pitch = sound.pitch if sound is not None else None
        if pitch is None:
            return

        def work(progress: Progress) -> None:
            for track in pitch.tracks(start, end, progress):
                self._found.emit(sound, track)

        def failed(error: Exception) -> None:
            if isinstance(error, PerserError):
                self._bench.choose(show_pitch=False)
            self._bench.runner.fail(error)

        self._task = self._bench.runner.run(
            work, lane=Lane.PITCH, label="Finding the pitch", failed=failed
        )

    @Slot(object, object)
    def _take(self, sound: object, track: object) -> None:
        if sound is self._at_hand():
            self.traced.emit(track)
