"""A profile as one file: what is in it, whether it fits here, and making it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from perser_gui.desk.adapting import LearningMaterial, usable_ratings
from perser_gui.desk.editing import Editing
from perser_gui.desk.engine import Engine
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener, Profile, Rating
from perser_gui.store import SharedProfile, SharedSupport, read_shared, write_shared

if TYPE_CHECKING:
    from perser_gui.adaptation.protocol import Support


@dataclass(frozen=True)
class Replayed:
    """What came of making a profile again: whether it is the same, bit for bit, or how far off."""

    shared: SharedProfile
    same: bool
    largest_difference: float


class Sharing(Editing):
    """The part of the desk that takes profiles out of it and into it."""

    _engine: Engine

    def export_profile(
        self,
        path: Path,
        listener: int,
        *,
        ratings: bool = False,
        progress: Progress | None = None,
    ) -> None:
        """Write the current profile to one file that another desk can import.

        With `ratings`, it holds what it was made from, so that `replay` can make it again:
        the labels, and what the encoder heard in their clips (no sound).

        Raises:
            PerserError: if the listener has no profile, the file cannot be written, or what
                the profile was made from is not there any more.
        """
        owner, record = self.listener(listener), self.current_profile(listener)
        if record is None:
            raise PerserError(f"{owner.name} has no profile in use; please adapt first.")
        support = self._support(owner, record.profile, progress or Progress()) if ratings else None
        write_shared(path, SharedProfile(owner.name, owner.emotions, record.profile, support))

    def profile_in(self, path: Path) -> SharedProfile:
        """Return what the file of a profile holds, to be shown before it is imported.

        Raises:
            PerserError: if the file is not such a profile.
        """
        return read_shared(path)

    def import_profile(self, path: Path, name: str | None = None) -> Listener:
        """Add a listener with the profile and the words from a file of `export_profile`.

        Raises:
            PerserError: if the file is not such a profile, it was made from another base
                model, or the name is taken.
        """
        shared = read_shared(path)
        checkpoint, digest = self._engine.base()
        if shared.profile.base != digest:
            raise PerserError(
                f"The profile in {path} was made from another base model "
                f"({shared.profile.base[:12]}) than the one in use here ({checkpoint}, "
                f"{digest[:12]}), and fits that one only; please choose it with --checkpoint."
            )
        added = self.add_listener(name or shared.listener, shared.emotions)
        self._store.add_profile(added.id, shared.profile, current=True)
        return added

    def replay(self, path: Path, progress: Progress) -> Replayed:
        """Make the profile in a file again from the labels in it, and compare every weight.

        Raises:
            PerserError: if the file is not such a profile, holds no labels, or was made from
                another base model.
        """
        from perser_gui.adaptation import get_adapter

        shared = read_shared(path)
        if shared.support is None:
            raise PerserError(
                f"{path} holds no labels to make the profile from; please export it with "
                "--with-ratings."
            )
        theta = self._engine.model(progress.part(0.0, 0.5)).checkpoint
        profile = shared.profile
        if profile.base != theta.digest:
            raise PerserError(
                f"The profile in {path} was made from another base model ({profile.base[:12]}) "
                f"than {theta.name} ({theta.digest[:12]}); please give that one with --checkpoint."
            )
        made = get_adapter(profile.adapter).adapt(
            theta,
            support_in(shared),
            seed=profile.seed,
            device="cpu",
            progress=progress.part(0.5, 1.0),
        )
        return Replayed(shared, *_compared(profile.parameters, made.parameters))

    def _support(self, owner: Listener, profile: Profile, progress: Progress) -> SharedSupport:
        """Gather again what a profile was made from, as it was heard then."""
        if not profile.recipe:
            raise PerserError(
                f"The profile of {owner.name} was made by an earlier version, which did not note "
                "what it learned from; please adapt again."
            )
        recipe = json.loads(profile.recipe)
        ratings = {rating.id: rating for rating in self._store.every_rating(owner.id)}
        material = LearningMaterial(
            ratings=[ratings[number] for number in profile.ratings if number in ratings],
            clips=self._store.clips_by_content(),
            library=(),
            emotions=owner.emotions,
            renamed=self._store.renamed_words(owner.id),
        )
        used, _ = usable_ratings(material)
        by_clip = {rating.clip: rating for rating in used}
        if set(by_clip) != set(recipe["rated"]):
            raise PerserError(
                f"What {owner.name} said, or their words, changed since the profile was made; "
                "please adapt again."
            )
        features = heard_then(self._engine, material.clips, recipe, progress)
        rated, others = recipe["rated"], recipe["others"]
        return SharedSupport(
            x=np.stack([features[content] for content in rated]),
            unlabelled=np.stack([features[c] for c in others]) if others else None,
            ratings=tuple(by_clip[content].said for content in rated),
            voices=tuple(_voice(material.clips[content]) for content in rated),
            unlabelled_voices=tuple(_voice(material.clips[content]) for content in others),
        )


def heard_then(
    engine: Engine, clips: Mapping[str, Clip], recipe: Mapping[str, Any], progress: Progress
) -> dict[str, Any]:
    """Return the normalized features of a recipe's clips as they were when it was written.

    Raises:
        PerserError: if a clip of it is not known any more or cannot be read.
    """
    from perser_gui.model.normalization import RunningStatistics

    wanted = dict.fromkeys(content for counted in recipe["counted"] for content in counted)
    wanted |= dict.fromkeys((*recipe["rated"], *recipe["others"]))
    lost = [content for content in wanted if content not in clips]
    if lost:
        raise PerserError(
            f"{len(lost):,} clips that the profile was made from are not known any more; "
            "please adapt again."
        )
    features = engine.features([clips[content] for content in wanted], progress)
    statistics = []
    for counted in recipe["counted"]:
        own = RunningStatistics()
        for content in counted:
            own.update(features[content])
        statistics.append(own)
    normalization = engine.model(progress).checkpoint.normalization
    return {
        content: normalization.transform(features[content], statistics[recipe["voices"][content]])
        for content in (*recipe["rated"], *recipe["others"])
    }


def support_in(shared: SharedProfile) -> Support:
    """Return the support that a shared profile holds, its targets made from the labels."""
    from perser_gui.adaptation import support_of

    kept = shared.support
    assert kept is not None
    # a clip may stand under the label of a copy of it; numbers tell rows apart
    rated = [f"r{number}" for number in range(len(kept.ratings))]
    count = 0 if kept.unlabelled is None else len(kept.unlabelled)
    others = [f"u{number}" for number in range(count)]
    features = dict(zip(rated, kept.x, strict=True))
    if kept.unlabelled is not None:
        features |= dict(zip(others, kept.unlabelled, strict=True))
    ratings: list[Rating] = [
        replace(said, clip=row).by(0, number, "")
        for number, (row, said) in enumerate(zip(rated, kept.ratings, strict=True))
    ]
    voices = dict(zip((*rated, *others), (*kept.voices, *kept.unlabelled_voices), strict=True))
    # profiles of earlier versions held each label out alone
    together = json.loads(shared.profile.recipe or "{}").get("together", range(len(rated)))
    return support_of(
        features,
        ratings,
        shared.emotions,
        unlabelled=others,
        voices=voices,
        recordings=dict(zip(rated, together, strict=True)),
    )


def _voice(clip: Clip) -> str:
    """Return a voice without its name, as a profile's own offsets call it."""
    from perser_gui.adaptation.voices import voice_key

    return voice_key(clip.voice)


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[bool, float]:
    """Return whether all arrays are the same, bit for bit, and the largest difference."""
    if set(before) != set(after):
        return False, float("inf")
    largest, same = 0.0, True
    for name, array in before.items():
        one, other = np.asarray(array, np.float32), np.asarray(after[name], np.float32)
        if one.shape != other.shape:
            return False, float("inf")
        same = same and one.tobytes() == other.tobytes()
        if one.size:
            largest = max(largest, float(np.abs(one - other).max()))
    return same, largest
