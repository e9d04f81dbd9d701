"""What is known by clip, and how it is turned into numbers; no Qt."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from perser_gui.records import LEVEL, Prediction

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

NONE = -1
"""The code of no label, no prediction."""
SPEECHLESS = -2
"""The code of a prediction that nobody speaks."""

V = TypeVar("V")


class Noted(dict[str, V]):
    """What is known by clip; remembers of which clips that changed since it was last asked."""

    def __init__(self, given: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        super().__init__(given)
        self.changed: set[str] = set()
        self.forgotten = 0
        """How many times something was forgotten."""

    def __setitem__(self, clip: str, value: V) -> None:
        self.changed.add(clip)
        super().__setitem__(clip, value)

    def __delitem__(self, clip: str) -> None:
        self.changed.add(clip)
        self.forgotten += 1
        super().__delitem__(clip)

    def pop(self, clip: str, *default: Any) -> Any:
        """Forget a clip."""
        self.changed.add(clip)
        self.forgotten += 1
        return super().pop(clip, *default)

    def clear(self) -> None:
        """Forget all clips."""
        self.changed.update(self)
        self.forgotten += 1
        super().clear()

    def update(self, *given: Any, **named: Any) -> None:
        """Take over what is known of other clips."""
        for clip, value in dict(*given, **named).items():
            self[clip] = value

    def setdefault(self, clip: str, default: Any = None) -> Any:
        """Return what is known of a clip; if nothing is, take this over."""
        if clip not in self:
            self[clip] = default
        return self[clip]


class TextCodes:
    """Each text that occurs once, with a number for it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        """Return the number of a text, a new one for a new text."""
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found

    def codes(self, texts: Iterable[str]) -> Codes:
        """Return the numbers of texts."""
        return np.array([self.code(text) for text in texts], np.int32)

    def ranks(self) -> Numbers:
        """Return the place of each text in the order of the alphabet."""
        places = {text: i for i, text in enumerate(sorted({t.casefold() for t in self.texts}))}
        return np.array([places[text.casefold()] for text in self.texts], float)

    def having(self, part: str) -> Codes:
        """Return the numbers of the texts that have a part (in small letters) in them."""
        found = [i for i, text in enumerate(self.texts) if part in text.casefold()]
        return np.array(found, np.int32)


class SaidColumns:
    """What one model says of all clips: the likeliest word and its share, what is shown, doubt."""

    def __init__(self, count: int) -> None:
        self.words, self.shown = (np.full(count, NONE, np.int32) for _ in range(2))
        self.shares, self.doubt = (np.full(count, np.nan) for _ in range(2))
        self.unsure, self.told = np.zeros(count, bool), np.zeros(count, bool)

    def forget(self, where: Places | slice = slice(None)) -> None:
        """Know nothing of some clips, or of all."""
        self.words[where] = self.shown[where] = NONE
        self.shares[where] = self.doubt[where] = np.nan
        self.unsure[where] = self.told[where] = False


def tied(table: npt.NDArray[np.float32]) -> Mask:
    """Return where the likeliest of the words [N, C] is no likelier than another one, bool [N]."""
    if table.shape[1] < 2:
        return np.zeros(len(table), bool)
    two = np.partition(table, -2, axis=1)[:, -2:]
    return np.asarray(two[:, 1] - two[:, 0] < LEVEL, bool)


def distances(
    yours: Sequence[Prediction | None],
    generic: Sequence[Prediction | None],
    mine: npt.NDArray[np.float32] | None,
    generics: npt.NDArray[np.float32] | None,
) -> Numbers:
    """Return how far two models are from each other (total variation), NaN if unknown, [N]."""
    same = next((one.classes for one in yours if one), 0) == next(
        (one.classes for one in generic if one), 1
    )
    if mine is None or generics is None or not same:
        pairs = zip(yours, generic, strict=True)
        return np.array([distance(own, other) for own, other in pairs], float)
    silent = np.array([one is not None and one.speechless for one in yours], bool)
    apart = np.clip(np.abs(mine - generics).sum(axis=1) / 2, 0.0, 1.0)
    return np.where(silent, np.nan, apart)


def distance(yours: Prediction | None, generic: Prediction | None) -> float:
    """Return how far two predictions are from each other, 0..1 (total variation), or NaN."""
    if yours is None or generic is None or yours.speechless:
        return float("nan")
    other = dict(zip(generic.classes, generic.probabilities, strict=True))
    mine = dict(zip(yours.classes, yours.probabilities, strict=True))
    apart = 0.5 * sum(abs(mine.get(w, 0.0) - other.get(w, 0.0)) for w in {**mine, **other})
    return float(np.clip(apart, 0, 1))


def ranked(ranks: Numbers, codes: Codes) -> Numbers:
    """Return the rank of each code, NaN where there is none."""
    if not len(ranks):
        return np.full(len(codes), np.nan)
    return np.asarray(np.where(codes >= 0, ranks[np.maximum(codes, 0)], np.nan), float)


class Waiting:
    """Finds the clips of which nothing is known yet, and looks once at those that come before.

    What is known only grows, or is forgotten and begun anew; so a search goes on where the one
    before came to.
    """

    def __init__(self) -> None:
        self._of: tuple[object, ...] = ()
        self._known_up_to = 0

    def clips(
        self,
        contents: Sequence[str],
        gone: Collection[int],
        known: Noted[Any],
        problems: Mapping[str, str],
    ) -> Iterator[str]:
        """Yield the clips in their order that are neither known, nor gone, nor with a problem."""
        of = (contents, known, problems)
        counted = (known.forgotten, len(problems))
        before, self._of = self._of, (*of, *counted)
        same = bool(before) and all(old is new for old, new in zip(before, of, strict=False))
        if not same or before[3] != counted[0] or counted[1] < cast("int", before[4]):
            self._known_up_to = 0
        begun = self._known_up_to
        for place in range(begun, len(contents)):
            content = contents[place]
            if content in known or content in problems or place in gone:
                if place == self._known_up_to:
                    self._known_up_to += 1
                continue
            yield content
