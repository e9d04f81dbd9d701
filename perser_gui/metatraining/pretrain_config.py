"""How everybody's head is pre-trained."""

from __future__ import annotations

from dataclasses import dataclass

from perser_gui.errors import PerserError
from perser_gui.model.head import Activation, LayerMix


@dataclass(frozen=True, kw_only=True)
class PretrainConfig:
    """How everybody's head is trained.

    Attributes:
        hidden: units between the two linear layers.
        activation: what stands between them; "none" is the published model.
        layer_mix: whether encoder layers are summed with learned weights or laid end to end.
        epochs: passes over the clips, at most.
        batch: clips per step.
        learning_rate: AdamW's, falling to zero along a cosine.
        weight_decay: AdamW's, on the two weight matrices.
        dropout: share of normalized features set to zero in training.
        smoothing: whether targets are smoothed.
        balance: class weights over all clips ("pooled") or within each corpus ("corpus").
        corpus_power: how far corpora are made equal: 0 counts clips, 1 counts corpora.
        own_classes: whether a clip's softmax runs over its corpus's classes only, so that no
            corpus teaches that a word it does not use is wrong.
        temperature: what the output layer is divided by at the end, so that probabilities are
            less sure of themselves on new people; 0 fits it to the development speakers.
        n0: how many clips the normalization's prior counts as.
        development: share of each corpus's speakers that pick the epoch.
        patience: epochs without improvement after which training stops.
        refit: whether the shipped head is trained once more, on the development speakers too,
            for as many epochs as were best.
        members: heads that are trained apart, each with its share of the hidden units, and
            answer with the mean of their logits; their hidden layers lie side by side.
        copies: how many copies of every clip, under other recording conditions, are learned
            from beside it.
        copies_share: what all copies of a clip weigh together; the clip itself has the rest.
        copies_clips: among how many clips of its voice each copy is normalized, as if no more
            had been heard of that voice (0: among all); empty: all copies among all.
        seed: of initial weights, order and choice of speakers.
    """

    hidden: int = 256
    activation: Activation = "none"
    layer_mix: LayerMix = "concatenate"
    epochs: int = 10
    batch: int = 64
    learning_rate: float = 3e-4
    weight_decay: float = 1.0
    dropout: float = 0.5
    smoothing: bool = False
    balance: str = "corpus"
    corpus_power: float = 1.0
    own_classes: bool = True
    temperature: float = 1.0
    n0: float = 8.0
    development: float = 0.1
    patience: int = 4
    refit: bool = True
    members: int = 1
    copies: int = 0
    copies_share: float = 0.5
    copies_clips: tuple[int, ...] = ()
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.hidden, self.epochs, self.batch, self.patience) < 1:
            raise PerserError(
                "Pre-training needs hidden, epochs, batch and patience of at least 1."
            )
        if self.members < 1 or self.hidden % self.members:
            raise PerserError(
                f"{self.hidden} hidden units cannot be dealt out to {self.members} members; "
                "please let `members` divide `hidden`."
            )
        if self.members > 1 and self.layer_mix != "concatenate":
            raise PerserError("Several members need layer_mix = “concatenate”.")
        if self.copies < 0 or not 0 <= self.copies_share <= 1:
            raise PerserError("Pre-training needs copies >= 0 and a copies_share in 0..1.")
        if len(self.copies_clips) not in (0, self.copies) or min(self.copies_clips, default=0) < 0:
            raise PerserError("copies_clips needs a number of clips, from 0, for each of `copies`.")
        if not 0 <= self.dropout < 1 or not 0 <= self.development < 0.5:
            raise PerserError("Pre-training needs 0 <= dropout < 1 and 0 <= development < 0.5.")
        if self.balance not in ("pooled", "corpus"):
            raise PerserError(f"Unknown class balance “{self.balance}”; use pooled or corpus.")
        if (
            self.learning_rate <= 0
            or min(self.weight_decay, self.corpus_power, self.n0, self.temperature) < 0
        ):
            raise PerserError("Pre-training needs a positive rate, and no negative weights.")
