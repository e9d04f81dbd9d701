"""Pre-training: one head for everybody, from labels aggregated over all but the held out.

Mean pooling is already in the cached statistics, so an epoch is a few hundred products of
small matrices. The loss is the class-balanced cross-entropy; the best epoch is found on
speakers that the gradient never sees.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from perser_gui.errors import PerserError
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
from perser_gui.metatraining.descent import Batches, by_corpus, fitted_temperature, trained
from perser_gui.metatraining.pretrain_config import PretrainConfig
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import HeadConfig
from perser_gui.progress import Progress
from perser_gui.upstream.encoders import BUNDLED, ENCODER_NAME

__all__ = ["Fitted", "PretrainConfig", "by_corpus", "development_rows", "fit", "pretrain"]


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
        copies = normalized_copies(clips, copies, normalization, config.copies_clips)
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
    batches = Batches(clips, x, targets, learning, config, copies)
    parameters, curve = trained(
        head,
        batches,
        config,
        config.epochs,
        development,
        material.classes,
        progress.part(0.0, share),
    )
    epochs = int(np.argmax(curve)) + 1 if curve else config.epochs
    temperature = config.temperature or fitted_temperature(parameters, head, batches, development)
    if again and len(development):
        batches = Batches(clips, x, targets, rows, config, copies)
        nobody = np.array([], dtype=np.int64)
        parameters, _ = trained(
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


def _spread(labels: Labels, clips: int, classes: int) -> npt.NDArray[np.float32]:
    """Return targets [N, C] for all clips, zero where there is no label."""
    targets = np.zeros((clips, classes), dtype=np.float32)
    targets[labels.rows] = labels.targets
    return targets


def _encoder_to_load(clips: Clips) -> dict[str, str]:
    """Return the encoder's name for a checkpoint; bundled ones are found by their id."""
    name = clips.encoder_name
    return {ENCODER_NAME: name} if name and name not in BUNDLED else {}
