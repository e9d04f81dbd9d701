"""Which clip is worth labelling next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from perser_gui.desk.values import Suggestion
from perser_gui.records import Prediction

FEW = 2
"""An emotion with fewer examples than this is looked for first."""

LIKELY = 0.2
"""From this probability on, a clip is a promising example of an emotion that lacks some."""


def suggestion(predictions: Sequence[Prediction], counts: Mapping[str, int]) -> Suggestion | None:
    """Return the clip, of those predicted, that would teach most, and why.

    First a likely example of an emotion that has few or none; if there is no such clip,
    the one between whose two best emotions the model can least decide. None without clips.
    """
    if not predictions:
        return None
    return _example_of_rare(predictions, counts) or _least_decided(predictions)


def _example_of_rare(
    predictions: Sequence[Prediction], counts: Mapping[str, int]
) -> Suggestion | None:
    lacking = sorted((w for w in counts if counts[w] < FEW), key=lambda word: counts[word])
    best: tuple[float, Suggestion] | None = None
    for word in lacking:
        if best is not None and counts[word] > 0:
            break  # an emotion without any example goes first
        for prediction in predictions:
            probability = float(prediction.probabilities[prediction.classes.index(word)])
            if probability >= LIKELY and (best is None or probability > best[0]):
                best = (probability, Suggestion(prediction.clip, _reason(word, counts[word])))
    return best[1] if best else None


def _reason(word: str, count: int) -> str:
    examples = "no example" if count == 0 else "only one example"
    return f"It may be an example of “{word}”, of which you have {examples}."


def _least_decided(predictions: Sequence[Prediction]) -> Suggestion:
    def margin(prediction: Prediction) -> float:
        ranked = np.sort(prediction.probabilities)[::-1]
        return float(ranked[0] - ranked[1]) if len(ranked) > 1 else 1.0

    chosen = min(predictions, key=margin)
    order = np.argsort(-chosen.probabilities, kind="stable")[:2]
    words = [chosen.classes[index] for index in order]
    if len(words) < 2:
        return Suggestion(chosen.clip, "You have not labelled it yet.")
    return Suggestion(
        chosen.clip, f"Your model can hardly decide between “{words[0]}” and “{words[1]}”."
    )
