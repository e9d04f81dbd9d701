"""The outer loop's arithmetic: the gradient of a chunk of episodes, and Adam on what is learned.

Gradients are summed chunk by chunk in one fixed order, so that a run on several processes adds
the same numbers in the same order as a run on one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from perser_gui.adaptation.inner import (
    InnerOptions,
    adapt,
    multi_step_weights,
    query_logits,
)
from perser_gui.adaptation.rates import listener_rates
from perser_gui.metatraining.adamw import BETAS, EPSILON
from perser_gui.metatraining.episodes import Chunk
from perser_gui.metatraining.stage import Batch, Table
from perser_gui.model.losses import class_balanced_cross_entropy, smooth


@dataclass
class Learned:
    """What meta-training changes: how far the start moved, and the log rates of inner steps."""

    moved: dict[str, Tensor]
    rates: dict[str, Tensor]

    def copy(self) -> Learned:
        """Return detached copies."""
        return Learned(
            {name: value.detach().clone() for name, value in self.moved.items()},
            {name: value.detach().clone() for name, value in self.rates.items()},
        )


@dataclass(frozen=True)
class Slice:
    """Where one learned tensor stands in a flat gradient."""

    group: str
    name: str
    begin: int
    shape: torch.Size

    @property
    def end(self) -> int:
        """One past its last number."""
        return self.begin + self.shape.numel()


def layout(learned: Learned, *, start: bool, rates: bool) -> tuple[Slice, ...]:
    """Return the places of the tensors that are trained, in a fixed order."""
    slices: list[Slice] = []
    begin = 0
    groups = [("moved", learned.moved, start), ("rates", learned.rates, rates)]
    for group, tensors, wanted in groups:
        for name in sorted(tensors) if wanted else ():
            slices.append(Slice(group, name, begin, tensors[name].shape))
            begin = slices[-1].end
    return tuple(slices)


@dataclass(frozen=True)
class ChunkGradient:
    """Adds up to the outer gradient: sums over a chunk's episodes."""

    flat: Tensor
    loss: float


def chunk_gradient(
    table: Table,
    learned: Learned,
    chunk: Chunk,
    options: InnerOptions,
    slices: Sequence[Slice],
    *,
    shots: int,
    multi_step: float | None = None,
    soft_f1: float = 0.0,
    reptile: bool = False,
) -> ChunkGradient:
    """Return the sum over a chunk's episodes of the query loss and of its gradient.

    `multi_step` in 0..1 weighs the query losses of all inner steps, from evenly to the last
    alone; None counts the last alone. Reptile takes the way from the start to the adapted
    parameters in place of a gradient.
    """
    batch = table.lay(chunk, options, shots)
    leaves = learned.copy()
    wanted = [getattr(leaves, each.group)[each.name] for each in slices]
    if reptile:
        return _reptile(table, batch, leaves, options, slices)
    for tensor in wanted:
        tensor.requires_grad_()
    start = table.start_parameters(batch, leaves.moved, options)
    rates = listener_rates(leaves.rates, batch.words)
    many = multi_step is not None and options.steps > 1
    logits = query_logits(
        start, batch.config, batch.task, batch.query, rates, options, every_step=many
    )
    losses = query_loss(logits, batch, options, soft_f1)
    if many and multi_step is not None:
        weights = losses.new_tensor(multi_step_weights(options.steps, multi_step))
        losses = weights @ losses
    loss = losses.sum()
    gradients = torch.autograd.grad(loss, wanted)
    flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
    return ChunkGradient(flat, float(loss.detach()))


def query_loss(logits: Tensor, batch: Batch, options: InnerOptions, soft_f1: float = 0.0) -> Tensor:
    """Return each episode's query loss, [..., T], for word logits [..., T, Q, C].

    It is the class-balanced cross-entropy, and with the share `soft_f1` one minus the soft
    macro-F1, which gradients can follow where macro-F1 itself has none.
    """
    targets = smooth(batch.query_targets) if options.smoothing else batch.query_targets
    weights = batch.task.class_weights if options.class_weighted else None
    entropy = class_balanced_cross_entropy(logits, targets, weights, batch.query_mask)
    if not soft_f1:
        return entropy
    distance = 1 - soft_macro_f1(logits, batch.query_targets, batch.query_mask)
    return (1 - soft_f1) * entropy + soft_f1 * distance


def soft_macro_f1(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """Return macro-F1 [...] with probabilities in place of decisions, over words that occur.

    `logits` and `targets` are [..., Q, C], `mask` [..., Q].
    """
    said = torch.softmax(logits, -1) * mask.unsqueeze(-1)
    truth = targets * mask.unsqueeze(-1)
    f1 = 2 * (said * truth).sum(-2) / (said.sum(-2) + truth.sum(-2)).clamp_min(1e-6)
    there = (truth.sum(-2) > 0).to(f1.dtype)
    return (f1 * there).sum(-1) / there.sum(-1).clamp_min(1.0)


def _reptile(
    table: Table, batch: Batch, learned: Learned, options: InnerOptions, slices: Sequence[Slice]
) -> ChunkGradient:
    with torch.no_grad():
        start = table.start_parameters(batch, learned.moved, options)
        first = replace(options, order="first")
        adapted = adapt(start, batch.config, batch.task, learned.rates, first).parameters
        logits = query_logits(start, batch.config, batch.task, batch.query, learned.rates, first)
        ways = [
            (start[each.name] - adapted[each.name]).expand(len(batch.query), *each.shape).sum(0)
            for each in slices
        ]
        loss = float(query_loss(logits, batch, options).sum())
    return ChunkGradient(torch.cat([way.reshape(-1) for way in ways]), loss)


@dataclass
class Adam:
    """Adam with its moments as plain tensors, so that they can be saved and read back exactly."""

    first: Tensor
    second: Tensor
    steps: int = 0
    norms: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, slices: Sequence[Slice], device: str, dtype: torch.dtype) -> Adam:
        """Return moments of zero for these tensors."""
        size = slices[-1].end if slices else 0
        return cls(
            torch.zeros(size, device=device, dtype=dtype),
            torch.zeros(size, device=device, dtype=dtype),
        )

    def step(
        self,
        learned: Learned,
        gradient: Tensor,
        slices: Sequence[Slice],
        rates: Mapping[str, float],
        clip: float,
    ) -> None:
        """Change `learned` by one step; each group is clipped to its own norm `clip`."""
        gradient = gradient.clone()
        for group in sorted({each.group for each in slices}):
            own = [each for each in slices if each.group == group]
            part = gradient[own[0].begin : own[-1].end]
            norm = float(part.norm())
            self.norms[group] = norm
            if norm > clip:
                part.mul_(clip / norm)
        self.steps += 1
        self.first.lerp_(gradient, 1 - BETAS[0])
        self.second.mul_(BETAS[1]).addcmul_(gradient, gradient, value=1 - BETAS[1])
        rest = [1 - beta**self.steps for beta in BETAS]
        change = (self.first / rest[0]) / ((self.second / rest[1]).sqrt() + EPSILON)
        for each in slices:
            tensors = getattr(learned, each.group)
            part = change[each.begin : each.end].view(each.shape)
            tensors[each.name] = tensors[each.name] - rates[each.group] * part
