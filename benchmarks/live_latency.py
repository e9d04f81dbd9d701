"""How long after a sound the live readout shows it, beyond the window it looks at.

    python benchmarks/live_latency.py [--json] [--seconds N] [--no-microphone]

Speech (the starter clips, again and again) goes into a virtual microphone (PulseAudio) where
there is one, else into a source that hands out blocks by the clock. A readout's latency goes
from the moment the end of its window reached the microphone to the moment it is told. Measured
as the machine is, then with as many busy processes as there are cores, then while the same
process adapts to 20 clips, scores before and after included, with a second between two.
Processes of others are not stopped: `load_1min` says how idle "idle" was.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine

from perser_gui.audio.decode import RATE, open_waveform
from perser_gui.desk import Desk
from perser_gui.live import LiveEngine, LiveModel, MicrophoneSource, Readout, SampleSource
from perser_gui.live.readouts import Event, Status
from perser_gui.progress import Progress
from perser_gui.records import FloatArray

Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--seconds", type=float, default=60.0, help="of sound, for each figure")
    parser.add_argument("--no-microphone", action="store_true", help="do not start PulseAudio")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        desk = Desk.open(data_dir=Path(folder) / "data", cache_dir=Path(folder) / "cache")
        stack.callback(desk.close)
        model = desk.live_model(None, Progress())
        sound = speech(desk, arguments.seconds)
        say = None if arguments.no_microphone else stack.enter_context(microphone())
        measure(model, sound[: 10 * RATE], say)  # the first forward passes are slow
        idle = measure(model, sound, say)
        with busy(os.cpu_count() or 1):
            loaded = measure(model, sound, say)
        with adapting(desk) as rounds:
            adapted = measure(model, sound, say)
        report = {
            "benchmark": "live_latency",
            "unit": "ms from the end of the window at the microphone to the readout",
            "source": "virtual microphone" if say else "blocks by the clock",
            "seconds_each": arguments.seconds,
            "p50_ms": idle["p50_ms"],
            "p95_ms": idle["p95_ms"],
            "p95_loaded_ms": loaded["p95_ms"],
            "p95_adapting_ms": adapted["p95_ms"],
            "compute_p50_ms": idle["compute_p50_ms"],
            "idle": idle,
            "loaded": loaded,
            "adapting": {**adapted, "adaptations": rounds[0]},
            "targets_ms": {"p95": 200, "p95_loaded": 300, "p95_adapting": 400},
            "machine": machine(),
        }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    for name, value in report.items():
        print(f"{name}: {value}")


def speech(desk: Desk, seconds: float) -> FloatArray:
    """Return clips with half a second between them, repeated to a length."""
    gap = np.random.default_rng(0).normal(0, 1e-3, RATE // 2).astype(np.float32)
    once = [np.concatenate((gap, open_waveform(path).samples)) for path in desk.starter_clips()]
    whole = np.concatenate(once)
    return np.resize(whole, round(seconds * RATE))


def measure(
    model: LiveModel, sound: FloatArray, say: Callable[[FloatArray], None] | None
) -> Figures:
    """Listen to the sound once and return the figures of all readouts of speech."""
    readouts: list[Readout] = []
    ready = threading.Event()

    def take(event: Event) -> None:
        if isinstance(event, Readout):
            readouts.append(event)
        elif isinstance(event, Status) and event.kind in ("listening", "lost"):
            ready.set()

    source = SampleSource(sound) if say is None else MicrophoneSource()
    engine = LiveEngine(source, take, model=model)
    engine.start()
    ready.wait(30)
    if say is None:
        time.sleep(len(sound) / RATE + 0.5)
    else:
        time.sleep(3.0)  # a virtual device is late at first
        readouts.clear()
        say(sound)
    engine.close()
    spoken = [r for r in readouts if r.generic is not None]
    late = np.array([r.latency_ms for r in spoken])
    compute = np.array([r.compute_ms for r in spoken])
    return {
        "p50_ms": round(float(np.percentile(late, 50)), 1),
        "p95_ms": round(float(np.percentile(late, 95)), 1),
        "worst_ms": round(float(late.max()), 1),
        "compute_p50_ms": round(float(np.percentile(compute, 50)), 1),
        "compute_p95_ms": round(float(np.percentile(compute, 95)), 1),
        "readouts": len(spoken),
        "skipped_hops": sum(r.skipped for r in readouts),
        "overflows": readouts[-1].overflows,
        "load_1min": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else -1.0,
    }


@contextlib.contextmanager
def microphone() -> Iterator[Callable[[FloatArray], None] | None]:
    """Start a private sound server; None where there is no PulseAudio."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
    from loopback.server import missing, sound_server

    reason = missing()
    if reason:
        sys.stderr.write(f"{reason}; blocks by the clock are used instead\n")
        yield None
        return
    with sound_server() as loopback, loopback.awake("ci_spk"):

        def say(sound: FloatArray) -> None:
            loopback.begin_to_speak(sound).wait()

        yield say


@contextlib.contextmanager
def busy(count: int) -> Iterator[None]:
    """Keep as many cores busy."""
    work = "import math\nwhile True: math.factorial(2000)"
    processes = [subprocess.Popen([sys.executable, "-c", work]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


@contextlib.contextmanager
def adapting(desk: Desk) -> Iterator[list[int]]:
    """Adapt to 20 ratings again and again in a thread; yields how often so far."""
    clips = desk.open_clips(desk.starter_clips()[:20], Progress()).clips
    listener = desk.add_listener("Benchmark")
    words = listener.emotions.words
    for number, clip in enumerate(clips):
        desk.rate(listener.id, clip.content, emotions=(words[number % len(words)],))
    over, rounds = threading.Event(), [0]

    def work() -> None:
        while not over.is_set():
            desk.adapt(listener.id, progress=Progress())
            rounds[0] += 1
            over.wait(1.0)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield rounds
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    main()
