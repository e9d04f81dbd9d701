"""The outer loop: meta-batches, derivative annealing, selection, and a state to go on from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions
from perser_gui.metatraining.adamw import cosine
from perser_gui.metatraining.algorithms import MetaConfig, Plan, initial_rates
from perser_gui.metatraining.development import DevelopmentScores, development_scores
from perser_gui.metatraining.distributed import Ranks, RunConfig
from perser_gui.metatraining.episodes import Chunk, EpisodeSampler
from perser_gui.metatraining.leakage import check_episodes
from perser_gui.metatraining.outer import Adam, Learned, chunk_gradient, layout
from perser_gui.metatraining.stage import Table
from perser_gui.metatraining.state import TrainingState, load_state, save_state
from perser_gui.progress import Progress


@dataclass(frozen=True)
class Trained:
    """The best start and rates, where they were found, the last ones, and scores by the way."""

    learned: Learned
    last: Learned
    score: float
    epoch: int
    before: DevelopmentScores
    generic: DevelopmentScores
    after: DevelopmentScores
    epochs: int


class MetaTrainer:
    """Trains a start and rates on episodes; all that it decides follows from its arguments."""

    def __init__(
        self,
        table: Table,
        sampler: EpisodeSampler,
        development: Sequence[tuple[int, Chunk]],
        *,
        meta: MetaConfig,
        chosen: Plan,
        inner: InnerOptions,
        run: RunConfig,
        ranks: Ranks | None = None,
        folder: Path | None = None,
        fingerprint: str = "",
        held_out: Collection[str] = (),
    ) -> None:
        """Prepare; `development` are the (shots, chunk) pairs that choose the best epoch.

        `held_out` names listeners whose ratings must not turn up in any episode; `folder` is
        where the state is kept (None: nowhere).
        """
        self._table, self._sampler, self._development = table, sampler, list(development)
        self._meta, self._plan, self._inner, self._run = meta, chosen, inner, run
        self._ranks, self._folder = ranks or Ranks(), folder
        self._fingerprint, self._held_out = fingerprint, frozenset(held_out)
        self._shots = max(chosen.episodes.shots)
        check_episodes([chunk for _, chunk in self._development], self._held_out)
        rates = initial_rates(meta, chosen.rates, table.stage.head, inner)
        self._initial = Learned(
            {name: torch.zeros_like(value) for name, value in table.bases[0].items()},
            {name: rho.to(device=table.device, dtype=table.dtype) for name, rho in rates.items()},
        )
        self._slices = layout(self._initial, start=chosen.learn_start, rates=chosen.learn_rates)

    def train(self, *, resume: bool = False, progress: Progress | None = None) -> Trained:
        """Run all epochs and return the best found, the untrained start included.

        With `resume`, go on from the folder's state; the result is the same as that of a run
        that was never interrupted.

        Raises:
            PerserError: if another process died, or the state does not fit this run.
            LeakageError: if an episode holds a held-out listener's rating.
            Cancelled: if the user cancelled; the last saved state stays.
        """
        progress = progress or Progress()
        generic = self._scores(self._initial, adapted=False)
        before = self._scores(self._initial)
        state = self._begin(resume, before)
        total = self._meta.epochs * self._meta.meta_batches
        while state.iteration < total and not self._stopping(progress):
            epoch = state.iteration // self._meta.meta_batches
            self._meta_batch(state, epoch, total, progress)
            state.iteration += 1
            done = state.iteration % self._meta.meta_batches == 0
            if done:
                self._end_epoch(state, epoch, total)
            self._save(state, done)
            progress.report(
                state.iteration / total,
                f"Epoch {epoch + 1} of {self._meta.epochs}, query loss {state_loss(state):.3f}, "
                f"development macro-F1 {state.best_score:.3f}",
            )
        if self._meta.keep == "first":
            state.best, state.best_epoch = self._initial.copy(), 0
        return Trained(
            learned=state.best,
            last=state.learned,
            score=state.best_score,
            epoch=state.best_epoch,
            before=before,
            generic=generic,
            after=self._scores(state.best),
            epochs=state.iteration // self._meta.meta_batches,
        )

    def outer_gradient(self, learned: Learned, number: int, epoch: int) -> tuple[Tensor, float]:
        """Return the mean gradient and query loss of meta-batch `number` in an epoch's order."""
        chunks = self._sampler.meta_batch(number)
        check_episodes(chunks, self._held_out)
        options = replace(self._inner, order=self._plan.annealing.order(epoch))
        size = self._slices[-1].end
        rows = torch.zeros(
            len(chunks), size + 1, dtype=self._table.dtype, device=self._table.device
        )
        for position in range(self._ranks.rank, len(chunks), self._ranks.world):
            found = chunk_gradient(
                self._table,
                learned,
                chunks[position],
                options,
                self._slices,
                shots=self._shots,
                multi_step=epoch / self._meta.epochs if self._meta.multi_step else None,
                soft_f1=self._meta.soft_f1,
                reptile=self._plan.reptile,
            )
            rows[position, :size] = found.flat
            rows[position, size] = found.loss
        rows = self._ranks.summed(rows)
        mean = rows.sum(0) / sum(len(chunk.episodes) for chunk in chunks)
        return mean[:size], float(mean[size])

    def _meta_batch(self, state: TrainingState, epoch: int, total: int, progress: Progress) -> None:
        progress.check()
        gradient, loss = self.outer_gradient(state.learned, state.iteration, epoch)
        if not np.isfinite(loss) or not bool(torch.isfinite(gradient).all()):
            raise FloatingPointError(
                f"meta-batch {state.iteration} has no finite loss or gradient (loss {loss})"
            )
        share = cosine(state.iteration, total)
        rates = {
            "moved": self._meta.outer_rate * share,
            "rates": self._meta.rates_outer_rate * share,
        }
        state.adam.step(state.learned, gradient, self._slices, rates, self._meta.clip)
        state.losses.append(loss)

    def _end_epoch(self, state: TrainingState, epoch: int, total: int) -> None:
        last = epoch + 1 == self._meta.epochs
        look = last or (epoch + 1) % self._run.evaluate_every == 0
        found = self._scores(state.learned) if look else None
        better = found is not None and found.macro_f1 > state.best_score
        if found is not None and (better or (last and self._meta.keep == "last")):
            state.best, state.best_score = state.learned.copy(), found.macro_f1
            state.best_epoch = epoch + 1
        state.rows.append(
            {
                "epoch": epoch + 1,
                "order": self._plan.annealing.order(epoch),
                "query_loss": float(np.mean(state.losses)),
                "start_gradient": state.adam.norms.get("moved"),
                "rates_gradient": state.adam.norms.get("rates"),
                "outer_rate": self._meta.outer_rate * cosine(state.iteration - 1, total),
                "development_macro_f1": None if found is None else found.macro_f1,
                "development_nll": None if found is None else found.nll,
            }
        )
        state.losses = []

    def _begin(self, resume: bool, before: DevelopmentScores) -> TrainingState:
        if resume and self._folder is not None:
            state = load_state(self._folder, self._fingerprint, self._table.device)
            if state is not None:
                return state
        return TrainingState(
            fingerprint=self._fingerprint,
            iteration=0,
            learned=self._initial.copy(),
            best=self._initial.copy(),
            best_score=before.macro_f1,
            best_epoch=0,
            adam=Adam.of(self._slices, self._table.device, self._table.dtype),
        )

    def _save(self, state: TrainingState, epoch_done: bool) -> None:
        every = self._run.save_every
        due = epoch_done or (every and state.iteration % every == 0)
        if due and self._folder is not None and self._ranks.first:
            save_state(state, self._folder)

    def _stopping(self, progress: Progress) -> bool:
        """Whether any rank was asked to stop; all of them then stop at the same place."""
        asked = torch.tensor([float(progress.stop_requested)])
        return bool(self._ranks.summed(asked) > 0)

    def _scores(self, learned: Learned, *, adapted: bool = True) -> DevelopmentScores:
        return development_scores(
            self._table,
            learned,
            self._development,
            self._inner,
            ranks=self._ranks,
            adapted=adapted,
        )


def state_loss(state: TrainingState) -> float:
    """Return the mean query loss of the current epoch, or of the last one when it has ended."""
    if state.losses:
        return float(np.mean(state.losses))
    return float(state.rows[-1]["query_loss"]) if state.rows else float("nan")
