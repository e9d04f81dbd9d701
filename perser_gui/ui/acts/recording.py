"""Recording clips from the microphone: takes that are heard before one of them is kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, Protocol

import numpy as np
from PySide6.QtCore import QObject

from perser_gui.bidi import isolated
from perser_gui.records import FloatArray, Waveform
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.audio.level import LevelMeter
    from perser_gui.audio.playback import Player
    from perser_gui.desk import ClipTable
    from perser_gui.progress import Progress
    from perser_gui.records import Clip

Phase = Literal["idle", "opening", "recording", "stopping", "saving"]

RATE = 16_000
LONGEST = 600.0
"""Seconds after which a recording ends by itself, so that a forgotten one fills no memory."""
SHORTEST_TAKE = 0.2
"""Less than this (s) is no take."""


class Hears(Protocol):
    """A microphone, as far as it is needed here (`perser_gui.audio.microphone.Microphone`)."""

    level: LevelMeter
    name: str

    def start(
        self,
        on_block: Callable[[FloatArray, float], None],
        on_lost: Callable[[str], None] | None = None,
    ) -> None:
        """Begin to record."""

    def stop(self) -> None:
        """End the recording."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the input at this moment."""


class ClipRecording(QObject):
    """Records takes, plays them, keeps one as a clip; nothing is on the disk before that.

    `problem` is a sentence about the microphone or the last take, or empty. `watch` is called
    when the phase has changed.
    """

    def __init__(
        self,
        workbench: Workbench,
        make_microphone: Callable[[str], Hears] | None = None,
        make_player: Callable[[], Player] | None = None,
    ) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._runner = workbench.runner
        self._make_microphone = make_microphone or _microphone
        self._make_player = make_player or _player
        self._microphone: Hears | None = None
        self._player: Player | None = None
        self._guard = threading.Lock()
        self._blocks: list[FloatArray] = []
        self._lost = ""
        self._clipped = False
        self.phase: Phase = "idle"
        self.problem = ""
        self.takes: list[Waveform] = []
        self.watch: Callable[[], None] = lambda: None

    # -- takes ---------------------------------------------------------------------------

    def start(self) -> None:
        """Begin another take."""
        if self.phase != "idle":
            return
        self._blocks, self._lost, self._clipped, self.problem = [], "", False, ""
        microphone = self._make_microphone(self._bench.settings.microphone)

        def work(progress: Progress) -> None:
            if self._player is not None:
                self._player.pause()
            microphone.start(self._hear, self._lose)

        def done(_: None) -> None:
            self._microphone = microphone
            self._go_on("recording")

        def failed(error: Exception) -> None:
            self.problem = str(error)
            self._go_on("idle")

        self._go_on("opening")
        self._runner.run(
            work, lane=Lane.MEDIA, label="Opening the microphone", done=done, failed=failed
        )

    def stop(self) -> None:
        """End the take; it is the last one of `takes` then."""
        microphone = self._microphone
        if self.phase != "recording" or microphone is None:
            return
        self._go_on("stopping")
        self._microphone = None

        def over(_: object) -> None:
            self._take()
            self._go_on("idle")

        self._runner.run(lambda p: microphone.stop(), lane=Lane.MEDIA, done=over, failed=over)

    def _take(self) -> None:
        with self._guard:
            samples = np.concatenate([np.zeros(0, np.float32), *self._blocks])
            self._blocks = []
        if len(samples) < SHORTEST_TAKE * RATE:
            self.problem = self._lost or "That was too short; record a little longer."
            return
        self.takes.append(Waveform(samples.astype(np.float32), RATE))
        if self._lost:
            self.problem = self._lost
        elif not samples.any():
            self.problem = (
                "Nothing but zeros was heard: the microphone is muted, or this program is not "
                "allowed to use it."
            )
        elif self._clipped:
            self.problem = (
                "It was too loud and is clipped; lower the input level, or move away, and "
                "take it again."
            )

    def _hear(self, block: FloatArray, _: float) -> None:
        """Keep a block; runs in the microphone's thread."""
        with self._guard:
            self._blocks.append(block)

    def _lose(self, sentence: str) -> None:
        with self._guard:
            self._lost = sentence

    # -- while it records ----------------------------------------------------------------

    def look(self) -> tuple[float, float, float, bool]:
        """Return seconds, loudness and peak (dB), and whether it is too loud right now.

        Ends a take whose microphone is gone, and one that became very long.
        """
        with self._guard:
            seconds, lost = sum(map(len, self._blocks)) / RATE, self._lost
        microphone = self._microphone
        if microphone is None:
            return seconds, -90.0, -90.0, False
        level = microphone.level
        self._clipped = self._clipped or level.clipped
        self.problem = microphone.problem or ""
        if lost or seconds >= LONGEST:
            self.stop()
        return seconds, level.rms_db, level.peak_db, level.clipped

    # -- hearing and keeping -------------------------------------------------------------

    def listen(self, take: int) -> None:
        """Play a take."""
        sound = self.takes[take]

        def play(progress: Progress) -> None:
            self._player = self._player or self._make_player()
            self._player.load(sound)
            self._player.play()

        def failed(error: Exception) -> None:
            self.problem = str(error)
            self.watch()

        self._runner.run(play, lane=Lane.MEDIA, failed=failed)

    def save(self, take: int, name: str, speaker: str, saved: Callable[[], None]) -> None:
        """Keep a take as a clip under a name; it is at hand then, and `saved` is called."""
        if self.phase != "idle":
            return
        desk, session, sound = self._bench.desk, self._bench.session, self.takes[take]
        folder = speaker.strip() or "Recorded"

        def work(progress: Progress) -> tuple[Clip, ClipTable]:
            clip = desk.keep_recording(sound, folder, progress, name=name)
            return clip, desk.clips()

        def done(result: tuple[Clip, ClipTable]) -> None:
            clip, rows = result
            session.replace_rows(rows)
            self._go_on("idle")
            self._bench.tell(Changes(clips=True))
            self._bench.go_to(clip.content, play=False)
            self._bench.notice.emit(
                "success", f"Kept as {isolated(clip.path.name)}: how would you label it?"
            )
            saved()

        def failed(error: Exception) -> None:
            self.problem = str(error)
            self._go_on("idle")

        self._go_on("saving")
        self._runner.run(work, lane=Lane.FILES, label="Keeping the clip", done=done, failed=failed)

    def close(self) -> None:
        """Give microphone and loudspeaker back and forget all takes."""
        microphone, self._microphone = self._microphone, None
        player, self._player = self._player, None
        self.takes, self.watch = [], lambda: None

        def work(progress: Progress) -> None:
            if microphone is not None:
                microphone.stop()
            if player is not None:
                player.close()

        if microphone is not None or player is not None:
            self._runner.run(work, lane=Lane.MEDIA)
        self.phase = "idle"

    def _go_on(self, phase: Phase) -> None:
        self.phase = phase
        self.watch()


def _microphone(key: str) -> Any:
    from perser_gui.audio.microphone import Microphone

    return Microphone(key or None)


def _player() -> Player:
    from perser_gui.audio.playback import Player

    return Player()
