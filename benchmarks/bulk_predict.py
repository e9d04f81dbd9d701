"""A folder of clips to predictions, beside a plain transformers pipeline on the same files.

    python benchmarks/bulk_predict.py [--json] [--clips N]

Ours is what `perser predict FOLDER` does: hash, decode, embed with the bundled encoder,
normalize per voice, everyone's head; from an empty cache, the model loaded before. The
pipeline reads the files with soundfile, embeds the same number of blocks through
transformers padded to 30 s (clip by clip, and in batches of eight) and applies the same
head. `ratio` is the time of the faster pipeline over ours. Also measured: a second
prediction of the same folder, from the cache. The head is random: its numbers do not
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
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        report = measured(Path(name), arguments.clips)
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    print(
        f"{report['clips']} clips ({report['audio_seconds']} s): {report['seconds']} s, "
        f"{report['ratio']} times as fast as transformers padded to 30 s; "
        f"again from the cache: {report['again_seconds']} s"
    )


def measured(folder: Path, count: int) -> dict[str, object]:
    files, seconds = write_clips(folder / "clips", count)
    checkpoint = random_checkpoint()
    save_checkpoint(checkpoint, folder / "checkpoint")
    usual = padded_transformers("bundled")
    desk = Desk.open(
        data_dir=folder / "data",
        cache_dir=folder / "cache",
        checkpoint=str(folder / "checkpoint"),
        device="cpu",
    )
    try:
        desk.load_model(Progress())
        warm(desk, usual, files[0])
        start = time.perf_counter()
        ours = desk.predict_files([folder / "clips"], None, Progress())
        ours_s = time.perf_counter() - start
        start = time.perf_counter()
        again = desk.predict_files([folder / "clips"], None, Progress())
        again_s = time.perf_counter() - start
    finally:
        desk.close()
    assert len(ours.pairs) == len(again.pairs) == count, ours.problems
    plain = {size: pipeline(usual, checkpoint, files, size) for size in (1, BATCH)}
    return {
        "benchmark": "bulk_predict",
        "ratio": round(min(plain.values()) / ours_s, 2),
        "seconds": round(ours_s, 3),
        "again_seconds": round(again_s, 3),
        "transformers_clip_by_clip_seconds": round(plain[1], 3),
        "transformers_batches_of_8_seconds": round(plain[BATCH], 3),
        "clips": count,
        "audio_seconds": round(seconds, 1),
        "clips_per_second": round(count / ours_s, 1),
        "machine": machine(),
    }


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


def warm(desk: Desk, usual: Embed, file: Path) -> None:
    """Let both sides do everything once, on a clip that is not among those measured."""
    other = file.parent.parent / "warm.wav"
    samples, _ = soundfile.read(file, dtype="float32")
    soundfile.write(other, 0.5 * samples, 16_000)
    desk.predict_files([other], None, Progress())
    usual([Waveform(samples, 16_000)])


def pipeline(usual: Embed, checkpoint: Checkpoint, files: list[Path], size: int) -> float:
    """Return the seconds that the plain pipeline takes for all files."""
    start = time.perf_counter()
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
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
