"""Pre-training: one head for everybody, from labels aggregated over all but the held out.

Mean pooling is already in the cached statistics, so an epoch is a few hundred products of
small matrices. The loss is the class-balanced cross-entropy; the best epoch is found on
speakers that the gradient never sees.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from perser_gui.errors import PerserError
from perser_gui.metatraining.adamw import AdamW, cosine
from perser_gui.metatraining.data import (
    Clips,
    Labels,
    Material,
    Rows,
    fit_normalization,
    normalized,
    normalized_copies,
    voices_of,
)
from perser_gui.metatraining.figures import Figures, figures_of
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import (
    Activation,
    HeadConfig,
    LayerMix,
    activated,
    initial_parameters,
    linear,
    logits,
    mixed,
    output,
)
from perser_gui.model.losses import cross_entropy, smooth
from perser_gui.progress import Progress
from perser_gui.upstream import BUNDLED


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
        copies: how many copies of every clip, under other recording conditions, are learned
            from beside it.
        copies_share: what all copies of a clip weigh together; the clip itself has the rest.
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
    copies: int = 0
    copies_share: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.hidden, self.epochs, self.batch, self.patience) < 1:
            raise PerserError(
                "Pre-training needs hidden, epochs, batch and patience of at least 1."
            )
        if self.copies < 0 or not 0 <= self.copies_share <= 1:
            raise PerserError("Pre-training needs copies >= 0 and a copies_share in 0..1.")
        if not 0 <= self.dropout < 1 or not 0 <= self.development < 0.5:
            raise PerserError("Pre-training needs 0 <= dropout < 1 and 0 <= development < 0.5.")
        if self.balance not in ("pooled", "corpus"):
            raise PerserError(f"Unknown class balance “{self.balance}”; use pooled or corpus.")
        if (
            self.learning_rate <= 0
            or min(self.weight_decay, self.corpus_power, self.n0, self.temperature) < 0
        ):
            raise PerserError("Pre-training needs a positive rate, and no negative weights.")


@dataclass(frozen=True)
class Fitted:
    """A trained head: what a checkpoint holds, the epochs it took, and development scores."""

    checkpoint: Checkpoint
    epochs: int
    curve: tuple[float, ...]


def pretrain(
    material: Material,
    config: PretrainConfig | None = None,
    *,
    name: str = "perser-base",
    progress: Progress | None = None,
) -> Checkpoint:
    """Return everybody's head, trained on the aggregated labels of all listeners in `material`.

    Held-out listeners must be gone already (`Material.without`). The checkpoint's `training`
    names the listeners and clips it rests on, so that later tests can tell whether theirs
    are among them.

    Raises:
        PerserError: if there are no labels, or fewer than two classes among them.
        Cancelled: if the user cancelled.
    """
    labels = material.aggregated()
    return fit(material, labels, labels.rows, config or PretrainConfig(), name, progress).checkpoint


def fit(
    material: Material,
    labels: Labels,
    rows: Rows,
    config: PretrainConfig,
    name: str = "perser-base",
    progress: Progress | None = None,
    *,
    refit: bool | None = None,
) -> Fitted:
    """Train on the clips of `rows` (a subset of `labels.rows`) and nothing else.

    Normalization, class weights, development speakers and epochs all come from these rows.
    """
    progress = progress or Progress()
    clips = material.clips
    targets = _spread(labels, len(clips), len(material.classes))
    used = targets[rows].sum(0) > 0
    if used.sum() < 2:
        raise PerserError(
            "Pre-training needs clips of at least two emotions; please give more corpora."
        )
    normalization = fit_normalization(clips, rows, config.n0)
    x = normalized(clips, normalization)
    copies = material.copies if config.copies else None
    if copies is not None:
        copies = normalized_copies(clips, copies, normalization)
    head = HeadConfig(
        layers=clips.x.shape[1],
        width=clips.x.shape[2],
        hidden=config.hidden,
        classes=len(material.classes),
        activation=config.activation,
        layer_mix=config.layer_mix,
    )
    development = development_rows(clips, rows, config)
    learning = np.setdiff1d(rows, development)
    again = config.refit if refit is None else refit
    share = 0.5 if again and len(development) else 1.0
    batches = _Batches(clips, x, targets, learning, config, copies)
    parameters, curve = _descend(
        head,
        batches,
        config,
        config.epochs,
        development,
        material.classes,
        progress.part(0.0, share),
    )
    epochs = int(np.argmax(curve)) + 1 if curve else config.epochs
    temperature = config.temperature or _fitted_temperature(parameters, head, batches, development)
    if again and len(development):
        batches = _Batches(clips, x, targets, rows, config, copies)
        nobody = np.array([], dtype=np.int64)
        parameters, _ = _descend(
            head, batches, config, epochs, nobody, material.classes, progress.part(share, 1.0)
        )
    for scaled in ("output.weight", "output.bias"):
        parameters[scaled] = parameters[scaled] / temperature
    chosen = Labels(rows, targets[rows], labels.listeners)
    checkpoint = Checkpoint(
        name=name,
        encoder=clips.encoder,
        classes=material.classes,
        head=head,
        parameters=parameters,
        normalization=normalization,
        class_weights=torch.from_numpy(chosen.weights()).float(),
        training={
            "listeners": sorted(labels.listeners),
            "contents": sorted({clips.names[i][:16] for i in rows}),
            "corpora": sorted({clips.corpora[i] for i in rows}),
            "counts": chosen.counts().tolist(),
            "epochs": epochs,
            "temperature": round(temperature, 4),
            **_encoder_to_load(clips),
        },
    )
    return Fitted(checkpoint, epochs, tuple(curve))


def development_rows(clips: Clips, rows: Rows, config: PretrainConfig) -> Rows:
    """Return the rows of the speakers that pick the epoch: a share of each corpus's speakers.

    A corpus with fewer than four speakers gives none.
    """
    random = np.random.default_rng([config.seed, 101])
    chosen: set[str] = set()
    for voices in voices_of(clips, rows).values():
        if config.development and len(voices) >= 4:
            count = max(1, round(config.development * len(voices)))
            chosen.update(random.choice(voices, size=count, replace=False).tolist())
    return np.array([i for i in rows if clips.voices[i] in chosen], dtype=np.int64)


class _Batches:
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


def _descend(
    head: HeadConfig,
    batches: _Batches,
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
    batches: _Batches,
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


def _fitted_temperature(
    parameters: dict[str, Tensor], head: HeadConfig, batches: _Batches, development: Rows
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


def _spread(labels: Labels, clips: int, classes: int) -> npt.NDArray[np.float32]:
    """Return targets [N, C] for all clips, zero where there is no label."""
    targets = np.zeros((clips, classes), dtype=np.float32)
    targets[labels.rows] = labels.targets
    return targets


def _encoder_to_load(clips: Clips) -> dict[str, str]:
    """Return the encoder's name for a checkpoint; bundled ones are found by their id."""
    name = clips.encoder_name
    return {"encoder_name": name} if name and name not in BUNDLED else {}


def _snapshot(parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().clone() for name, value in parameters.items()}
