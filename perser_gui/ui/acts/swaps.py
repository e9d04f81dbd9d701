"""How far two ways of labelling the same clips agree, and which emotions they swap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Pair:
    """Clips that one side labels `mine` and the other `theirs`."""

    mine: str
    theirs: str
    clips: tuple[str, ...]
    reverse: int = 0
    """How many clips it is the other way round for: then the two emotions are swapped."""


@dataclass(frozen=True)
class Swaps:
    """On how many shared clips both say the same, and the pairs where they do not."""

    count: int
    same: int
    pairs: tuple[Pair, ...]

    @property
    def share(self) -> float:
        """The share of shared clips with the same emotion, 0..1 (0 when none are shared)."""
        return self.same / self.count if self.count else 0.0


def swaps(mine: Mapping[str, Sequence[str]], theirs: Mapping[str, Sequence[str]]) -> Swaps:
    """Compare the emotions of the clips that both sides labelled.

    Two sides agree on a clip when they share an emotion; else the first emotions of
    both make a pair.

    >>> found = swaps({"a": ["sad"], "b": ["calm"]}, {"a": ["sad"], "b": ["sad"]})
    >>> found.same, [(pair.mine, pair.theirs) for pair in found.pairs]
    (1, [('calm', 'sad')])
    """
    shared = [clip for clip in mine if mine[clip] and theirs.get(clip)]
    same = 0
    differing: dict[tuple[str, str], list[str]] = {}
    for clip in shared:
        if set(mine[clip]) & set(theirs[clip]):
            same += 1
        else:
            differing.setdefault((mine[clip][0], theirs[clip][0]), []).append(clip)
    pairs = [
        Pair(a, b, tuple(clips), len(differing.get((b, a), ())))
        for (a, b), clips in differing.items()
    ]
    pairs.sort(key=lambda pair: (-len(pair.clips), pair.mine, pair.theirs))
    return Swaps(len(shared), same, tuple(pairs))
