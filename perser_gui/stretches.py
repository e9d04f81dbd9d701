"""Which clips are one and the same sound: copies of a file, and stretches of it that overlap.

A clip's `content` says it: the SHA-256 of the file's bytes, `~2` for a second file with the same
bytes, `#1` for a channel and `@0-1500` for an utterance (ms).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_CONTENT = re.compile(r"([^~#@]*)(?:~\d+)?((?:#(\d+))?(?:@(\d+)-(\d+))?)")


def heard_in(content: str) -> str:
    """Return what is heard in a clip, the same for every copy of its file.

    >>> heard_in("ab12~2#1@0-1500"), heard_in("ab12")
    ('ab12#1@0-1500', 'ab12')
    """
    if "~" not in content:  # most: lists of a hundred thousand clips ask this often
        return content
    found = _CONTENT.fullmatch(content)
    return found[1] + found[2] if found is not None else content


def recordings_of(contents: Sequence[str]) -> tuple[int, ...]:
    """Return a number for each clip, the same for those of one recording, from 0 in their order.

    One recording are copies of a file, and stretches of it of which one shares more than half of
    the shorter one; a file and each of its utterances, too. Two channels are two recordings.

    >>> recordings_of(["ab", "cd", "ab~2", "ef@0-1000", "ef@400-1400", "ef@1400-2000"])
    (0, 1, 0, 2, 2, 3)
    """
    leader = list(range(len(contents)))

    def first(row: int) -> int:
        while leader[row] != row:
            leader[row] = leader[leader[row]]
            row = leader[row]
        return row

    files: dict[str, list[tuple[float, float, str, int]]] = {}
    for row, content in enumerate(contents):
        file, channel, start, end = _parts(content)
        files.setdefault(file, []).append((start, end, channel, row))
    for stretches in files.values():
        running: list[tuple[float, float, str, int]] = []
        for one in sorted(stretches):
            running = [other for other in running if other[1] > one[0]]
            for other in running:
                if _share(one, other) and (one[2] == other[2] or not one[2] or not other[2]):
                    low, high = sorted((first(one[3]), first(other[3])))
                    leader[high] = low
            running.append(one)
    numbers: dict[int, int] = {}
    return tuple(numbers.setdefault(first(row), len(numbers)) for row in range(len(contents)))


def _parts(content: str) -> tuple[str, str, float, float]:
    """Return the file, the channel (empty: all), and where a clip begins and ends (ms)."""
    found = _CONTENT.fullmatch(content)
    if found is None:
        return content, "", 0.0, float("inf")
    whole = found[4] is None
    begins, ends = (0.0, float("inf")) if whole else (float(found[4]), float(found[5]))
    return found[1], found[3] or "", begins, ends


def _share(one: tuple[float, float, str, int], other: tuple[float, float, str, int]) -> bool:
    """Return whether two stretches share more than half of the shorter one."""
    if one[:2] == other[:2]:
        return True
    both = min(one[1], other[1]) - max(one[0], other[0])
    return both > 0.5 * min(one[1] - one[0], other[1] - other[0])
