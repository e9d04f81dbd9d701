"""The sounds of a sitting: that of the trial at hand, and of the one after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from perser_gui.records import Waveform
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk.studies.sitting import StudyTrial


class TrialSounds:
    """Decodes clips in the worker for sound, and keeps no more than a few."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench
        self._sounds: dict[str, Waveform] = {}
        self._reading: Job[Any] | None = None

    def of(self, trial: StudyTrial) -> Waveform | None:
        """Return the sound of a trial, if it is there already."""
        return self._sounds.get(trial.clip)

    def read(
        self,
        trial: StudyTrial,
        done: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Decode the clip of a trial."""
        self._reading = self._decode(trial, "Reading the clip", done, failed)

    def look_ahead(self, at_hand: StudyTrial, later: StudyTrial | None) -> None:
        """Decode the next clip while this one is heard; keep no more than these."""
        self._keep(one.clip for one in (at_hand, later) if one is not None)
        if later is not None and later.clip not in self._sounds:
            # what is wrong with it is said when its turn comes
            self._decode(later, "Reading the next clip", lambda: None, lambda error: None)

    def cancel(self) -> None:
        """Read no further for the trial at hand."""
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def clear(self) -> None:
        """Keep nothing."""
        self._sounds.clear()

    def _keep(self, wanted: Iterable[str]) -> None:
        clips = set(wanted)
        self._sounds = {clip: sound for clip, sound in self._sounds.items() if clip in clips}

    def _decode(
        self,
        trial: StudyTrial,
        label: str,
        done: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> Job[Waveform]:
        desk = self._bench.desk

        def keep(sound: Waveform) -> None:
            self._sounds[trial.clip] = sound
            done()

        return self._bench.runner.run(
            lambda progress: desk.waveform(trial.clip),
            lane=Lane.MEDIA,
            label=label,
            done=keep,
            failed=failed,
        )
