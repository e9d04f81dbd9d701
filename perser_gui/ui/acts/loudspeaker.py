"""The loudspeaker: what plays, how loud and on which device; it works on the media worker."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal, SignalInstance, Slot

from perser_gui.errors import PerserError
from perser_gui.records import Waveform
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.sounds import Sound
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.audio.devices import Device
    from perser_gui.audio.playback import Player
    from perser_gui.progress import Progress

LOUDER = 0.1
"""What a key adds to the volume, which is 0..1."""


class Loudspeaker(QObject):
    """Plays one sound at a time, by the choices of the settings, on the device chosen there.

    Where that device is gone, the system's default takes its place, and it is said once.
    """

    moved = Signal(float)
    """The place that is heard, in seconds of the sound."""
    ended = Signal()
    """What was to be played was heard to its end."""
    silenced = Signal()
    """Nothing is heard any more: no loudspeaker is there, or it was lost."""

    _finished = Signal()
    _lost = Signal(str)

    def __init__(self, workbench: Workbench, make_player: Callable[[], Player] | None) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._runner = workbench.runner
        self._make_player = make_player or _system_player
        self._list_devices: Callable[[], Sequence[Device]] = _listed
        self._player: Player | None = None
        self._loaded: tuple[Sound, bool] | None = None  # only the media worker asks
        self._playing: tuple[Sound, tuple[float, float]] | None = None
        self._went_on = False
        self._said = ""
        self.silent = ""
        """Why nothing can be heard here; empty as long as nothing speaks against it."""
        self._closed = False
        self.devices: list[Device] = []
        self._frames = QTimer(self)
        self._frames.setInterval(16)
        self._frames.timeout.connect(self._tick)
        self._finished.connect(self._on_finished, Qt.ConnectionType.QueuedConnection)
        self._lost.connect(self._on_lost, Qt.ConnectionType.QueuedConnection)
        workbench.changed.connect(self.take)

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    # -- playing -----------------------------------------------------------------------

    @property
    def playing(self) -> bool:
        """Whether something was asked to be played, and has not ended."""
        return self._playing is not None

    def play(self, sound: Sound, place: float, bounds: tuple[float, float], *, loop: bool) -> None:
        """Play a sound from a place on, within bounds (s), again and again with `loop`."""
        self._went_on = False
        self._play(sound, place, bounds, loop)

    def _play(self, sound: Sound, place: float, bounds: tuple[float, float], loop: bool) -> None:
        waveform, chosen = sound.waveform, self._bench.settings
        if waveform is None:
            return
        first = bounds[0]
        end = bounds[1] if bounds[1] < sound.seconds else None
        speed = min(max(chosen.speed, 0.5), 1.5)
        what = (sound, chosen.level_match)
        instead: list[str] = []

        def begin(player: Player) -> None:
            if self._loaded != what:
                player.load(_leveled(waveform) if chosen.level_match else waveform)
                self._loaded = what
            player.volume = chosen.volume
            player.device = chosen.playback_device or None
            try:
                player.play(first, end, loop, speed)
            except PerserError as error:
                if not chosen.playback_device:
                    raise
                player.device = None
                player.play(first, end, loop, speed)
                instead.append(str(error))
            if abs(place - first) > 0.01:
                player.seek(place)

        def failed(error: Exception) -> None:
            self._over(self.silenced)
            if isinstance(error, PerserError):
                self._be_silent(str(error))
                self._say(str(error))
            else:
                self._runner.fail(error)

        def done(_: object) -> None:
            self._be_silent("")
            if instead:
                self._say(f"{instead[0]} Until then the system's default loudspeaker plays.")
            else:
                self._said = ""
                self._bench.settled.emit("loudspeaker")

        self._playing = (sound, bounds)
        self._frames.start()
        self._command(begin, failed, done)

    def pause(self) -> None:
        """Stop the sound; the place stays."""
        if self._player is not None and self._playing is not None:
            self._command(lambda player: player.pause())
        self._playing = None
        self._frames.stop()

    def forget_what_was_said(self) -> None:
        """Say again why nothing is heard, the next time that nothing is."""
        self._said = ""

    def _over(self, how: SignalInstance) -> None:
        if self._playing is not None:
            self._playing = None
            self._frames.stop()
            how.emit()

    def _be_silent(self, why: str) -> None:
        if why != self.silent:
            self.silent = why
            self._bench.tell(Changes(loudspeakers=True))

    def _command(
        self,
        act: Callable[[Player], None],
        failed: Callable[[Exception], None] | None = None,
        done: Callable[[None], None] | None = None,
    ) -> None:
        def work(progress: Progress) -> None:
            if self._closed:
                return
            player = self._player or self._make_player()
            player.on_finished = self._finished.emit
            player.on_lost = self._lost.emit
            self._player = player
            act(player)

        failed = failed or self._runner.fail
        self._runner.run(work, lane=Lane.MEDIA, label="Playing", done=done, failed=failed)

    def close(self) -> None:
        """Stop and let go of the device; call before the runner closes."""
        self._frames.stop()
        self._closed = True
        player, self._player = self._player, None
        if player is not None:
            player.on_finished = None
            player.on_lost = None
            self._runner.run(lambda p: player.close(), lane=Lane.STORE)

    @Slot()
    def _tick(self) -> None:
        player = self._player
        if player is not None and player.playing:
            self.moved.emit(float(player.position))

    @Slot()
    def _on_finished(self) -> None:
        player = self._player
        if player is None or not player.playing:
            self._over(self.ended)

    @Slot(str)
    def _on_lost(self, sentence: str) -> None:
        """Go on where the sound broke off, once, on the device that is there now."""
        player, playing = self._player, self._playing
        if player is None or playing is None or self._went_on:
            self._over(self.silenced)
            self._bench.warned.emit("warning", sentence, "loudspeaker")
            return
        self._went_on = True
        sound, bounds = playing
        self._play(sound, float(player.position), bounds, self._bench.settings.loop)

    def _say(self, sentence: str) -> None:
        if sentence != self._said:
            self._said = sentence
            self._bench.warned.emit("warning", sentence, "loudspeaker")

    # -- choices -----------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Play with other choices from now on."""
        player, chosen = self._player, self._bench.settings
        if "playback_device" in changes.settings:
            self._said = ""
        if player is None:
            return
        if "volume" in changes.settings:
            player.volume = chosen.volume
        if "loop" in changes.settings:
            player.loop = chosen.loop
        if "speed" in changes.settings:
            player.speed = min(max(chosen.speed, 0.5), 1.5)
        again = changes.settings & {"playback_device", "level_match"}
        if again and self._playing is not None:
            sound, bounds = self._playing
            self._play(sound, float(player.position), bounds, chosen.loop)

    def set_volume(self, volume: float) -> None:
        """Play louder or softer (0..1), at once; remembered."""
        self._bench.choose(volume=round(min(max(volume, 0.0), 1.0), 3))

    def louder(self, steps: int) -> None:
        """Play louder by steps, or softer by negative ones."""
        self.set_volume(self._bench.settings.volume + steps * LOUDER)

    def look_for_devices(self) -> None:
        """Find the loudspeakers that are connected now."""

        def done(found: list[Device]) -> None:
            self.devices = found
            self._bench.tell(Changes(loudspeakers=True))

        def failed(error: Exception) -> None:
            self.devices = []
            if not isinstance(error, PerserError):
                self._runner.fail(error)
            self._bench.tell(Changes(loudspeakers=True))

        self._runner.run(
            lambda progress: list(self._list_devices()),
            lane=Lane.MEDIA,
            label="Looking for loudspeakers",
            done=done,
            failed=failed,
        )


def _leveled(waveform: Waveform) -> Waveform:
    from perser_gui.audio.loudness import level_matched

    return level_matched(waveform)


def _listed() -> Sequence[Device]:
    from perser_gui.audio.devices import devices

    return devices("output", refresh=True)


def _system_player() -> Player:
    from perser_gui.audio.playback import Player

    return Player()
