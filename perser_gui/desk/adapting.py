"""From a listener's ratings to a profile, and whether it helped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from perser_gui.desk.engine import Engine
from perser_gui.desk.words import present_words
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Profile, Rating, Scores

MOST_UNLABELLED = 256
"""Clips without a rating that an adaptation looks at; of more, as many are drawn by seed."""

CALIBRATION = "bias-and-temperature"
"""The adapter to try when the chosen one does not help: it learns about ten numbers."""


@dataclass(frozen=True)
class Material:
    """What an adaptation learns from: ratings that count, and the clips around them.

    `clips` are those rated, by content; `library` all clips on the list; `renamed` is
    what words were renamed to.
    """

    ratings: Sequence[Rating]
    clips: Mapping[str, Clip]
    library: Sequence[Clip]
    emotions: EmotionSet
    renamed: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Outcome:
    """An adapted profile with its scores, not stored yet."""

    profile: Profile
    before: Scores
    after: Scores

    @property
    def helped(self) -> bool:
        """Whether it beats everyone's model on ratings it had not seen.

        Macro-F1 decides; if that is the same, how probable the listener's labels are.
        """
        return better(self.after, self.before)

    def surpassed_by(self, present: Profile | None) -> bool:
        """Whether the profile in use does better on the very same ratings and model."""
        return (
            present is not None
            and present.after is not None
            and present.base == self.profile.base
            and present.classes == self.profile.classes
            and set(present.ratings) == set(self.profile.ratings)
            and present.after.protocol == self.after.protocol
            and better(present.after, self.after)
        )


def better(one: Scores, other: Scores) -> bool:
    """Whether one macro-F1 is higher or, if they are the same, the likelihood."""
    gain = one.macro_f1 - other.macro_f1
    return gain > 0 if abs(gain) > 1e-6 else one.nll < other.nll - 1e-6


def adapted(
    engine: Engine,
    material: Material,
    *,
    adapter: str,
    seed: int,
    device: str,
    progress: Progress,
) -> Outcome:
    """Adapt everyone's model to all ratings, and score it on each by a model without it.

    Raises:
        PerserError: if there is no rating to learn from, or the adapter cannot be used.
        Cancelled: nothing was kept.
    """
    theta = engine.model(progress.part(0.0, 0.2)).checkpoint
    from perser_gui.adaptation import get_adapter, support_of
    from perser_gui.adaptation.scores import before_and_after

    learner = get_adapter(adapter)
    ratings, notes = usable_ratings(material)
    rated = [material.clips[rating.clip] for rating in ratings]
    problems = engine.embed(rated, progress.part(0.2, 0.5))
    known = engine.known_features(rated)
    ratings = [rating for rating in ratings if rating.clip in known]
    if not ratings:
        reason = problems[0] if problems else "please label a few clips first."
        raise PerserError(f"There is no rating to learn from: {reason}")
    if problems:
        notes.append(f"Left out: {' '.join(problems)}")
    heard = {rating.clip for rating in material.ratings}
    others = unlabelled(engine, [c for c in material.library if c.content not in heard], seed)
    clips = [material.clips[rating.clip] for rating in ratings]
    features = engine.normalized([*clips, *others], material.library, progress.part(0.5, 0.55))
    support = support_of(
        features,
        ratings,
        material.emotions,
        unlabelled=[clip.content for clip in others],
        voices={clip.content: clip.voice for clip in (*clips, *others)},
    )
    profile = learner.adapt(
        theta, support, seed=seed, device=device, progress=progress.part(0.55, 0.75)
    )
    if progress.stop_requested:
        notes.append(
            f"Stopped after {profile.steps} steps; before and after are those of a full run."
        )
    before, after = before_and_after(
        learner,
        get_adapter("generic"),
        theta,
        support,
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
        before=before,
        after=after,
    )
    return Outcome(profile, before, after)


def usable_ratings(material: Material) -> tuple[list[Rating], list[str]]:
    """Return the ratings that name present emotions, in those words, and notes on the others."""
    usable = []
    gone: set[str] = set()
    for rating in material.ratings:
        words = present_words(rating.emotions, material.emotions, material.renamed)
        if rating.answer == "emotion" and words and rating.clip in material.clips:
            usable.append(replace(rating, emotions=words))
        elif rating.answer == "emotion":
            gone.update(rating.emotions)
    notes = [f"Ratings of {', '.join(sorted(gone))} were left out; the words are gone."]
    return usable, notes if gone else []


def unlabelled(engine: Engine, clips: Sequence[Clip], seed: int) -> list[Clip]:
    """Return clips whose features are known, at most `MOST_UNLABELLED` of them, drawn by seed."""
    known = engine.known_features(clips)
    ready = [clip for clip in clips if clip.content in known]
    if len(ready) <= MOST_UNLABELLED:
        return ready
    drawn = np.random.default_rng(seed).choice(len(ready), MOST_UNLABELLED, replace=False)
    return [ready[index] for index in sorted(drawn)]


def message_of(outcome: Outcome, present: Profile | None) -> str:
    """Say in plain words what came of an adaptation; `present` was in use before it."""
    from perser_gui.adaptation import ADAPTERS

    before, after = outcome.before, outcome.after
    figures = (
        f"macro-F1 {before.macro_f1:.2f} before, {after.macro_f1:.2f} after; "
        f"{after.protocol} over {after.count} {'rating' if after.count == 1 else 'ratings'}"
    )
    if outcome.helped:
        if outcome.surpassed_by(present) and present is not None and present.after is not None:
            return (
                f"Your present {present.adapter} profile does better on the same ratings "
                f"(macro-F1 {present.after.macro_f1:.2f}, the new one {after.macro_f1:.2f}) and "
                "stays in use; the new one waits in the history."
            )
        if after.macro_f1 > before.macro_f1 + 1e-6:
            gain = "Your model now labels more the way you do"
        else:
            gain = "Your model names the same emotions, and is surer of the ones you chose"
        return f"{gain} ({figures})."
    stays = "Your present profile" if present is not None else "Everyone's model"
    kept = f"{stays} stays in use, and the new profile waits in the history."
    if after.count < 2:
        return f"One rating is too little to tell whether adapting helps. {kept}"
    hint = "Label a few more clips"
    if CALIBRATION in ADAPTERS and outcome.profile.adapter != CALIBRATION:
        hint += f", or try the adapter {CALIBRATION}, which changes less"
    return f"Adapting did not help yet ({figures}). {kept} {hint}."
