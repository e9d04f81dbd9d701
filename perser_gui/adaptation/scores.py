"""How well predictions match a listener's ratings, pooled over clips."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from perser_gui.adaptation.gradient import folds_of, heard
from perser_gui.adaptation.protocol import Adapter, FoldingAdapter, Support
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.losses import threshold
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Scores

LEAVE_ONE_OUT = "leave-one-out"


def scores(
    probabilities: FloatArray,
    targets: FloatArray,
    classes: tuple[str, ...],
    protocol: str = "",
) -> Scores:
    """Score probabilities [N, C] against rating targets [N, C] over `classes`.

    The most probable emotion is the prediction. A rating with several emotions holds each of
    them: any one counts as right for accuracy, and each has its own F1. Macro-F1 and UAR are
    means over the emotions that occur in the ratings; NLL is in nats per rating, against the
    rating's shares. Without ratings all figures are 0 and `count` says so.
    """
    count = len(targets)
    if not count:
        return Scores(0.0, 0.0, 0.0, 0.0, 0, protocol, {})
    truth = _chosen(targets)
    guess = np.zeros_like(truth)
    best = probabilities.argmax(axis=1)
    guess[np.arange(count), best] = True
    hits = (truth & guess).sum(axis=0)
    present = np.flatnonzero(truth.any(axis=0))
    f1 = 2 * hits / np.maximum(truth.sum(axis=0) + guess.sum(axis=0), 1)
    recall = hits / np.maximum(truth.sum(axis=0), 1)
    return Scores(
        macro_f1=float(f1[present].mean()),
        uar=float(recall[present].mean()),
        accuracy=float(truth[np.arange(count), best].mean()),
        nll=float(-(targets * np.log(np.maximum(probabilities, 1e-12))).sum(axis=1).mean()),
        count=count,
        protocol=protocol,
        f1={classes[c]: float(f1[c]) for c in present},
    )


def expected_calibration_error(
    probabilities: FloatArray, targets: FloatArray, bins: int = 10
) -> float:
    """Return the mean distance of confidence and accuracy over equal bins of confidence (ECE)."""
    if not len(targets):
        return 0.0
    best = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = _chosen(targets)[np.arange(len(best)), best].astype(np.float64)
    which = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(which, weights=confidence - right, minlength=bins)
    return float(np.abs(gaps).sum() / len(best))


def leave_one_out(
    adapter: Adapter,
    theta: Checkpoint,
    support: Support,
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Scores:
    """Score an adapter on each of the listener's ratings by a model that never saw it.

    One fold per recording up to 30 of them, 20 folds beyond; `protocol` says which.
    """
    folds = folds_of(support.count, seed=seed, recordings=support.recordings)
    name = LEAVE_ONE_OUT if len(folds) == support.heard else f"{len(folds)}-fold"
    predicted = held_out_probabilities(
        adapter, theta, support, folds, seed=seed, device=device, progress=progress
    )
    return scores(predicted, support.targets, support.classes.words, name)


def held_out_probabilities(
    adapter: Adapter,
    theta: Checkpoint,
    support: Support,
    folds: FloatArray,
    *,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> FloatArray:
    """Return probabilities [K, C] of each rated clip by the model of the fold that left it out."""
    if not support.count:
        return np.zeros_like(support.targets)
    if isinstance(adapter, FoldingAdapter):
        every = adapter.held_out(theta, support, folds, seed=seed, device=device, progress=progress)
        return np.asarray(every[folds.argmin(axis=0), np.arange(support.count)])
    result = np.zeros_like(support.targets)
    for number, fold in enumerate(folds):
        if progress is not None:
            progress.report(number / len(folds), "Checking on ratings left out")
        rows = np.flatnonzero(fold > 0)
        left = np.flatnonzero(fold == 0)
        profile = adapter.adapt(theta, support.only(rows.tolist()), seed=seed, device=device)
        voices = [support.voices[row] for row in left] if support.voices else ()
        result[left] = heard(adapter, theta, profile, support.x[left], voices)
    return result


def _chosen(targets: FloatArray) -> npt.NDArray[np.bool_]:
    """Return which emotions a rating names [N, C]: more than 1/C of it, or its largest share."""
    largest = targets.max(axis=1, keepdims=True)
    return np.asarray(
        (targets > threshold(targets.shape[1])) | ((targets == largest) & (targets > 0))
    )
