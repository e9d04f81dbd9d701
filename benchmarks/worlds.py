"""Does adapting help people and recordings that nobody trained on?

    python benchmarks/worlds.py CORPORA [--json] [--out DIR] [--quick] [--learn rates|none]
        [--adapters A,B] [--real RATINGS.csv --half development|sealed] [--only NAME,NAME]
        [--doubtful] [--offered]

Each corpus in turn is left out of everything: head, normalization, rates, precisions, tuned
fine-tuning. Then its acted labels are learned from, K at a time, with all of its words and with
2, 3 and 5 of them, on clips of known and of new speakers. With `--doubtful`, every world of known
speakers comes once more with two fifths of its labels, those of the test clips too, drawn from
what everyone's model finds likely: somebody without a habit who is often unsure, whom nothing
that is learned can help and much can harm. With `--offered`, every listener's set holds all classes
of the checkpoint, as a set at the desk that was left as it came, whichever words they say.
With `--real` the listeners of a table
are split once, by seed, into halves; the head of all four corpora is tried on one of them.
Whatever was chosen, was chosen on the development half and on corpora left out; the sealed half
is for one look at the end.

Every figure is of the episodes that `perser evaluate` would draw; supports, tests and library are
the same for every adapter. Intervals are 95 % bootstraps over listeners, or over draws where a
world has one listener (said as `over`).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine

from perser_gui import paths
from perser_gui.adaptation import get_adapter
from perser_gui.adaptation.listener import generic_logits
from perser_gui.corpora import RatingsTable, read_corpus
from perser_gui.emotions import class_of
from perser_gui.evaluation.episode_lists import draw_episodes
from perser_gui.evaluation.results import Results, Row
from perser_gui.evaluation.runner import Answer, emotion_set, run
from perser_gui.evaluation.runner import EvaluationMaterial as Tested
from perser_gui.metatraining.config import TrainingConfig, read_config
from perser_gui.metatraining.embedding import EmbeddedTables, embed_tables
from perser_gui.metatraining.meta_train import train_material
from perser_gui.metatraining.preparation import simulated_tables
from perser_gui.model.checkpoint import Checkpoint, load_checkpoint
from perser_gui.upstream.cache import FeatureCache

ROOT = Path(__file__).resolve().parents[1]
CORPORA = {
    "ravdess": "ravdess:{}/ravdess",
    "emodb": "emodb:{}/emodb",
    "nemo": "nemo:{}/nemo",
    "rakshak": "folder:{}/rakshak/ratings.csv",
}
SHOTS = (1, 2, 5, 10, 20, 40)
SUBSETS = {2: 3, 3: 3, 5: 2}
"""How many sets of so many words are tried in each corpus."""

MOST = 900
"""Clips of a world; more are drawn by seed, so that no corpus takes all the time."""

SPLIT_SEED = 20261126
"""Splits real listeners into a development and a sealed half."""

HARM = 0.005

DOUBT, FLATTENED = 0.4, 0.7
"""Share of the labels that a doubtful world draws, and what everyone's logits are times for it."""


@dataclass(frozen=True)
class World:
    """Ratings to learn from and test on, of one corpus with some of its words.

    `offered` are further words in the listener's set, which they never say.
    """

    name: str
    left_out: str
    words: int
    unknown: tuple[str, ...]
    speakers: str
    table: RatingsTable
    offered: tuple[str, ...] = ()


@dataclass
class Tried:
    """What adapters said in a world, and how often each word that was rated was recognized.

    `recalled` maps adapter, shots and draw to the recall of every word of the test clips;
    `given` maps shots and draw to the labels of every word in the support.
    """

    results: Results
    recalled: dict[tuple[str, int, str, int], dict[str, float]]
    given: dict[tuple[int, str, int], dict[str, float]]

    @property
    def rows(self) -> Sequence[Row]:
        """The scores of every adapter and draw."""
        return self.results.rows


def main() -> None:
    """Train without each corpus, try every adapter on what was left out, and print it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--out", type=Path, default=Path("runs/worlds"))
    parser.add_argument("--recipe", type=Path, default=ROOT / "docs/recipes/meta-base.toml")
    parser.add_argument("--adapters", default="generic,fine-tune-tuned,meta-perser")
    parser.add_argument("--learn", choices=("rates", "none"), default="rates")
    parser.add_argument("--only", default="", help="corpora to leave out; none: real alone")
    parser.add_argument("--real", type=Path, help="ratings of real listeners, beside their clips")
    parser.add_argument("--half", choices=("development", "sealed"), default="development")
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--doubtful", action="store_true", help="and with unsure labels")
    parser.add_argument("--offered", action="store_true", help="sets with unused words")
    parser.add_argument("--quick", action="store_true", help="all words only, five repeats")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    started = time.perf_counter()
    tables = {k: read_corpus(v.format(arguments.corpora), None) for k, v in CORPORA.items()}
    real = read_corpus(f"folder:{arguments.real}", None) if arguments.real else None
    every = [*tables.values(), *([real] if real else [])]
    cache = FeatureCache(paths.cache_dir() / "features")
    made = recipe_without_learning if arguments.learn == "none" else in_one_run
    config = made(read_config(arguments.recipe))
    copies = config.pretrain.copies
    embedded = embed_tables(every, config.data.upstream, cache=cache, copies=copies)
    adapters = arguments.adapters.split(",")
    wanted = [k for k in (arguments.only.split(",") if arguments.only else CORPORA) if k != "none"]
    rows: dict[str, tuple[World, Tried]] = {}
    for name in wanted:
        others = [table for k, table in tables.items() if k != name]
        theta = trained(embedded, others, config, arguments.out / f"without-{name}")
        for plain in worlds(name, tables[name], theta, quick=arguments.quick):
            repeats = 5 if arguments.quick else arguments.repeats
            twice = arguments.doubtful and plain.speakers == "known"
            for each in (plain, *([doubtful(embedded, plain, theta)] if twice else ())):
                world = replace(each, offered=theta.classes) if arguments.offered else each
                rows[world.name] = (world, tried(embedded, world, theta, adapters, repeats))
                _tell(*rows[world.name], arguments.json)
    if real is not None:
        theta = trained(embedded, list(tables.values()), config, arguments.out / "all")
        half = halves(real.listeners)[arguments.half]
        kept = real.where(lambda row: row.listener in half)
        offered = theta.classes if arguments.offered else ()
        name = f"real ({arguments.half})"
        world = World(name, "", len(real.emotions), (), "known", kept, offered)
        rows[world.name] = (
            world,
            tried(embedded, world, theta, adapters, arguments.repeats),
        )
        _tell(*rows[world.name], arguments.json)
    document = {
        "benchmark": "worlds",
        "machine": machine(),
        "seconds": round(time.perf_counter() - started),
        "recipe": config.as_dict(),
        "worlds": {name: summed(world, found) for name, (world, found) in rows.items()},
    }
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, indent=1)
    (arguments.out / "worlds.json").write_text(text + "\n", encoding="utf-8")
    if arguments.json:
        print(text)


def in_one_run(config: TrainingConfig) -> TrainingConfig:
    """Return the recipe for pre-training and meta-training in one run."""
    return replace(config, data=replace(config.data, checkpoint="", corpora=()))


def recipe_without_learning(config: TrainingConfig) -> TrainingConfig:
    """Return the recipe in one run whose outer loop keeps the values that it starts from."""
    meta = replace(config.meta, epochs=1, meta_batches=1, rates_outer_rate=1e-12)
    return replace(in_one_run(config), meta=meta)


def trained(
    embedded: EmbeddedTables, tables: Sequence[RatingsTable], config: TrainingConfig, out: Path
) -> Checkpoint:
    """Return the checkpoint that the recipe makes of these corpora, made anew if need be."""
    stamp = out / "recipe.json"
    wanted = json.dumps([config.as_dict(), [t.source for t in tables]], sort_keys=True)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        material = embedded.material(tables, simulated_tables(tables, config))
        train_material(material, config, out)
        stamp.write_text(wanted, encoding="utf-8")
    return load_checkpoint(out)


def worlds(
    name: str, table: RatingsTable, theta: Checkpoint, *, quick: bool = False
) -> Iterator[World]:
    """Yield a corpus's worlds: all words with known and new speakers, and subsets of the words."""
    taught = {c for c, n in zip(theta.classes, theta.training["counts"], strict=True) if n}
    emotions = sorted({class_of(word) or word for word in table.emotions})
    drawn = np.random.default_rng([SPLIT_SEED, len(name), ord(name[0])])
    if len(table.rows) > MOST:
        chosen = set(drawn.choice(len(table.rows), MOST, replace=False).tolist())
        kept = {row.file for place, row in enumerate(table.rows) if place in chosen}
        table = table.where(lambda row: row.file in kept)

    def world(label: str, words: Sequence[str], speakers: str = "known") -> World:
        part = table.where(lambda row: (class_of(row.emotions[0]) or "") in words)
        unknown = tuple(word for word in words if word not in taught)
        return World(label, name, len(words), unknown, speakers, part)

    yield world(name, emotions)
    if quick:
        return
    yield world(f"{name}, new speakers", emotions, "new")
    for size, sets in SUBSETS.items():
        for number in range(sets if size < len(emotions) else 0):
            words = sorted(drawn.choice(emotions, size, replace=False).tolist())
            yield world(f"{name}, {size} words, {number + 1}", words)


def doubtful(embedded: EmbeddedTables, world: World, theta: Checkpoint) -> World:
    """Return a world whose labels are in part drawn from everyone's probabilities, flattened."""
    material = tested(embedded, world, theta)
    table = material.table.latest()
    words = emotion_set(table, theta.classes)
    logits = generic_logits(theta, words, material.stack([row.file for row in table.rows]))
    likely = torch.softmax(FLATTENED * logits.double(), -1).numpy()
    drawn = np.random.default_rng(SPLIT_SEED)
    rows = tuple(
        replace(row, emotions=(words.words[drawn.choice(len(p), p=p / p.sum())],))
        if drawn.random() < DOUBT
        else row
        for row, p in zip(table.rows, likely, strict=True)
    )
    name = f"{world.name}, unsure"
    return replace(world, name=name, table=replace(world.table, rows=rows))


def tried(
    embedded: EmbeddedTables,
    world: World,
    theta: Checkpoint,
    adapters: Sequence[str],
    repeats: int,
) -> Tried:
    """Return what every adapter said in a world."""
    material = tested(embedded, world, theta)
    disjoint = "speaker" if world.speakers == "new" else "dialogue"
    episodes = draw_episodes(
        material.table,
        shots=SHOTS,
        repeats=repeats,
        disjoint=disjoint,
        contents=material.contents,
    )
    chosen = {name: get_adapter(name) for name in adapters}
    recalled: dict[tuple[str, int, str, int], dict[str, float]] = {}
    given: dict[tuple[int, str, int], dict[str, float]] = {}

    def observe(answer: Answer) -> None:
        episode, words = answer.episode, answer.words.words
        right = answer.p.argmax(axis=1) == answer.y.argmax(axis=1)
        recalls = {
            word: float(right[answer.y[:, place] > 0].mean())
            for place, word in enumerate(words)
            if (answer.y[:, place] > 0).any()
        }
        draw = (episode.shots, episode.listener, episode.repeat)
        recalled[answer.adapter, *draw] = recalls
        given[draw] = dict(zip(words, answer.given.sum(axis=0).tolist(), strict=True))

    results = run(material, theta, episodes, chosen, offered=world.offered, observe=observe)
    return Tried(results, recalled, given)


def tested(embedded: EmbeddedTables, world: World, theta: Checkpoint) -> Tested:
    """Return the ratings of a world whose clips have features, normalized for a checkpoint."""
    root = world.table.root
    contents, voices = {}, {}
    for row in world.table.rows:
        content = embedded.contents.get(str(row.file if root is None else root / row.file))
        if content is not None and content in embedded.features:
            contents[row.file] = content
            voices[content] = row.speaker or ""
    features = theta.normalization.apply(
        {content: embedded.features[content] for content in voices}, voices
    )
    table = world.table.where(lambda row: row.file in contents)
    return Tested(table, contents, features, (), voices)


def halves(listeners: Sequence[str]) -> dict[str, frozenset[str]]:
    """Split listeners into a development and a sealed half, the same whenever it is asked."""
    names = sorted(listeners)
    random.Random(SPLIT_SEED).shuffle(names)
    half = len(names) // 2
    return {"development": frozenset(names[:half]), "sealed": frozenset(names[half:])}


def new_words(world: World, tried: Tried, adapter: str, shots: int) -> dict[str, Any]:
    """Return the recall of words that the checkpoint lacks, and what the others lost by them.

    Only draws with two or more examples of the new word count; `others` is the change of the
    others' mean recall against everyone's model.
    """
    found, lost = [], []
    for (name, *draw), recalls in tried.recalled.items():
        if name != adapter or draw[0] != shots:
            continue
        before = tried.recalled["generic", *draw]
        enough = [w for w in recalls if tried.given[*draw].get(w, 0) >= 2 and _new(world, w)]
        others = [w for w in recalls if not _new(world, w)]
        found += [recalls[word] for word in enough]
        if enough and others:
            lost.append(np.mean([recalls[w] - before[w] for w in others]))
    if not found:
        return {}
    return {
        "new_recall": round(float(np.mean(found)), 4),
        "others": round(float(np.mean(lost)), 4),
        "draws": len(lost),
    }


def _new(world: World, word: str) -> bool:
    return (class_of(word) or word) in world.unknown


def summed(world: World, tried: Tried) -> dict[str, Any]:
    """Return a world's figures by adapter and number of labels, as plain values."""
    rows = tried.rows
    calibration = {(c.adapter, c.shots): c for c in tried.results.calibration}
    single = len({row.listener for row in rows}) == 1
    generic = {(r.listener, r.shots, r.repeat): r for r in rows if r.adapter == "generic"}
    figures: dict[str, Any] = {}
    for adapter in dict.fromkeys(row.adapter for row in rows):
        for shots in SHOTS:
            own = [r for r in rows if r.adapter == adapter and r.shots == shots]
            if not own:
                continue
            pairs = [(r, generic[r.listener, r.shots, r.repeat]) for r in own]
            by: dict[Any, list[float]] = {}
            for r, g in pairs:
                by.setdefault(r.repeat if single else r.listener, []).append(
                    r.macro_f1 - g.macro_f1
                )
            gains = np.array([np.mean(values) for values in by.values()])
            drawn = np.random.default_rng(0).integers(0, len(gains), (2000, len(gains)))
            low, high = np.percentile(gains[drawn].mean(1), [2.5, 97.5])
            figures.setdefault(adapter, {})[shots] = {
                "macro_f1": round(float(np.mean([r.macro_f1 for r in own])), 4),
                "gain": round(float(gains.mean()), 4),
                "interval": [round(float(low), 4), round(float(high), 4)],
                "harmed": round(float((gains < -HARM).mean()), 3),
                "nll": round(float(np.mean([r.nll for r in own])), 4),
                "nll_gain": round(float(np.mean([r.nll - g.nll for r, g in pairs])), 4),
                "ece_of_draws": round(float(np.mean([r.ece for r in own])), 4),
                "ece": round(calibration[adapter, shots].ece, 4),
                "accuracy_at": dict(calibration[adapter, shots].accuracy_at),
                **new_words(world, tried, adapter, shots),
            }
    return {
        "left_out": world.left_out,
        "words": world.words,
        "unknown_words": list(world.unknown),
        "speakers": world.speakers,
        "listeners": len({row.listener for row in rows}),
        "over": "draws" if single else "listeners",
        "adapters": figures,
    }


def _tell(world: World, found: Tried, quiet: bool) -> None:
    if quiet:
        return
    print(world.name)
    for adapter, shots in summed(world, found)["adapters"].items():
        told = "  ".join(
            f"{k}: {v['macro_f1']:.3f} ({v['gain']:+.3f}, {v['harmed']:.0%}, {v['nll_gain']:+.3f})"
            for k, v in shots.items()
        )
        print(f"  {adapter:16} {told}", flush=True)


if __name__ == "__main__":
    main()
