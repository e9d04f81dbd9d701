"""The microphones that there are, which one is chosen, and a test that plays back what it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from perser_gui.errors import PerserError
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.audio.devices import Device
    from perser_gui.audio.playback import Player
    from perser_gui.live import LiveEngine, Readout
    from perser_gui.progress import Progress
    from perser_gui.records import Waveform

TEST_SECONDS = 3.0


class Microphones(QObject):
    """Looks for microphones and tests the chosen one, without widgets.

    While an engine listens, a test takes its sound, so that the device is opened once.
    """

    def __init__(
        self,
        workbench: Workbench,
        engine: Callable[[], LiveEngine | None],
        list_devices: Callable[[], Sequence[Device]] | None = None,
        make_player: Callable[[], Player] | None = None,
    ) -> None:
        super().__init__(workbench)
        self._bench, self._engine = workbench, engine
        self.list_devices = list_devices or _listed
        self._make_player = make_player or _player
        self._player: Player | None = None
        self._since: float | None = None  # of the stream, while a test takes its sound
        self.devices: list[Device] | None = None
        self.no_device = ""
        self.testing = False
        self.test_result = ""

    @property
    def device(self) -> str:
        """The key of the chosen microphone; empty: the system's default."""
        return self._bench.settings.microphone

    @Slot()
    def look(self) -> None:
        """Read the list of microphones anew."""

        def done(found: list[Device]) -> None:
            self.devices, self.no_device = found, ""
            self._bench.tell(Changes(microphones=True))

        def failed(error: Exception) -> None:
            if not isinstance(error, PerserError):
                self._bench.runner.fail(error)
            self.devices, self.no_device = [], str(error)
            self._bench.tell(Changes(microphones=True))

        self._bench.runner.run(
            lambda progress: list(self.list_devices()), lane=Lane.MEDIA, done=done, failed=failed
        )

    def close(self) -> None:
        """Give the loudspeaker back; called when the window closes."""
        player, self._player = self._player, None
        if player is not None:
            player.close()

    # -- the test --------------------------------------------------------------------------

    @Slot()
    def test(self) -> None:
        """Record a few seconds and play them back; say what is wrong with them."""
        if self.testing:
            return
        self.testing, self.test_result = True, ""
        self._bench.tell(Changes(microphone_test=True))
        engine = self._engine()
        if engine is not None:
            self._since = engine.stream.seconds
            return
        device = self.device

        def work(progress: Progress) -> Waveform:
            from perser_gui.audio.microphone import Microphone

            return Microphone(device or None).record(TEST_SECONDS, progress)

        self._bench.runner.run(
            work, lane=Lane.MEDIA, done=self._tested, failed=self._test_failed, label="Testing"
        )

    @Slot(object)
    def take_readout(self, readout: Readout) -> None:
        """End a test of the stream's sound when enough of it has come."""
        engine, start = self._engine(), self._since
        if engine is not None and start is not None and readout.time >= start + TEST_SECONDS:
            self._since = None
            self._tested(engine.stream.waveform(start, readout.time))

    def take_status(self) -> None:
        """Give up a test of the stream's sound when the stream ends."""
        if self._engine() is None and self._since is not None:
            self._since, self.testing = None, False
            self._bench.tell(Changes(microphone_test=True))

    def _tested(self, sound: Waveform) -> None:
        def play(progress: Progress) -> None:
            self._player = self._player or self._make_player()
            self._player.load(sound)
            self._player.play()

        loudest = float(abs(sound.samples).max()) if len(sound.samples) else 0.0
        if sound.warnings:
            self.test_result = sound.warnings[0]
        elif loudest < 0.01:
            self.test_result = "Hardly anything was heard; please speak louder or come closer."
        else:
            self.test_result = "This is what the microphone heard. If it is clear, all is well."
        self.testing = False
        self._bench.tell(Changes(microphone_test=True))
        clear = not sound.warnings and loudest >= 0.01
        found = "The microphone hears you" if clear else self.test_result.removesuffix(".")

        def not_played(error: Exception) -> None:
            self._test_failed(error)
            if isinstance(error, PerserError):
                self.test_result = f"{found}; it cannot be played to you: {error}"
                self._bench.tell(Changes(microphone_test=True))

        self._bench.runner.run(play, lane=Lane.MEDIA, failed=not_played)

    def _test_failed(self, error: Exception) -> None:
        self.testing = False
        self.test_result = str(error)
        if not isinstance(error, PerserError):
            self._bench.runner.fail(error)
        self._bench.tell(Changes(microphone_test=True))


def _listed() -> Sequence[Device]:
    from perser_gui.audio.devices import devices

    return devices("input", refresh=True)


def _player() -> Player:
    from perser_gui.audio.playback import Player

    return Player()
