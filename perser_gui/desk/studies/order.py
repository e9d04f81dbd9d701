"""In which order a listener hears the clips of a study: drawn by seed, balanced, in blocks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from perser_gui.desk.studies.definition import Study
from perser_gui.emotions import normalized
from perser_gui.errors import PerserError

_TRIES = 200
"""Draws until repeats must be far enough apart."""


@dataclass(frozen=True)
class Presentation:
    """A clip of a study (its place in the list, from 0), heard for the `time`-th time (from 1)."""

    clip: int
    time: int = 1


def order_of(study: Study, listener: str, place: int) -> list[Presentation]:
    """Return what a listener hears, in order.

    The same study, name (letter case does not matter) and place (from 0, which deals out the
    rows of balanced orders) give the same order on any computer.

    Raises:
        PerserError: if repeats cannot be as far apart as the study asks.
    """
    chance = random.Random(f"{study.seed}\n{normalized(listener)}")
    again = set(_repeated(study))
    blocks: dict[str, list[int]] = {}
    for number, clip in enumerate(study.clips):
        blocks.setdefault(clip.block, []).append(number)
    names = list(blocks)
    result: list[Presentation] = []
    for row in williams(len(names))[place % len(williams(len(names)))]:
        clips = blocks[names[row]]
        result += _block(study, clips, [c for c in clips if c in again], place, chance)
    return result


def williams(count: int) -> list[list[int]]:
    """Return the rows of a Williams design for `count` conditions.

    Over all rows, each condition is equally often at each place and equally often directly
    after each other one (Williams 1949): `count` rows for an even number, twice as many for
    an odd one.

    >>> williams(4)
    [[0, 1, 3, 2], [1, 2, 0, 3], [2, 3, 1, 0], [3, 0, 2, 1]]
    """
    if count < 2:
        return [list(range(count))]
    first = [(step + 1) // 2 if step % 2 else -(step // 2) % count for step in range(count)]
    rows = [[(value + shift) % count for value in first] for shift in range(count)]
    return rows if count % 2 == 0 else rows + [row[::-1] for row in rows]


def _repeated(study: Study) -> list[int]:
    """Return which clips come again: the same for all listeners, spread over blocks and groups."""
    chance = random.Random(f"{study.seed}\nrepeats")
    numbers = list(range(len(study.clips)))
    chance.shuffle(numbers)
    by_place: dict[tuple[str, str], list[int]] = {}
    for number in numbers:
        clip = study.clips[number]
        by_place.setdefault((clip.block, clip.group), []).append(number)
    queues = [by_place[key] for key in sorted(by_place)]
    chosen: list[int] = []
    while len(chosen) < study.repeats:
        for queue in queues:
            if queue and len(chosen) < study.repeats:
                chosen.append(queue.pop())
    return chosen


def _block(
    study: Study, clips: Sequence[int], again: Sequence[int], place: int, chance: random.Random
) -> list[Presentation]:
    best: list[Presentation] = []
    for _ in range(_TRIES):
        drawn = _drawn(study, clips, again, place, chance)
        if drawn is not None and (not again or _least_gap(drawn) >= study.gap):
            best = drawn
            break
    if not best:
        raise PerserError(
            f"{len(again)} repeats among {len(clips)} clips cannot all have {study.gap} clips "
            "between; please ask for fewer repeats, a smaller gap, or larger blocks."
        )
    return best


def _drawn(
    study: Study, clips: Sequence[int], again: Sequence[int], place: int, chance: random.Random
) -> list[Presentation] | None:
    if study.order != "balanced":
        return _with_repeats(_shuffled(study, clips, chance), again, study.gap, chance)
    groups: dict[str, list[int]] = {}
    for clip in clips:
        groups.setdefault(study.clips[clip].group, []).append(clip)
    rounds = -(-study.gap // len(groups)) + 1 if study.gap else 0
    queues: list[list[Presentation]] = []
    for own in groups.values():
        mine = [clip for clip in again if clip in own]
        queue = _with_repeats(_shuffled(study, own, chance), mine, max(rounds - 1, 0), chance)
        if queue is None:
            return None
        queues.append(queue)
    rows = williams(len(queues))
    result: list[Presentation] = []
    for turn in range(max(map(len, queues))):
        row = rows[(place + turn) % len(rows)]
        result += [queues[group][turn] for group in row if turn < len(queues[group])]
    return result


def _shuffled(study: Study, clips: Sequence[int], chance: random.Random) -> list[int]:
    order = list(clips)
    if study.order != "listed":
        chance.shuffle(order)
    return order


def _with_repeats(
    order: Sequence[int], again: Sequence[int], gap: int, chance: random.Random
) -> list[Presentation] | None:
    """Put each clip of `again` in a second time, at least `gap` others away; None if impossible.

    A clip that stands too near to the end is heard earlier, too; what is put in between two
    others only moves them apart.
    """
    line = list(order)
    for clip in chance.sample(list(again), len(again)):
        at = line.index(clip)
        places = [p for p in range(len(line) + 1) if p > at + gap or p <= at - gap]
        if not places:
            return None
        line.insert(chance.choice(places), clip)
    heard: dict[int, int] = {}
    result = []
    for clip in line:
        heard[clip] = heard.get(clip, 0) + 1
        result.append(Presentation(clip, heard[clip]))
    return result


def _least_gap(order: Sequence[Presentation]) -> int:
    """Return how many other clips lie at least between two presentations of one clip."""
    last: dict[int, int] = {}
    least = len(order)
    for place, one in enumerate(order):
        if one.clip in last:
            least = min(least, place - last[one.clip] - 1)
        last[one.clip] = place
    return least
