"""What the inner loop descends: the support loss, and information over unlabelled clips.

`Objective.value` is the value. `Objective.gradient` is its derivative by the output layer's
logits, worked out by hand, for the dual forms; the plain form differentiates the value itself,
which is how the two check each other.
"""

from __future__ import annotations

import torch
from torch import Tensor

from perser_gui.adaptation.task import InnerOptions, Task
from perser_gui.model.classes import class_logits
from perser_gui.model.losses import cross_entropy, sample_weights, smooth

_TINY = 1e-30
_RARELY = 1e-3


class Objective:
    """The objective of one task or a batch of them; what no step changes is worked out once."""

    def __init__(self, task: Task, options: InnerOptions) -> None:
        self.task, self._options = task, options
        targets = smooth(task.targets) if options.smoothing else task.targets
        factors = _row_factors(task, options)
        self._factors, self._targets = factors, targets
        drawn = factors.unsqueeze(-1) * targets
        self._mass, self._pushed = drawn.sum(-1, keepdim=True), -drawn

    def value(self, support: Tensor, unlabelled: Tensor | None) -> Tensor:
        """Return the objective [...] of atom logits [..., K, A] and [..., N, A]."""
        logits = self._seen(support)
        value = (self._factors * cross_entropy(logits, self._targets)).sum(-1)
        if unlabelled is None or not self._options.information:
            return value
        log_p, shares = self._clip_shares(unlabelled)
        p = log_p.exp()
        mean_p = (shares.unsqueeze(-1) * p).sum(-2)
        confused = -(shares * (p * log_p).sum(-1)).sum(-1)
        usual = _log_usual(self.task, self._options)
        spread = -(mean_p * (mean_p.clamp_min(_TINY).log() - usual)).sum(-1)
        return value + _information(self.task, self._options) * (
            confused - self._options.spread * spread
        )

    def gradient(self, support: Tensor, unlabelled: Tensor | None) -> Tensor:
        """Return the derivative of the value by the atom logits, [..., K + N, A]."""
        groups, options = self.task.groups, self._options
        missed = torch.addcmul(self._pushed, self._mass, torch.softmax(self._seen(support), -1))
        if options.sharpness != 1:
            missed = options.sharpness * missed
        result = _by_atoms(missed, support, groups)
        if unlabelled is None:
            return result
        log_p, shares = self._clip_shares(unlabelled)
        p = log_p.exp()
        shares = shares.unsqueeze(-1)
        mean_p = (shares * p).sum(-2, keepdim=True)
        excess = mean_p.clamp_min(_TINY).log() - _log_usual(self.task, options).unsqueeze(-2)
        entropy = -(p * log_p).sum(-1, keepdim=True)
        pull = options.spread * p * (excess - (p * excess).sum(-1, keepdim=True))
        pull = pull - p * (log_p + entropy)
        weight = _information(self.task, options).unsqueeze(-1).unsqueeze(-1) * options.sharpness
        informed = _by_atoms(weight * shares * pull, unlabelled, groups)
        return torch.cat([result, informed.expand(*result.shape[:-2], *informed.shape[-2:])], -2)

    def _seen(self, atoms: Tensor) -> Tensor:
        """Return the word logits that the objective looks at, [..., C]."""
        logits = class_logits(atoms, self.task.groups)
        return logits if self._options.sharpness == 1 else self._options.sharpness * logits

    def _clip_shares(self, unlabelled: Tensor) -> tuple[Tensor, Tensor]:
        """Return log probabilities [..., N, C] and each clip's share of the mean [..., N]."""
        log_p = torch.log_softmax(self._seen(unlabelled), -1)
        mask = self.task.unlabelled_mask
        if mask is None:
            return log_p, log_p.new_full(log_p.shape[-2:-1], 1.0 / max(log_p.shape[-2], 1))
        return log_p, mask / mask.sum(-1, keepdim=True).clamp_min(1.0)


def _row_factors(task: Task, options: InnerOptions) -> Tensor:
    """Return what each row's cross-entropy is multiplied with, [..., K]."""
    mask = task.rows
    count = mask.sum(-1, keepdim=True).clamp_min(1.0)
    factors = mask / count * (count / options.shots_reference) ** options.shots_power
    if options.class_weighted and task.class_weights is not None:
        factors = factors * sample_weights(task.targets, task.class_weights)
    if options.balance:
        used = (mask.unsqueeze(-1) * task.targets).sum(-2, keepdim=True).clamp_min(_RARELY)
        rarity = (task.targets * used**-options.balance).sum(-1)
        mean = (mask * rarity).sum(-1, keepdim=True) / count
        factors = factors * rarity / mean.clamp_min(_TINY)
    return factors


def _log_usual(task: Task, options: InnerOptions) -> Tensor:
    """Return the log of how often each word is expected, [..., C] (a constant 0: evenly)."""
    if not options.prior_count:
        return task.targets.new_zeros(task.targets.shape[-1])
    used = (task.rows.unsqueeze(-1) * task.targets).sum(-2) + options.prior_count
    return (used / used.sum(-1, keepdim=True)).log()


def _information(task: Task, options: InnerOptions) -> Tensor:
    """Return the weight of information maximization, [] or [T]."""
    if task.unlabelled is None:
        return task.targets.new_zeros(())
    if task.unlabelled_mask is None:
        count = task.targets.new_tensor(float(task.unlabelled.shape[-3]))
    else:
        count = task.unlabelled_mask.sum(-1)
    return options.information * count / (count + options.information_clips).clamp_min(_TINY)


def _by_atoms(by_words: Tensor, atom_logits: Tensor, groups: Tensor | None) -> Tensor:
    """Carry a derivative by word logits [..., C] to the atoms [..., A] under the words."""
    if groups is None:
        return by_words
    members = atom_logits.unsqueeze(-2).masked_fill(~groups, -torch.inf)
    return (by_words.unsqueeze(-1) * torch.softmax(members, -1)).sum(-2)
