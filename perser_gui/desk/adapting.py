"""From a listener's ratings to a profile, and whether it helped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from perser_gui.desk import predicting
from perser_gui.desk.engine import Engine
from perser_gui.desk.own_clips import own_first
from perser_gui.desk.saying import figures, title
from perser_gui.desk.words import in_words
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray, Outcome, Profile, Rating, Verdict
from perser_gui.stretches import heard_in, recordings_of

if TYPE_CHECKING:
    from perser_gui.adaptation.protocol import Support
    from perser_gui.adaptation.verdict import Judged, Present
    from perser_gui.model.checkpoint import Checkpoint

MOST_UNLABELLED = 256
"""Clips without a rating that an adaptation looks at; of more, as many are drawn by seed."""

CALIBRATION = "bias-and-temperature"
"""The adapter to try when the chosen one does not help: it learns about ten numbers."""


@dataclass(frozen=True)
class LearningMaterial:
    """What an adaptation learns from: ratings that count, and the clips around them.

    `clips` are those rated, by content; `library` all clips on the list; `renamed` is
    what words were renamed to. `present` is the profile in use and `learned` the clips (by
    content) whose labels it was made from.
    """

    ratings: Sequence[Rating]
    clips: Mapping[str, Clip]
    library: Sequence[Clip]
    emotions: EmotionSet
    renamed: Sequence[tuple[str, str]] = ()
    present: Profile | None = None
    learned: frozenset[str] = frozenset()


@dataclass(frozen=True)
class JudgedProfile:
    """An adapted profile with what the labels say of it, not stored yet."""

    profile: Profile
    judged: Judged
    copies: int = 0
    """Labels on copies of a recording that has a later label."""


def adapted(
    engine: Engine,
    material: LearningMaterial,
    *,
    adapter: str,
    seed: int,
    device: str,
    progress: Progress,
) -> JudgedProfile:
    """Adapt everyone's model to all ratings, and judge it on each by a model without it.

    Raises:
        PerserError: if there is no rating to learn from, or the adapter cannot be used.
        Cancelled: nothing was kept.
    """
    theta = engine.model(progress.part(0.0, 0.2)).checkpoint
    from perser_gui.adaptation import get_adapter
    from perser_gui.adaptation.verdict import judge

    learner = get_adapter(adapter)
    support, clips, features, notes = gathered(engine, material, seed, progress.part(0.2, 0.55))
    every = {clip.content: clip for clip in (*material.library, *clips)}
    recipe = recipe_of(engine, clips, list(features), every)
    profile = learner.adapt(
        theta, support, seed=seed, device=device, progress=progress.part(0.55, 0.75)
    )
    if progress.stop_requested:
        notes.append(f"Stopped after {profile.steps} steps.")
    judged = judge(
        learner,
        get_adapter("generic"),
        theta,
        support,
        steps=profile.steps if progress.stop_requested else None,
        present=present_of(theta, material, support, clips, features),
        seed=seed,
        device=device,
        progress=progress.part(0.75, 1.0, stoppable=False),
    )
    progress.check()
    profile = replace(
        profile,
        seed=seed,
        ratings=support.ratings,
        notes=(*profile.notes, *engine.notes, *notes),
        before=judged.before,
        after=judged.after,
        verdict=judged.new,
        recipe=recipe,
    )
    return JudgedProfile(profile, judged, on_copies(material.ratings))


def recipe_of(
    engine: Engine, clips: Sequence[Clip], features: Sequence[str], every: Mapping[str, Clip]
) -> str:
    """Return, as JSON text, what a profile was made from besides its ratings.

    `rated` and `others` are the clips with a label and without, `counted` the clips that each
    voice's statistics rested on, in their order, and `voices` the voice of each clip by number;
    `together` is the recording of each rated clip, likewise.
    """
    rated = [clip.content for clip in clips]
    others = [content for content in features if content not in set(rated)]
    voice_of = {content: every[content].voice for content in (*rated, *others)}
    names = sorted(set(voice_of.values()))
    counted = engine.counted(names)
    return json.dumps(
        {
            "rated": rated,
            "others": others,
            "together": list(recordings_of(rated)),
            "voices": {content: names.index(voice) for content, voice in voice_of.items()},
            "counted": [counted[name] for name in names],
        }
    )


def weighed(engine: Engine, material: LearningMaterial, progress: Progress) -> Verdict | None:
    """Judge the present profile of the material on its ratings; None if it does not apply.

    Raises:
        PerserError: if there is no rating to judge by.
        Cancelled: if the user cancelled.
    """
    theta = engine.model(progress.part(0.0, 0.3)).checkpoint
    from perser_gui.adaptation import get_adapter
    from perser_gui.adaptation.verdict import weigh

    seed = material.present.seed if material.present else 0
    support, clips, features, _ = gathered(engine, material, seed, progress.part(0.3, 0.8))
    present = present_of(theta, material, support, clips, features)
    if present is None:
        return None
    progress.check()
    return weigh(present, get_adapter("generic"), theta, support, seed=seed)


def held_out_words(
    engine: Engine, material: LearningMaterial, progress: Progress
) -> dict[str, str]:
    """Return the present profile's word for each labelled clip, made without its label.

    By what is heard in the clip; empty if the profile does not apply.

    Raises:
        PerserError: if there is no rating to learn from, or its adapter cannot be used.
        Cancelled: if the user cancelled.
    """
    theta = engine.model(progress.part(0.0, 0.2)).checkpoint
    from perser_gui.adaptation.verdict import present_probabilities

    seed = material.present.seed if material.present else 0
    support, clips, features, _ = gathered(engine, material, seed, progress.part(0.2, 0.9))
    present = present_of(theta, material, support, clips, features)
    if present is None:
        return {}
    progress.check()
    likeliest = present_probabilities(present, theta, support, seed=seed).argmax(axis=1)
    words = support.classes.words
    return {clip.heard: words[best] for clip, best in zip(clips, likeliest, strict=True)}


def gathered(
    engine: Engine, material: LearningMaterial, seed: int, progress: Progress
) -> tuple[Support, list[Clip], dict[str, FloatArray], list[str]]:
    """Return the support, the clips of its rows, normalized features, and notes.

    Raises:
        PerserError: if no rating can be learned from.
    """
    from perser_gui.adaptation import support_of

    counting = one_each(material.ratings)
    ratings, notes = usable_ratings(replace(material, ratings=counting))
    rated = [material.clips[rating.clip] for rating in ratings]
    problems = engine.embed(rated, progress.part(0.0, 0.9))
    known = engine.known_features(rated)
    ratings = [rating for rating in ratings if rating.clip in known]
    if not ratings:
        reason = problems[0] if problems else "please label a few clips first."
        raise PerserError(f"There is no label to learn from: {reason}")
    if problems:
        notes.append(f"Left out: {' '.join(problems)}")
    heard = {heard_in(rating.clip) for rating in material.ratings}
    around = own_first(material.library, material.library)
    others = unlabelled(engine, [c for c in around if c.heard not in heard], seed)
    clips = [material.clips[rating.clip] for rating in ratings]
    features = engine.normalized([*clips, *others], material.library, progress.part(0.9, 1.0))
    support = support_of(
        features,
        ratings,
        material.emotions,
        unlabelled=[clip.content for clip in others],
        voices={clip.content: clip.voice for clip in (*clips, *others)},
    )
    return support, clips, features, notes


def present_of(
    theta: Checkpoint,
    material: LearningMaterial,
    support: Support,
    clips: Sequence[Clip],
    features: Mapping[str, FloatArray],
) -> Present | None:
    """Return the profile in use as it can be judged; None without one, or if it does not apply."""
    from perser_gui.adaptation import get_adapter
    from perser_gui.adaptation.verdict import Present

    profile = material.present
    view = predicting.View(material.emotions, "", profile, material.renamed)
    if profile is None or not predicting.applies(view, theta.digest):
        return None
    contents = [clip.content for clip in clips]
    return Present(
        adapter=get_adapter(profile.adapter),
        probabilities=predicting.probabilities(
            theta, view, features, contents, Progress(), [clip.voice for clip in clips]
        ),
        learned=_marked(contents, material.learned),
        steps=profile.steps,
        same_labels=set(profile.ratings) == set(support.ratings),
    )


def _marked(contents: Sequence[str], learned: Iterable[str]) -> npt.NDArray[np.bool_]:
    """Return of which clips a profile learned the recording, under this name or another."""
    known = sorted(learned)
    numbers = recordings_of([*contents, *known])
    taught = set(numbers[len(contents) :])
    return np.array([number in taught for number in numbers[: len(contents)]], dtype=bool)


def one_each(ratings: Sequence[Rating]) -> list[Rating]:
    """Return of the ratings (oldest first) those that count: of each sound the last answer.

    Copies of a file are one sound. A skip is no answer, unless nothing else was said.
    """
    last: dict[str, Rating] = {}
    for rating in ratings:
        heard = heard_in(rating.clip)
        if rating.answer != "skip" or heard not in last:
            last[heard] = rating
    kept = {rating.id for rating in last.values()}
    return [rating for rating in ratings if rating.id in kept]


def on_copies(ratings: Sequence[Rating]) -> int:
    """Return how many labels are on copies of a recording that has a later answer."""
    counting = {rating.id for rating in one_each(ratings)}
    return sum(one.answer == "emotion" and one.id not in counting for one in ratings)


def counted_once(more: int) -> str:
    """Say that so many labels are on copies; empty for none.

    >>> counted_once(2)
    'Copies of a recording count once, with your last label: 2 labels are on copies.'
    """
    if not more:
        return ""
    said = "1 label is on a copy" if more == 1 else f"{more:,} labels are on copies"
    return f"Copies of a recording count once, with your last label: {said}."


def usable_ratings(material: LearningMaterial) -> tuple[list[Rating], list[str]]:
    """Return the ratings that name present emotions, in those words, and notes on the others."""

    def present(word: str) -> str | None:
        meant = material.emotions.meaning(word, material.renamed)
        return meant.word if meant is not None else None

    usable = []
    gone: set[str] = set()
    for rating in material.ratings:
        said = in_words(rating, present)
        if rating.answer == "emotion" and said.emotions and rating.clip in material.clips:
            usable.append(said)
        elif rating.answer == "emotion":
            gone.update(rating.emotions)
    notes = [f"Labels of {', '.join(sorted(gone))} were left out; the words are gone."]
    return usable, notes if gone else []


def unlabelled(engine: Engine, clips: Sequence[Clip], seed: int) -> list[Clip]:
    """Return clips of known features, at most `MOST_UNLABELLED` of them, drawn by seed.

    Clips without speech teach nothing, and are not among them.
    """
    known = engine.known_features(clips)
    ready = [clip for clip in clips if clip.content in known and engine.speaks(clip.content)]
    if len(ready) <= MOST_UNLABELLED:
        return ready
    drawn = np.random.default_rng(seed).choice(len(ready), MOST_UNLABELLED, replace=False)
    return [ready[index] for index in sorted(drawn)]


def message_of(learned: JudgedProfile, present: Profile | None) -> str:
    """Say in plain words what came of an adaptation; `present` was in use before it."""
    shown = figures(learned.judged.new)
    return (
        f"{title(learned.judged.new)}. {shown[0].upper()}{shown[1:]}. "
        f"{consequence_of(learned, present)}"
    )


def consequence_of(learned: JudgedProfile, present: Profile | None) -> str:
    """Say what the figures mean where they do not say it, and which model is in use now."""
    once = counted_once(learned.copies)
    reason = reason_for(learned.judged.new)
    return f"{reason}{_kept(learned, present)}{_hint(learned)}{once and ' '}{once}"


def reason_for(new: Verdict) -> str:
    """Say what an outcome means beside its figures, with a space at the end; or nothing.

    Never that nothing is to be seen where the interval of yours leaves everyone's figure out.
    """
    apart = not new.low <= new.before <= new.high
    if new.outcome == "closer" and new.low <= new.before:
        return "How much closer is still open. "
    if new.outcome == "no difference" and apart:
        way = "closer" if new.after > new.before else "further away"
        return f"It leans {way}, but not surely enough to call it that. "
    return _REASONS[new.outcome]


_REASONS: dict[Outcome, str] = {
    "closer": "",
    "no difference": "A difference that matters would most likely have shown by now. ",
    "further away": "It would label less the way you do. ",
    "too early": "What there is can still be chance. ",
}


def _kept(learned: JudgedProfile, present: Profile | None) -> str:
    """Say which model is used from now on, and what became of the others."""
    judged = learned.judged
    waits = "the new profile waits in the history."
    if judged.use == "new":
        if judged.new.outcome == "closer":
            return "It is in use now."
        return (
            "It moves with care and loses nothing on average, so it is in use while you label on."
        )
    if judged.use == "present" and present is not None and judged.present is not None:
        return (
            f"Your present {present.adapter} profile foresees the same labels at least as well "
            f"({figures(judged.present)}) and stays in use; {waits}"
            if judged.new.outcome == "closer"
            else f"Your present {present.adapter} profile ({figures(judged.present)}) stays in "
            f"use; {waits}"
        )
    if present is None:
        return f"Everyone's model stays in use, and {waits}"
    found = (
        ""
        if judged.present is None
        else f", because your present profile is not seen to be closer on these labels either "
        f"({figures(judged.present)})"
    )
    return f"Everyone's model is in use again{found}; {waits}"


def _hint(learned: JudgedProfile) -> str:
    """Say what else to try where adapting did harm."""
    if learned.judged.new.outcome == "further away" and learned.profile.adapter != CALIBRATION:
        return f" The adapter {CALIBRATION} changes less."
    return ""
