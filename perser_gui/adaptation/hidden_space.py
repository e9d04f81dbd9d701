"""Adapters in the hidden layer's space: class means (prototypes) and a ridge correction."""

from __future__ import annotations

import numpy as np

from perser_gui.adaptation.closed_form import Array, ClosedForm, Fitted, softmax
from perser_gui.adaptation.listener import generic_logits, hidden_features
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import FloatArray

_LEAST = 1e-6


class Prototypes(ClosedForm):
    """Compares a clip with the mean of the listener's examples of each word.

    Logits are negative squared distances in units of their own average between the examples
    and the overall mean, each mean shrunk towards that overall mean as if by one more example.
    A word without an example sits at the overall mean.
    """

    name = "prototypes"

    def inputs(self, theta: Checkpoint, classes: EmotionSet, x: FloatArray) -> Array:
        """Return the hidden layer [N, H]."""
        return hidden_features(theta, x).astype(np.float64)

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return the `means` [C, H] and the `unit` of distance []."""
        shares = targets * weights[:, None]
        centre = (weights @ inputs) / max(weights.sum(), _LEAST)
        counts = shares.sum(axis=0)[:, None]
        means = (shares.T @ inputs + centre) / (counts + 1)
        spread = float((weights @ ((inputs - centre) ** 2).sum(axis=1)) / max(weights.sum(), 1))
        return {"means": means, "unit": np.asarray(spread / 4 if spread > _LEAST else 1.0)}

    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return probabilities that fall with the distance to each mean."""
        distances = ((inputs[:, None] - fitted["means"][None]) ** 2).sum(axis=2)
        return softmax(-distances / fitted["unit"])


class Ridge(ClosedForm):
    """Adds to everyone's logits a linear correction, fitted in closed form and shrunk to none.

    What is left to explain (the rating minus everyone's probability) is regressed on the
    hidden layer and a constant with a ridge of `strength` times the mean squared length of a
    row; `gain` turns missing probability into logits (the slope of a logit at one half).
    """

    name = "ridge"
    strength = 1.0
    gain = 4.0

    def inputs(self, theta: Checkpoint, classes: EmotionSet, x: FloatArray) -> Array:
        """Return the hidden layer with a constant one, then everyone's logits, [N, H + 1 + C]."""
        rows = hidden_features(theta, x).astype(np.float64)
        logits = np.asarray(generic_logits(theta, classes, x).double().numpy())
        return np.concatenate([rows, np.ones((len(rows), 1)), logits], axis=1)

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return the `correction` [H + 1, C]."""
        words = targets.shape[1]
        rows, logits = inputs[:, :-words], inputs[:, -words:]
        if not len(rows):
            return {"correction": np.zeros((rows.shape[1], words))}
        root = np.sqrt(weights)[:, None]
        rows, left = root * rows, root * self.gain * (targets - softmax(logits))
        ridge = self.strength * float((rows**2).sum(axis=1).mean()) + _LEAST
        dual = np.linalg.solve(rows @ rows.T + ridge * np.eye(len(rows)), left)
        return {"correction": rows.T @ dual}

    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return the corrected probabilities."""
        size = fitted["correction"].shape[0]
        return softmax(inputs[:, size:] + inputs[:, :size] @ fitted["correction"])
