"""Spectrograms of stretches of a sound: one at a time, and only the last wish waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from perser_gui.ui.acts.jobs import Job, JobRunner, Lane
from perser_gui.ui.acts.sounds import Sound

if TYPE_CHECKING:
    from perser_gui.audio.spectrogram import Scale, SpectrogramView


class Drawing:
    """Computes spectrograms on their own worker."""

    def __init__(
        self,
        runner: JobRunner,
        at_hand: Callable[[], Sound | None],
        scale: Callable[[], Scale],
        drawn: Callable[[Any], None],
    ) -> None:
        self._runner, self._at_hand, self._drawn = runner, at_hand, drawn
        self._scale = scale
        self._task: Job[Any] | None = None
        self._next: tuple[float, float, int] | None = None

    def draw(self, start: float, end: float, pixels: int) -> None:
        """Compute the spectrogram of a stretch (s) of the sound at hand, so many pixels wide."""
        sound = self._at_hand()
        if sound is None:
            return
        scale = self._scale()
        if self._task is not None:
            self._next = (start, end, pixels)
            return

        def over() -> None:
            self._task = None
            wish, self._next = self._next, None
            if wish is not None:
                self.draw(*wish)

        def done(view: SpectrogramView) -> None:
            if sound is self._at_hand():
                self._drawn(view)
            over()

        def failed(error: Exception) -> None:
            over()
            self._runner.fail(error)

        self._task = self._runner.run(
            lambda progress: sound.spectrogram.view(start, end, pixels, scale),
            lane=Lane.PICTURES,
            label="Drawing the spectrogram",
            done=done,
            failed=failed,
            cancelled=over,
        )
