"""A graphics card beside the processor: the same numbers, and how much faster.

    python benchmarks/gpu.py [--json] [--device cuda] [--clips N]

Checks and times, each on the device and on the CPU:

- features of synthetic clips: float32 within 1e-4 of the CPU's, relative to the largest; half
  precision within .002 UAR of a nearest-centroid classification of the clips;
- an adaptation to 20 clips, and a meta-iteration (its gradients, beside the plain loop's and,
  where it is installed, those of `higher`);
- bulk prediction of a folder, beside a transformers pipeline on the same device;
- running out of the card's memory, for real: the encoder moves to the CPU and says so;
- meta-training under torchrun on one rank, with nccl.

`--device cpu` goes the same way without a card: what needs one is told as `skipped`, with the
reason. What one part raises is told and does not hold up the others. The exit status is 1 if
anything that was done is not as it should be.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from adapt_latency import checkpoint as bundled_checkpoint
from bulk_predict import pipeline, random_checkpoint, warm, write_clips
from machine import machine
from meta_step import Work, disagreement, loop, ours, with_higher
from padded_transformers import padded_transformers

from perser_gui.adaptation import get_adapter, support_of
from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import save_checkpoint
from perser_gui.progress import Progress
from perser_gui.records import Rating, Waveform
from perser_gui.upstream import Encoder, load_encoder

ROOT = Path(__file__).resolve().parents[1]
RATE = 16_000
KINDS = 4
WIDTH = 1024
FEATURES_APART, GRADIENTS_APART, PROBABILITIES_APART, UAR_APART = 1e-4, 1e-3, 1e-3, 0.002

Finding = dict[str, object]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--device", default="cuda", help="cuda, or cpu to try the script")
    parser.add_argument("--clips", type=int, default=200, help="how many synthetic clips")
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    device = arguments.device
    if device != "cpu" and not torch.cuda.is_available():
        sys.exit("There is no CUDA device here; --device cpu tries the script without one.")
    if arguments.rank:
        return one_rank(device)
    clips, kinds = synthetic(arguments.clips)
    parts: dict[str, Callable[[], Finding]] = {
        "features": lambda: features(device, clips, kinds),
        "adaptation": lambda: adaptation(device),
        "meta_iteration": lambda: meta_iteration(device),
        "bulk_prediction": lambda: bulk_prediction(device, arguments.clips),
        "out_of_memory": lambda: out_of_memory(device, clips),
        "torchrun": lambda: torchrun(device),
    }
    report: dict[str, object] = {"benchmark": "gpu", "device": device, "machine": machine()}
    if device != "cpu":
        report["card"] = torch.cuda.get_device_name()
    wrong = []
    for name, part in parts.items():
        start = time.perf_counter()
        try:
            found = part()
        except Exception:  # a lent card is there for minutes: the others still go on
            found = {"ok": False, "raised": traceback.format_exc()[-2000:]}
        found["took_s"] = round(time.perf_counter() - start, 1)
        report[name] = found
        if found.get("ok") is False:
            wrong.append(name)
        print(f"{name}: {found}", file=sys.stderr, flush=True)
    report["wrong"] = wrong
    if arguments.json:
        print(json.dumps(report, indent=2))
    return 1 if wrong else 0


def synthetic(count: int) -> tuple[list[Waveform], np.ndarray]:
    """Return clips of hissed syllables whose pitch, tempo and slope depend on their kind."""
    random = np.random.default_rng(0)
    kinds = np.arange(count) % KINDS
    clips = []
    for kind in kinds:
        seconds = random.uniform(1.2, 4.0)
        t = np.arange(round(seconds * RATE)) / RATE
        pitch = (110 + 35 * kind) * np.exp(random.normal(0, 0.12) + 0.1 * np.sin(2 * np.pi * t))
        tone = np.sign(np.sin(2 * np.pi * np.cumsum(pitch) / RATE)) * 0.2
        beat = np.clip(np.sin(2 * np.pi * (2 + kind + random.normal(0, 0.7)) * t), 0, 1)
        sound = tone * beat + random.normal(0, 0.03 + 0.02 * random.random(), len(t))
        clips.append(Waveform(sound.astype(np.float32), RATE))
    return clips, kinds


def features(device: str, clips: list[Waveform], kinds: np.ndarray) -> Finding:
    cpu, there = load_encoder("bundled", device="cpu"), load_encoder("bundled", device=device)
    expected, cpu_s = timed(lambda: embedded(cpu, clips), "cpu")
    found, full_s = timed(lambda: embedded(there, clips), device)
    kind, half = ("cuda", torch.float16) if device != "cpu" else ("cpu", torch.bfloat16)

    def in_half() -> np.ndarray:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # this precision holds for the calling thread only
        try:
            with torch.autocast(kind, half):
                return embedded(there, clips)
        finally:
            torch.set_num_threads(threads)

    rough, half_s = timed(in_half, device)
    apart = float(np.abs(found - expected).max() / np.abs(expected).max())
    uars = {
        name: centroid_uar(values, kinds)
        for name, values in (("cpu", expected), ("float32", found), ("half", rough))
    }
    half_apart = float(np.abs(rough - expected).max() / np.abs(expected).max())
    close = apart <= FEATURES_APART and abs(uars["half"] - uars["cpu"]) <= UAR_APART
    return {
        "ok": close and half_apart > 0,
        "float32_apart": apart,
        "half_apart": half_apart,
        "uar": {name: round(value, 4) for name, value in uars.items()},
        "cpu_s": cpu_s,
        "float32_s": full_s,
        "half_s": half_s,
        "ratio": round(cpu_s / full_s, 2),
        "audio_seconds": round(sum(clip.seconds for clip in clips), 1),
    }


def embedded(encoder: Encoder, clips: list[Waveform]) -> np.ndarray:
    return np.stack(encoder.embed_batch(clips))


def centroid_uar(values: np.ndarray, kinds: np.ndarray) -> float:
    """Return the recall, mean over kinds, of the second half by the centroids of the first."""
    flat = values.reshape(len(values), -1)
    flat = (flat - flat.mean(0)) / (flat.std(0) + 1e-6)
    half = len(flat) // 2
    centroids = np.stack([flat[:half][kinds[:half] == kind].mean(0) for kind in range(KINDS)])
    told = ((flat[half:, None] - centroids) ** 2).sum(-1).argmin(1)
    return float(np.mean([(told == k)[kinds[half:] == k].mean() for k in range(KINDS)]))


def adaptation(device: str) -> Finding:
    theta = bundled_checkpoint()
    random = np.random.default_rng(0)
    shape = (theta.head.layers, theta.head.width)
    names = [f"clip {number}" for number in range(20)]
    cached = {name: random.standard_normal(shape).astype(np.float32) for name in names}
    words = EmotionSet.default()
    ratings = [
        Rating(number, 1, name, "emotion", (words.words[number % 8],))
        for number, name in enumerate(names)
    ]
    support = support_of(cached, ratings, words)
    adapter = get_adapter("meta-perser")
    results, seconds = {}, {}
    for place in dict.fromkeys(("cpu", device)):
        results[place], seconds[place] = timed(
            lambda where=place: adapter.adapt(theta, support, device=where), place, rounds=10
        )
    x = np.stack([cached[name] for name in names])
    told = [adapter.probabilities(theta, results[place], x) for place in ("cpu", device)]
    apart = float(np.abs(told[0] - told[1]).max())
    return {
        "ok": apart <= PROBABILITIES_APART,
        "probabilities_apart": apart,
        "cpu_s": seconds["cpu"],
        "device_s": seconds[device],
    }


def meta_iteration(device: str) -> Finding:
    work, there = Work(WIDTH), moved(Work(WIDTH), device)
    methods = {"ours": ours, "loop": loop}
    try:
        import higher  # noqa: F401

        methods["higher"] = with_higher
    except ImportError:
        pass
    reference = loop(work)
    apart, seconds = {}, {}
    for name, method in methods.items():
        if name == "higher" and device != "cpu":
            continue  # its module is made on the CPU
        found, seconds[name] = timed(lambda m=method: m(there), device, rounds=5)
        apart[name] = disagreement({key: value.cpu() for key, value in found.items()}, reference)
    _, on_cpu = timed(lambda: ours(work), "cpu", rounds=5)
    return {
        "ok": max(apart.values()) <= GRADIENTS_APART,
        "gradients_apart": apart,
        "seconds": seconds,
        "ours_on_cpu_s": on_cpu,
        "loop_over_ours": round(seconds["loop"] / seconds["ours"], 2),
    }


def moved(work: Work, device: str) -> Work:
    """Bring the data and the start of a meta-iteration to a device."""
    for name in ("support", "query", "rated", "asked", "weights"):
        setattr(work, name, getattr(work, name).to(device))
    for group in (work.parameters, work.rates):
        for name, value in group.items():
            group[name] = value.detach().to(device).requires_grad_()
    return work


def bulk_prediction(device: str, count: int) -> Finding:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files, seconds = write_clips(folder / "clips", count)
        checkpoint = random_checkpoint()
        save_checkpoint(checkpoint, folder / "checkpoint")
        usual = padded_transformers("bundled", device)
        warm(usual, files[0])
        told, taken = {}, {}
        for place in dict.fromkeys(("cpu", device)):
            desk = Desk.open(
                data_dir=folder / f"data {place}",
                cache_dir=folder / f"cache {place}",
                checkpoint=str(folder / "checkpoint"),
                device=place,
            )
            try:
                desk.load_model(Progress())
                desk.predict_files([folder / "warm.wav"], None, Progress())
                start = time.perf_counter()
                told[place] = desk.predict_files([folder / "clips"], None, Progress())
                taken[place] = time.perf_counter() - start
            finally:
                desk.close()
        plain, _ = pipeline(usual, checkpoint, files, 8)
    rows = [np.stack([own.probabilities for own, _ in told[p].pairs]) for p in ("cpu", device)]
    apart = float(np.abs(rows[0] - rows[1]).max())
    return {
        "ok": apart <= PROBABILITIES_APART and len(rows[0]) == count,
        "probabilities_apart": apart,
        "seconds": {place: round(value, 3) for place, value in taken.items()},
        "transformers_s": round(plain, 3),
        "ratio": round(plain / taken[device], 2),
        "audio_seconds": round(seconds, 1),
    }


def out_of_memory(device: str, clips: list[Waveform]) -> Finding:
    """Leave the encoder next to no memory of the card, and see that it goes on."""
    if device == "cpu":
        return {"skipped": "only the memory of a card can be made small for a moment"}
    expected = embedded(load_encoder("bundled", device="cpu"), clips)
    encoder = load_encoder("bundled", device=device)
    gc.collect()  # models of the parts before hold each other; gaps of theirs would be room
    torch.cuda.empty_cache()
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction(torch.cuda.memory_reserved() / total)
    try:
        found = embedded(encoder, clips)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    apart = float(np.abs(found - expected).max() / np.abs(expected).max())
    return {
        "ok": encoder.device == "cpu" and bool(encoder.notes) and apart <= FEATURES_APART,
        "features_apart": apart,
        "notes": encoder.notes,
    }


def torchrun(device: str) -> Finding:
    """Run one rank of this script under torchrun, then meta-training of a planted world."""
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=1"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}

    def status(arguments: list[str]) -> tuple[int, str]:
        done = subprocess.run(
            [*command, *arguments],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        return done.returncode, done.stderr[-2000:] if done.returncode else ""

    first, first_says = status([str(Path(__file__)), "--rank", "--device", device])
    with tempfile.TemporaryDirectory() as name:
        from tests.unit.metatraining.toy_run import CONFIG

        config = Path(name, "run.toml")
        text = CONFIG.format(epochs=1, batches=3).replace('"cpu"', f'"{device}"')
        config.write_text(text, encoding="utf-8")
        script = str(ROOT / "tests/unit/metatraining/toy_run.py")
        second, second_says = status([script, str(config), str(Path(name, "out"))])
        written = sorted(path.name for path in Path(name, "out").glob("*"))
    return {
        "ok": first == second == 0 and bool(written),
        "all_reduce": "nccl" if device != "cpu" else "gloo",
        "written": written,
        "says": first_says + second_says,
    }


def one_rank(device: str) -> int:
    """Join a group of one, add up the gradients of a meta-iteration over it, and compare."""
    import torch.distributed as dist

    dist.init_process_group("gloo" if device == "cpu" else "nccl")
    try:
        found = ours(moved(Work(WIDTH), device))
        summed = {name: value.detach().clone() for name, value in found.items()}
        for value in summed.values():
            dist.all_reduce(value)
        return int(disagreement(summed, found) > 1e-6)
    finally:
        dist.destroy_process_group()


def timed(task: Callable[[], Any], device: str, rounds: int = 3) -> tuple[Any, float]:
    """Return what a task returns and the median of its seconds, after one round to warm up."""

    def settled() -> None:
        if device != "cpu":
            torch.cuda.synchronize()

    result = task()
    taken = []
    for _ in range(rounds):
        settled()
        start = time.perf_counter()
        task()
        settled()
        taken.append(time.perf_counter() - start)
    return result, round(statistics.median(taken), 5)


if __name__ == "__main__":
    sys.exit(main())
