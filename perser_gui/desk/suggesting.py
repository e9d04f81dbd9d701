"""Which clip is worth labelling next, of those on the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from perser_gui.desk import adapting
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
    progress: Progress,
    *,
    blind: bool = False,
) -> Suggestion | None:
    """Return the clip, of those waiting for a label, that would teach most, and why.

    What is looked at is the model that the labels make so far, adapted for this alone and in use
    nowhere, as when the strategy was chosen (`perser evaluate --order suggested`). With `blind`,
    the reason tells nothing of what the model makes of the clip. None without clips.

    Raises:
        PerserError: if a clip that was labelled or waits cannot be read any more.
    """
    from perser_gui.adaptation.asking import Pool, so_far, suggest
    from perser_gui.adaptation.protocol import support_of

    if not waiting:
        return None
    counting = adapting.one_each(material.ratings)
    ratings, _ = adapting.usable_ratings(replace(material, ratings=counting))
    rated = [material.clips[rating.clip] for rating in ratings]
    engine.embed(rated, progress.part(0.0, 0.5))
    known = engine.known_features(rated)
    ratings = [rating for rating in ratings if rating.clip in known]
    rated = [material.clips[rating.clip] for rating in ratings]
    features = engine.normalized([*waiting, *rated], material.library, progress.part(0.5, 0.7))
    x = np.stack([features[clip.content] for clip in waiting])
    theta = engine.model(progress).checkpoint
    support = support_of(
        features,
        ratings,
        material.emotions,
        unlabelled=[clip.content for clip in waiting],
        voices={clip.content: clip.voice for clip in (*waiting, *rated)},
        shape=x.shape[1:],
    )
    voices = tuple(clip.voice for clip in waiting)
    p = so_far(theta, support, np.concatenate([x, support.x]), (*voices, *support.voices))
    choice = suggest(
        Pool(
            words=material.emotions.words,
            features=x,
            probabilities=p[: len(waiting)],
            voices=voices,
            labelled=support.x,
            targets=support.targets,
            labelled_probabilities=p[len(waiting) :],
            labelled_voices=support.voices,
        ),
        blind=blind,
    )
    if choice is None:
        return None
    return Suggestion(waiting[choice.ranked[0]].content, choice.reason)
