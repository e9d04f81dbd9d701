"""How good everybody's head is on speakers and corpora that it has not met.

Every figure is made from clips whose speaker (or corpus) had no part in the head, its
normalization, its class weights or its number of epochs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from perser_gui.errors import PerserError
from perser_gui.metatraining.data import Clips, Labels, Material, Rows, normalized, voices_of
from perser_gui.metatraining.figures import figures_of
from perser_gui.metatraining.pretrain import PretrainConfig, fit
from perser_gui.model.head import logits
from perser_gui.progress import Progress


def speaker_folds(clips: Clips, rows: Rows, folds: int, seed: int) -> npt.NDArray[np.int64]:
    """Return the fold of every clip [N] (-1: not among `rows`); no speaker is in two folds.

    The speakers of each corpus are dealt out over the folds.
    """
    random = np.random.default_rng([seed, 202])
    fold_of: dict[str, int] = {}
    for voices in voices_of(clips, rows).values():
        for position, voice in enumerate(random.permutation(voices).tolist()):
            fold_of[voice] = position % folds
    result = np.full(len(clips), -1, dtype=np.int64)
    result[rows] = [fold_of[clips.voices[i]] for i in rows]
    return result


def report(
    material: Material,
    config: PretrainConfig | None = None,
    *,
    folds: int = 5,
    seeds: int = 1,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return speaker-independent and leave-one-corpus-out figures by corpus, as plain values.

    `speaker_independent[corpus]` and `leave_one_corpus_out[corpus]` hold the mean over seeds of
    uar, macro_f1 and accuracy, and `uar_by_seed`. Leave-one-corpus-out is left away with a
    single corpus. Heads are not refit on development speakers here, so the shipped head has
    seen a little more than those measured.

    Raises:
        PerserError: for fewer than two folds, or fewer speakers than that.
        Cancelled: if the user cancelled.
    """
    config, progress = config or PretrainConfig(), progress or Progress()
    labels = material.aggregated()
    rows, corpora = labels.rows, sorted({material.clips.corpora[i] for i in labels.rows})
    fewest = max((len(v) for v in voices_of(material.clips, rows).values()), default=0)
    if folds < 2 or fewest < 2:
        raise PerserError(
            "Speaker-independent figures need at least two folds and two speakers; "
            "please give a corpus that says who speaks."
        )
    names = np.array(material.clips.corpora)
    single: dict[str, list[Mapping[str, float]]] = {}
    across: dict[str, list[Mapping[str, float]]] = {}
    total = seeds * (folds + (len(corpora) if len(corpora) > 1 else 0))
    done = 0
    for number in range(seeds):
        seeded = replace(config, seed=config.seed + number)
        fold = speaker_folds(material.clips, rows, folds, seeded.seed)
        scores = np.zeros((len(material.clips), len(material.classes)), dtype=np.float32)
        for k in range(folds):
            test = np.flatnonzero(fold == k)
            train = np.flatnonzero((fold >= 0) & (fold != k))
            part = progress.part(done / total, (done + 1) / total)
            scores[test] = _tested(material, labels, train, test, seeded, part)
            done += 1
        for corpus in corpora:
            inside = rows[names[rows] == corpus]
            single.setdefault(corpus, []).append(_figures(material, labels, inside, scores))
        for corpus in corpora if len(corpora) > 1 else ():
            inside, train = rows[names[rows] == corpus], rows[names[rows] != corpus]
            part = progress.part(done / total, (done + 1) / total)
            scores[inside] = _tested(material, labels, train, inside, seeded, part)
            across.setdefault(corpus, []).append(_figures(material, labels, inside, scores))
            done += 1
    return {
        "folds": folds,
        "seeds": seeds,
        "speaker_independent": {corpus: _mean(each) for corpus, each in single.items()},
        "leave_one_corpus_out": {corpus: _mean(each) for corpus, each in across.items()},
    }


def as_sentences(figures: Mapping[str, Any]) -> list[str]:
    """Return the report as lines for a model card."""
    lines = []
    for key, name in (
        ("speaker_independent", f"new speakers, {figures['folds']} folds"),
        ("leave_one_corpus_out", "new corpus, trained on the others"),
    ):
        for corpus, values in figures[key].items():
            lines.append(
                f"{corpus}, {name}: UAR {values['uar']:.1%}, macro-F1 {values['macro_f1']:.1%} "
                f"on {values['count']} clips"
            )
    return lines


def _tested(
    material: Material,
    labels: Labels,
    train: Rows,
    test: Rows,
    config: PretrainConfig,
    progress: Progress,
) -> npt.NDArray[np.float32]:
    """Return logits [n, C] on `test` of a head trained on `train`."""
    fitted = fit(material, labels, train, config, progress=progress, refit=False).checkpoint
    x = normalized(material.clips.take(test), fitted.normalization)
    with torch.no_grad():
        return logits(fitted.parameters, torch.from_numpy(x), fitted.head).numpy()


def _figures(
    material: Material, labels: Labels, rows: Rows, scores: npt.NDArray[np.float32]
) -> Mapping[str, float]:
    position = {int(row): i for i, row in enumerate(labels.rows)}
    targets = labels.targets[[position[int(row)] for row in rows]]
    return figures_of(torch.from_numpy(scores[rows]), targets, material.classes).as_dict()


def _mean(values: list[Mapping[str, float]]) -> dict[str, Any]:
    mean = {k: round(float(np.mean([v[k] for v in values])), 4) for k in values[0]}
    return {**mean, "count": int(values[0]["count"]), "uar_by_seed": [v["uar"] for v in values]}
