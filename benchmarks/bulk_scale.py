"""What a second worker process brings, and what 100,000 hours would take.

    python benchmarks/bulk_scale.py [--json] [--shards N] [--rounds N]

The local engine of `perser predict --manifest` embeds shards of 16 files of 1 to 6 s with one
worker and with two, in turns. A worker's start (loading torch and the model) is left out: the
clock begins when every worker has done its first shard. `scaling` is the rate of two over that
of one, best rounds; `hours_100000` what all of it takes of processor time and on the disk, from
the processor time of the workers and the size of their results.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import psutil
from bulk_predict import write_clips
from machine import machine

from perser_gui.bulk import BulkTask
from perser_gui.bulk.manifest import Manifest, from_files
from perser_gui.bulk.output import Output
from perser_gui.bulk.pool import run_pool
from perser_gui.progress import Progress

ROWS = 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--shards", type=int, default=10, help="shards of each run")
    parser.add_argument("--rounds", type=int, default=2, help="how often each way is taken")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, audio = write_clips(folder / "clips", ROWS * arguments.shards)
        manifest = from_files([str(file) for file in files], ROWS)
        rates: dict[int, list[float]] = {1: [], 2: []}
        costs = []
        for turn in range(arguments.rounds):
            for workers in rates:
                rate, cost = once(manifest, folder / f"{workers} {turn}", workers, audio)
                rates[workers].append(rate)
                costs.append(cost)
        stored = sum(path.stat().st_size for path in (folder / "1 0").glob("*.parquet"))
    hours = 100_000
    report = {
        "benchmark": "bulk_scale",
        "scaling": round(max(rates[2]) / max(rates[1]), 2),
        "audio_seconds_per_second": {n: [round(r, 1) for r in found] for n, found in rates.items()},
        "cpu_real_time_factor": round(min(costs), 5),
        "hours_100000": {
            "core_hours": round(hours * min(costs)),
            "features_gigabytes": round(hours * 3600 * stored / audio / 1e9, 1),
        },
        "audio_seconds": round(audio, 1),
        "machine": machine(),
    }
    print(json.dumps(report, indent=2) if arguments.json else report)


def once(manifest: Manifest, out: Path, workers: int, audio: float) -> tuple[float, float]:
    """Return seconds of audio per second, and processor time per second of audio."""
    Output(str(out)).begin({})
    task = BulkTask("embed", "bundled", str(out), {}, device="cpu")
    shards = manifest.shards(range(len(manifest.dealt)))
    heard: list[tuple[float, float, float]] = []
    for told in run_pool(task, shards, workers, Progress()):
        spent = [child.cpu_times() for child in psutil.Process().children()]
        cpu = sum(times.user + times.system for times in spent)
        heard.append((time.perf_counter(), told.seconds, cpu))
    begun, ended = heard[workers - 1], heard[-workers]
    seconds = sum(one[1] for one in heard[workers : len(heard) - workers + 1])
    assert seconds < audio
    return seconds / (ended[0] - begun[0]), (ended[2] - begun[2]) / seconds


if __name__ == "__main__":
    main()
