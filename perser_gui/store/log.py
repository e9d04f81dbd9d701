"""SQLite's write-ahead log, read without SQLite: whether it still holds all that was committed.

SQLite takes the log up to the first frame that does not fit and says nothing about the rest.
After a crash that is right, since the last commit may not have arrived; but a damaged log
loses commits that had. The format: https://www.sqlite.org/fileformat2.html#walformat
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

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
                sums = _sums(data[start : start + 8], sums, order)
                sums = _sums(data[start + 24 : start + 24 + page], sums, order)
            broken = not same or sums != (first, second)
        if broken and frame_salts == salts and number and commit:
            lost += 1
    return lost


def _sums(data: bytes, before: tuple[int, int], order: str) -> tuple[int, int]:
    one, two = before
    for low, high in np.frombuffer(data, order).reshape(-1, 2).tolist():
        one = (one + low + two) & 0xFFFFFFFF
        two = (two + high + one) & 0xFFFFFFFF
    return one, two
