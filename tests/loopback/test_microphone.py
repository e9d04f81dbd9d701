"""What is spoken into the virtual microphone is what the program hears."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

from perser_gui.audio.devices import Device, devices, find_device
from perser_gui.audio.microphone import Microphone, microphone_available
from perser_gui.errors import PerserError

from .server import RATE, Loopback, sound_server, wait_until
from .signals import chirp, likeness

pytestmark = pytest.mark.loopback


class Listener:
    """Keeps what a microphone hands out."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.times: list[float] = []
        self.arrived: list[float] = []
        self.told: list[str] = []
        self.lost = threading.Event()

    def hear(self, block: np.ndarray, seconds: float) -> None:
        self.blocks.append(block)
        self.times.append(seconds)
        self.arrived.append(time.monotonic())

    def lose(self, sentence: str) -> None:
        self.told.append(sentence)
        self.lost.set()

    def samples(self) -> np.ndarray:
        return np.concatenate(self.blocks) if self.blocks else np.zeros(0, np.float32)

    @property
    def seconds(self) -> float:
        return sum(map(len, self.blocks)) / RATE


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_what_is_spoken_is_heard(loopback: Loopback, listener: Listener) -> None:
    spoken = chirp(1.5).samples
    with Microphone() as microphone:
        microphone.start(listener.hear, listener.lose)
        wait_until(lambda: listener.seconds > 0.1)
        loopback.speak(spoken)
        said = listener.seconds
        wait_until(lambda: listener.seconds > said + 0.3)
        assert microphone.running
    assert likeness(listener.samples(), spoken).score > 0.99
    assert microphone.overflows == 0
    assert not listener.told


def test_the_times_of_the_blocks_are_the_sum_of_their_lengths(
    loopback: Loopback, listener: Listener
) -> None:
    with Microphone() as microphone:
        microphone.start(listener.hear)
        wait_until(lambda: listener.seconds > 1.0)
    lengths = np.cumsum([0, *map(len, listener.blocks)])[:-1] / RATE
    assert listener.times == pytest.approx(list(lengths))


def test_sound_arrives_without_much_delay(loopback: Loopback, listener: Listener) -> None:
    ages: list[float] = []

    with Microphone() as microphone:

        def hear(block: np.ndarray, seconds: float) -> None:
            listener.hear(block, seconds)
            age = microphone.age(seconds + len(block) / RATE)
            assert age is not None
            ages.append(age)

        microphone.start(hear)
        # The virtual device itself is late at first, until it gathers less at a time.
        wait_until(lambda: len(ages) > 40 and 0.0 <= float(np.median(ages[-40:])) < 0.08)


def test_microphones_have_the_names_that_people_know(loopback: Loopback) -> None:
    assert microphone_available() is None
    found = devices()
    assert [device.name for device in found if device.is_default] == ["Desk Microphone"]
    assert not [device for device in found if "onitor" in device.name]
    assert "Desk Microphone" not in [device.name for device in devices("output")]


def test_a_microphone_is_chosen_by_its_key_or_its_name(
    loopback: Loopback, listener: Listener
) -> None:
    """Another microphone, which stays silent, is the default meanwhile."""
    other = loopback.pactl(
        *("load-module", "module-null-sink", "sink_name=ci_other_sink", f"rate={RATE}"),
        "channels=1",
    )
    remapped = loopback.pactl(
        *("load-module", "module-remap-source", "master=ci_other_sink.monitor"),
        *("source_name=ci_other", "source_properties=\"device.description='Other Microphone'\""),
    )
    loopback.pactl("set-default-source", "ci_other")
    try:
        desk = next(device for device in devices() if device.name == "Desk Microphone")
        assert not desk.is_default
        assert find_device(desk.key) == desk
        spoken = chirp(0.5).samples
        with Microphone(desk.key) as microphone:
            microphone.start(listener.hear, listener.lose)
            wait_until(lambda: listener.seconds > 0.1)
            loopback.speak(spoken)
            said = listener.seconds
            wait_until(lambda: listener.seconds > said + 0.3)
            assert microphone.name == "Desk Microphone"
        assert likeness(listener.samples(), spoken).score > 0.99
    finally:
        loopback.pactl("set-default-source", "ci_mic")
        loopback.pactl("unload-module", remapped)
        loopback.pactl("unload-module", other)


def test_a_microphone_that_is_not_connected_is_named(loopback: Loopback) -> None:
    with pytest.raises(PerserError, match="“Blue Whale” is not connected"):
        Microphone("pulse:Blue Whale").start(lambda block, seconds: None)


def test_unplugging_is_told_and_plugging_in_again_works(
    loopback: Loopback, listener: Listener
) -> None:
    microphone = Microphone()
    microphone.start(listener.hear, listener.lose)
    wait_until(lambda: listener.seconds > 0.2)
    loopback.unplug()
    assert listener.lost.wait(20)
    assert "“Desk Microphone” was lost" in listener.told[0]
    assert not microphone.running
    loopback.plug()
    again = Listener()
    microphone.start(again.hear, again.lose)
    wait_until(lambda: again.seconds > 0.1)
    spoken = chirp(0.5).samples
    loopback.speak(spoken)
    said = again.seconds
    wait_until(lambda: again.seconds > said + 0.3)
    microphone.stop()
    assert likeness(again.samples(), spoken).score > 0.99
    assert len(listener.told) == 1
    assert not again.told


def test_a_sound_system_that_dies_is_told(loopback: Loopback, listener: Listener) -> None:
    microphone = Microphone()
    with sound_server() as other:
        microphone.start(listener.hear, listener.lose)
        wait_until(lambda: listener.seconds > 0.2)
        other.process.terminate()
        other.process.wait(timeout=20)
        assert listener.lost.wait(5)
        microphone.stop()
    with Microphone() as other_microphone:
        again = Listener()
        other_microphone.start(again.hear)
        wait_until(lambda: again.seconds > 0.1)


def test_a_muted_microphone_is_recognized_and_named(loopback: Loopback, listener: Listener) -> None:
    with Microphone() as microphone:
        microphone.start(listener.hear, listener.lose)
        wait_until(lambda: microphone.problem is not None)
        assert "“Desk Microphone” delivers nothing but zeros" in str(microphone.problem)
        speaking = loopback.begin_to_speak(chirp(2.0).samples)
        wait_until(lambda: microphone.problem is None)
        speaking.wait(timeout=20)


def test_clipping_and_level_are_seen(loopback: Loopback, listener: Listener) -> None:
    with Microphone() as microphone:
        microphone.start(listener.hear, listener.lose)
        wait_until(lambda: listener.seconds > 0.1)
        quiet = loopback.begin_to_speak(chirp(1.0, peak=0.1).samples)
        wait_until(lambda: microphone.level.peak_db > -30)
        assert microphone.level.peak_db == pytest.approx(-20, abs=3)
        assert not microphone.level.clipped
        quiet.wait(timeout=20)
        loud = loopback.begin_to_speak(np.clip(4 * chirp(1.0).samples, -1, 1))
        wait_until(lambda: microphone.level.clipped)
        assert "is clipped" in str(microphone.problem)
        loud.wait(timeout=20)


def test_a_recording_for_a_test_is_as_long_as_asked_and_says_what_is_wrong(
    loopback: Loopback,
) -> None:
    speaking = loopback.begin_to_speak(chirp(3.0).samples)
    heard = Microphone().record(0.8)
    speaking.wait(timeout=20)
    assert len(heard.samples) == round(0.8 * RATE)
    assert heard.rate == RATE
    silent = Microphone(Device("", "Desk Microphone", "input")).record(0.3)
    assert "nothing but zeros" in silent.warnings[0]
