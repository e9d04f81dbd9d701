"""What asking for the right clips is worth: labels in the order of Suggest against random ones.

    python benchmarks/suggest.py CORPORA [--json] [--out DIR] [--only NAME,NAME]
        [--splits N] [--repeats N] [--real RATINGS.csv]

The worlds are those of `worlds.py` (each corpus left out of the head; the development half of
real listeners), without subsets of their words. In every split, clips are divided anew into a
pool and test clips; in every repeat the same first clip begins a random order and the one that
the desk would ask for. `gain` is the mean difference of macro-F1 between profiles (meta-perser)
made from the first K of each, `error` its standard error over splits (over listeners where there
are many). Trained heads are kept in `--out` and are those of `worlds.py --learn none`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine
from worlds import CORPORA, ROOT, World, halves, recipe_without_learning, tested, trained, worlds

from perser_gui import paths
from perser_gui.adaptation import get_adapter
from perser_gui.corpora import read_corpus
from perser_gui.evaluation.episode_lists import draw_episodes
from perser_gui.evaluation.ordering import in_orders
from perser_gui.evaluation.runner import run
from perser_gui.metatraining.config import read_config
from perser_gui.metatraining.embedding import EmbeddedTables, embed_tables
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.upstream.cache import FeatureCache

SHOTS = (5, 10, 20)
LEARNER = "meta-perser"

FIRST_SPLIT = 100
"""The strategy was chosen on splits 0 to 4; those reported are others."""


def main() -> None:
    """Ask in both orders in every world, and print what the suggested one gains."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--out", type=Path, default=Path("runs/worlds"))
    parser.add_argument("--only", default="", help="corpora to leave out; none: real alone")
    parser.add_argument("--real", type=Path, help="ratings of real listeners, beside their clips")
    parser.add_argument("--splits", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    started = time.perf_counter()
    tables = {k: read_corpus(v.format(arguments.corpora), None) for k, v in CORPORA.items()}
    real = read_corpus(f"folder:{arguments.real}", None) if arguments.real else None
    config = recipe_without_learning(read_config(ROOT / "docs/recipes/meta-base.toml"))
    embedded = embed_tables(
        [*tables.values(), *([real] if real else [])],
        config.data.upstream,
        cache=FeatureCache(paths.cache_dir() / "features"),
    )

    def each() -> Iterator[tuple[World, Checkpoint]]:
        wanted = arguments.only.split(",") if arguments.only else list(CORPORA)
        for name in wanted:
            if name != "none":
                others = [table for k, table in tables.items() if k != name]
                theta = trained(embedded, others, config, arguments.out / f"without-{name}")
                for world in worlds(name, tables[name], theta):
                    if world.name in (name, f"{name}, new speakers"):
                        yield world, theta
        if real is not None:
            theta = trained(embedded, list(tables.values()), config, arguments.out / "all")
            half = halves(real.listeners)["development"]
            kept = real.where(lambda row: row.listener in half)
            yield World("real (development)", "", len(real.emotions), (), "known", kept), theta

    found = {}
    for world, theta in each():
        found[world.name] = asked(embedded, world, theta, arguments.splits, arguments.repeats)
        if not arguments.json:
            print(world.name, found[world.name], flush=True)
    document = {
        "benchmark": "suggest",
        "machine": machine(),
        "seconds": round(time.perf_counter() - started),
        "splits": arguments.splits,
        "repeats": arguments.repeats,
        "worlds": found,
    }
    if arguments.json:
        print(json.dumps(document, indent=1))


def asked(
    embedded: EmbeddedTables, world: World, theta: Checkpoint, splits: int, repeats: int
) -> dict[int, dict[str, Any]]:
    """Return what the suggested order gains over the random one, by number of labels."""
    material = tested(embedded, world, theta)
    adapters = {name: get_adapter(name) for name in ("generic", LEARNER)}
    gains: dict[int, dict[tuple[str, int], list[float]]] = {shots: {} for shots in SHOTS}
    disjoint = "speaker" if world.speakers == "new" else "dialogue"
    for split in range(splits):
        drawn = draw_episodes(
            material.table,
            shots=SHOTS,
            repeats=repeats,
            seed=FIRST_SPLIT + split,
            disjoint=disjoint,
            contents=material.contents,
        )
        both = in_orders(drawn, ("random", "suggested"), material, theta)
        scores = {
            (row.order, row.shots, row.listener, row.repeat): row.macro_f1
            for row in run(material, theta, both, adapters).rows
            if row.adapter == LEARNER
        }
        for (order, shots, listener, repeat), score in scores.items():
            if order == "suggested":
                gain = score - scores["random", shots, listener, repeat]
                gains[shots].setdefault((listener, split), []).append(gain)
    return {shots: _mean(values) for shots, values in gains.items()}


def _mean(gains: dict[tuple[str, int], list[float]]) -> dict[str, Any]:
    """Return the mean of gains and its standard error over listeners, or splits of a single one."""
    several = len({listener for listener, _ in gains}) > 1
    by: dict[str | int, list[float]] = {}
    for (listener, split), values in gains.items():
        by.setdefault(listener if several else split, []).extend(values)
    means = np.array([np.mean(values) for values in by.values()])
    error = float(means.std(ddof=1) / len(means) ** 0.5) if len(means) > 1 else float("nan")
    return {"gain": round(float(means.mean()), 4), "error": round(error, 4)}


if __name__ == "__main__":
    main()
