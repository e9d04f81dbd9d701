"""A folder of clips to predictions, beside a plain transformers pipeline on the same files.

    python benchmarks/bulk_predict.py [--json] [--clips N] [--rounds N]

Ours is what `perser predict FOLDER` does: hash, decode, embed with the bundled encoder,
normalize per voice, everyone's head; from an empty cache, the model loaded before. The
pipeline reads the files with soundfile, embeds the same number of blocks through
transformers padded to 30 s (clip by clip, and in batches of eight) and applies the same
head. All take turns in every round, and of each the best round counts, so that other programs
disturb the figures little: `ratio` is the time of the faster pipeline over ours, `cpu_ratio` the
same in processor time, which tells the work where cores are taken by others. Also measured: a
second prediction of the same folder, from the cache. The head is random: its numbers do not
change the work.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import soundfile
import torch
from machine import machine
from padded_transformers import Embed, padded_transformers

from perser_gui.desk import Desk
from perser_gui.emotions import CLASSES
from perser_gui.model.checkpoint import Checkpoint, save_checkpoint
from perser_gui.model.head import HeadConfig, initial_parameters, logits
from perser_gui.model.normalization import SpeakerNormalization
from perser_gui.progress import Progress
from perser_gui.records import Waveform
from perser_gui.upstream import load_encoder

BATCH = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--clips", type=int, default=40, help="how many clips")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is taken")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        report = measured(Path(name), arguments.clips, arguments.rounds)
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    print(
        f"{report['clips']} clips ({report['audio_seconds']} s): {report['seconds']} s, "
        f"{report['ratio']} times as fast as transformers padded to 30 s "
        f"({report['cpu_ratio']} times by processor time); "
        f"again from the cache: {report['again_seconds']} s"
    )


Taken = tuple[float, float]
"""Seconds by the clock, and of processor time."""


def measured(folder: Path, count: int, rounds: int) -> dict[str, object]:
    files, seconds = write_clips(folder / "clips", count)
    checkpoint = random_checkpoint()
    save_checkpoint(checkpoint, folder / "checkpoint")
    usual = padded_transformers("bundled")
    warm(usual, files[0])
    ways: dict[str, list[Taken]] = {"ours": [], "again": [], "1": [], "8": []}
    for turn in range(rounds):
        ours, again = predicted(folder, turn, count)
        ways["ours"].append(ours)
        ways["again"].append(again)
        for size in (1, BATCH):
            ways[str(size)].append(pipeline(usual, checkpoint, files, size))
    best = {
        name: tuple(min(taken[k] for taken in all_) for k in (0, 1)) for name, all_ in ways.items()
    }
    plain = [min(best["1"][k], best["8"][k]) for k in (0, 1)]
    return {
        "benchmark": "bulk_predict",
        "ratio": round(plain[0] / best["ours"][0], 2),
        "cpu_ratio": round(plain[1] / best["ours"][1], 2),
        "seconds": round(best["ours"][0], 3),
        "cpu_seconds": round(best["ours"][1], 3),
        "cpu_real_time_factor": round(best["ours"][1] / seconds, 5),
        "again_seconds": round(best["again"][0], 3),
        "transformers_clip_by_clip_seconds": round(best["1"][0], 3),
        "transformers_batches_of_8_seconds": round(best["8"][0], 3),
        "all_seconds": {name: [round(t[0], 3) for t in all_] for name, all_ in ways.items()},
        "all_cpu_seconds": {name: [round(t[1], 3) for t in all_] for name, all_ in ways.items()},
        "clips": count,
        "audio_seconds": round(seconds, 1),
        "rounds": rounds,
        "machine": machine(),
    }


def predicted(folder: Path, turn: int, count: int) -> tuple[Taken, Taken]:
    """Return what predicting the folder takes from an empty cache, and once more."""
    desk = Desk.open(
        data_dir=folder / f"data {turn}",
        cache_dir=folder / f"cache {turn}",
        checkpoint=str(folder / "checkpoint"),
        device="cpu",
    )
    try:
        desk.load_model(Progress())
        desk.predict_files([folder / "warm.wav"], None, Progress())
        taken = []
        for _ in ("from an empty cache", "once more"):
            start = time.perf_counter(), time.process_time()
            found = desk.predict_files([folder / "clips"], None, Progress())
            taken.append((time.perf_counter() - start[0], time.process_time() - start[1]))
            assert len(found.pairs) == count, found.problems
        return taken[0], taken[1]
    finally:
        desk.close()


def write_clips(folder: Path, count: int) -> tuple[list[Path], float]:
    """Write clips of 1 to 6 s of noise, each different."""
    random = np.random.default_rng(0)
    lengths = np.clip(random.gamma(6.0, 0.5, count), 1.0, 6.0)
    folder.mkdir()
    files = []
    for number, seconds in enumerate(lengths):
        samples = 0.05 * random.standard_normal(round(seconds * 16_000))
        files.append(folder / f"{number:04}.wav")
        soundfile.write(files[-1], samples, 16_000)
    return files, float(lengths.sum())


def random_checkpoint() -> Checkpoint:
    encoder = load_encoder("bundled", device="cpu")
    head = HeadConfig(encoder.layers, encoder.width, classes=len(CLASSES))
    return Checkpoint(
        name="random",
        encoder=encoder.id,
        classes=CLASSES,
        head=head,
        parameters=initial_parameters(head, 0),
        normalization=SpeakerNormalization.identity(head.layers, head.width),
        class_weights=torch.ones(head.classes),
        rates=None,
        training={"encoder_name": "bundled"},
        card={},
    )


def warm(usual: Embed, file: Path) -> None:
    """Let the pipeline do everything once, and leave us a clip that is not among those measured."""
    samples, _ = soundfile.read(file, dtype="float32")
    soundfile.write(file.parent.parent / "warm.wav", 0.5 * samples, 16_000)
    usual([Waveform(samples, 16_000)])


def pipeline(usual: Embed, checkpoint: Checkpoint, files: list[Path], size: int) -> Taken:
    """Return what the plain pipeline takes for all files."""
    start = time.perf_counter(), time.process_time()
    predicted = 0
    for first in range(0, len(files), size):
        clips = []
        for path in files[first : first + size]:
            samples, rate = soundfile.read(path, dtype="float32")
            clips.append(Waveform(samples, rate))
        x = torch.from_numpy(np.stack(usual(clips)))
        scores = logits(checkpoint.parameters, x, checkpoint.head).softmax(-1)
        predicted += len(scores)
    assert predicted == len(files)
    return time.perf_counter() - start[0], time.process_time() - start[1]


if __name__ == "__main__":
    main()
