"""What the adapters without gradient steps share: inputs once, a fit, a prediction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from perser_gui.adaptation.protocol import Support
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.classes import NEW, listener_classes
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile

Array = npt.NDArray[np.float64]
Fitted = Mapping[str, Array]


class ClosedForm(ABC):
    """An adapter that fits few numbers to what everyone's model makes of the rated clips.

    `inputs` is computed once for any clips, `fit` sees those of the support with its targets
    [K, C] and row weights [K], and `predicted` turns a fit into probabilities. All in float64
    on the processor: there is nothing here that a graphics card would speed up.
    """

    name: str

    @abstractmethod
    def inputs(self, theta: Checkpoint, classes: EmotionSet, x: FloatArray) -> Array:
        """Return what the fit and the prediction look at, [N, ...], for features x [N, L, W]."""

    @abstractmethod
    def fit(self, inputs: Array, targets: Array, weights: Array) -> Fitted:
        """Return the fitted numbers by name; K may be 0."""

    @abstractmethod
    def predicted(self, fitted: Fitted, inputs: Array) -> Array:
        """Return probabilities [N, C]."""

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        """Return a profile that holds the fitted numbers."""
        if progress is not None:
            progress.report(0.0, "Fitting")
        inputs = self.inputs(theta, support.classes, support.x)
        if progress is not None:
            progress.check()
        fitted = self.fit(inputs, support.targets.astype(np.float64), np.ones(support.count))
        if progress is not None:
            progress.report(1.0, "Fitted")
        return Profile(
            adapter=self.name,
            base=theta.digest,
            classes=support.classes.words,
            parameters={k: np.asarray(v, dtype=np.float32) for k, v in fitted.items()}
            | stored_classes(support.classes, theta),
            seed=seed,
            steps=0,
            device="cpu",
            ratings=support.ratings,
        )

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        """Return probabilities [N, C] for features x [N, L, W]."""
        fitted = {
            name: np.asarray(value, dtype=np.float64)
            for name, value in profile.parameters.items()
            if name != SOURCES
        }
        inputs = self.inputs(theta, restored_classes(profile, theta), x)
        return np.asarray(self.predicted(fitted, inputs), dtype=np.float32)

    def held_out(
        self,
        theta: Checkpoint,
        support: Support,
        folds: FloatArray,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> FloatArray:
        """Return probabilities [T, K, C] of all clips by fits to the T folds [T, K]."""
        inputs = self.inputs(theta, support.classes, support.x)
        targets, weights = support.targets.astype(np.float64), np.ones(support.count)
        result = np.zeros((len(folds), *support.targets.shape), np.float32)
        for number, fold in enumerate(folds):
            if progress is not None:
                progress.report(number / len(folds), "Checking on ratings left out")
            rows = fold > 0
            fitted = self.fit(inputs[rows], targets[rows], weights[rows])
            result[number] = self.predicted(fitted, inputs)
        return result


SOURCES = "sources"
"""Profile entry [C', C]: 1 where a word stands for a class of the checkpoint."""


def stored_classes(classes: EmotionSet, theta: Checkpoint) -> dict[str, FloatArray]:
    """Return which classes each word stands for, as a profile entry."""
    words = listener_classes(classes, theta.classes, theta.untaught)
    table = np.zeros((len(words.words), len(theta.classes)), np.float32)
    for source, owner in zip(words.sources, words.owners, strict=True):
        if source != NEW:
            table[owner, source] = 1.0
    return {SOURCES: table}


def restored_classes(profile: Profile, theta: Checkpoint) -> EmotionSet:
    """Return the emotion set that `stored_classes` was given, as far as a model needs it."""
    table = profile.parameters[SOURCES]
    plain = EmotionSet.of(profile.classes)
    return EmotionSet(
        tuple(
            type(emotion)(
                emotion.word,
                emotion.colour,
                tuple(name for name, on in zip(theta.classes, row, strict=True) if on),
            )
            for emotion, row in zip(plain.emotions, table, strict=True)
        )
    )


def softmax(logits: Array) -> Array:
    """Return the softmax over the last axis."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))
