"""Vocabularies of training listeners: classes dropped, merged, or under a word not known."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from perser_gui.emotions import Emotion, EmotionSet
from perser_gui.errors import PerserError
from perser_gui.model.classes import ListenerClasses, listener_classes
from perser_gui.records import FloatArray


@dataclass(frozen=True, kw_only=True)
class VocabularyConfig:
    """How often words differ from the classes: probabilities, drawn for every class on its own.

    `drop`: the listener has no word for the class. `merge`: they use one word for it and another
    class. `unknown`: they have a word for it that the checkpoint does not know.
    """

    drop: float = 0.0
    merge: float = 0.0
    unknown: float = 0.0

    def __post_init__(self) -> None:
        shares = (self.drop, self.merge, self.unknown)
        if min(shares) < 0 or max(shares) > 1:
            raise PerserError("Words are dropped, merged and unknown with probabilities in 0..1.")

    @property
    def varies(self) -> bool:
        """Whether any vocabulary can differ from the classes."""
        return max(self.drop, self.merge, self.unknown) > 0


@dataclass(frozen=True)
class Vocabulary:
    """Words over classes: `members` holds, word by word, the classes it means.

    `unknown` words mean their classes too, but the model is not told so.
    """

    classes: tuple[str, ...]
    members: tuple[tuple[int, ...], ...]
    unknown: tuple[int, ...] = ()

    @classmethod
    def plain(cls, classes: Sequence[str]) -> Vocabulary:
        """Return the vocabulary with one word per class."""
        return cls(tuple(classes), tuple((i,) for i in range(len(classes))))

    @cached_property
    def emotions(self) -> EmotionSet:
        """The words as a listener would bring them."""
        emotions = tuple(
            Emotion(
                f"word {i}",
                "#000000",
                () if i in self.unknown else tuple(self.classes[c] for c in members),
            )
            for i, members in enumerate(self.members)
        )
        return EmotionSet(emotions)

    def words(self, untaught: Collection[str] = ()) -> ListenerClasses:
        """Return what a model is told of the words that never met the classes `untaught`."""
        return listener_classes(self.emotions, self.classes, untaught)

    @cached_property
    def _matrix(self) -> npt.NDArray[np.float32]:
        matrix = np.zeros((len(self.classes), len(self.members)), dtype=np.float32)
        for word, members in enumerate(self.members):
            matrix[list(members), word] = 1.0
        return matrix

    def targets(self, targets: FloatArray) -> FloatArray:
        """Return targets over words [n, C'] of targets over classes [n, C].

        What falls on a class without a word is spread over the others of the rating; a row
        without any word is all zero.
        """
        if self.members == tuple((i,) for i in range(len(self.classes))):
            return targets
        said = targets @ self._matrix
        return np.asarray(said / np.maximum(said.sum(1, keepdims=True), 1e-9), dtype=np.float32)

    def as_dict(self) -> dict[str, list[list[int]] | list[int]]:
        """Return plain JSON values."""
        return {"members": [list(m) for m in self.members], "unknown": list(self.unknown)}

    @classmethod
    def from_dict(cls, values: object, classes: Sequence[str]) -> Vocabulary:
        """Build from `as_dict`'s values.

        Raises:
            ValueError: for anything else.
        """
        if not isinstance(values, dict):
            raise ValueError("a vocabulary is missing")
        members = tuple(tuple(int(c) for c in word) for word in values["members"])
        if any(not 0 <= c < len(classes) for word in members for c in word):
            raise ValueError("a vocabulary has other classes")
        return cls(tuple(classes), members, tuple(int(w) for w in values["unknown"]))


def draw_vocabulary(
    random: np.random.Generator, config: VocabularyConfig, classes: Sequence[str]
) -> Vocabulary:
    """Return a random vocabulary of at least two words."""
    count = len(classes)
    dropped = random.random(count) < config.drop
    merged = random.random(count) < config.merge
    strange = random.random(count) < config.unknown
    order = random.permutation(count)
    words: list[list[int]] = []
    for c in order.tolist():
        if dropped[c] and count - dropped.sum() >= 2:
            continue
        if merged[c] and len(words) > 1:
            words[int(random.integers(len(words)))].append(c)
        else:
            words.append([c])
    words = sorted(sorted(word) for word in words)
    members = tuple(tuple(word) for word in words)
    known = [i for i, word in enumerate(members) if not strange[list(word)].all()]
    unknown = tuple(i for i in range(len(members)) if i not in known) if known else ()
    return Vocabulary(tuple(classes), members, unknown)
