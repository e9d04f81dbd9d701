"""How often the verdict is wrong: random labels called a gain, and true habits not seen.

    python benchmarks/verdict.py [--json] [--runs N] [--adapters A,B] [--seed N] [--follow SHARE]
        [--kinds A,B] [--words N] [--corpora FOLDER [--each N] [--only A,B] | --features FILE]

Simulated listeners label simulated clips: features that the bundled head hears about as surely as
real ones, with noise in all other directions. With `--corpora` the clips are real ones: N (500)
drawn by seed from each corpus below that folder (those of `worlds.py`), embedded once into the
features' cache and normalized per speaker as the checkpoint expects. `--features` takes them from
a file instead (`x` [N, L, W], normalized).

A listener without habits labels as everyone's model hears; the habits are planted on top:

- `random`: any word, evenly; `half as sure`, `as sure`, `twice as sure`: drawn from everyone's
  probabilities raised to that power; `shuffled`: labels of everyone's model, shuffled among the
  clips, which keeps how often each word is said
- `exchanged`: two words are swapped; `leaning`: some words are said much more readily;
  `new word`: a third of the clips have a word that everyone's model does not know

What is heard is drawn from everyone's probabilities, so that a listener contradicts themself as
often as everyone's model is unsure. With `--follow` it is the most probable word, and the habit
is followed in that share of the clips, with any word in the others.

`called_a_gain` is the share of listeners told that their model is closer, with so many labels;
`ever_of_40_looks` the share told so at any look when it looks after each of 40 labels. `known` is
the share whose evidence would be enough by 20 labels if the habit were known exactly: nobody can
see more. `closer_at_20` says of those told so at 20 labels how many gain on other clips.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from adapt_latency import checkpoint
from machine import machine
from worlds import CORPORA, World, tested

from perser_gui import paths
from perser_gui.adaptation import Adapter, Support, get_adapter
from perser_gui.adaptation.evidence import SURENESS
from perser_gui.adaptation.listener import generic_logits
from perser_gui.adaptation.scores import scores
from perser_gui.adaptation.verdict import CONVINCING, generic_probabilities, judge, stands_of
from perser_gui.adaptation.wagers import foreseen, log_probabilities, normalized, sharpened
from perser_gui.corpora import read_corpus
from perser_gui.emotions import EmotionSet
from perser_gui.metatraining.embedding import embed_tables
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import hidden, output
from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.encoders import encoder_name

SHOTS = (5, 10, 20, 40)
NEW = "wistful"
SURE = {"half as sure": 0.5, "as sure": 1.0, "twice as sure": 2.0}
NO_HABIT = ("random", *SURE)
NOTHING = (*NO_HABIT, "shuffled")
KINDS = (*NOTHING, "exchanged", "leaning", "new word")
DECIDED, HELD_OUT = 20, 200
"""Labels by which a habit should be seen, and clips on which a gain is checked."""


@dataclass(frozen=True)
class Labelled:
    """What a listener labels, other clips labelled alike, and how the habit foresees labels [K]."""

    support: Support
    others: Support
    known: np.ndarray


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--runs", type=int, default=200, help="listeners of each kind")
    parser.add_argument("--adapters", default="meta-perser,fine-tune")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--follow", type=float, default=0.0, help="share of clips (0: drawn)")
    parser.add_argument("--words", type=int, default=0, help="words, where there is no habit")
    parser.add_argument("--corpora", type=Path, help="folder of corpora to take clips from")
    parser.add_argument("--each", type=int, default=500, help="clips of each corpus")
    parser.add_argument("--only", default=",".join(CORPORA), help="which corpora")
    parser.add_argument("--features", type=Path, help="clips from a file")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    theta, started = checkpoint(), time.perf_counter()
    if arguments.corpora:
        chosen = arguments.only.split(",")
        library = real_clips(theta, arguments.corpora, chosen, arguments.each, arguments.seed)
        clips = f"{arguments.each} of each: {arguments.only}"
    elif arguments.features:
        library = np.load(arguments.features)["x"].astype(np.float32)
        clips = arguments.features.name
    else:
        library, clips = simulated_clips(theta, 800, arguments.seed), "simulated"
    rows = [
        of_kind(theta, library, kind, name, arguments)
        for name in arguments.adapters.split(",")
        for kind in arguments.kinds.split(",")
    ]
    none = [row for row in rows if row["labels"] in NO_HABIT]
    habits = [row for row in rows if row["labels"] not in NOTHING]
    report = {
        "benchmark": "verdict",
        "unit": "share of listeners",
        "runs": arguments.runs,
        "seed": arguments.seed,
        "clips": clips,
        "follow": arguments.follow,
        "words": arguments.words,
        "checkpoint": theta.name,
        "worst_false_alarm": max(
            (max(row["called_a_gain"].values()) for row in none), default=None
        ),
        "worst_false_alarm_of_40_looks": max(
            (row["ever_of_40_looks"] for row in none), default=None
        ),
        "worst_recognized_at_20": min(
            (row["called_a_gain"][str(DECIDED)] for row in habits), default=None
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


def real_clips(
    theta: Checkpoint, corpora: Path, names: list[str], each: int, seed: int
) -> np.ndarray:
    """Features [N, L, W] of clips drawn from corpora, normalized as the checkpoint expects."""
    rng, cache = np.random.default_rng(seed), FeatureCache(paths.cache_dir() / "features")
    encoder, found = encoder_name(theta.encoder, theta.training), []
    for name in names:
        table = read_corpus(CORPORA[name].format(corpora), None)
        files = sorted({row.file for row in table.rows})
        kept = set(rng.permutation(files)[:each].tolist())
        table = table.where(lambda row, kept=kept: row.file in kept)
        embedded = embed_tables([table], encoder, cache=cache)
        world = World(name, "", 0, (), "known", table)
        found += tested(embedded, world, theta).features.values()
    return np.stack(found)


def of_kind(
    theta: Checkpoint,
    library: np.ndarray,
    kind: str,
    name: str,
    arguments: argparse.Namespace,
) -> dict[str, object]:
    """Return how often listeners of a kind are told that their model is closer."""
    adapter, generic = get_adapter(name), get_adapter("generic")
    logits = generic_logits(theta, EmotionSet.of(theta.classes), library).numpy()
    told, further = dict.fromkeys(SHOTS, 0), dict.fromkeys(SHOTS, 0)
    ever, known, gains, runs = 0, 0, [], arguments.runs
    for run in range(runs):
        rng = np.random.default_rng([arguments.seed, KINDS.index(kind), run])
        drawn = labelled(theta, logits, library, kind, rng, arguments)
        for shots in SHOTS:
            few = drawn.support.only(range(shots))
            outcome = judge(adapter, generic, theta, few).new.outcome
            told[shots] += outcome == "closer"
            further[shots] += outcome == "further away"
            if shots == DECIDED and outcome == "closer" and kind not in NOTHING:
                gains.append(gained(theta, adapter, generic, few, drawn.others))
        if kind in NOTHING:
            ever += closer_at_any_look(theta, adapter, generic, drawn.support)
        else:
            p = generic_probabilities(generic, theta, drawn.support)
            doubt = foreseen(sharpened(log_probabilities(p), SURENESS), drawn.support.targets)
            stands = np.cumsum(drawn.known) - doubt.max(axis=0)
            known += bool(stands[:DECIDED].max() >= np.log(CONVINCING))
    row: dict[str, object] = {
        "adapter": name,
        "labels": kind,
        "called_a_gain": {str(shots): told[shots] / runs for shots in SHOTS},
        "called_further_away": {str(shots): further[shots] / runs for shots in SHOTS},
    }
    if kind in NOTHING:
        return {**row, "ever_of_40_looks": ever / runs}
    if gains:
        f1, nll = np.array(gains).T
        row["closer_at_20"] = {
            "macro_f1_higher": round(float((f1 > 0).mean()), 3),
            "macro_f1_lower_by_.005": round(float((f1 < -0.005).mean()), 3),
            "macro_f1_mean": round(float(f1.mean()), 4),
            "nll_lower": round(float((nll > 0).mean()), 3),
        }
    return {**row, "known": known / runs}


def gained(
    theta: Checkpoint, adapter: Adapter, generic: Adapter, support: Support, others: Support
) -> tuple[float, float]:
    """Return how much macro-F1 and NLL of other clips get better by adapting to the support."""
    words = support.classes.words
    p = generic.probabilities(theta, generic.adapt(theta, support), others.x)
    before = scores(p, others.targets, words)
    p = adapter.probabilities(theta, adapter.adapt(theta, support), others.x)
    after = scores(p, others.targets, words)
    return after.macro_f1 - before.macro_f1, before.nll - after.nll


def closer_at_any_look(
    theta: Checkpoint, adapter: Adapter, generic: Adapter, support: Support
) -> bool:
    """Whether "closer" is said at any look; without enough evidence there is no need to judge."""
    shared = generic_probabilities(generic, theta, support)
    enough = np.maximum.accumulate(stands_of(theta, shared, support))
    looks = np.flatnonzero(enough >= np.log(CONVINCING)) + 1
    return any(
        judge(adapter, generic, theta, support.only(range(look))).new.outcome == "closer"
        for look in looks.tolist()
    )


def labelled(
    theta: Checkpoint,
    logits: np.ndarray,
    library: np.ndarray,
    kind: str,
    rng: np.random.Generator,
    arguments: argparse.Namespace,
) -> Labelled:
    """Return what one listener of a kind labels; `logits` [N, C] are everyone's, of all clips."""
    names, count, follow = theta.classes, max(SHOTS), arguments.follow
    if arguments.words and kind in NOTHING:
        some = np.sort(rng.choice(len(names), arguments.words, replace=False))
        names, logits = tuple(names[word] for word in some), logits[:, some]
    words, total = EmotionSet.of(names), len(names)
    heard = logits if follow else logits + rng.gumbel(size=logits.shape)
    picked = rng.permutation(len(library))[: count + HELD_OUT]
    said, habit = heard.argmax(1), logits
    if kind == "random":
        said = rng.integers(0, total, len(library))
    elif kind in SURE:
        said = (SURE[kind] * logits + rng.gumbel(size=logits.shape)).argmax(1)
    elif kind == "shuffled":
        said[picked[:count]] = rng.permutation(said[picked[:count]])
    elif kind == "leaning":
        lean = 3.0 * rng.normal(size=total)
        said, habit = (heard + lean).argmax(1), logits + lean
    else:
        often = np.flatnonzero(np.bincount(said, minlength=total) >= len(said) / (2 * total))
        first, second = rng.choice(often, 2, replace=False)
        if kind == "exchanged":
            order = np.arange(total)
            order[[first, second]] = second, first
            said, habit = order[said], logits[:, order]
        else:
            own, others = (
                rng.permutation(np.flatnonzero(is_own)) for is_own in (said == first, said != first)
            )
            part = min(round(count / 3), len(own))
            rest = min(round(HELD_OUT / 3), len(own) - part)
            few, more = count - part, HELD_OUT - rest
            picked = np.concatenate(
                [
                    rng.permutation(np.concatenate([own[:part], others[:few]])),
                    rng.permutation(
                        np.concatenate([own[part : part + rest], others[few : few + more]])
                    ),
                ]
            )
            odds = np.log(part / few) - np.log(len(own) / len(others))
            habit = logits + odds * (np.arange(total) == first)
            kept = [NEW if n == first else word for n, word in enumerate(names)]
            words = EmotionSet.of(kept)
    meant = said
    if follow and kind not in NOTHING:
        astray = rng.random(len(said)) >= follow
        said = np.where(astray, rng.integers(0, total, len(said)), meant)
        by_habit = np.log(np.where(said == meant, follow, 1e-300) + (1 - follow) / total)
    else:
        by_habit = normalized(habit)[np.arange(len(said)), said]
    few, more = picked[:count], picked[count:]
    return Labelled(
        support_of(library[few], said[few], words),
        support_of(library[more], said[more], words),
        by_habit[few],
    )


def support_of(x: np.ndarray, labels: np.ndarray, words: EmotionSet) -> Support:
    return Support(x, np.eye(len(words.words), dtype=np.float32)[labels], words)


if __name__ == "__main__":
    main()
