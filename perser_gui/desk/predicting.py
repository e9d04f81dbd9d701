"""Predictions over a listener's own words, theirs and everyone's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.desk.engine import Engine
from perser_gui.desk.words import present_words
from perser_gui.emotions import EmotionSet, normalized
from perser_gui.progress import Progress
from perser_gui.records import (
    NO_SPEECH,
    UNSURE,
    Clip,
    FloatArray,
    Listener,
    Prediction,
    Profile,
    is_decided,
)

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint

PORTION = 512
"""Clips whose probabilities are computed between two looks at the cancel button."""


@dataclass(frozen=True)
class View:
    """Whose eyes to look through: words, and a profile over them (None: everyone's model)."""

    emotions: EmotionSet
    listener: str | None = None
    profile: Profile | None = None
    renamed: Sequence[tuple[str, str]] = ()

    @property
    def generic(self) -> View:
        """Everyone's model over the same words."""
        return replace(self, listener=None, profile=None)


def view_of(
    listener: Listener, profile: Profile | None, renamed: Sequence[tuple[str, str]] = ()
) -> View:
    """Return the view of a listener through a profile."""
    return View(listener.emotions, listener.name, profile, renamed)


def predictions(
    engine: Engine,
    clips: Sequence[Clip],
    library: Sequence[Clip],
    view: View,
    progress: Progress,
) -> list[Prediction]:
    """Return one prediction per clip, in their order, over the words of the view.

    A clip in which nobody speaks abstains, and one in which no emotion stands out is unsure.

    A profile that was made from another checkpoint, or that lacks one of the words, does
    not apply: then it is everyone's model, and `listener` of the prediction is None.

    Raises:
        PerserError: naming the first clip that cannot be read.
    """
    features = engine.normalized(clips, library, progress.part(0.0, 0.9))
    return _seen(engine, view, features, clips, progress.part(0.9, 1.0))


def pairs(
    engine: Engine,
    clips: Sequence[Clip],
    library: Sequence[Clip],
    view: View,
    progress: Progress,
) -> list[tuple[Prediction, Prediction]]:
    """Return pairs of the view's and everyone's prediction over the same words.

    Raises:
        PerserError: naming the first clip that cannot be read.
    """
    features = engine.normalized(clips, library, progress.part(0.0, 0.9))
    yours = _seen(engine, view, features, clips, progress.part(0.9, 0.95))
    generics = _seen(engine, view.generic, features, clips, progress.part(0.95, 1.0))
    return list(zip(yours, generics, strict=True))


def _seen(
    engine: Engine,
    view: View,
    features: Mapping[str, FloatArray],
    clips: Sequence[Clip],
    progress: Progress,
) -> list[Prediction]:
    theta = engine.model(progress).checkpoint
    if view.profile is not None and not applies(view, theta.digest):
        view = view.generic
    asked = [clip.content for clip in clips]
    voices = [clip.voice for clip in clips]
    rows = probabilities(theta, view, features, asked, progress, voices)
    adapter = view.profile.adapter if view.profile else "generic"
    owner = view.listener if view.profile else None
    return [
        Prediction(
            content, view.emotions.words, row, owner, adapter, abstained(row, engine, content)
        )
        for content, row in zip(asked, rows, strict=True)
    ]


def abstained(probabilities: FloatArray, engine: Engine, content: str) -> str:
    """Return why no emotion, or no sure one, is to be read from a clip; empty if one is."""
    if not engine.speaks(content):
        return NO_SPEECH
    return "" if is_decided(probabilities) else UNSURE


def probabilities(
    theta: Checkpoint,
    view: View,
    features: Mapping[str, FloatArray],
    contents: Sequence[str],
    progress: Progress,
    voices: Sequence[str] = (),
) -> FloatArray:
    """Return probabilities [N, C] over the view's words for normalized features."""
    from perser_gui.adaptation import get_adapter, heard

    profile = view.profile or generic_profile(theta, view.emotions)
    adapter = get_adapter(profile.adapter)
    parts = [np.zeros((0, len(profile.classes)), np.float32)]
    for start in range(0, len(contents), PORTION):
        progress.report(start / len(contents), "Predicting")
        x = np.stack([features[content] for content in contents[start : start + PORTION]])
        parts.append(heard(adapter, theta, profile, x, voices[start : start + PORTION]))
    return carried(np.concatenate(parts), profile.classes, view)


def generic_profile(theta: Checkpoint, emotions: EmotionSet) -> Profile:
    """Return everyone's model over a listener's words."""
    from perser_gui.adaptation import get_adapter
    from perser_gui.adaptation.protocol import Support

    nothing = Support(
        np.zeros((0, theta.head.layers, theta.head.width), np.float32),
        np.zeros((0, len(emotions.words)), np.float32),
        emotions,
    )
    return get_adapter("generic").adapt(theta, nothing)


def applies(view: View, digest: str) -> bool:
    """Whether the view's profile rests on this checkpoint and knows all the words."""
    if view.profile is None or view.profile.base != digest:
        return False
    known = {
        word
        for old in view.profile.classes
        for word in present_words((old,), view.emotions, view.renamed)
    }
    return known == set(view.emotions.words)


def carried(rows: FloatArray, classes: Sequence[str], view: View) -> FloatArray:
    """Carry probabilities [N, C] over a profile's words to the listener's present ones.

    What a word has become gets its probability; that of a deleted word is shared out.
    """
    words = view.emotions.words
    if [normalized(word) for word in classes] == [normalized(word) for word in words]:
        return rows
    result = np.zeros((len(rows), len(words)), np.float32)
    for column, old in enumerate(classes):
        for word in present_words((old,), view.emotions, view.renamed):
            result[:, words.index(word)] += rows[:, column]
    total = result.sum(axis=1, keepdims=True)
    even = np.full_like(result, 1 / len(words))
    return np.where(total > 0, result / np.where(total > 0, total, 1), even).astype(np.float32)
