"""The listener's own label frequencies, whatever the clip: the floor under every adapter."""

from __future__ import annotations

import numpy as np

from perser_gui.adaptation.closed_form import Array, ClosedForm, Fitted
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import FloatArray


class Majority(ClosedForm):
    """Predicts how often each word was used so far, with half a rating added to each."""

    name = "majority"
    prior = 0.5

    def inputs(self, theta: Checkpoint, classes: EmotionSet, x: FloatArray) -> Array:
        """Return nothing about the clips but how many there are, [N, 0]."""
        return np.zeros((len(x), 0))

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return the share of each word."""
        counts = (targets * weights[:, None]).sum(axis=0) + self.prior
        return {"shares": counts / counts.sum()}

    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return the same shares for every clip."""
        return np.tile(fitted["shares"], (len(inputs), 1))
