"""A timeline seen from afar: where utterances are too narrow to be told apart, their shares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from perser_gui.ui.label.lane_marks import LaneMark, LaneUtterance

APART = 5.0
"""Utterances that are narrower than this on average (pixels) are shown by their shares."""
BIN = 12.0
"""Width of a column of shares, in pixels."""

Key = tuple[str, bool]
"""A colour, and whether the listener said so; an empty colour stands for nothing yet."""


@dataclass
class Shares:
    """How much of the speech in a column carries which colour, in seconds, and where it differs."""

    you: dict[Key, float] = field(default_factory=dict)
    generic: dict[Key, float] = field(default_factory=dict)
    spoken: float = 0.0
    differs: float = 0.0

    def add(self, one: LaneUtterance, seconds: float) -> None:
        """Count so many seconds of an utterance."""
        for lane, mark in ((self.you, one.you), (self.generic, one.generic)):
            key = key_of(mark)
            lane[key] = lane.get(key, 0.0) + seconds
        self.spoken += seconds
        self.differs += seconds * one.differs


def key_of(mark: LaneMark | None) -> Key:
    """Return under which colour an utterance counts."""
    return ("", False) if mark is None else (mark.colour, mark.own)


def too_narrow(utterances: Sequence[LaneUtterance], pixels: float) -> bool:
    """Whether utterances run into each other at so many pixels a second."""
    if len(utterances) < 2:
        return False
    spoken = sum(one.end - one.start for one in utterances)
    return spoken / len(utterances) * pixels < APART


def columns(
    utterances: Sequence[LaneUtterance], start: float, end: float, width: float
) -> list[Shares]:
    """Return what each column of a lane shows, from `start` to `end` (s) over `width` pixels."""
    count = max(round(width / BIN), 1)
    step = (end - start) / count
    found = [Shares() for _ in range(count)]
    for one in utterances:
        first = max(int((one.start - start) / step), 0)
        last = min(int((one.end - start) / step), count - 1)
        for place in range(first, last + 1):
            left, right = start + place * step, start + (place + 1) * step
            inside = min(one.end, right) - max(one.start, left)
            if inside > 0:
                found[place].add(one, inside)
    return found


def stacked(lane: dict[Key, float], order: Sequence[str]) -> Iterator[tuple[Key, float, float]]:
    """Yield each colour with where it begins and ends, 0 at the bottom to 1 at the top.

    Colours stand in the listener's order of words, so that a colour is at one height where it
    prevails; what is not said or predicted yet comes last.
    """
    total = sum(lane.values())
    places = {colour: place for place, colour in enumerate(order)}
    at = 0.0
    keyed = sorted(lane, key=lambda key: (not key[0], places.get(key[0], len(places)), not key[1]))
    for key in keyed:
        top = at + lane[key] / total
        yield key, at, top
        at = top
