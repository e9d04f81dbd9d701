"""Which clip is worth labelling next: one strategy, which the desk asks and evaluation tests.

`suggest` is a pure function of what is known: the clips without a label, those with one, and
what everyone's model makes of both. It knows nothing of any label that was not given yet.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from perser_gui.records import FloatArray

FEW = 2
"""An emotion with fewer examples than this is looked for first."""

LIKELY = 0.2
"""From this probability on, a clip is a promising example of an emotion that lacks some."""


AMONG = 256
"""Clips without a label that are looked at; of more, as many are drawn by seed."""


@dataclass(frozen=True)
class Pool:
    """What a suggestion may look at.

    Attributes:
        words: the listener's words [C].
        features: normalized features [N, L, W] of the clips without a label.
        probabilities: what everyone's model makes of them [N, C].
        voices: whose voice each of them is [N].
        labelled: normalized features [K, L, W] of the clips with a label; K may be 0.
        targets: how they were labelled [K, C], each row sums to 1.
        labelled_probabilities: what everyone's model makes of them [K, C].
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


def suggest(pool: Pool) -> Choice | None:
    """Return the clips without a label, best first, and why the first; None without any.

    Likely examples of an emotion that has few or none come first; then those between whose two
    best emotions the model can least decide. The same pool gives the same answer.
    """
    if not len(pool.features):
        return None
    p = pool.probabilities
    counts = (pool.targets > 0).sum(0)
    ranked: list[int] = []
    reason = ""
    for count in range(FEW):
        lacking = np.flatnonzero(counts == count)
        if not len(lacking):
            continue
        best = p[:, lacking].max(1)
        order = np.argsort(-best, kind="stable")
        likely = [int(i) for i in order if best[i] >= LIKELY and i not in ranked]
        if likely and not ranked:
            word = pool.words[lacking[int(p[likely[0], lacking].argmax())]]
            reason = _example(word, count)
        ranked += likely
    rest = [int(i) for i in np.argsort(_margins(p), kind="stable") if i not in ranked]
    return Choice((*ranked, *rest), reason or _undecided(pool, rest[0]))


def _margins(p: FloatArray) -> npt.NDArray[np.float64]:
    """Return how far the likeliest word of each row is above the next one."""
    if p.shape[1] < 2:
        return np.ones(len(p))
    ranked = np.sort(p, axis=1)
    return np.asarray(ranked[:, -1] - ranked[:, -2], dtype=np.float64)


def _example(word: str, count: int) -> str:
    examples = "no example" if count == 0 else "only one example"
    return f"It may be an example of “{word}”, of which you have {examples}."


def _undecided(pool: Pool, clip: int) -> str:
    order = np.argsort(-pool.probabilities[clip], kind="stable")[:2]
    words = [pool.words[index] for index in order]
    if len(words) < 2:
        return "You have not labelled it yet."
    return f"Everyone's model can hardly decide between “{words[0]}” and “{words[1]}”."
