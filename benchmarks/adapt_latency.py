"""How long the desk waits for an adaptation on 20 clips whose features are in the cache.

    python benchmarks/adapt_latency.py [--json] [--adapter NAME] [--rounds N]

`milliseconds` goes from cached features to a finished profile: normalization per speaker, the
support, the inner steps, the adapted weights. `with_verdict_ms` adds what the desk shows beside
it: whether the adapted model agrees with the labels more than everyone's, each label left out
in turn. The
features are noise: what is in a clip does not change the work.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine

from perser_gui.adaptation import get_adapter, support_of
from perser_gui.adaptation.inner import constant_rates
from perser_gui.adaptation.verdict import judge
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.model.checkpoint import Checkpoint, available_checkpoints, load_checkpoint
from perser_gui.model.head import HeadConfig, initial_parameters
from perser_gui.model.normalization import SpeakerNormalization
from perser_gui.progress import Progress
from perser_gui.records import Rating

CLIPS = 20
LIBRARY = 100
"""Clips of the library without a rating, which some adapters learn from too."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--adapter", default="", help="default: meta-perser if it was trained")
    parser.add_argument("--rounds", type=int, default=30)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    theta = checkpoint()
    adapter = get_adapter(arguments.adapter or "meta-perser")
    theta.digest  # noqa: B018 - reading it once belongs to loading the checkpoint
    first = milliseconds(work(theta, adapter.name, 0))
    plain = rounds(work(theta, adapter.name, 0), arguments.rounds)
    library = rounds(work(theta, adapter.name, LIBRARY), arguments.rounds)
    whole = rounds(work(theta, adapter.name, 0, check=True), arguments.rounds)
    report = {
        "benchmark": "adapt_latency",
        "milliseconds": plain["median"],
        "unit": f"ms from {CLIPS} cached clips to a profile, median of {arguments.rounds}",
        "milliseconds_p95": plain["p95"],
        "first_call_ms": round(first, 1),
        f"with_{LIBRARY}_unlabelled_ms": library["median"],
        "with_verdict_ms": whole["median"],
        "adapter": adapter.name,
        "checkpoint": theta.name,
        "target_ms": 100,
        "machine": machine(),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    for name, value in report.items():
        print(f"{name}: {value}")


def checkpoint() -> Checkpoint:
    """Return the bundled checkpoint, or a random one of its size; always with rates."""
    if "perser-base" in available_checkpoints():
        theta = load_checkpoint("perser-base")
    else:
        head = HeadConfig(3, 1024, 256, len(CLASSES), layer_mix="concatenate")
        theta = Checkpoint(
            name="random, of the bundled size",
            encoder="bundled",
            classes=CLASSES,
            head=head,
            parameters=initial_parameters(head),
            normalization=SpeakerNormalization.identity(3, 1024),
            class_weights=torch.ones(len(CLASSES)),
        )
    if theta.rates is None and "meta-perser" not in theta.variants:
        rates = constant_rates(theta.head, 0.01, 5)
        theta = Checkpoint(**{**vars_of(theta), "rates": rates})
    return theta


def vars_of(theta: Checkpoint) -> dict[str, object]:
    return {name: getattr(theta, name) for name in theta.__dataclass_fields__}


def work(
    theta: Checkpoint, name: str, unlabelled: int, *, check: bool = False
) -> Callable[[], None]:
    random = np.random.default_rng(0)
    shape = (theta.head.layers, theta.head.width)
    names = [f"clip {i}" for i in range(CLIPS + unlabelled)]
    cached = {n: random.standard_normal(shape).astype(np.float32) for n in names}
    voices = {n: f"speaker {i % 4}" for i, n in enumerate(names)}
    words = EmotionSet.default()
    ratings = [
        Rating(i, 1, n, "emotion", (words.words[i % 8],)) for i, n in enumerate(names[:CLIPS])
    ]
    adapter, generic = get_adapter(name), get_adapter("generic")

    def once() -> None:
        features = theta.normalization.apply(cached, voices)
        support = support_of(features, ratings, words, unlabelled=names[CLIPS:])
        adapter.adapt(theta, support, progress=Progress())
        if check:
            judge(adapter, generic, theta, support, progress=Progress())

    return once


def milliseconds(task: Callable[[], None]) -> float:
    started = time.perf_counter()
    task()
    return (time.perf_counter() - started) * 1000


def rounds(task: Callable[[], None], count: int) -> dict[str, float]:
    task()
    taken = sorted(milliseconds(task) for _ in range(count))
    return {
        "median": round(statistics.median(taken), 2),
        "p95": round(taken[min(int(0.95 * count), count - 1)], 2),
    }


if __name__ == "__main__":
    main()
