"""The bar for every meta-learner: plain fine-tuning with its own best rate and steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.metatraining.development import development_scores
from perser_gui.metatraining.distributed import Ranks
from perser_gui.metatraining.episodes import Chunk
from perser_gui.metatraining.outer import Learned
from perser_gui.metatraining.stage import Table
from perser_gui.progress import Progress

RATES = (0.003, 0.01, 0.03, 0.1)
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
    that decided is `macro_f1`. Fewer steps and lower rates win ties.
    """
    base = options or InnerOptions()
    nothing = {name: torch.zeros_like(value) for name, value in table.bases[0].items()}
    best: tuple[float, float, int] | None = None
    for count in steps:
        for rate in rates:
            fixed = constant_rates(table.stage.head, rate, dtype=table.dtype)
            learned = Learned(nothing, {k: v.to(table.device) for k, v in fixed.items()})
            tried = InnerOptions.from_dict({**base.as_dict(), "steps": count})
            found = development_scores(
                table, learned, chunks, tried, ranks=ranks or Ranks(), progress=progress
            )
            if best is None or found.macro_f1 > best[0]:
                best = (found.macro_f1, rate, count)
    assert best is not None
    return {"rate": best[1], "steps": best[2], "l2": base.l2, "macro_f1": round(best[0], 4)}
