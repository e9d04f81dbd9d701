"""The live readout at the virtual microphone: what it says, and what it says when things break."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from perser_gui.audio.decode import open_waveform
from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips
from perser_gui.live import (
    MicrophoneSource,
    Readout,
    Utterance,
)
from perser_gui.live.readouts import Status
from perser_gui.progress import Progress

from .events import status
from .server import RATE, Loopback, wait_until
from .signals import chirp, likeness

pytestmark = pytest.mark.loopback


def test_silence_and_noise_are_no_speech(loopback: Loopback, listening) -> None:
    _, events = listening()
    wait_until(lambda: len(events.of(Readout)) >= 8)
    random = np.random.default_rng(0)
    white = random.normal(0, 0.05, 3 * RATE)
    brown = np.cumsum(random.normal(0, 0.01, 3 * RATE))
    brown = 0.2 * brown / np.abs(brown).max()
    hum = 0.1 * np.sin(2 * np.pi * 50 * np.arange(3 * RATE) / RATE)
    loopback.speak(np.concatenate((white, brown, hum)).astype(np.float32))
    states = [readout.state for readout in events.of(Readout)]
    assert len(states) >= 36
    assert states.count("no speech") >= 0.95 * len(states)
    assert events.of(Utterance) == []


def test_unplugging_is_told_and_replugging_resumes(loopback: Loopback, listening) -> None:
    _, events = listening()
    wait_until(lambda: len(events.of(Readout)) >= 2)
    loopback.unplug()
    events.wait(status("lost"))
    (lost,) = [s for s in events.of(Status) if s.kind == "lost"]
    assert "“Desk Microphone” was lost" in lost.sentence
    count = len(events.of(Readout))
    loopback.plug()
    wait_until(lambda: [s.kind for s in events.of(Status)].count("listening") == 2)
    wait_until(lambda: len(events.of(Readout)) > count + 2)


def test_a_muted_microphone_is_named_in_the_readout(loopback: Loopback, listening) -> None:
    _, events = listening()
    wait_until(lambda: any("nothing but zeros" in r.problem for r in events.of(Readout)))


def test_the_readout_follows_the_sound_and_does_not_drift(loopback: Loopback, listening) -> None:
    _, events = listening()
    wait_until(lambda: len(events.of(Readout)) >= 20)
    told = [(moment, e.time) for moment, e in events.all if isinstance(e, Readout)][4:]
    moments, times = np.array(told).T
    lag = moments - times
    assert abs(lag[-4:].mean() - lag[:4].mean()) < 0.1
    assert times[1:] - times[:-1] == pytest.approx([0.25] * (len(times) - 1))


@pytest.mark.slow
def test_an_adaptation_at_the_same_time_loses_no_sound(
    loopback: Loopback, listening, desk: Desk
) -> None:
    clips = desk.open_clips(starter_clips()[:12], Progress()).clips
    ada = desk.add_listener("Ada")
    for number, clip in enumerate(clips):
        desk.rate(ada.id, clip.content, emotions=(ada.emotions.words[number % 8],))
    engine, events = listening(desk.live_model(ada.id, Progress()))
    spoken = np.concatenate([open_waveform(path).samples for path in starter_clips()[:3]])
    talking = loopback.begin_to_speak(spoken)
    rounds = 0
    while talking.poll() is None:
        result = desk.adapt(ada.id, progress=Progress())
        desk.make_current(ada.id, result.record.id if result.record else None)
        engine.use(desk.live_model(ada.id, Progress()))
        rounds += 1
    wait_until(lambda: len(events.of(Utterance)) >= 1)
    wait_until(lambda: events.of(Readout)[-1].yours is None)
    readouts = events.of(Readout)
    assert rounds >= 1
    assert any(readout.yours is not None for readout in readouts)
    assert readouts[-1].overflows == 0
    # The time between two readouts is a whole number of hops: no sound is missing.
    steps = np.diff([readout.time for readout in readouts]) / 0.25
    assert steps == pytest.approx(np.round(steps))
    heard = engine.stream.sound.read(0, engine.stream.sound.written)
    assert likeness(heard, spoken).score > 0.99


def test_another_program_at_the_same_microphone_takes_nothing_away(
    loopback: Loopback, listening
) -> None:
    engine, events = listening()
    spoken = chirp(2.0).samples
    other = subprocess.Popen(
        [sys.executable, "-c", OTHER_PROGRAM], stdout=subprocess.PIPE, text=True
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    loopback.speak(np.concatenate((np.zeros(RATE // 4, np.float32), spoken)))
    theirs, _ = other.communicate(timeout=30)
    assert float(theirs) == pytest.approx(0.5, abs=0.05)
    wait_until(lambda: engine.stream.seconds > 2.5)
    heard = engine.stream.sound.read(0, engine.stream.sound.written)
    assert likeness(heard, spoken).score > 0.99
    assert [s.kind for s in events.of(Status)] == ["starting", "listening"]
    assert events.of(Readout)[-1].overflows == 0


OTHER_PROGRAM = """
import numpy, threading
from perser_gui.audio.microphone import Microphone
loudest, began = [0.0], threading.Event()
def keep(block, seconds):
    began.set()
    loudest[0] = max(loudest[0], float(numpy.abs(block).max(initial=0)))
with Microphone() as microphone:
    microphone.start(keep)
    began.wait(10)
    print("ready", flush=True)
    threading.Event().wait(3.5)
print(loudest[0])
"""


def test_another_microphone_is_taken_up_mid_stream_and_what_was_heard_stays(
    loopback: Loopback, listening
) -> None:
    engine, events = listening()
    first = chirp(1.0).samples
    loopback.speak(first)
    with loopback.second_microphone() as key:
        engine.swap(MicrophoneSource(key))
        wait_until(lambda: [s.kind for s in events.of(Status)].count("listening") == 2)
        assert events.of(Status)[-1].device == "USB Headset"
        place = engine.stream.sound.written
        wait_until(lambda: engine.stream.sound.written > place)  # it flows
        second = chirp(1.0, 3000.0, 200.0).samples
        loopback.speak(second, sink="usb_sink")
        wait_until(lambda: engine.stream.sound.written > place + 1.5 * RATE)
        heard = engine.stream.sound.read(0, engine.stream.sound.written)
        assert likeness(heard[:place], first).score > 0.99
        assert likeness(heard[place:], second).score > 0.99
        engine.swap(MicrophoneSource())
        wait_until(lambda: events.of(Status)[-1].device == "Desk Microphone")
        count = len(events.of(Readout))
        wait_until(lambda: len(events.of(Readout)) > count + 2)
