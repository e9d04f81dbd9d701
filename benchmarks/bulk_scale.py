"""What a second worker process brings, and what 100,000 hours would take.

    python benchmarks/bulk_scale.py [--json] [--shards N] [--rounds N]

The local engine of `perser embed --manifest` does shards of 16 files of 1 to 6 s with one
worker and with two, in turns. The clock begins when the workers have done three shards each, so
that loading torch is over and they are out of step, and ends when the first of them has no
more to do: at both moments as much is begun and not told of, on the average. `scaling` is the rate
of two over that of one, best rounds. On a machine that has other things to do it says
little: there `scaling_of_cores` counts, twice the rate per second of processor time.

`ceiling` is what the machine gives: processes that only multiply matrices as the encoder does, two
over one, in the same rounds. `hours_100000` is what all of it takes of processor time and on the
disk, as features and as predictions; the latter are from one shard of the usual 256 rows.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
import soundfile
from bulk_predict import write_clips
from machine import machine

from perser_gui.bulk import BulkTask
from perser_gui.bulk.manifest import Manifest, from_files
from perser_gui.bulk.output import Output
from perser_gui.bulk.pool import run_pool
from perser_gui.bulk.worker import Worker
from perser_gui.desk import Desk
from perser_gui.paths import shipped
from perser_gui.progress import Progress

ROWS, SHARD = 16, 256
LED_IN = 3
"""Shards that each worker does before the clock begins."""

HOURS = 100_000
MULTIPLYING = 3.0
"""Seconds of each look at what the machine gives."""


@dataclass(frozen=True)
class Rate:
    """Work per second by the clock, and processor time (s) per piece of work."""

    by_clock: float
    cost: float

    @property
    def cores(self) -> float:
        """How many cores were had."""
        return self.by_clock * self.cost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--shards", type=int, default=40, help="shards of each run")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is taken")
    arguments = parser.parse_args()
    if arguments.shards < 2 * LED_IN + 4:
        parser.error(f"--shards must be {2 * LED_IN + 4} at least")
    found: dict[str, dict[int, list[Rate]]] = {}
    with tempfile.TemporaryDirectory() as name, multipliers(2) as pipes:
        folder = Path(name)
        files, audio = write_clips(folder / "clips", ROWS * arguments.shards)
        manifest = from_files([str(file) for file in files], ROWS)
        for turn in range(arguments.rounds):
            for workers in (1, 2):
                task = BulkTask(
                    "embed", "bundled", str(folder / f"{workers} {turn}"), {}, None, "cpu"
                )
                ways = {
                    "embed": once(manifest, task, workers),
                    "ceiling": multiplied(pipes, workers),
                }
                for way, rate in ways.items():
                    found.setdefault(way, {1: [], 2: []})[workers].append(rate)
        predicting, predictions = predicted(folder / "predicted")
        features = _bytes(folder / "1 0") / audio
    embedding = min(rate.cost for rates in found["embed"].values() for rate in rates)
    report = {
        "benchmark": "bulk_scale",
        "scaling": scaling(found["embed"]),
        "scaling_of_cores": scaling_of_cores(found["embed"]),
        "ceiling": scaling(found["ceiling"]),
        "ceiling_of_cores": scaling_of_cores(found["ceiling"]),
        "audio_seconds_per_second": {
            n: [round(rate.by_clock, 1) for rate in rates] for n, rates in found["embed"].items()
        },
        "cores_had": {
            n: [round(rate.cores, 2) for rate in rates] for n, rates in found["embed"].items()
        },
        "cpu_real_time_factor": round(embedding, 5),
        "hours_100000": {
            "embed_core_hours": round(HOURS * embedding),
            "features_gigabytes": round(HOURS * 3600 * features / 1e9, 1),
            "predict_core_hours": round(HOURS * predicting),
            "predictions_gigabytes": round(HOURS * 3600 * predictions / 1e9, 1),
        },
        "clip_seconds": round(audio / len(files), 2),
        "audio_seconds": round(audio, 1),
        "machine": machine(),
    }
    print(json.dumps(report, indent=2) if arguments.json else report)


def once(manifest: Manifest, task: BulkTask, workers: int) -> Rate:
    """Return seconds of audio per second, and processor time per second of audio."""
    Output(task.out).begin({})
    shards = manifest.shards(range(len(manifest.dealt)))
    heard = [
        (time.perf_counter(), told.seconds, _spent())
        for told in run_pool(task, shards, workers, Progress())
    ]
    begun, ended = LED_IN * workers - 1, len(heard) - workers
    seconds = sum(one[1] for one in heard[begun + 1 : ended + 1])
    taken, spent = (heard[ended][k] - heard[begun][k] for k in (0, 2))
    return Rate(seconds / taken, spent / seconds)


def predicted(out: Path) -> tuple[float, float]:
    """Predict a shard of the usual 256 rows with everyone's model.

    Noise would get no probabilities, so the starter clips speak, each time a little less loud.

    Returns:
        Processor time (s) and bytes of results, per second of audio.
    """
    starters = sorted(shipped("resources", "starter").glob("*.flac"))
    desk = Desk.open(data_dir=out / "data", cache_dir=out / "cache", device="cpu")
    try:
        view = desk.view(None)
    finally:
        desk.close()
    files = []
    for number in range(SHARD):
        samples, rate = soundfile.read(starters[number % len(starters)])
        files.append(str(out / f"{number:04}.wav"))
        soundfile.write(files[-1], samples * (1.0 - 0.5 * number / SHARD), rate)
    worker = Worker(BulkTask("predict", "perser-base", str(out), {}, view, "cpu"))
    worker.work(from_files(files[:ROWS]).shard(0))
    start = time.process_time()
    told = worker.work(from_files(files).shard(0))
    return (time.process_time() - start) / told.seconds, _bytes(out) / told.seconds


def scaling(rates: dict[int, list[Rate]]) -> float:
    """Return the rate of two over that of one, by the clock."""
    one, two = (max(rate.by_clock for rate in rates[n]) for n in (1, 2))
    return round(two / one, 2)


def scaling_of_cores(rates: dict[int, list[Rate]]) -> float:
    """Return what two would be over one if each had a core for itself: by processor time."""
    one, two = (min(rate.cost for rate in rates[n]) for n in (1, 2))
    return round(2 * one / two, 2)


def _spent() -> float:
    """Return the processor time of the workers so far; looking at it must not take any."""
    total = 0.0
    for child in multiprocessing.active_children():
        try:
            times = psutil.Process(child.pid).cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.parquet"))


@contextmanager
def multipliers(count: int) -> Iterator[list[Connection]]:
    """Give pipes to processes that wait to be told how long to multiply."""
    context = multiprocessing.get_context("spawn")
    pipes = []
    for _ in range(count):
        ours, theirs = context.Pipe()
        context.Process(target=_multiply, args=(theirs,), daemon=True).start()
        theirs.close()
        pipes.append(ours)
    for pipe in pipes:
        pipe.recv()
    yield pipes
    for pipe in pipes:
        pipe.close()


def multiplied(pipes: list[Connection], workers: int) -> Rate:
    """Return products per second of so many processes, and processor time per product."""
    for pipe in pipes[:workers]:
        pipe.send(MULTIPLYING)
    told = [pipe.recv() for pipe in pipes[:workers]]
    done = sum(count for count, _, _ in told)
    return Rate(sum(n / taken for n, taken, _ in told), sum(spent for *_, spent in told) / done)


def _multiply(pipe: Connection) -> None:
    """Multiply as the encoder does with 15 s of sound, for as long as is said."""
    import torch

    torch.set_num_threads(1)
    frames = {512: torch.ones(750, 512), 2048: torch.ones(750, 2048)}
    weights = [torch.ones(shape) for shape in ((512, 1536), (512, 512), (512, 2048), (2048, 512))]
    pipe.send("ready")
    while True:
        try:
            seconds = pipe.recv()
        except EOFError:
            return
        start, count = (time.perf_counter(), time.process_time()), 0
        while time.perf_counter() - start[0] < seconds:
            for weight in weights:
                torch.mm(frames[len(weight)], weight)
            count += 1
        pipe.send((count, time.perf_counter() - start[0], time.process_time() - start[1]))


if __name__ == "__main__":
    main()
