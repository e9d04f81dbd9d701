"""Borrowing from listeners of the training set: the nearest one, or a soft mixture of all.

A checkpoint carries the output layers of its training listeners in its extras
(`with_listener_heads`); everyone's own head always competes with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from perser_gui.adaptation.closed_form import Array, ClosedForm, Fitted
from perser_gui.adaptation.fine_tune import LastLayer
from perser_gui.adaptation.listener import generic_logits
from perser_gui.adaptation.protocol import Support
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress
from perser_gui.records import FloatArray

WEIGHT, BIAS = "listeners.output.weight", "listeners.output.bias"


class ListenerMixture(ClosedForm):
    """Mixes the training listeners' predictions by how well each explains the ratings."""

    name = "listener-mixture"

    def inputs(self, theta: Checkpoint, classes: EmotionSet, x: FloatArray) -> Array:
        """Return log probabilities [N, M + 1, C]: of everyone's head, then of each listener's.

        Raises:
            PerserError: if the checkpoint carries no training listeners.
        """
        if WEIGHT not in theta.extras or BIAS not in theta.extras:
            raise PerserError(
                f"The checkpoint {theta.name} carries no training listeners for {self.name}; "
                "please run perser meta-train, which stores them, or choose another adapter."
            )
        heads = [theta.parameters]
        for weight, bias in zip(theta.extras[WEIGHT], theta.extras[BIAS], strict=True):
            heads.append({**theta.parameters, "output.weight": weight, "output.bias": bias})
        logits = [generic_logits(theta, classes, x, parameters=head) for head in heads]
        values = torch.log_softmax(torch.stack(logits, dim=1).double(), -1)
        return np.asarray(values.numpy())

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return each head's posterior probability, `posterior` [M + 1]."""
        fits = self._log_likelihoods(inputs, targets, weights)
        posterior = np.exp(fits - fits.max())
        return {"posterior": posterior / posterior.sum()}

    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return the mixture of the heads' probabilities."""
        mixed = np.einsum("nmc,m->nc", np.exp(inputs), fitted["posterior"])
        return np.asarray(mixed / mixed.sum(axis=1, keepdims=True))

    @staticmethod
    def _log_likelihoods(inputs: Array, targets: Array, weights: Array) -> Array:
        return np.asarray(np.einsum("k,kc,kmc->m", weights, targets, inputs))


class NearestListener(ListenerMixture):
    """Predicts as the one training listener, or everyone's model, that explains the ratings best.

    Without any rating that is everyone's model.
    """

    name = "nearest-listener"

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return a `posterior` [M + 1] that is 1 for the nearest."""
        nearest = np.zeros(inputs.shape[1])
        nearest[int(self._log_likelihoods(inputs, targets, weights).argmax())] = 1.0
        return {"posterior": nearest}


def with_listener_heads(
    theta: Checkpoint, supports: Sequence[Support], progress: Progress | None = None
) -> Checkpoint:
    """Return the checkpoint with an output layer fitted to each training listener in its extras.

    The supports must be over the checkpoint's own classes.
    """
    plain = EmotionSet.of(theta.classes, known=theta.classes)
    weights, biases = [], []
    for number, support in enumerate(supports):
        if progress is not None:
            progress.report(number / len(supports), "Fitting training listeners")
        if support.classes.words != plain.words:
            raise ValueError("training listeners must be rated over the checkpoint's classes")
        head = LastLayer().adapt(theta, replace(support, classes=plain)).parameters
        weights.append(head.get("output.weight", theta.parameters["output.weight"].numpy()))
        biases.append(head.get("output.bias", theta.parameters["output.bias"].numpy()))
    extras = {
        **theta.extras,
        WEIGHT: torch.from_numpy(np.stack(weights)),
        BIAS: torch.from_numpy(np.stack(biases)),
    }
    return replace(theta, extras=extras)
