"""What the inner loop descends: the support loss, and information over unlabelled clips.

`objective` is the value. `gradient` is its derivative by the output layer's logits, worked out
by hand, for the dual form; the plain form differentiates `objective` itself, which is how the
two check each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

import torch
from torch import Tensor

from perser_gui.errors import PerserError
from perser_gui.model.classes import class_logits
from perser_gui.model.losses import cross_entropy, sample_weights, smooth

_TINY = 1e-30
_RARELY = 1e-3


@dataclass(frozen=True)
class Task:
    """The support of one listener, or of a batch of T listeners padded to one size.

    Attributes:
        x: normalized features [K, L, W] or [T, K, L, W].
        targets: rows over the listener's words that sum to 1, [..., K, C].
        mask: 1 for rows that count, 0 for padding, [..., K]; None: all count.
        weights: a weight per row [..., K] on top of the class weights; None: all 1.
        class_weights: [C] of the listener's words; None: balanced.
        groups: boolean [C, A], which atoms belong to which word; None: atoms are words.
        unlabelled: more clips of the listener without a rating, [..., N, L, W].
        unlabelled_mask: as `mask`, [..., N].
    """

    x: Tensor
    targets: Tensor
    mask: Tensor | None = None
    weights: Tensor | None = None
    class_weights: Tensor | None = None
    groups: Tensor | None = None
    unlabelled: Tensor | None = None
    unlabelled_mask: Tensor | None = None

    def to(self, device: torch.device | str | None = None, dtype: Any = None) -> Task:
        """Return the task on another device or in another float type."""
        changes = {}
        for item in fields(self):
            value = getattr(self, item.name)
            if value is not None:
                kind = None if value.dtype == torch.bool else dtype
                changes[item.name] = value.to(device=device, dtype=kind)
        return replace(self, **changes)

    @property
    def rows(self) -> Tensor:
        """The row mask [..., K] as numbers, ones where none was given."""
        return self.targets.new_ones(self.targets.shape[:-1]) if self.mask is None else self.mask


@dataclass(frozen=True, kw_only=True)
class InnerOptions:
    """How the inner loop goes about it; stored with a checkpoint as plain JSON values.

    Attributes:
        steps: inner steps; beyond the steps that have a learned rate, the last rate holds.
        order: "second" differentiates through the steps, "first" treats gradients as constants.
        form: "dual" never forms adapted weights, "plain" is the reference, "auto" takes the
            dual form while the clips are fewer than the features.
        shots_power: the support loss is the mean over K times (K / shots_reference) to this
            power: 0 is the mean, 1 a sum, so that rates grow with K.
        shots_reference: the K at which the power changes nothing.
        information: weight of information maximization over the unlabelled clips (confident
            for each clip, spread over the words).
        spread: weight of the spread within it, relative to the confidence.
        prior_count: what the spread is measured against: 0 an even use of all words, else how
            often the listener used each, with this many ratings more for every word.
        balance: rows of the support count by how often their word was used, to minus this
            power (their mean stays one): 0 all alike, 1 all words alike.
        l2: weight of half the squared distance to the start.
        class_weighted: whether class weights multiply the rows of the support loss.
        smoothing: whether targets are smoothed.
        new_scale: length of the output row that a word unknown to the checkpoint starts with.
        new_bias: how much less likely than all known words together it starts, as a logit.
    """

    steps: int = 5
    order: Literal["first", "second"] = "second"
    form: Literal["auto", "dual", "plain"] = "auto"
    shots_power: float = 0.0
    shots_reference: float = 16.0
    information: float = 0.0
    spread: float = 1.0
    prior_count: float = 0.0
    balance: float = 0.0
    l2: float = 0.0
    class_weighted: bool = True
    smoothing: bool = False
    new_scale: float = 0.2
    new_bias: float = -1.7

    def __post_init__(self) -> None:
        if self.order not in ("first", "second") or self.form not in ("auto", "dual", "plain"):
            raise PerserError(
                f"Unknown inner loop order “{self.order}” or form “{self.form}”; "
                "use first or second, and auto, dual or plain."
            )
        weights = (self.information, self.spread, self.prior_count, self.l2, self.new_scale)
        if self.steps < 0 or self.shots_reference <= 0 or min(weights) < 0:
            raise PerserError(
                "The inner loop needs steps >= 0, shots_reference > 0 and weights >= 0."
            )

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> InnerOptions:
        """Build from a mapping of some of the fields.

        Raises:
            PerserError: for a key that does not exist or a value of another kind.
        """
        kinds = {item.name: type(getattr(cls(), item.name)) for item in fields(cls)}
        unknown = sorted(set(values) - set(kinds))
        if unknown:
            raise PerserError(
                f"The inner loop has no option {', '.join(unknown)}; it has {', '.join(kinds)}."
            )
        try:
            return cls(**{name: kinds[name](value) for name, value in values.items()})
        except (TypeError, ValueError) as error:
            raise PerserError(f"An option of the inner loop is of the wrong kind: {error}.") from (
                error
            )


def stack_tasks(tasks: Sequence[Task]) -> Task:
    """Return one batched task of several, padded with zero rows that do not count.

    Class weights and groups are taken from the first: a batch shares its words.
    """
    first = tasks[0]
    unlabelled = [t.unlabelled for t in tasks if t.unlabelled is not None]
    if unlabelled and len(unlabelled) != len(tasks):
        raise ValueError("either every task of a batch has unlabelled clips or none")
    weights = [t.rows if t.weights is None else t.weights for t in tasks]
    return Task(
        x=_padded([t.x for t in tasks]),
        targets=_padded([t.targets for t in tasks]),
        mask=_padded([t.rows for t in tasks]),
        weights=_padded(weights) if any(t.weights is not None for t in tasks) else None,
        class_weights=first.class_weights,
        groups=first.groups,
        unlabelled=_padded(unlabelled) if unlabelled else None,
        unlabelled_mask=_padded(
            [
                u.new_ones(len(u)) if t.unlabelled_mask is None else t.unlabelled_mask
                for t, u in zip(tasks, unlabelled, strict=True)
            ]
        )
        if unlabelled
        else None,
    )


def objective(
    support: Tensor, unlabelled: Tensor | None, task: Task, options: InnerOptions
) -> Tensor:
    """Return the inner objective [...] of atom logits [..., K, A] and [..., N, A]."""
    logits = class_logits(support, task.groups)
    value = (_row_factors(task, options) * cross_entropy(logits, _targets(task, options))).sum(-1)
    if unlabelled is not None and options.information:
        log_p, shares = _clip_shares(unlabelled, task)
        p = log_p.exp()
        mean_p = (shares.unsqueeze(-1) * p).sum(-2)
        confused = -(shares * (p * log_p).sum(-1)).sum(-1)
        usual = _log_usual(task, options)
        spread = -(mean_p * (mean_p.clamp_min(_TINY).log() - usual)).sum(-1)
        value = value + options.information * (confused - options.spread * spread)
    return value


def gradient(
    support: Tensor, unlabelled: Tensor | None, task: Task, options: InnerOptions
) -> Tensor:
    """Return the derivative of `objective` by the atom logits, [..., K + N, A]."""
    targets = _targets(task, options)
    logits = class_logits(support, task.groups)
    missed = targets.sum(-1, keepdim=True) * torch.softmax(logits, -1) - targets
    result = _by_atoms(_row_factors(task, options).unsqueeze(-1) * missed, support, task.groups)
    if unlabelled is None:
        return result
    log_p, shares = _clip_shares(unlabelled, task)
    p = log_p.exp()
    shares = shares.unsqueeze(-1)
    mean_p = (shares * p).sum(-2, keepdim=True)
    excess = mean_p.clamp_min(_TINY).log() - _log_usual(task, options).unsqueeze(-2)
    entropy = -(p * log_p).sum(-1, keepdim=True)
    pull = options.spread * p * (excess - (p * excess).sum(-1, keepdim=True))
    pull = pull - p * (log_p + entropy)
    informed = _by_atoms(options.information * shares * pull, unlabelled, task.groups)
    return torch.cat([result, _like(informed, result)], dim=-2)


def _row_factors(task: Task, options: InnerOptions) -> Tensor:
    """Return what each row's cross-entropy is multiplied with, [..., K]."""
    mask = task.rows
    count = mask.sum(-1, keepdim=True).clamp_min(1.0)
    factors = mask / count * (count / options.shots_reference) ** options.shots_power
    if task.weights is not None:
        factors = factors * task.weights
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


def _targets(task: Task, options: InnerOptions) -> Tensor:
    return smooth(task.targets) if options.smoothing else task.targets


def _clip_shares(unlabelled: Tensor, task: Task) -> tuple[Tensor, Tensor]:
    """Return log probabilities [..., N, C] and each clip's share of the mean [..., N]."""
    log_p = torch.log_softmax(class_logits(unlabelled, task.groups), -1)
    mask = task.unlabelled_mask
    if mask is None:
        return log_p, log_p.new_full(log_p.shape[-2:-1], 1.0 / max(log_p.shape[-2], 1))
    return log_p, mask / mask.sum(-1, keepdim=True).clamp_min(1.0)


def _by_atoms(by_words: Tensor, atom_logits: Tensor, groups: Tensor | None) -> Tensor:
    """Carry a derivative by word logits [..., C] to the atoms [..., A] under the words."""
    if groups is None:
        return by_words
    members = atom_logits.unsqueeze(-2).masked_fill(~groups, -torch.inf)
    return (by_words.unsqueeze(-1) * torch.softmax(members, -1)).sum(-2)


def _like(rows: Tensor, other: Tensor) -> Tensor:
    """Expand rows [..., N, A] to the batch of `other` [..., K, A]."""
    return rows.expand(*other.shape[:-2], *rows.shape[-2:])


def _padded(tensors: Sequence[Tensor]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(list(tensors), batch_first=True)
