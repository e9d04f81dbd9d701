from __future__ import annotations

import queue
import threading

import numpy as np
import pytest
import soxr

from perser_gui.audio import microphone as module
from perser_gui.audio.microphone import Microphone, microphone_available
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress

from .conftest import RATE, FakeSound, PortAudioError, tone


class Ear:
    """Keeps what it is told, and lets the test wait for it."""

    def __init__(self) -> None:
        self.blocks: list[np.ndarray] = []
        self.times: list[float] = []
        self.lost: queue.Queue[str] = queue.Queue()
        self._news = threading.Condition()

    def hear(self, block: np.ndarray, seconds: float) -> None:
        with self._news:
            self.blocks.append(block)
            self.times.append(seconds)
            self._news.notify()

    def wait_for(self, count: int) -> np.ndarray:
        with self._news:
            assert self._news.wait_for(lambda: sum(map(len, self.blocks)) >= count, timeout=10)
            return np.concatenate(self.blocks)


@pytest.fixture
def ear() -> Ear:
    return Ear()


def test_the_device_is_opened_at_its_own_rate_with_one_channel(sound: FakeSound, ear: Ear) -> None:
    with Microphone() as microphone:
        microphone.start(ear.hear)
        assert sound.asked[0]["samplerate"] == 48_000
        assert sound.asked[0]["channels"] == 1
        assert microphone.rate == 48_000
        assert microphone.running
        assert microphone.name == "Desk Audio: USB"
    assert sound.streams[0].closed
    assert not microphone.running


def test_blocks_of_any_size_arrive_as_16_khz(sound: FakeSound, ear: Ear) -> None:
    spoken = tone(1.0, 300, 48_000)
    random = np.random.default_rng(0)
    with Microphone() as microphone:
        microphone.start(ear.hear, ear.lost.put)
        place = 0
        while place < len(spoken):
            size = int(random.integers(1, 2000))
            sound.streams[0].hear(spoken[place : place + size])
            place += size
        microphone.stop()
    heard = np.concatenate(ear.blocks)
    assert len(heard) == pytest.approx(RATE, abs=2)
    assert np.abs(heard[300:15_700] - tone(1.0, 300)[300:15_700]).max() < 2e-3
    starts = np.cumsum([0, *map(len, ear.blocks)])[:-1] / RATE
    assert ear.times == pytest.approx(list(starts))
    assert ear.lost.empty()


def test_a_refused_rate_and_a_refused_channel_count_are_tried_otherwise(
    sound: FakeSound, ear: Ear
) -> None:
    def refuses(options: dict) -> Exception | None:
        if options["channels"] == 2 and options["samplerate"] == RATE:
            return None
        return PortAudioError("Invalid sample rate", -9997)

    sound.refuses = refuses
    with Microphone() as microphone:
        microphone.start(ear.hear)
        sound.streams[0].hear(np.stack([tone(0.1), np.zeros(1600, np.float32)], axis=1))
        assert np.allclose(ear.wait_for(1600), 0.5 * tone(0.1), atol=1e-6)


def test_a_lost_device_is_told_once_and_what_it_still_delivered_is_handed_out(
    sound: FakeSound, ear: Ear
) -> None:
    sound.devices[0]["default_samplerate"] = RATE
    microphone = Microphone()
    microphone.start(ear.hear, ear.lost.put)
    sound.streams[0].hear(tone(0.1))
    sound.streams[0].lose()
    assert "“Desk Audio: USB” was lost" in ear.lost.get(timeout=5)
    assert sum(map(len, ear.blocks)) == 1600
    assert not microphone.running
    microphone.stop()
    assert ear.lost.empty()


def test_a_device_that_falls_silent_for_good_is_told(
    sound: FakeSound, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_STALL_SECONDS", 0.05)
    microphone = Microphone()
    microphone.start(ear.hear, ear.lost.put)
    assert "delivers no more sound" in ear.lost.get(timeout=5)
    microphone.stop()


def test_it_can_be_started_again_from_where_the_loss_is_told(sound: FakeSound, ear: Ear) -> None:
    again = Ear()
    restarted = threading.Event()

    def restart(_: str) -> None:
        microphone.start(again.hear)
        restarted.set()

    microphone = Microphone()
    microphone.start(ear.hear, restart)
    sound.streams[0].lose()
    assert restarted.wait(5)
    sound.streams[1].hear(tone(0.5, rate=48_000))
    again.wait_for(6000)
    microphone.stop()


def test_a_busy_listener_loses_the_oldest_and_the_times_stay_true(
    sound: FakeSound, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RING_SECONDS", 1.0)
    sound.devices[0]["default_samplerate"] = RATE
    go_on = threading.Event()
    begun = threading.Event()

    def hear(block: np.ndarray, seconds: float) -> None:
        begun.set()
        go_on.wait(10)
        ear.hear(block, seconds)

    microphone = Microphone()
    microphone.start(hear)
    sound.streams[0].hear(tone(0.1))
    assert begun.wait(5)
    for _ in range(30):
        sound.streams[0].hear(tone(0.1))
    go_on.set()
    ear.wait_for(1600 + RATE)
    microphone.stop()
    assert microphone.overflows == 1
    assert ear.times == pytest.approx([0.0, 3.1 - 1.0])


def test_lost_input_is_counted(sound: FakeSound, ear: Ear) -> None:
    with Microphone() as microphone:
        microphone.start(ear.hear)
        sound.streams[0].hear(tone(0.1), overflow=True)
        sound.streams[0].hear(tone(0.1))
        assert microphone.overflows == 1


def test_zeros_and_clipping_are_named(sound: FakeSound, ear: Ear) -> None:
    with Microphone() as microphone:
        microphone.start(ear.hear)
        sound.streams[0].hear(tone(0.5, rate=48_000))
        ear.wait_for(7000)
        assert microphone.problem is None
        sound.streams[0].hear(np.zeros(60_000))
        ear.wait_for(27_000)
        assert "“Desk Audio: USB” delivers nothing but zeros" in str(microphone.problem)
        sound.streams[0].hear(np.clip(tone(0.1, rate=48_000, peak=3.0), -1, 1))
        ear.wait_for(28_500)
        assert "is clipped" in str(microphone.problem)


def test_the_age_of_a_sound_is_by_the_streams_clock(sound: FakeSound, ear: Ear) -> None:
    sound.devices[0]["default_samplerate"] = RATE
    with Microphone() as microphone:
        assert microphone.age(0.0) is None
        microphone.start(ear.hear)
        assert microphone.age(0.0) is None
        for _ in range(5):
            sound.streams[0].hear(tone(0.1))
        assert microphone.age(0.5) == pytest.approx(0.0)
        sound.now += 0.25
        assert microphone.age(0.5) == pytest.approx(0.25)
        assert microphone.age(0.1) == pytest.approx(0.65)
    assert microphone.age(0.1) is None


def deliver(sound: FakeSound, samples: np.ndarray) -> threading.Thread:
    """Let the device deliver samples as soon as it is opened."""

    def run() -> None:
        while not sound.streams or not sound.streams[-1].active:
            pass
        for place in range(0, len(samples), 480):
            sound.streams[-1].hear(samples[place : place + 480])

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_recording_is_what_was_said(sound: FakeSound) -> None:
    spoken = tone(1.0, 300, 48_000)
    thread = deliver(sound, spoken)
    heard = Microphone().record(0.5)
    thread.join()
    expected = soxr.resample(spoken, 48_000, RATE)[:8000]
    assert len(heard.samples) == 8000
    assert np.abs(heard.samples - expected)[300:].max() < 2e-3
    assert heard.warnings == ()
    assert sound.streams[0].closed


def test_a_recording_says_when_nothing_came_or_too_much(sound: FakeSound) -> None:
    thread = deliver(sound, np.zeros(48_000))
    assert "nothing but zeros" in Microphone().record(0.5).warnings[0]
    thread.join()
    sound.streams.clear()
    thread = deliver(sound, np.clip(tone(1.0, rate=48_000, peak=4.0), -1, 1))
    assert "is clipped" in Microphone().record(0.5).warnings[0]
    thread.join()


def test_a_recording_can_be_cancelled(sound: FakeSound) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        Microphone().record(5.0, progress)
    assert sound.streams[0].closed


def test_a_recording_from_a_lost_device_is_a_plain_sentence(sound: FakeSound) -> None:
    def lose() -> None:
        while not sound.streams or not sound.streams[0].active:
            pass
        sound.streams[0].lose()

    thread = threading.Thread(target=lose)
    thread.start()
    with pytest.raises(PerserError, match="was lost"):
        Microphone().record(5.0)
    thread.join()


def test_a_refused_permission_says_where_to_allow_it(sound: FakeSound, ear: Ear) -> None:
    sound.refuses = lambda _: PortAudioError("Unanticipated host error: Permission denied", -9999)
    with pytest.raises(PerserError, match="privacy"):
        Microphone().start(ear.hear)
    sound.refuses = None
    sound.start_fails = PortAudioError("Device unavailable", -9985)
    with pytest.raises(PerserError, match="in use by another program"):
        Microphone().start(ear.hear)
    assert all(stream.closed for stream in sound.streams)


def test_without_a_microphone_the_sentence_says_so(sound: FakeSound, ear: Ear) -> None:
    assert microphone_available() is None
    sound.default["input"] = -1
    assert str(microphone_available()).startswith("No microphone")
    with pytest.raises(PerserError, match="No microphone"):
        Microphone().start(ear.hear)


def test_without_portaudio_the_sentence_says_what_to_install(no_portaudio: None, ear: Ear) -> None:
    assert "PortAudio library was not found" in str(microphone_available())
    with pytest.raises(PerserError, match="PortAudio"):
        Microphone().start(ear.hear)
    Microphone().stop()
