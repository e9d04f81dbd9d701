"""What an inner loop gets: a listener's support as tensors, and how to go about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Literal

import torch
from torch import Tensor

from perser_gui.errors import PerserError
from perser_gui.model.schema import LARGEST_OPTION, MOST_POWER


@dataclass(frozen=True)
class Task:
    """The support of one listener, or of a batch of T listeners padded to one size.

    Attributes:
        x: normalized features [K, L, W] or [T, K, L, W].
        targets: rows over the listener's words that sum to 1, [..., K, C].
        mask: 1 for rows that count, 0 for padding, [..., K]; None: all count.
        class_weights: [C] of the listener's words; None: balanced.
        groups: boolean [C, A], which atoms belong to which word; None: atoms are words.
        unlabelled: more clips of the listener without a rating, [..., N, L, W].
        unlabelled_mask: as `mask`, [..., N].
    """

    x: Tensor
    targets: Tensor
    mask: Tensor | None = None
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
        information_clips: with N unlabelled clips that weight is multiplied by
            N / (N + information_clips), because few clips say little.
        spread: weight of the spread within it, relative to the confidence.
        prior_count: what the spread is measured against: 0 an even use of all words, else how
            often the listener used each, with this many ratings more for every word.
        balance: rows of the support count by how often their word was used, to minus this
            power (their mean stays one): 0 all alike, 1 all words alike.
        sharpness: what the objective multiplies logits with before it looks at them; predictions
            do not, so a start can be calibrated and still be driven by sharper logits.
        l2: weight of half the squared distance to the start.
        damping: with K ratings every step is shortened by 1 + K / damping, since a sum over many
            has a steep slope (0: never).
        voice: how strongly a voice's own offset is learned: the squared length of its mark over
            that of an average clip's features (0: not at all).
        anchor: share of each word's mean shift over the library (support and unlabelled clips)
            that is taken back after the steps, so that words without a label lose no mass to
            those that have some; 1 leaves every word's mean logit where it was.
        boldness: factors by which the precisions are divided for candidates that are weighed by
            how well they foresee the listener's labels, beside everyone's model; empty: the
            learned precisions are used as they are (see `weighing`).
        words_power: with C words of the listener every boldness is multiplied by (C / 2) to this
            power, and damping divided by as much: a label among many words says more, and each
            word gets fewer of them (0: never; two words: always as it is).
        anchors: more values of `anchor`, each tried with every boldness, where the checkpoint knows
            all of a listener's words.
        doubt: how much likelier everyone's model is than any boldness, to begin with.
        exchanged: how likely it is, compared with all other candidates together, that a listener of
            three words or more exchanges some two of them (0: not tried; see `swapped_words`).
        sureness: standard deviation of the log temperature of the result (0: none is fitted);
            read when there are candidates.
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
    information_clips: float = 0.0
    spread: float = 1.0
    prior_count: float = 0.0
    balance: float = 0.0
    sharpness: float = 1.0
    l2: float = 0.0
    damping: float = 0.0
    voice: float = 0.0
    anchor: float = 0.0
    boldness: tuple[float, ...] = ()
    words_power: float = 0.0
    anchors: tuple[float, ...] = ()
    doubt: float = 1.0
    exchanged: float = 0.0
    sureness: float = 0.0
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
        weights = (
            self.information,
            self.information_clips,
            self.spread,
            self.prior_count,
            self.sharpness,
            self.l2,
            self.damping,
            self.voice,
            self.words_power,
            self.exchanged,
            self.sureness,
            self.new_scale,
            *self.boldness,
        )
        others = (self.shots_power, self.shots_reference, self.balance, self.anchor, self.doubt)
        numbers = (*weights, *others, self.new_bias, *self.anchors)
        if not all(abs(number) <= LARGEST_OPTION for number in numbers):
            raise PerserError(f"The inner loop takes no number beyond {LARGEST_OPTION:,.0f}.")
        if self.steps < 0 or self.shots_reference <= 0 or min(weights) < 0:
            raise PerserError(
                "The inner loop needs steps >= 0, shots_reference > 0 and weights >= 0."
            )
        if 0.0 in self.boldness or self.doubt <= 0:
            raise PerserError("A candidate's boldness, and doubt, must be above 0.")
        if self.words_power > MOST_POWER:
            raise PerserError(f"The inner loop takes a words_power up to {MOST_POWER:g}.")
        if not all(0 <= anchor <= 1 for anchor in (self.anchor, *self.anchors)):
            raise PerserError("The inner loop's anchors are shares between 0 and 1.")

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
        except (TypeError, ValueError, OverflowError) as error:
            raise PerserError(f"An option of the inner loop is of the wrong kind: {error}.") from (
                error
            )


def shortened(task: Task, options: InnerOptions, value: Tensor) -> Tensor:
    """Return a step's gradient, shortened by how many ratings its sum runs over."""
    if not options.damping:
        return value
    share = 1.0 / (1.0 + task.rows.sum(-1) / options.damping)
    return share.reshape(*share.shape, *[1] * (value.dim() - share.dim())) * value


def stack_tasks(tasks: Sequence[Task]) -> Task:
    """Return one batched task of several, padded with zero rows that do not count.

    Class weights and groups are taken from the first: a batch shares its words.
    """
    first = tasks[0]
    unlabelled = [t.unlabelled for t in tasks if t.unlabelled is not None]
    if unlabelled and len(unlabelled) != len(tasks):
        raise ValueError("either every task of a batch has unlabelled clips or none")
    return Task(
        x=_padded([t.x for t in tasks]),
        targets=_padded([t.targets for t in tasks]),
        mask=_padded([t.rows for t in tasks]),
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


def _padded(tensors: Sequence[Tensor]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(list(tensors), batch_first=True)
