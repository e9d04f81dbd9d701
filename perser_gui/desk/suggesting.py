"""Which clip is worth labelling next, of those on the list."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perser_gui.desk import adapting, predicting
from perser_gui.desk.engine import Engine
from perser_gui.desk.values import Suggestion
from perser_gui.progress import Progress
from perser_gui.records import Clip

AMONG = 32
"""Clips without a rating that a suggestion looks at, when no more are ready."""


def suggestion(
    engine: Engine,
    material: adapting.LearningMaterial,
    waiting: Sequence[Clip],
    view: predicting.View,
    progress: Progress,
    *,
    blind: bool = False,
) -> Suggestion | None:
    """Return the clip, of those waiting for a label, that would teach most, and why.

    `view` says whose words; it is everyone's model that is looked at, as when the strategy was
    chosen (`perser evaluate --order suggested`). With `blind`, the reason tells nothing of what
    the model makes of the clip. None without clips.

    Raises:
        PerserError: if a clip that was labelled or waits cannot be read any more.
    """
    from perser_gui.adaptation.asking import Pool, suggest
    from perser_gui.adaptation.protocol import support_of
    from perser_gui.model.classes import listener_classes

    if not waiting:
        return None
    ratings, _ = adapting.usable_ratings(material)
    rated = [material.clips[rating.clip] for rating in ratings]
    engine.embed(rated, progress.part(0.0, 0.5))
    known = engine.known_features(rated)
    ratings = [rating for rating in ratings if rating.clip in known]
    rated = [material.clips[rating.clip] for rating in ratings]
    features = engine.normalized([*waiting, *rated], material.library, progress.part(0.5, 0.7))
    x = np.stack([features[clip.content] for clip in waiting])
    theta = engine.model(progress).checkpoint
    contents = [clip.content for clip in (*waiting, *rated)]
    p = predicting.probabilities(theta, view.generic, features, contents, progress.part(0.7, 0.95))
    support = support_of(features, ratings, material.emotions, shape=x.shape[1:])
    choice = suggest(
        Pool(
            words=view.emotions.words,
            features=x,
            probabilities=p[: len(waiting)],
            voices=tuple(clip.voice for clip in waiting),
            labelled=support.x,
            targets=support.targets,
            labelled_probabilities=p[len(waiting) :],
            labelled_voices=tuple(clip.voice for clip in rated),
            new=listener_classes(view.emotions, theta.classes, theta.untaught).unknown,
        ),
        blind=blind,
    )
    if choice is None:
        return None
    return Suggestion(waiting[choice.ranked[0]].content, choice.reason)
