"""Hearing the clip at hand: decoding ahead, playing, and the playhead for the eye."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal, Slot

from perser_gui.bidi import isolated
from perser_gui.errors import PerserError
from perser_gui.records import Clip, Waveform
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.drawing import Drawing
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.loudspeaker import Loudspeaker
from perser_gui.ui.acts.pitch_tracing import PitchTracing
from perser_gui.ui.acts.sounds import (
    LONG_SECONDS,
    KeptSounds,
    Sound,
    decoded,
    known_sound,
    long_sound,
    loudest_of,
    short_sound,
)
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.audio.playback import Player
    from perser_gui.audio.spectrogram import Scale

KEPT_SECONDS = 1200.0
"""Decoded sound that is kept, in seconds over all clips (64 kB each)."""

SPEEDS = (0.5, 0.75, 1.0, 1.25, 1.5)


class Listening(QObject):
    """Loads, shows and plays the clip at hand; the player works on the media worker."""

    moved = Signal(float)
    """The playhead, in seconds of the sound that is shown."""
    moved_in_clip = Signal(float)
    """The playhead, in seconds of the clip; before it begins they are negative."""
    spectrogram_drawn = Signal(object)
    pitch_traced = Signal(object)
    """A `PitchTrack`, one piece of what is in view."""
    outline_grew = Signal()
    """More of a long recording can be seen."""

    def __init__(
        self, workbench: Workbench, make_player: Callable[[], Player] | None = None
    ) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._runner = workbench.runner
        self.loudspeaker = Loudspeaker(workbench, make_player)
        self._kept = KeptSounds(KEPT_SECONDS)
        self._loading: list[Job[Any]] = []
        self._aside: Job[Any] | None = None  # what is read to be heard beside what is shown
        self._play_when_shown = False
        self._drawing = Drawing(
            self._runner, lambda: self.sound, self._scale, self.spectrogram_drawn.emit
        )
        self._tracing = PitchTracing(workbench, lambda: self.sound)
        self._tracing.traced.connect(self.pitch_traced)
        self.sound: Sound | None = None
        self.problem = ""
        self.playing = False
        self._shown_place: tuple[object, bool] | None = None
        self.position = self._last = 0.0
        self.region: tuple[float, float] | None = None
        self.moved.connect(self._tell_place_in_clip)
        self.loudspeaker.moved.connect(self._heard)
        self.loudspeaker.ended.connect(self._ended)
        self.loudspeaker.silenced.connect(self._silenced)
        workbench.changed.connect(self.take)
        workbench.play_wanted.connect(self.play_from_start)

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    # -- loading -----------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Load the clip at hand when it is another one, or its file is at another place."""
        moved = changes.clips and self._place() != self._shown_place
        if changes.current or moved:
            self._show_current()

    def _place(self) -> tuple[object, bool] | None:
        """Where the file of the clip at hand is, and whether it is missing."""
        row = self._bench.session.row(self._bench.session.current)
        return None if row is None else (row.clip.path, row.missing)

    def _show_current(self) -> None:
        content = self._bench.session.current
        self._shown_place = self._place()
        self._bench.settled.emit("clip")
        self.pause()
        self._play_when_shown = False
        self.region = None
        self.position = 0.0
        self.problem = ""
        for task in self._loading:
            task.cancel()
        self._loading = []
        self.sound = None
        row = self._bench.session.row(content)
        if content is None or row is None:
            self._bench.tell(Changes(sound=True))
            return
        kept = self._kept.get(content)
        if kept is not None:
            self._show(kept)
        elif row.missing:
            name = isolated(row.clip.path.name)
            self._cannot(
                content, f"{name} is no longer where it was; put it back or add its folder again."
            )
        elif row.clip.seconds > LONG_SECONDS:
            self._open_long(row.clip)
        else:
            self._loading = [self._decode(row.clip, self._show, self._unreadable(content))]

    def _unreadable(self, content: str) -> Callable[[Exception], None]:
        def failed(error: Exception) -> None:
            if not isinstance(error, PerserError):
                self._runner.fail(error)
            self._cannot(content, str(error))
            self._bench.noticing.refresh()  # the file may be missing by now

        return failed

    def _cannot(self, content: str, sentence: str) -> None:
        if content == self._bench.session.current:
            self.problem = sentence
            self._bench.tell(Changes(sound=True))

    def _decode(
        self, clip: Clip, done: Callable[[Sound], None], failed: Callable[[Exception], None]
    ) -> Job[Sound]:
        desk = self._bench.desk

        def keep(sound: Sound) -> None:
            self._kept.keep(sound)
            done(sound)

        return self._runner.run(
            lambda progress: short_sound(desk, clip, progress),
            lane=Lane.MEDIA,
            label="Reading the clip",
            done=keep,
            failed=failed,
        )

    def _open_long(self, clip: Clip) -> None:
        """Show a long recording while its outline grows, and decode it for playing."""
        failed = self._unreadable(clip.content)

        def opened(sound: Sound) -> None:
            self._show(sound)
            if self.sound is not sound:
                return
            self._loading = [
                self._runner.run(
                    sound.outline.build,
                    lane=Lane.PICTURES,
                    label="Reading the recording",
                    done=lambda _: self.outline_grew.emit(),
                    failed=failed,
                    reported=lambda *_: self.outline_grew.emit(),
                ),
                self._runner.run(
                    lambda progress: loudest_of(decoded(clip, progress)),
                    lane=Lane.MEDIA,
                    label="Decoding the recording",
                    done=lambda found: self._can_play(clip.content, *found),
                    failed=failed,
                ),
            ]

        self._loading = [
            self._runner.run(
                lambda progress: long_sound(clip),
                lane=Lane.MEDIA,
                label="Opening the recording",
                done=opened,
                failed=failed,
            )
        ]

    def _can_play(self, content: str, waveform: Waveform, peak: float) -> None:
        if self.sound is not None and self.sound.content == content:
            self.sound = replace(self.sound, waveform=waveform, peak=peak)
            self._kept.keep(self.sound)
            if self._play_when_shown:
                self._play_when_shown = False
                self.play_from_start()

    def _show(self, sound: Sound) -> None:
        if sound.content != self._bench.session.current:
            return
        self.sound = sound
        self._bench.tell(Changes(sound=True))
        if sound.waveform is not None and sound.waveform.warnings:
            self._bench.warned.emit("warning", sound.waveform.warnings[0], "clip")
        if self._play_when_shown and sound.waveform is not None:
            self._play_when_shown = False
            self.play_from_start()
        self._decode_ahead()

    def _decode_ahead(self) -> None:
        """Have the next clip ready before it is wanted."""
        session = self._bench.session
        target = session.next_unlabelled() or session.neighbour(1)
        row = session.row(target)
        if target is None or row is None or row.missing or target in self._kept:
            return
        if row.clip.seconds <= LONG_SECONDS:
            self._decode(row.clip, lambda sound: None, lambda error: None)

    def show_around(self, sound: Sound) -> None:
        """Show the clip at hand within its recording; playing it plays only the clip."""
        if sound.content == self._bench.session.current:
            self.pause()
            for task in self._loading:
                task.cancel()
            self._loading = []
            self.region = None
            self.sound, self.problem = sound, ""
            self._bench.tell(Changes(sound=True))
            self._go(self._bounds[0])

    def show_alone(self) -> None:
        """Show the clip at hand by itself again."""
        if self.sound is not None and self.sound.within is not None:
            self._show_current()

    @Slot(float, float, int)
    def draw_spectrogram(self, start: float, end: float, pixels: int) -> None:
        """Compute the spectrogram of a stretch; while one is on its way, only the last counts."""
        self._drawing.draw(start, end, pixels)
        if self._bench.settings.show_pitch:
            self._tracing.trace(start, end)

    def _scale(self) -> Scale:
        return "linear" if self._bench.settings.spectrogram_scale == "linear" else "mel"

    # -- playing -----------------------------------------------------------------------

    @property
    def _bounds(self) -> tuple[float, float]:
        """What is played: the part that is marked, else the clip."""
        if self.region is not None or self.sound is None:
            return self.region or (0.0, 0.0)
        return self.sound.within or (0.0, self.sound.seconds)

    def _go(self, seconds: float) -> None:
        self.position = seconds
        self.moved.emit(seconds)

    @Slot(float)
    def _tell_place_in_clip(self, seconds: float) -> None:
        within = self.sound.within if self.sound is not None else None
        self.moved_in_clip.emit(seconds - (within[0] if within else 0.0))

    def play_stretch(self, start: float, end: float) -> None:
        """Play once from here to there (s of the sound that is shown)."""
        self._play(start, (start, end))

    @Slot()
    def play_from_start(self) -> None:
        """Play the clip at hand from its beginning, as soon as it is decoded."""
        if self.sound is None or self.sound.waveform is None:
            self._play_when_shown = True
            return
        self._play(self._bounds[0])

    def hear(self, content: str) -> None:
        """Play any clip that is known once, or say why not; one on the list is taken at hand."""
        self.loudspeaker.forget_what_was_said()
        row = self._bench.session.row(content)
        if row is not None and not row.missing:
            self._bench.go_to(content, play=False)
            self.play_from_start()
            return
        self.pause()
        desk, kept = self._bench.desk, self._kept.get(content)
        if kept is not None and kept.waveform is not None:
            self._hear_aside(kept)
            return
        self._aside = self._runner.run(
            lambda progress: known_sound(desk, content, progress),
            lane=Lane.MEDIA,
            label="Reading the clip",
            done=self._hear_aside,
            failed=self._cannot_hear,
        )

    def _hear_aside(self, sound: Sound) -> None:
        """Play a sound that is not the one that is shown; its playhead is nobody's."""
        self._aside = None
        self.loudspeaker.play(sound, 0.0, (0.0, sound.seconds), loop=False)

    def _cannot_hear(self, error: Exception) -> None:
        self._aside = None
        if isinstance(error, PerserError):
            self._bench.notice.emit("warning", str(error))
        else:
            self._runner.fail(error)

    def toggle(self) -> None:
        """Play or pause; a finished clip begins anew. Why nothing is heard is said again."""
        self.loudspeaker.forget_what_was_said()
        if self.playing or self._aside is not None or self.loudspeaker.playing:
            self.pause()
        elif self.sound is None or self.sound.waveform is None:
            self._play_when_shown = True
        else:
            start, end = self._bounds
            inside = start <= self.position < end - 0.02
            self._play(self.position if inside else start)

    def seek(self, seconds: float) -> None:
        """Move the playhead; sound goes on from there if it was playing."""
        if self.sound is None:
            return
        place = min(max(seconds, 0.0), self.sound.seconds)
        if self.region and not self.region[0] <= place <= self.region[1]:
            self.region = None
        self._go(place)
        if self.playing:
            self._play(self.position)

    def choose_region(self, region: tuple[float, float] | None) -> None:
        """Play (and loop) only this part of the clip, in seconds; None: all of it."""
        self.region = region
        if region is not None:
            self._go(region[0])
        if self.playing:
            self._play(self.position)

    def pause(self) -> None:
        """Stop the sound; the playhead stays."""
        if self._aside is not None:
            self._aside.cancel()
            self._aside = None
        self.loudspeaker.pause()
        self._set_playing(False)

    def set_loop(self, loop: bool) -> None:
        """Begin again at the end, or not; remembered."""
        self._bench.choose(loop=loop)

    def set_speed(self, speed: float) -> None:
        """Play slower or faster without a change of pitch; remembered."""
        self._bench.choose(speed=speed)

    def _play(self, start: float, bounds: tuple[float, float] | None = None) -> None:
        sound = self.sound
        if sound is None or sound.waveform is None:
            return
        loop = self._bench.settings.loop and bounds is None
        first, self._last = bounds or self._bounds
        self.position = start
        self.loudspeaker.play(sound, start, (first, self._last), loop=loop)
        self._set_playing(True)

    def close(self) -> None:
        """Stop and let go of the device; call before the runner closes."""
        self.loudspeaker.close()

    @Slot(float)
    def _heard(self, position: float) -> None:
        if self.playing and position != self.position:
            self._go(position)

    @Slot()
    def _ended(self) -> None:
        if self.sound is not None and self.playing:
            self._go(self._last)
        self._set_playing(False)

    @Slot()
    def _silenced(self) -> None:
        """Stay where nothing more was heard: what comes after it was not played."""
        if self.sound is not None and self.playing:
            self._go(self.position)
        self._set_playing(False)

    def _set_playing(self, playing: bool) -> None:
        if playing != self.playing:
            self.playing = playing
            self._bench.tell(Changes(playing=True))
