"""Two cheap calibrations of everyone's model: class bias with temperature, and a confusion matrix.

A listener's habit is mostly a shift of how often each word is used and a few swapped pairs;
these two say exactly that, with about ten numbers and with a small table.
"""

from __future__ import annotations

import numpy as np

from perser_gui.adaptation.closed_form import Array, ClosedForm, Fitted, softmax
from perser_gui.adaptation.listener import generic_logits
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import FloatArray


class _OnGenericLogits(ClosedForm):
    """Looks at everyone's model's word logits."""

    def inputs(self, theta: Checkpoint, classes: EmotionSet, x: FloatArray) -> Array:
        """Return everyone's word logits [N, C]."""
        return np.asarray(generic_logits(theta, classes, x).double().numpy())


class BiasAndTemperature(_OnGenericLogits):
    """Scales everyone's logits by one number and adds one bias per word.

    The fit is convex: cross-entropy summed over the ratings plus Gaussian priors around scale
    1 and bias 0, minimized by Newton's method.
    """

    name = "bias-and-temperature"
    scale_precision = 4.0
    bias_precision = 1.0
    most_steps = 30

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return `scale` [] and `bias` [C]."""
        words = targets.shape[1]
        centred = inputs - inputs.mean(axis=1, keepdims=True)
        # logits of one clip are jacobian @ (scale, bias)
        jacobian = np.concatenate(
            [centred[:, :, None], np.tile(np.eye(words), (len(inputs), 1, 1))], axis=2
        )
        prior = np.array([1.0] + [0.0] * words)
        precision = np.array([self.scale_precision] + [self.bias_precision] * words)
        value = prior.copy()
        for _ in range(self.most_steps):
            p = softmax(jacobian @ value)
            missed = weights[:, None] * (p - targets)
            slope = np.einsum("kcj,kc->j", jacobian, missed) + precision * (value - prior)
            mean = np.einsum("kcj,kc->kj", jacobian, p)
            curvature = (
                np.einsum("k,kc,kci,kcj->ij", weights, p, jacobian, jacobian, optimize=True)
                - np.einsum("k,ki,kj->ij", weights, mean, mean)
                + np.diag(precision)
            )
            step = np.linalg.solve(curvature, slope)
            value = self._descended(value, step, slope, jacobian, targets, weights, prior)
            if np.abs(step).max() < 1e-8:
                break
        return {"scale": value[0], "bias": value[1:]}

    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return the calibrated probabilities."""
        centred = inputs - inputs.mean(axis=1, keepdims=True)
        return softmax(fitted["scale"] * centred + fitted["bias"])

    def _descended(
        self,
        value: Array,
        step: Array,
        slope: Array,
        jacobian: Array,
        targets: Array,
        weights: Array,
        prior: Array,
    ) -> Array:
        """Return where a Newton step leads, halved until it lowers the objective enough."""
        precision = np.array([self.scale_precision] + [self.bias_precision] * (len(prior) - 1))

        def objective(at: Array) -> float:
            logits = jacobian @ at
            top = logits.max(axis=1, keepdims=True)
            log_p = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
            loss = -(weights[:, None] * targets * log_p).sum()
            return float(loss + 0.5 * (precision * (at - prior) ** 2).sum())

        start, promise, share = objective(value), float(slope @ step), 1.0
        while share > 1e-6 and objective(value - share * step) > start - 1e-4 * share * promise:
            share /= 2
        return value - share * step


class ConfusionMatrix(_OnGenericLogits):
    """A table of how this listener words what everyone's model hears.

    Row i holds the probability of each of the listener's words where everyone's model says i
    (after Dawid and Skene), with a Dirichlet prior that favours the same word; found by
    expectation-maximization because everyone's model is itself unsure.
    """

    name = "confusion-matrix"
    strength = 10.0
    agreement = 0.8
    iterations = 20

    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return `table` [C, C], rows sum to 1."""
        words = targets.shape[1]
        prior = self.strength * (
            self.agreement * np.eye(words) + (1 - self.agreement) / words * np.ones((words, words))
        )
        heard = softmax(inputs)
        table = prior / prior.sum(axis=1, keepdims=True)
        for _ in range(self.iterations):
            joint = heard[:, :, None] * table[None]  # clip, heard word, said word
            meant = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-30)
            counts = prior + np.einsum("k,kij,kj->ij", weights, meant, targets)
            table = counts / counts.sum(axis=1, keepdims=True)
        return {"table": table}

    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return what the table makes of everyone's probabilities."""
        said = softmax(inputs) @ fitted["table"]
        return np.asarray(said / said.sum(axis=1, keepdims=True))
