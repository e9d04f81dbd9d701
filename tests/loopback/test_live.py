"""The live readout at the virtual microphone: what it says, and what it says when things break."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from perser_gui.audio.decode import open_waveform
from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips
from perser_gui.live import (
    LiveEngine,
    LiveModel,
    MicrophoneSource,
    Readout,
    Utterance,
)
from perser_gui.live.readouts import Event, Status
from perser_gui.progress import Progress

from .server import RATE, Loopback, wait_until
from .signals import chirp, likeness

pytestmark = pytest.mark.loopback

GAP = 0.7
CLIPS = 20


class Events:
    """Keeps what an engine tells, with the moment it was told."""

    def __init__(self) -> None:
        self.all: list[tuple[float, Event]] = []
        self._changed = threading.Condition()

    def __call__(self, event: Event) -> None:
        with self._changed:
            self.all.append((time.monotonic(), event))
            self._changed.notify_all()

    def wait(self, wanted: Callable[[Event], bool], seconds: float = 20.0) -> float:
        """Return when the first event of that kind was told."""
        with self._changed:
            assert self._changed.wait_for(lambda: any(wanted(e) for _, e in self.all), seconds)
            return next(moment for moment, event in self.all if wanted(event))

    def of(self, kind: type) -> list:
        return [event for _, event in list(self.all) if isinstance(event, kind)]


def status(kind: str) -> Callable[[Event], bool]:
    return lambda event: isinstance(event, Status) and event.kind == kind


@pytest.fixture
def listening(loopback: Loopback) -> Iterator[Callable[..., tuple[LiveEngine, Events]]]:
    """Starts an engine at the virtual microphone; closed after the test."""
    engines: list[LiveEngine] = []

    def start(model: LiveModel | None = None) -> tuple[LiveEngine, Events]:
        events = Events()
        engine = LiveEngine(MicrophoneSource(), events, model=model)
        engines.append(engine)
        engine.start()
        events.wait(status("listening"))
        return engine, events

    yield start
    for engine in engines:
        engine.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    import torch

    torch.set_num_threads(1)
    opened = Desk.open()
    yield opened
    opened.close()


def shuffled(files: Sequence[Path], count: int) -> list[Path]:
    """Return some files in no particular order; corpora are sorted by emotion."""
    order = np.random.default_rng(0).permutation(len(files))
    return [files[place] for place in order[:count]]


def assert_labelled_as_files(
    loopback: Loopback,
    listening,
    desk: Desk,
    files: Sequence[Path],
    tmp_path: Path,
    *,
    voice_known: bool = True,
    at_least: float = 0.9,
) -> None:
    """Speak whole clips of one speaker into the microphone, and predict the same files offline.

    An utterance is compared with what `perser predict` says of the clip that it belongs to.
    That knows all clips of the speaker; so does the stream with `voice_known`, as with
    `perser live --same-speaker`. Otherwise it gets to know the voice, and only what was said
    after half of the weight lay on it (eight utterances) is compared.
    """
    folder = tmp_path / "spoken"
    folder.mkdir()
    for path in files:
        shutil.copy(path, folder)
    predicted = desk.predict_files([folder], None, Progress())
    offline = {
        clip.path.name: generic
        for clip, (_, generic) in zip(predicted.clips, predicted.pairs, strict=True)
    }
    model = desk.live_model(None, Progress(), voice=[folder] if voice_known else ())
    _, events = listening(model)
    gap = np.zeros(round(GAP * RATE), np.float32)
    same: list[bool] = []
    apart: list[float] = []
    pieces = 0
    for path in files:
        before = len(events.of(Utterance))
        loopback.speak(np.concatenate((gap, open_waveform(path).samples, gap)))
        wait_until(lambda n=before: len(events.of(Utterance)) > n)
        new = events.of(Utterance)[before:]
        pieces += len(new) > 1
        for utterance in new:
            theirs = offline[path.name]
            assert utterance.words == theirs.classes
            if voice_known or utterance.voice_clips > model.prior_clips:
                same.append(utterance.generic.argmax() == theirs.probabilities.argmax())
                apart.append(float(np.abs(utterance.generic - theirs.probabilities).mean()))
    figures = (
        f"{len(files)} clips ({pieces} in more than one piece), {len(same)} utterances compared: "
        f"{np.mean(same):.3f} labelled alike, probabilities {np.mean(apart):.4f} apart"
    )
    sys.stderr.write(f"\n{figures}\n")
    assert len(same) >= len(files) - (0 if voice_known else model.prior_clips)
    assert np.mean(same) >= at_least, figures
    assert np.mean(apart) < 0.05, figures
    assert events.of(Readout)[-1].overflows == 0


@pytest.mark.slow
def test_clips_spoken_into_the_microphone_are_labelled_as_predict_labels_the_files(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path
) -> None:
    # The bundled model is unsure of synthetic voices, and 30 ms more or less decide a near tie.
    files = [path for path in starter_clips() if "ben" in path.name or "clara" in path.name]
    chosen = shuffled(files, CLIPS)
    assert_labelled_as_files(loopback, listening, desk, chosen, tmp_path, at_least=0.8)


@pytest.mark.slow
@pytest.mark.corpora
@pytest.mark.parametrize("pattern", ["ravdess/03-01-*-11.flac", "emodb/08*.flac"])
def test_human_voices_too_are_labelled_as_predict_labels_the_files(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path, corpora: Path, pattern: str
) -> None:
    files = sorted(corpora.glob(pattern))
    if not files:
        pytest.skip(f"PERSER_CORPORA has no {pattern}")
    assert_labelled_as_files(loopback, listening, desk, shuffled(files, CLIPS), tmp_path)


@pytest.mark.slow
@pytest.mark.corpora
def test_a_voice_that_has_settled_is_labelled_as_predict_labels_the_files(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path, corpora: Path
) -> None:
    files = sorted(corpora.glob("ravdess/03-01-*-11.flac"))
    if not files:
        pytest.skip("PERSER_CORPORA has no RAVDESS")
    chosen = shuffled(files, 20)
    assert_labelled_as_files(loopback, listening, desk, chosen, tmp_path, voice_known=False)


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
