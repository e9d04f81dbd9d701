"""Whether a live readout can go on for hours: overflows, memory, drift.

    python benchmarks/live_soak.py [--json] [--hours 10] [--encoder tiny|bundled]
                                   [--detector loudness|silero]
    python benchmarks/live_soak.py --real-time --hours 1 [--json]

By default a fake device plays hours of audio as fast as the computer takes them, on the
device's own clock. The tiny encoder stands in for the bundled one and loudness for the speech
network, so that ten hours fit into minutes: everything else (rings, utterances, statistics,
readouts, what is remembered) is real. `--detector silero` and `--encoder bundled` take theirs.
`--real-time` runs the engine with its threads on the bundled encoder at the speed of sound;
then `overflows` are hops whose sound never came, `skipped` those left out on a busy computer.
Memory is that of the process after the first tenth and at the end.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import psutil
import torch
from live_latency import speech
from machine import machine

from perser_gui.audio.decode import RATE
from perser_gui.audio.speech import FRAME_SECONDS, SpeechDetector
from perser_gui.desk import Desk
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.live import (
    LiveEngine,
    LiveModel,
    LiveOptions,
    LiveStream,
    Readout,
    SampleSource,
    Stretch,
    Utterance,
)
from perser_gui.live.readouts import Event
from perser_gui.live.through import through
from perser_gui.progress import Progress
from perser_gui.records import FloatArray

FRAME = round(FRAME_SECONDS * RATE)
BLOCK = 4000
"""Samples that the fake device hands over at a time."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--encoder", choices=("tiny", "bundled"), default="tiny")
    parser.add_argument("--detector", choices=("loudness", "silero"), default="loudness")
    parser.add_argument("--real-time", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        desk = Desk.open(data_dir=Path(folder) / "data", cache_dir=Path(folder) / "cache")
        bundled = arguments.real_time or arguments.encoder == "bundled"
        model = desk.live_model(None, Progress()) if bundled else tiny_model()
        # Speech for a third of the time, as in a conversation with pauses.
        talk = speech(desk, 60.0)
        desk.close()
        sound = np.concatenate((talk, np.zeros(2 * len(talk), np.float32) + 1e-4))
        loud = not arguments.real_time and arguments.detector == "loudness"
        figures = (
            real_time(model, sound, arguments.hours)
            if arguments.real_time
            else at_full_speed(model, sound, arguments.hours, Loudness() if loud else None)
        )
    report = {
        "benchmark": "live_soak",
        "unit": "memory_growth: share of the process's memory; drift_ms: readout against sound",
        "hours_of_audio": arguments.hours,
        "real_time": arguments.real_time,
        "encoder": "bundled" if bundled else "tiny",
        "detector": "loudness" if loud else "silero",
        **figures,
        "targets": {"overflows": 0, "memory_growth": 0.05},
        "machine": machine(),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    for name, value in report.items():
        print(f"{name}: {value}")


def tiny_model() -> LiveModel:
    """Return the model of the tests behind everyone's head."""
    from perser_gui.adaptation import get_adapter
    from perser_gui.desk.predicting import generic_profile
    from perser_gui.testing import tiny_checkpoint, tiny_encoder

    theta, generic = tiny_checkpoint(), get_adapter("generic")
    profile = generic_profile(theta, EmotionSet.default())
    return LiveModel(
        words=CLASSES,
        encoder=tiny_encoder(),
        normalization=theta.normalization,
        generic=lambda x: generic.probabilities(theta, profile, x),
    )


def memory() -> float:
    """Return the memory of this process in MB."""
    return float(psutil.Process().memory_info().rss / 2**20)


class Loudness(SpeechDetector):
    """Takes loud frames for speech, at a hundredth of the network's cost."""

    def reset(self) -> None:
        """Forget everything."""
        self._rest = np.zeros(0, np.float32)
        self.probability = 0.0
        self.frames = 0

    def feed(self, samples: FloatArray) -> FloatArray:
        """Return 1 for every loud frame, 0 for any other."""
        self._rest = np.concatenate((self._rest, samples))
        count = len(self._rest) // FRAME
        loud = np.abs(self._rest[: count * FRAME]).reshape(count, FRAME).mean(axis=1) > 0.01
        self._rest = self._rest[count * FRAME :]
        self.frames += count
        self.probability = float(loud[-1]) if count else self.probability
        return loud.astype(np.float32)


def at_full_speed(
    model: LiveModel, sound: FloatArray, hours: float, detector: SpeechDetector | None
) -> dict[str, object]:
    """Push hours of sound through a stream and return what came of it."""
    options = LiveOptions()
    stream, stretch = LiveStream(options, model, detector=detector), Stretch(options)
    total = round(hours * 3600 * RATE)
    early = 0.0
    readouts = utterances = irregular = 0
    last = 0.0
    began = time.perf_counter()

    def device() -> Iterator[FloatArray]:
        for place in range(0, total, BLOCK):
            start = place % len(sound)  # a multiple of BLOCK, as is the length
            yield sound[start : start + min(BLOCK, total - place)]

    for event in through(stream, device()):
        stretch.note(event)
        if isinstance(event, Utterance):
            utterances += 1
            continue
        readouts += 1
        irregular += abs(event.time - last - options.hop) > 1e-6
        last = event.time
        if not early and stream.sound.written > total / 10:
            early = memory()
    late = memory()
    return {
        "overflows": stream.skipped + irregular,
        "readouts": readouts,
        "expected_readouts": int(total / RATE / options.hop),
        "utterances": utterances,
        "drift_ms": round(1000 * (total / RATE - last), 1),
        "memory_mb_early": round(early, 1),
        "memory_mb_late": round(late, 1),
        "memory_growth": round(late / early - 1, 4),
        "minutes_taken": round((time.perf_counter() - began) / 60, 2),
    }


def real_time(model: LiveModel, sound: FloatArray, hours: float) -> dict[str, object]:
    """Let the engine listen at the speed of sound and return what came of it."""
    counts = {"readouts": 0, "utterances": 0, "skipped": 0}
    latencies: list[float] = []
    early = [0.0]
    ended = threading.Event()
    total = hours * 3600

    def take(event: Event) -> None:
        if isinstance(event, Readout):
            counts["readouts"] += 1
            counts["skipped"] += event.skipped
            latencies.append(event.latency_ms)
            if not early[0] and event.time > total / 10:
                early[0] = memory()
        elif isinstance(event, Utterance):
            counts["utterances"] += 1
        elif event.kind == "ended":
            ended.set()

    whole = np.resize(sound, min(round(total * RATE), 3600 * RATE))
    engine = LiveEngine(SampleSource(whole), take, model=model)
    engine.start()
    ended.wait(total + 60)
    late = memory()
    engine.close()
    tenth = max(len(latencies) // 10, 1)
    expected = int(total / LiveOptions().hop)
    return {
        "overflows": expected - counts["readouts"] - counts["skipped"],
        **counts,
        "expected_readouts": expected,
        "drift_ms": round(float(np.median(latencies[-tenth:]) - np.median(latencies[:tenth])), 1),
        "latency_p95_ms": round(float(np.percentile(latencies, 95)), 1),
        "memory_mb_early": round(early[0], 1),
        "memory_mb_late": round(late, 1),
        "memory_growth": round(late / max(early[0], 1e-9) - 1, 4),
    }


if __name__ == "__main__":
    main()
