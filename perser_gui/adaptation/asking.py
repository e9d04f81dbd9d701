"""Which clip is worth labelling next: one strategy, which the desk asks and evaluation tests.

`suggest` is a pure function of what is known: the clips without a label, those with one, and
what the listener's model makes of both (`so_far`). It knows nothing of any label that was not
given yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perser_gui.adaptation.generic import Generic
from perser_gui.adaptation.gradient import heard
from perser_gui.adaptation.meta_perser import MetaLearned
from perser_gui.adaptation.protocol import Adapter, Support
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import FloatArray

FEW = 2
"""An emotion with fewer examples than this may be given as a reason."""

LIKELY = 0.3
"""From this probability on, a clip is called a possible example of an emotion."""

UNDECIDED = 0.25
"""Where the two likeliest emotions are not further apart, the model is said to be undecided."""

FEATURE_PRECISION, VOICE_PRECISION, LEVEL_PRECISION = 5.0, 15.0, 20.0
"""How firmly the listener's difference from everyone is held before any label: along the features,
for a voice as a whole, and everywhere alike (as the learner holds it)."""

LABEL_NOISE = 4.0
"""Variance of a label, in squared logits: about that of a label at even odds."""

AMONG = 256
"""Clips without a label that are looked at; of more, as many are drawn by seed."""

LATEST = 200
"""Labels that the model behind a suggestion is adapted to; of more, the latest."""


@dataclass(frozen=True)
class Pool:
    """What a suggestion may look at.

    Attributes:
        words: the listener's words [C].
        features: normalized features [N, L, W] of the clips without a label.
        probabilities: what the listener's model makes of them so far [N, C].
        voices: whose voice each of them is [N].
        labelled: normalized features [K, L, W] of the clips with a label; K may be 0.
        targets: how they were labelled [K, C], each row sums to 1.
        labelled_probabilities: what the same model makes of them [K, C].
        labelled_voices: whose voice each of them is [K].
    """

    words: tuple[str, ...]
    features: FloatArray
    probabilities: FloatArray
    voices: tuple[str, ...]
    labelled: FloatArray
    targets: FloatArray
    labelled_probabilities: FloatArray
    labelled_voices: tuple[str, ...]

    def __post_init__(self) -> None:
        clips, labels, words = len(self.features), len(self.labelled), len(self.words)
        if self.probabilities.shape != (clips, words) or len(self.voices) != clips:
            raise ValueError(f"{self.probabilities.shape} probabilities for {clips} clips")
        if {self.targets.shape, self.labelled_probabilities.shape} != {(labels, words)}:
            raise ValueError(f"{self.targets.shape} targets for {labels} labelled clips")
        if len(self.labelled_voices) != labels:
            raise ValueError(f"{len(self.labelled_voices)} voices for {labels} labelled clips")


@dataclass(frozen=True)
class Choice:
    """All clips of a pool by index, the one that would teach most first, and why that one."""

    ranked: tuple[int, ...]
    reason: str


def suggest(pool: Pool, *, blind: bool = False) -> Choice | None:
    """Return the clips without a label, best first, and why the first; None without any.

    What a label would teach is how much less uncertain the listener's difference from everyone
    would be, over all clips, each counted by how undecided the listener's model is about it. That
    is multiplied with how undecided it is about the clip itself, and with how few examples the
    words have that the clip is likely to get. The same pool gives the same answer. With `blind`,
    the reason names no word and says nothing of how undecided a model is, so that it sways nobody.
    """
    if not len(pool.features):
        return None
    p = np.asarray(pool.probabilities, dtype=np.float64)
    undecided = 1.0 - np.square(p).sum(1)
    close = 1.0 - _margins(pool.probabilities)
    examples = (pool.targets > 0).sum(0)
    wanted = (p / (examples + 1.0)).sum(1)
    covariance = _covariance(pool)
    taught = np.square(covariance) @ undecided / (np.diagonal(covariance) + LABEL_NOISE)
    worth = taught * undecided**1.5 * np.sqrt(np.maximum(close, 0.0)) * np.sqrt(wanted)
    ranked = np.argsort(-worth, kind="stable")
    return Choice(tuple(int(clip) for clip in ranked), _reason(pool, int(ranked[0]), blind=blind))


def so_far(theta: Checkpoint, support: Support, x: FloatArray, voices: Sequence[str]) -> FloatArray:
    """Return what the listener's model would make [N, C] of clips x [N, L, W] after these labels.

    It is adapted anew, by the learner that the checkpoint was meta-trained for: a word that is new
    to everyone's model is near others as soon as it has an example, and clips between them are
    then undecided. Without labels, and with a checkpoint that was not meta-trained, it is
    everyone's model. `voices` [N] says who speaks in the clips.
    """
    if support.count > LATEST:
        support = support.only(range(support.count - LATEST, support.count))
    learner = _learner(theta) if support.count else Generic()
    return heard(learner, theta, learner.adapt(theta, support), x, voices)


def _learner(theta: Checkpoint) -> Adapter:
    learner = MetaLearned()
    try:
        learner.recipe(theta, 0)
    except PerserError:
        return Generic()
    return learner


def _covariance(pool: Pool) -> npt.NDArray[np.float64]:
    """Return the covariance [N, N] of the listener's difference, given which clips are labelled."""
    count = len(pool.features)
    rows = np.concatenate([pool.features, pool.labelled]).astype(np.float64)
    rows = rows.reshape(len(rows), -1)
    products = rows @ rows.T
    length = max(float(np.diagonal(products).mean()), 1e-12)
    voices = np.array((*pool.voices, *pool.labelled_voices))
    prior = products / (length * FEATURE_PRECISION) + 1.0 / LEVEL_PRECISION
    prior += (voices[:, None] == voices[None]) / VOICE_PRECISION
    own, across, known = prior[:count, :count], prior[:count, count:], prior[count:, count:]
    if not across.shape[1]:
        return np.asarray(own)
    noisy = known + LABEL_NOISE * np.eye(len(known))
    return np.asarray(own - across @ np.linalg.solve(noisy, across.T))


def _reason(pool: Pool, clip: int, *, blind: bool) -> str:
    """Say in plain words why this clip: the most telling of the reasons that hold."""
    p = pool.probabilities[clip]
    order = np.argsort(-p, kind="stable")
    words = [] if blind else [pool.words[index] for index in order]
    examples = (pool.targets > 0).sum(0)[order]
    for word, probability, count in zip(words[:2], p[order][:2], examples[:2], strict=False):
        if probability >= LIKELY and count < FEW and len(words) > 1:
            return _example(word, int(count))
    if len(words) > 1 and p[order[0]] - p[order[1]] <= UNDECIDED:
        whose = "Your" if len(pool.labelled) else "Everyone's"
        return (
            f"{whose} model can hardly decide between “{words[0]}” and “{words[1]}” here, and "
            "many of your clips are like it."
        )
    if len(pool.labelled) and pool.voices[clip] not in pool.labelled_voices:
        return "You have labelled nothing of this voice yet."
    return "Many of your clips are like it, and few of those that you labelled."


def _margins(p: FloatArray) -> npt.NDArray[np.float64]:
    """Return how far the likeliest word of each row is above the next one."""
    if p.shape[1] < 2:
        return np.ones(len(p))
    ranked = np.sort(p, axis=1)
    return np.asarray(ranked[:, -1] - ranked[:, -2], dtype=np.float64)


def _example(word: str, count: int) -> str:
    examples = "no example" if count == 0 else "only one example"
    return f"It may be an example of “{word}”, of which you have {examples}."
