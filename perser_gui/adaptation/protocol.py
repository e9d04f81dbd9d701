"""The one protocol of every adapter: a checkpoint and a listener's support make a profile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile, Rating
from perser_gui.stretches import recordings_of


@dataclass(frozen=True)
class Support:
    """What a listener labelled.

    Attributes:
        x: normalized features [K, L, W]; K may be 0.
        targets: [K, C] over the listener's words, each row sums to 1: several emotions share
            alike, or as the listener said.
        classes: the listener's words.
        unlabelled: normalized features [N, L, W] of clips of the library without a rating.
        ratings: the ids of the ratings behind the rows, for the profile's provenance.
        voices: who speaks in each row; empty: nobody says.
        unlabelled_voices: who speaks in each clip of `unlabelled`; empty: nobody says.
        recordings: which recording each row is of, by number. Rows of one are held out together
            and weigh as one; empty: each row is a recording of its own.
    """

    x: FloatArray
    targets: FloatArray
    classes: EmotionSet
    unlabelled: FloatArray | None = None
    ratings: tuple[int, ...] = ()
    voices: tuple[str, ...] = ()
    unlabelled_voices: tuple[str, ...] = ()
    recordings: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        words = len(self.classes.words)
        if self.x.ndim != 3 or self.targets.shape != (len(self.x), words):
            raise ValueError(
                f"support of {self.x.shape} clips and {self.targets.shape} targets "
                f"for {words} words"
            )
        others = 0 if self.unlabelled is None else len(self.unlabelled)
        for named, count in ((self.voices, len(self.x)), (self.unlabelled_voices, others)):
            if named and len(named) != count:
                raise ValueError(f"{len(named)} voices for {count} clips")
        if self.recordings and len(self.recordings) != len(self.x):
            raise ValueError(f"{len(self.recordings)} recordings for {len(self.x)} clips")
        if not np.isfinite(self.x).all():
            raise ValueError("the support's features hold values that are no finite numbers")

    @property
    def count(self) -> int:
        """How many ratings there are (K)."""
        return len(self.x)

    @property
    def heard(self) -> int:
        """How many recordings the ratings are of."""
        return len(set(self.recordings)) if self.recordings else self.count

    @property
    def shares(self) -> npt.NDArray[np.float64]:
        """How much each rating counts [K]: those of one recording add up to 1."""
        if not self.recordings:
            return np.ones(self.count)
        _, of, sizes = np.unique(self.recordings, return_inverse=True, return_counts=True)
        return np.asarray(1.0 / sizes[of], dtype=np.float64)

    def only(self, rows: Sequence[int]) -> Support:
        """Return the support with some of its rows, by index."""
        index = np.asarray(rows, dtype=np.int64)
        return replace(
            self,
            x=self.x[index],
            targets=self.targets[index],
            ratings=tuple(self.ratings[i] for i in rows) if self.ratings else (),
            voices=tuple(self.voices[i] for i in rows) if self.voices else (),
            recordings=tuple(self.recordings[i] for i in rows) if self.recordings else (),
        )


class Adapter(Protocol):
    """A way to make a model out of everyone's model and one listener's ratings."""

    name: str

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        """Return the listener's profile; `theta` and `support` stay as they are.

        Raises:
            PerserError: if the checkpoint lacks what this adapter needs.
            Cancelled: if the user cancelled; nothing has changed then.
        """

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        """Return probabilities [N, C] over the profile's words for features x [N, L, W]."""


@runtime_checkable
class FoldingAdapter(Protocol):
    """An adapter that scores all folds of a support at once, which is cheaper than one by one."""

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
        """Return probabilities [T, K, C] of all clips by models of the T folds [T, K].

        `folds` is 1 where a fold may learn from a rating, else 0.
        """


def support_of(
    features: Mapping[str, FloatArray],
    ratings: Iterable[Rating],
    classes: EmotionSet,
    *,
    unlabelled: Iterable[str] = (),
    voices: Mapping[str, str] | None = None,
    recordings: Mapping[str, int] | None = None,
    shape: tuple[int, int] | None = None,
) -> Support:
    """Gather a support from ratings and normalized features {content: [L, W]}.

    Left out are ratings that name no emotion, that are withdrawn, whose clip has no features,
    or whose words have all been deleted from the set; a word that is gone but has a synonym in
    the set counts for that one. Ratings of one recording (`recordings_of`) are marked as such.
    `recordings` says which recording each clip is of {content: number}, else its content does.
    `voices` says who speaks in each clip {content: voice}.
    `shape` (L, W) is needed only when nothing is left.
    """
    rows: list[FloatArray] = []
    targets: list[FloatArray] = []
    ids: list[int] = []
    rated: list[str] = []
    for rating in ratings:
        if rating.withdrawn or rating.answer != "emotion" or rating.clip not in features:
            continue
        target = classes.target(rating.emotions, rating.shares)
        if target is not None:
            rows.append(features[rating.clip])
            targets.append(target.astype(np.float32))
            ids.append(rating.id)
            rated.append(rating.clip)
    shown = [content for content in unlabelled if content in features]
    others = [features[content] for content in shown]
    named = voices or {}
    known = all(content in named for content in (*rated, *shown))
    some = next(iter(features.values()), None)
    empty = some.shape if some is not None else (shape or (1, 1))
    return Support(
        x=np.stack(rows).astype(np.float32) if rows else np.zeros((0, *empty), np.float32),
        targets=(np.stack(targets) if targets else np.zeros((0, len(classes.words)), np.float32)),
        classes=classes,
        unlabelled=np.stack(others).astype(np.float32) if others else None,
        ratings=tuple(ids),
        voices=tuple(named[content] for content in rated) if known else (),
        unlabelled_voices=tuple(named[content] for content in shown) if known else (),
        recordings=_numbered(rated, recordings),
    )


def _numbered(rated: Sequence[str], recordings: Mapping[str, int] | None) -> tuple[int, ...]:
    """Return which recording each row is of; empty where each is one of its own."""
    found = recordings_of(rated)
    if recordings is not None:
        found = tuple(recordings[content] for content in rated)
    return found if len(set(found)) < len(found) else ()
