"""The live readout at the virtual microphone: what it says, and what it says when things break."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio.decode import open_waveform
from perser_gui.audio.speech import speech_segments
from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips
from perser_gui.live import (
    LiveEngine,
    LiveModel,
    LiveOptions,
    MicrophoneSource,
    Readout,
    Utterance,
)
from perser_gui.live.values import Event, Status
from perser_gui.model.normalization import RunningStatistics
from perser_gui.progress import Progress

from .server import RATE, Loopback, wait_until
from .signals import likeness

pytestmark = pytest.mark.loopback

GAP = 1.0
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


def cut(files: Sequence[Path], folder: Path) -> Path:
    """Cut clips where the live stream would cut them, and return their folder."""
    rules = LiveOptions().rules
    for path in files:
        sound = open_waveform(path)
        padded = np.pad(sound.samples, round(0.5 * RATE))
        segments = speech_segments(replace(sound, samples=padded), rules)
        start, end = round(segments[0].start * RATE), round(segments[-1].end * RATE)
        soundfile.write(folder / f"{path.stem}.wav", padded[start:end], RATE)
    return folder


@pytest.fixture
def desk() -> Iterator[Desk]:
    import torch

    torch.set_num_threads(1)
    opened = Desk.open()
    yield opened
    opened.close()


def assert_alike(loopback: Loopback, listening, desk: Desk, folder: Path, tmp_path: Path) -> None:
    """Speak clips into the microphone, and predict the same stretches of the files offline.

    A stretch is found in what was spoken by its sound, not by its time. The whole clips agree
    less: a label that is nearly a tie changes with 30 ms more or less at an end.
    """
    engine, events = listening(desk.live_model(None, Progress(), voice=[folder]))
    gap = np.zeros(round(GAP * RATE), np.float32)
    stretches = tmp_path / "stretches"
    stretches.mkdir()
    whole: dict[str, Utterance] = {}
    told: dict[str, Utterance] = {}
    files = sorted(folder.glob("*.wav"))
    for path in files:
        spoken = np.concatenate((gap, soundfile.read(path, dtype="float32")[0], gap))
        before = len(events.of(Utterance))
        loopback.speak(spoken)
        wait_until(lambda n=before: len(events.of(Utterance)) > n)
        new = events.of(Utterance)[before:]
        for number, utterance in enumerate(new):
            heard = engine.waveform(utterance).samples
            start = likeness(spoken, heard).start
            name = f"{path.stem} {number}"
            told[name] = utterance
            cut_out = spoken[start : start + len(heard)]
            soundfile.write(stretches / f"{name}.wav", cut_out, RATE, subtype="FLOAT")
        if len(new) == 1:
            whole[path.stem] = new[0]
    assert len(told) >= len(files)
    assert len(whole) >= 0.6 * len(files), "most clips are one utterance"
    voice = [features_of(desk, path) for path in files]
    of_stretches = offline(desk, stretches, voice)
    of_files = offline(desk, folder, voice)
    same, apart = compared(told, of_stretches)
    same_files, apart_files = compared(whole, of_files)
    figures = (
        f"{len(told)} utterances: {same:.2f} the same, {apart:.4f} apart; "
        f"{len(whole)} whole clips: {same_files:.2f} the same, {apart_files:.4f} apart"
    )
    sys.stderr.write(f"\n{figures}\n")
    assert same >= 0.9, figures
    assert apart < 0.05, figures
    assert same_files >= 0.8, figures
    assert apart_files < 0.05, figures
    assert events.of(Readout)[-1].overflows == 0


def features_of(desk: Desk, path: Path) -> np.ndarray:
    return desk.live_model(None, Progress()).features(open_waveform(path).samples)


def offline(desk: Desk, folder: Path, voice: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Predict files with the statistics of the speaker's clips."""
    model = desk.live_model(None, Progress())
    statistics = RunningStatistics.of(voice)
    return {
        path.stem: model.probabilities(features_of(desk, path), statistics)[1]
        for path in sorted(folder.glob("*.wav"))
    }


def compared(live: dict[str, Utterance], files: dict[str, np.ndarray]) -> tuple[float, float]:
    """Return the share of equal emotions, and the mean absolute difference of probabilities."""
    same = [u.everyones.argmax() == files[name].argmax() for name, u in live.items()]
    apart = [np.abs(u.everyones - files[name]).mean() for name, u in live.items()]
    return float(np.mean(same)), float(np.mean(apart))


def test_the_offline_predictions_of_these_tests_are_those_of_the_predict_command(
    desk: Desk, tmp_path: Path
) -> None:
    folder = cut(starter_clips()[:3], made(tmp_path / "cut"))
    predicted = desk.predict_files([folder], None, Progress())
    voice = [features_of(desk, path) for path in sorted(folder.glob("*.wav"))]
    ours = offline(desk, folder, voice)
    for clip, (_, everyones) in zip(predicted.clips, predicted.pairs, strict=True):
        assert ours[clip.path.stem] == pytest.approx(everyones.probabilities, abs=1e-5)


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.slow
def test_clips_spoken_into_the_microphone_are_labelled_as_the_same_stretches_of_the_files_are(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path
) -> None:
    files = starter_clips()
    chosen = files[:: len(files) // CLIPS][:CLIPS]
    assert_alike(loopback, listening, desk, cut(chosen, made(tmp_path / "cut")), tmp_path)


@pytest.mark.slow
@pytest.mark.corpora
def test_human_voices_too_are_labelled_as_the_same_stretches_of_the_files_are(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path, corpora: Path
) -> None:
    files = sorted((corpora / "ravdess").rglob("03-01-*.flac"))
    if not files:
        pytest.skip("PERSER_CORPORA has no RAVDESS")
    chosen = files[:: len(files) // CLIPS][:CLIPS]
    assert_alike(loopback, listening, desk, cut(chosen, made(tmp_path / "cut")), tmp_path)


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


def test_unplugging_is_told_within_a_second_and_replugging_resumes(
    loopback: Loopback, listening
) -> None:
    _, events = listening()
    wait_until(lambda: len(events.of(Readout)) >= 2)
    began = time.monotonic()
    loopback.unplug()
    assert events.wait(status("lost")) - began < 1.0
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
