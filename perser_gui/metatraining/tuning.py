"""The bar for every meta-learner: plain fine-tuning with its own best rate and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, constant_rates, query_logits
from perser_gui.metatraining.development import pooled_scores
from perser_gui.metatraining.distributed import Ranks
from perser_gui.metatraining.episodes import Chunk
from perser_gui.metatraining.stage import Table
from perser_gui.progress import Progress

RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
STEPS = (2, 5, 10, 20)


def tuned_fine_tune(
    table: Table,
    chunks: Sequence[tuple[int, Chunk]],
    *,
    rates: Sequence[float] = RATES,
    steps: Sequence[int] = STEPS,
    options: InnerOptions | None = None,
    ranks: Ranks | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Return the inner-loop options and `rate` of the best fine-tuning from the plain start.

    Every pair of a rate and a number of steps is tried on the development episodes; the macro-F1
    that decided is `macro_f1`. Fewer steps and lower rates win ties. `options` are what the loss
    is otherwise like; they are returned where they differ from the defaults.
    """
    base, ranks = options or InnerOptions(), ranks or Ranks()
    ordered = sorted(steps)
    chosen = replace(base, order="first", steps=ordered[-1])
    found = torch.zeros(len(chunks), len(ordered), len(rates), dtype=torch.float64)
    for number in range(ranks.rank, len(chunks), ranks.world):
        if progress is not None:
            progress.check()
        found[number] = _tried(table, chunks[number][1], rates, ordered, chosen)
    means = ranks.summed(found).mean(0)
    best = int(means.flatten().argmax())
    count, rate = ordered[best // len(rates)], rates[best % len(rates)]
    usual = InnerOptions().as_dict()
    special = {name: value for name, value in base.as_dict().items() if value != usual[name]}
    return {
        **special,
        "rate": rate,
        "steps": count,
        "l2": base.l2,
        "macro_f1": round(float(means.flatten()[best]), 4),
    }


def _tried(
    table: Table,
    chunk: Chunk,
    rates: Sequence[float],
    steps: Sequence[int],
    options: InnerOptions,
) -> Tensor:
    """Return macro-F1 [steps, rates] on a chunk; one walk per rate serves all step counts."""
    batch = table.lay(chunk, options)
    nothing = {name: torch.zeros_like(v) for name, v in table.bases[batch.rotation].items()}
    result = torch.zeros(len(steps), len(rates), dtype=torch.float64)
    with torch.no_grad():
        start = table.start_parameters(batch, nothing, options)
        for column, rate in enumerate(rates):
            fixed = constant_rates(table.stage.head, rate, dtype=table.dtype)
            fixed = {name: rho.to(table.device) for name, rho in fixed.items()}
            every = query_logits(
                start,
                batch.config,
                batch.task,
                batch.query,
                fixed,
                options,
                every_step=True,
            )
            for row, count in enumerate(steps):
                result[row, column] = pooled_scores(every[count - 1], batch).macro_f1
    return result
