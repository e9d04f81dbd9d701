"""SQLite's write-ahead log, read without SQLite: whether it still holds all that was committed.

SQLite takes the log up to the first frame that does not fit and says nothing about the rest.
After a crash that is right, since the last commit may not have arrived; but a damaged log
loses commits that had. The format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

_Words = npt.NDArray[np.uint32]
_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
_MAGIC = 0x377F0682


def lost_commits(log: Path) -> int:
    """Return how many commits stand in a log behind the place where it breaks off.

    None of them can be read any more. A log that cannot be read, or has no valid header
    although something is in it, counts as one lost commit.
    """
    try:
        data = log.read_bytes()
    except FileNotFoundError:
        return 0
    except OSError:
        return 1
    if not data:
        return 0
    if len(data) < _HEADER.size:
        return 1
    magic, _, page, _, *salts, one, two = _HEADER.unpack_from(data)
    order = ">u4" if magic & 1 else "<u4"
    sums = _sums(data[:24], (0, 0), order)
    if magic & ~1 != _MAGIC or sums != (one, two) or page < 512:
        return 1
    lost = 0
    broken = False
    for start in range(_HEADER.size, len(data) - _FRAME.size - page + 1, _FRAME.size + page):
        number, commit, *frame_salts, first, second = _FRAME.unpack_from(data, start)
        if not broken:
            same = frame_salts == salts
            if same:
                page_data = data[start + _FRAME.size : start + _FRAME.size + page]
                sums = _sums(data[start : start + 8] + page_data, sums, order)
            broken = not same or sums != (first, second)
        if broken and frame_salts == salts and number and commit:
            lost += 1
    return lost


def _sums(data: bytes, before: tuple[int, int], order: str) -> tuple[int, int]:
    """Go on with SQLite's checksum: for each pair of words s += x + t, then t += y + s.

    It is linear, so a page is summed at once with the powers of one such step.
    """
    words = np.frombuffer(data, order).astype(np.uint32).reshape(-1, 2)
    first, both, second = _powers(len(words) + 1)
    x, xy = words[:, 0], words[:, 0] + words[:, 1]
    one, two = before
    last = len(words)
    a, b, d = first[:last][::-1], both[:last][::-1], second[:last][::-1]
    p, q, r = int(first[last]), int(both[last]), int(second[last])
    return (
        (int(np.sum(a * x + b * xy, dtype=np.uint32)) + p * one + q * two) & 0xFFFFFFFF,
        (int(np.sum(b * x + d * xy, dtype=np.uint32)) + q * one + r * two) & 0xFFFFFFFF,
    )


@cache
def _powers(count: int) -> tuple[_Words, _Words, _Words]:
    """Return the entries of the powers 0.. of [[1, 1], [1, 2]] modulo 2^32."""
    entries = [(1, 0, 1)]
    for _ in range(count - 1):
        a, b, d = entries[-1]
        entries.append(((a + b) % 2**32, (b + d) % 2**32, (b + 2 * d) % 2**32))
    first, both, second = np.array(entries, np.uint64).astype(np.uint32).T
    return first, both, second
