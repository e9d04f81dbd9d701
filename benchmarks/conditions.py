"""What do noise, a room, a telephone, and few clips of a voice cost everyone's model?

    python benchmarks/conditions.py CORPORA [--out DIR] [--only NAME,NAME] [--seed N]
        [--every N] [--clips 1,3,10] [--json]

Each corpus in turn is left out of head and normalization; heads are those that
`benchmarks/worlds.py --learn none` made (or makes now) in the same `--out`. All clips of EMO-DB and
every fifth of the others are recorded anew under each condition, speech is found in them as in any
file, and each voice is normalized among its clips of one condition. With `--clips`, the clean clips
once more, as if no more than so many had been heard of a voice. Printed is macro-F1, with what each
condition changes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine
from worlds import CORPORA, ROOT, recipe_without_learning, trained

from perser_gui import paths
from perser_gui.adaptation.listener import generic_logits
from perser_gui.audio import open_waveform
from perser_gui.audio.augment import named_condition, recorded
from perser_gui.audio.speech import spoken
from perser_gui.corpora import RatingsTable, read_corpus
from perser_gui.evaluation.metrics import query_scores
from perser_gui.evaluation.runner import emotion_set, targets_of
from perser_gui.metatraining.config import read_config
from perser_gui.metatraining.embedding import embed_tables
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import Features, FloatArray
from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.encoders import Encoder, load_encoder

CONDITIONS = ("noise", "room", "telephone")
WHOLE = "emodb"
"""The corpus that is small enough to be recorded anew as a whole."""


def main() -> None:
    """Record every corpus anew under each condition, and print what that costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/worlds"))
    parser.add_argument("--recipe", type=Path, default=ROOT / "docs/recipes/meta-base.toml")
    parser.add_argument("--only", default=",".join(CORPORA), help="corpora to leave out")
    parser.add_argument("--seed", type=int, default=1, help="of the conditions")
    parser.add_argument("--every", type=int, default=5, help="part of the larger corpora")
    parser.add_argument("--clips", default="1,3,10", help="how few clips of a voice")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    started = time.perf_counter()
    config = recipe_without_learning(read_config(arguments.recipe))
    upstream, cache = config.data.upstream, FeatureCache(paths.cache_dir() / "features")
    tables = {k: read_corpus(v.format(arguments.corpora), None) for k, v in CORPORA.items()}
    copies = config.pretrain.copies
    embedded = embed_tables([*tables.values()], upstream, cache=cache, copies=copies)
    encoder, few = (
        load_encoder(upstream),
        [int(n) for n in filter(None, arguments.clips.split(","))],
    )
    found: dict[str, dict[str, float]] = {}
    for name in filter(None, arguments.only.split(",")):
        others = [table for k, table in tables.items() if k != name]
        theta = trained(embedded, others, config, arguments.out / f"without-{name}")
        table = tables[name] if name == WHOLE else thinned(tables[name], arguments.every)
        clean, voices = heard(table, "clean", 0, encoder, cache), voices_of(table)
        row = {"clips": len(clean), "clean": scored(table, clean, voices, theta)}
        for count in few:
            row[f"{count} clips"] = scored(table, clean, parted(voices, count), theta)
        for condition in CONDITIONS:
            spoilt = heard(table, condition, arguments.seed, encoder, cache)
            row[condition] = scored(table, spoilt, voices, theta)
            row[f"{condition}, change"] = round(row[condition] - row["clean"], 4)
        found[name] = row
        if not arguments.json:
            print(name, row, flush=True)
    document: dict[str, Any] = {
        "benchmark": "conditions",
        "unit": "macro-F1",
        "seed": arguments.seed,
        "recipe": config.pretrain.__dict__,
        "corpora": found,
        "machine": machine(),
        "seconds": round(time.perf_counter() - started),
    }
    if arguments.json:
        print(json.dumps(document, indent=1))


def thinned(table: RatingsTable, every: int) -> RatingsTable:
    """Return a table of every so many-th file."""
    kept = set(sorted(table.files)[::every])
    return table.where(lambda row: row.file in kept)


def voices_of(table: RatingsTable) -> dict[str, str]:
    """Return who speaks in each file."""
    return {row.file: row.speaker or "" for row in table.rows}


def parted(voices: Mapping[str, str], count: int) -> dict[str, str]:
    """Return names that tell a voice's clips apart, `count` of them, drawn by lot, to a name."""
    files, seen = sorted(voices), dict.fromkeys(voices.values(), 0)
    result = {}
    for place in np.random.default_rng(0).permutation(len(files)):
        file = files[place]
        voice = voices[file]
        result[file] = f"{voice}#{seen[voice] // count}"
        seen[voice] += 1
    return result


def heard(
    table: RatingsTable, condition: str, seed: int, encoder: Encoder, cache: FeatureCache
) -> dict[str, FloatArray]:
    """Return the features [L, W] of a table's files under a condition."""
    features: dict[str, FloatArray] = {}
    for file in sorted(table.files):
        name = f"{table.source}/{file}+{condition}.{seed}"
        known = cache.get(name, encoder.id)
        if known is None:
            wave = open_waveform(Path(file) if table.root is None else table.root / file)
            if condition != "clean":
                number = zlib.crc32(file.encode())
                wave = recorded(wave, named_condition(condition), [seed, number])
            known = Features(name, encoder.id, wave.seconds, encoder.embed(spoken(wave)))
            cache.put(known)
        features[file] = known.layers
    return features


def scored(
    table: RatingsTable,
    features: Mapping[str, FloatArray],
    voices: Mapping[str, str],
    theta: Checkpoint,
) -> float:
    """Return the macro-F1 of everyone's model, each voice normalized among its clips."""
    latest = table.latest()
    words = emotion_set(latest, theta.classes)
    said = targets_of(latest, words)
    done = theta.normalization.apply(features, voices)
    x, targets = (np.stack([each[file] for file in features]) for each in (done, said))
    p = torch.softmax(generic_logits(theta, words, x).double(), -1).numpy()
    return round(float(query_scores(p, targets).macro_f1), 4)


if __name__ == "__main__":
    main()
