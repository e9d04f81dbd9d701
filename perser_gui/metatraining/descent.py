"""The descent of pre-training: batches of clips and copies, members, and the epoch that is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from perser_gui.metatraining.adamw import AdamW, cosine
from perser_gui.metatraining.data import Clips, Labels, Rows
from perser_gui.metatraining.figures import Figures, figures_of
from perser_gui.metatraining.pretrain_config import PretrainConfig
from perser_gui.model.head import (
    HeadConfig,
    activated,
    initial_parameters,
    linear,
    logits,
    mixed,
    output,
)
from perser_gui.model.losses import cross_entropy, smooth
from perser_gui.progress import Progress


class Batches:
    """Tensors of the clips that the gradient sees, and of those that pick the epoch."""

    def __init__(
        self,
        clips: Clips,
        x: npt.NDArray[np.float32],
        targets: npt.NDArray[np.float32],
        rows: Rows,
        config: PretrainConfig,
        copies: npt.NDArray[np.float32] | None = None,
    ) -> None:
        self._all, self._all_targets, self._clips = x, targets, clips
        names = np.array([clips.corpora[i] for i in rows])
        weights = np.ones(len(rows))
        allowed = np.ones((len(rows), targets.shape[1]), dtype=bool)
        pooled = Labels(rows, targets[rows], frozenset()).weights()
        for corpus in sorted(set(names)):
            inside = names == corpus
            own = Labels(rows[inside], targets[rows[inside]], frozenset())
            balance = own.weights() if config.balance == "corpus" else pooled
            each = targets[rows[inside]] @ balance
            weights[inside] = each / each.mean() * inside.sum() ** -config.corpus_power
            if config.own_classes:
                allowed[inside] = targets[rows[inside]].sum(0) > 0
        self.x = torch.from_numpy(x[rows])
        self.targets = torch.from_numpy(targets[rows])
        if config.smoothing:
            self.targets = smooth(self.targets) * torch.from_numpy(allowed)
            self.targets = self.targets / self.targets.sum(1, keepdim=True)
        self.weights = torch.from_numpy((weights / weights.mean()).astype(np.float32))
        self.barred = torch.from_numpy(~allowed)
        if copies is not None and copies.shape[1]:
            self._add(torch.from_numpy(copies[rows]), config.copies_share)

    def _add(self, copies: Tensor, share: float) -> None:
        """Add copies [n, k, L, W] of the rows; all that a row weighs is dealt out anew."""
        count = copies.shape[1]
        self.x = torch.cat([self.x, *copies.unbind(1)])
        self.targets = self.targets.repeat(count + 1, 1)
        self.barred = self.barred.repeat(count + 1, 1)
        parts = [1 - share, *[share / count] * count]
        self.weights = torch.cat([(count + 1) * part * self.weights for part in parts])

    def scored(self, rows: Rows) -> tuple[Tensor, npt.NDArray[np.float32], list[str]]:
        """Return features, targets and corpora of rows that the gradient does not see."""
        corpora = [self._clips.corpora[i] for i in rows]
        return torch.from_numpy(self._all[rows]), self._all_targets[rows], corpora


def trained(
    head: HeadConfig,
    batches: Batches,
    config: PretrainConfig,
    epochs: int,
    development: Rows,
    classes: Sequence[str],
    progress: Progress,
) -> tuple[dict[str, Tensor], list[float]]:
    """Return the parameters of all members as one head, and the mean of their curves."""
    member = replace(head, hidden=head.hidden // config.members)
    found, curves = [], []
    for number in range(config.members):
        part = progress.part(number / config.members, (number + 1) / config.members)
        own = replace(config, seed=config.seed + 1000 * number)
        parameters, curve = _descend(member, batches, own, epochs, development, classes, part)
        found.append(parameters)
        curves.append(curve)
    shortest = min(len(curve) for curve in curves)
    mean = np.mean([curve[:shortest] for curve in curves], axis=0).tolist() if shortest else []
    if config.members == 1:
        return found[0], mean
    side_by_side = {
        "projection.weight": torch.cat([each["projection.weight"] for each in found]),
        "projection.bias": torch.cat([each["projection.bias"] for each in found]),
        "output.weight": torch.cat([each["output.weight"] for each in found], dim=1),
        "output.bias": torch.stack([each["output.bias"] for each in found]).mean(0),
    }
    side_by_side["output.weight"] = side_by_side["output.weight"] / config.members
    return side_by_side, mean


def _descend(
    head: HeadConfig,
    batches: Batches,
    config: PretrainConfig,
    epochs: int,
    development: Rows,
    classes: Sequence[str],
    progress: Progress,
) -> tuple[dict[str, Tensor], list[float]]:
    """Return the best parameters and the development score after each epoch (empty: last)."""
    generator = torch.Generator().manual_seed(config.seed)
    parameters = {
        name: value.requires_grad_()
        for name, value in initial_parameters(head, config.seed).items()
    }
    optimizer = AdamW(
        parameters,
        decayed=("projection.weight", "output.weight"),
        weight_decay=config.weight_decay,
    )
    count = len(batches.x)
    per_epoch = max(1, math.ceil(count / config.batch))
    total, taken = config.epochs * per_epoch, 0
    held = batches.scored(development)
    best, curve = _snapshot(parameters), []
    for epoch in range(epochs):
        order = torch.randperm(count, generator=generator)
        for chosen in torch.split(order, config.batch):
            progress.check()
            loss = _loss(parameters, head, batches, chosen, config, generator)
            optimizer.step(loss, config.learning_rate * cosine(taken, total))
            taken += 1
        if len(development):
            curve.append(
                np.mean(
                    [figures.macro_f1 for figures in by_corpus(parameters, head, *held, classes)]
                ).item()
            )
            if curve[-1] == max(curve):
                best = _snapshot(parameters)
        progress.report((epoch + 1) / epochs, f"Pre-training, epoch {epoch + 1} of {epochs}")
        if progress.stop_requested or (
            curve and len(curve) - int(np.argmax(curve)) > config.patience
        ):
            break
    return (best if curve else _snapshot(parameters)), curve


def _loss(
    parameters: dict[str, Tensor],
    head: HeadConfig,
    batches: Batches,
    chosen: Tensor,
    config: PretrainConfig,
    generator: torch.Generator,
) -> Tensor:
    seen = mixed(parameters, batches.x[chosen], head)
    if config.dropout:
        kept = torch.rand(seen.shape, generator=generator) >= config.dropout
        seen = seen * kept / (1 - config.dropout)
    inside = activated(
        linear(seen, parameters["projection.weight"], parameters["projection.bias"]), head
    )
    scores = output(parameters, inside).masked_fill(batches.barred[chosen], -1e9)
    return (batches.weights[chosen] * cross_entropy(scores, batches.targets[chosen])).mean()


def fitted_temperature(
    parameters: dict[str, Tensor], head: HeadConfig, batches: Batches, development: Rows
) -> float:
    """Return the temperature with the lowest NLL on the development speakers (1: there are none).

    Each clip's softmax runs over its own corpus's classes, as it does in training.
    """
    if not len(development):
        return 1.0
    x, targets, corpora = batches.scored(development)
    names, wanted = np.array(corpora), torch.from_numpy(targets)
    allowed = np.zeros(targets.shape, dtype=bool)
    for corpus in set(corpora):
        allowed[names == corpus] = targets[names == corpus].sum(0) > 0
    with torch.no_grad():
        scores = logits(parameters, x, head).masked_fill(torch.from_numpy(~allowed), -1e9)
        tried = np.geomspace(0.25, 8.0, 61).tolist()
        losses = [float(cross_entropy(scores / value, wanted).mean()) for value in tried]
    return float(tried[int(np.argmin(losses))])


def by_corpus(
    parameters: dict[str, Tensor],
    head: HeadConfig,
    x: Tensor,
    targets: npt.NDArray[np.float32],
    corpora: Sequence[str],
    classes: Sequence[str],
) -> list[Figures]:
    """Return the figures of each corpus, in its own words (see `figures_of`)."""
    with torch.no_grad():
        scores = logits(parameters, x, head)
    names = np.array(corpora)
    return [
        figures_of(scores[torch.from_numpy(names == corpus)], targets[names == corpus], classes)
        for corpus in sorted(set(corpora))
    ]


def _snapshot(parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in parameters.items()}
