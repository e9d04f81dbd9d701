"""How fast the bundled encoders are on one thread, beside transformers padded to 30 s.

    python benchmarks/encoder_speed.py [--json] [--rounds N]

The real-time factor is seconds of computing per second of audio, from samples to
statistics, one clip at a time; of all rounds over the clips, each clip counts with the
one least disturbed by other programs (`median`: with the middle one). The clips are
noise: what is in a clip does not change the work. `bound` is the factor if nothing were
done but the multiplications, at the rate of the machine's best matrix product in the
same rounds: where other programs slow down both, their quotient still counts.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine
from padded_transformers import padded_transformers

from perser_gui.paths import shipped
from perser_gui.records import Waveform
from perser_gui.upstream import BUNDLED, load_encoder

SECONDS = (1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 5.0, 6.0)
"""Lengths of the clips, as they are in corpora of acted and conversational speech."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, default=30, help="rounds over all clips")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    random = np.random.default_rng(0)
    clips = [
        Waveform((0.05 * random.standard_normal(round(s * 16_000))).astype(np.float32), 16_000)
        for s in SECONDS
    ]
    encoders = {name: figures(name, clips, arguments.rounds) for name in BUNDLED}
    report = {
        "benchmark": "encoder_speed",
        "real_time_factor": encoders["bundled"]["real_time_factor"],
        "unit": "seconds of computing per second of audio, one thread",
        "encoders": encoders,
        "audio_seconds": sum(SECONDS),
        "rounds": arguments.rounds,
        "machine": machine(),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    for name, found in encoders.items():
        print(
            f"{name}: real-time factor {found['real_time_factor']:.4f}"
            f" (median {found['median']:.4f}, batched {found['batched']:.4f},"
            f" bound {found['bound']:.4f}),"
            f" {found['ratio']:.1f} times as fast as transformers padded to 30 s"
        )


def figures(name: str, clips: list[Waveform], rounds: int) -> dict[str, float]:
    """Return the figures of one encoder; ways of working take turns in every round."""
    encoder = load_encoder(name, device="cpu")
    padded = padded_transformers(name)

    work: dict[str, list[tuple[Callable[[], object], float]]] = {
        "alone": [(partial(encoder.embed, clip), clip.seconds) for clip in clips],
        "batched": [(partial(encoder.embed_batch, clips), sum(SECONDS))],
        "padded": [(partial(padded, [clip]), clip.seconds) for clip in clips[2:3]],
        "product": [(partial(torch.mm, torch.ones(750, 512), torch.ones(512, 2048)), 1.0)],
    }
    found: dict[str, list[list[float]]] = {way: [[] for _ in parts] for way, parts in work.items()}
    for turn in range(rounds + 1):
        for way, parts in work.items():
            if way == "padded" and turn % 5 > 1:
                continue  # one such pass takes as long as all the others
            for times, (task, _seconds) in zip(found[way], parts, strict=True):
                start = time.perf_counter()
                task()
                if turn:  # the first round warms up
                    times.append(time.perf_counter() - start)

    def factor(way: str, of: Callable[[list[float]], float]) -> float:
        return sum(map(of, found[way])) / sum(seconds for _task, seconds in work[way])

    # Padding costs the same for every clip, so one of mean length stands for all.
    padded_seconds = len(clips) * statistics.median(found["padded"][0])
    alone_seconds = sum(map(statistics.median, found["alone"]))
    product_rate = 750 * 512 * 2048 / min(found["product"][0])
    return {
        "real_time_factor": round(factor("alone", min), 5),
        "median": round(factor("alone", statistics.median), 5),
        "batched": round(factor("batched", min), 5),
        "bound": round(multiply_adds(name) / product_rate / sum(SECONDS), 5),
        "ratio": round(padded_seconds / alone_seconds, 2),
    }


def multiply_adds(name: str) -> float:
    """Return the multiplications that embedding all clips takes, but for those of the mel."""
    sizes = json.loads(shipped("models", BUNDLED[name], "encoder.json").read_text("utf-8"))
    width, inner = sizes["d_model"], sizes["encoder_ffn_dim"]
    total = 0.0
    for seconds in SECONDS:
        frames = 50 * seconds
        convolved = 2 * frames * 3 * sizes["num_mel_bins"] * width + frames * 3 * width**2
        linear = frames * (4 * width**2 + 2 * width * inner)
        attended = 2 * frames**2 * width
        total += convolved + sizes["encoder_layers"] * (linear + attended)
    return total


if __name__ == "__main__":
    main()
