"""How often the verdict is wrong: random labels called a gain, and true habits not seen.

    python benchmarks/verdict.py [--json] [--runs N] [--adapters A,B] [--features F] [--seed N]

Simulated listeners label simulated clips: features that the bundled head hears about as surely as
real ones, with noise in all other directions. With `--features` the clips are real ones (`x`
[N, L, W], normalized as the checkpoint expects). A listener without habits labels as everyone's
model hears; the habits are planted on top:

- `random`: any word, evenly; `shuffled`: labels of everyone's model, shuffled among the clips
- `exchanged`: two words are swapped; `leaning`: some words are said much more readily;
  `new word`: a third of the clips have a word that everyone's model does not know

`called_a_gain` is the share of listeners told that their model is closer, with so many labels;
`ever_of_40_looks` the share told so at any look when it looks after each of 40 labels.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from adapt_latency import checkpoint
from machine import machine

from perser_gui.adaptation import Adapter, Support, get_adapter
from perser_gui.adaptation.evidence import log_stands
from perser_gui.adaptation.listener import generic_logits, hidden_features
from perser_gui.adaptation.verdict import CONVINCING, judge
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import hidden, output

SHOTS = (5, 10, 20, 40)
NEW = "wistful"
NOTHING = ("random", "shuffled")
KINDS = (*NOTHING, "exchanged", "leaning", "new word")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--runs", type=int, default=200, help="listeners of each kind")
    parser.add_argument("--adapters", default="meta-perser,fine-tune")
    parser.add_argument("--features", type=Path, help="clips to label instead of simulated ones")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    theta, started = checkpoint(), time.perf_counter()
    words = EmotionSet.of(theta.classes)
    if arguments.features:
        library = np.load(arguments.features)["x"].astype(np.float32)
    else:
        library = simulated_clips(theta, 800, arguments.seed)
    rows = [
        of_kind(theta, words, library, kind, name, arguments.runs, arguments.seed)
        for name in arguments.adapters.split(",")
        for kind in KINDS
    ]
    report = {
        "benchmark": "verdict",
        "unit": "share of listeners",
        "runs": arguments.runs,
        "seed": arguments.seed,
        "clips": str(arguments.features.name) if arguments.features else "simulated",
        "checkpoint": theta.name,
        "worst_false_alarm": max(
            max(row["called_a_gain"].values()) for row in rows if row["labels"] == "random"
        ),
        "worst_false_alarm_of_40_looks": max(
            row["ever_of_40_looks"] for row in rows if row["labels"] == "random"
        ),
        "worst_recognized_at_20": min(
            row["called_a_gain"]["20"] for row in rows if row["labels"] not in NOTHING
        ),
        "rows": rows,
        "seconds": round(time.perf_counter() - started, 1),
        "machine": machine(),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    for row in rows:
        print(row)


def simulated_clips(theta: Checkpoint, count: int, seed: int) -> np.ndarray:
    """Features [N, L, W] that the head hears as one word or another, and noise elsewhere."""
    rng = np.random.default_rng(seed)
    head, words = theta.head, theta.head.classes
    noise = torch.from_numpy(rng.normal(size=(count, head.layers, head.width))).float()
    meant = rng.normal(size=(count, words)) + 3.0 * np.eye(words)[rng.integers(0, words, count)]

    def heard(x: torch.Tensor) -> torch.Tensor:
        return output(theta.parameters, hidden(theta.parameters, x, head))

    silence = torch.zeros(1, head.layers, head.width)
    slopes = torch.autograd.functional.jacobian(lambda x: heard(x)[0], silence).reshape(words, -1)
    missing = torch.from_numpy(meant).float() - heard(noise)
    moved = missing @ torch.linalg.pinv(slopes @ slopes.T) @ slopes
    return np.asarray((noise + moved.reshape(noise.shape)).numpy(), np.float32)


def of_kind(
    theta: Checkpoint,
    words: EmotionSet,
    library: np.ndarray,
    kind: str,
    name: str,
    runs: int,
    seed: int,
) -> dict[str, object]:
    """Return how often listeners of a kind are told that their model is closer."""
    adapter, generic = get_adapter(name), get_adapter("generic")
    most = max(SHOTS)
    told = dict.fromkeys(SHOTS, 0)
    further, ever = dict.fromkeys(SHOTS, 0), 0
    for run in range(runs):
        rng = np.random.default_rng([seed, KINDS.index(kind), run])
        support = labelled(theta, words, library, kind, rng, most)
        for shots in SHOTS:
            outcome = judge(adapter, generic, theta, support.only(range(shots))).new.outcome
            told[shots] += outcome == "closer"
            further[shots] += outcome == "further away"
        if kind in NOTHING:
            ever += closer_at_any_look(theta, adapter, generic, support)
    row: dict[str, object] = {
        "adapter": name,
        "labels": kind,
        "called_a_gain": {str(shots): told[shots] / runs for shots in SHOTS},
        "called_further_away": {str(shots): further[shots] / runs for shots in SHOTS},
    }
    if kind in NOTHING:
        row["ever_of_40_looks"] = ever / runs
    return row


def closer_at_any_look(
    theta: Checkpoint, adapter: Adapter, generic: Adapter, support: Support
) -> bool:
    """Whether "closer" is said at any look; without enough evidence there is no need to judge."""
    profile = generic.adapt(theta, support)
    shared = generic.probabilities(theta, profile, support.x)
    views = (support.x.reshape(support.count, -1), hidden_features(theta, support.x))
    enough = np.maximum.accumulate(log_stands(shared, support.targets, views))
    looks = np.flatnonzero(enough >= np.log(CONVINCING)) + 1
    return any(
        judge(adapter, generic, theta, support.only(range(look))).new.outcome == "closer"
        for look in looks.tolist()
    )


def labelled(
    theta: Checkpoint,
    words: EmotionSet,
    library: np.ndarray,
    kind: str,
    rng: np.random.Generator,
    count: int,
) -> Support:
    """Return clips with the labels of one listener of a kind."""
    logits = generic_logits(theta, words, library).numpy()
    picked = rng.choice(len(library), count, replace=False)
    hears = logits + rng.gumbel(size=logits.shape)
    total = len(words.words)
    if kind == "random":
        return support_of(library[picked], rng.integers(0, total, count), words)
    if kind == "leaning":
        lean = 3.0 * rng.normal(size=total)
        return support_of(library[picked], (hears[picked] + lean).argmax(1), words)
    said = hears.argmax(1)
    if kind == "shuffled":
        return support_of(library[picked], rng.permutation(said[picked]), words)
    often = np.flatnonzero(np.bincount(said, minlength=total) >= len(said) / (2 * total))
    first, second = rng.choice(often, 2, replace=False)
    if kind == "exchanged":
        labels = np.where(said == first, second, np.where(said == second, first, said))
        return support_of(library[picked], labels[picked], words)
    own, others = np.flatnonzero(said == first), np.flatnonzero(said != first)
    part = min(round(count / 3), len(own))
    picked = rng.permutation(
        np.concatenate([rng.choice(own, part, False), rng.choice(others, count - part, False)])
    )
    kept = [NEW if n == first else word for n, word in enumerate(words.words)]
    return support_of(library[picked], said[picked], EmotionSet.of(kept))


def support_of(x: np.ndarray, labels: np.ndarray, words: EmotionSet) -> Support:
    return Support(x, np.eye(len(words.words), dtype=np.float32)[labels], words)


if __name__ == "__main__":
    main()
