"""How good the learned start and rates are on listeners that the gradient never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, query_logits
from perser_gui.adaptation.listener import probabilities_of
from perser_gui.adaptation.scores import scores
from perser_gui.metatraining.distributed import Ranks
from perser_gui.metatraining.episodes import Chunk
from perser_gui.metatraining.outer import Learned
from perser_gui.metatraining.stage import Batch, Table
from perser_gui.progress import Progress
from perser_gui.records import Scores


@dataclass(frozen=True)
class DevelopmentScores:
    """Means over listeners, repeats pooled: macro-F1 and NLL after adaptation, by shots too."""

    macro_f1: float
    nll: float
    by_shots: dict[int, float]


def development_scores(
    table: Table,
    learned: Learned,
    chunks: Sequence[tuple[int, Chunk]],
    options: InnerOptions,
    *,
    ranks: Ranks,
    adapted: bool = True,
    progress: Progress | None = None,
) -> DevelopmentScores:
    """Adapt in every episode and score its query; `adapted` False scores the start itself.

    Chunks are dealt out over the ranks, and every rank gets the same answer. Nothing is kept
    of one chunk when the next begins.
    """
    chosen = replace(options, order="first", steps=options.steps if adapted else 0)
    found = torch.zeros(len(chunks), 2, dtype=torch.float64)
    for number in range(ranks.rank, len(chunks), ranks.world):
        if progress is not None:
            progress.check()
        found[number] = torch.tensor(chunk_scores(table, learned, chunks[number][1], chosen))
    found = ranks.summed(found)
    shots = np.array([count for count, _ in chunks])
    f1, nll = found[:, 0].numpy(), found[:, 1].numpy()
    by_shots = {int(k): float(f1[shots == k].mean()) for k in np.unique(shots)}
    return DevelopmentScores(float(f1.mean()), float(nll.mean()), by_shots)


def chunk_scores(
    table: Table, learned: Learned, chunk: Chunk, options: InnerOptions
) -> tuple[float, float]:
    """Return macro-F1 and NLL of one listener's episodes, their queries pooled."""
    with torch.no_grad():
        batch = table.lay(chunk, options)
        start = table.start_parameters(batch, learned.moved, options)
        logits = query_logits(start, batch.config, batch.task, batch.query, learned.rates, options)
    found = pooled_scores(logits, batch)
    return found.macro_f1, found.nll


def pooled_scores(logits: Tensor, batch: Batch) -> Scores:
    """Return the scores of logits [T, Q, C] (or [Q, C] for all) on a batch's pooled queries.

    Queries whose logits are no finite numbers count as answered evenly.
    """
    logits = logits.expand(*batch.query.shape[:2], logits.shape[-1])
    counted = batch.query_mask > 0
    values = torch.nan_to_num(logits[counted].cpu(), nan=0.0, posinf=0.0, neginf=0.0)
    targets = batch.query_targets[counted].float().cpu().numpy()
    words = batch.vocabulary.emotions.words
    return scores(probabilities_of(values), targets, words)
