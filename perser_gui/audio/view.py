"""A stretch of a file as a file of its own, with some bytes of it put right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True)
class Part:
    """The bytes `start`..`end` of a file (None: to its end), one recording by themselves.

    `before` are bytes that are read before them, such as a header that a writer left out.

    `patches` are (place in the file, bytes) that are read instead of what is written there:
    sizes that a writer never came to fill in. `end` may lie behind the end of the file.
    """

    start: int = 0
    end: int | None = None
    patches: tuple[tuple[int, bytes], ...] = ()
    before: bytes = b""

    @property
    def is_whole(self) -> bool:
        """Whether this is the file just as it lies there."""
        return self.start == 0 and self.end is None and not (self.patches or self.before)


WHOLE = Part()
"""A file as it lies there."""


class FileView:
    """A part of a file, read as libsndfile reads a file; close it after use."""

    def __init__(self, path: Path, part: Part) -> None:
        self._file: BinaryIO = open(path, "rb")  # noqa: SIM115 - closed by `close`
        size = self._file.seek(0, 2)
        self._start = min(part.start, size)
        self._before = part.before
        own = min(size if part.end is None else part.end, size) - self._start
        self._size = len(self._before) + own
        self._patches: Sequence[tuple[int, bytes]] = [
            (place - part.start + len(self._before), data) for place, data in part.patches
        ]
        self._place = 0

    def read(self, count: int = -1) -> bytes:
        """Return up to `count` bytes from here on."""
        left = max(self._size - self._place, 0)
        wanted = left if count < 0 else min(count, left)
        data = self._before[self._place : self._place + wanted]
        if len(data) < wanted:
            self._file.seek(self._start + max(0, self._place - len(self._before)))
            data += self._file.read(wanted - len(data))
        for place, patch in self._patches:
            first, last = max(place, self._place), min(place + len(patch), self._place + len(data))
            if first < last:
                changed = bytearray(data)
                new = patch[first - place : last - place]
                changed[first - self._place : last - self._place] = new
                data = bytes(changed)
        self._place += len(data)
        return data

    def readinto(self, buffer: memoryview) -> int:
        """Fill a buffer and return how many bytes there were."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, place: int, whence: int = 0) -> int:
        """Go to a place, counted from the start, from here (1) or from the end (2)."""
        base = (0, self._place, self._size)[whence]
        self._place = max(0, base + place)
        return self._place

    def tell(self) -> int:
        """Return the place where reading goes on."""
        return self._place

    def write(self, _data: bytes) -> int:
        """Nothing is ever written."""
        return 0

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def bytes_at(stream: BinaryIO, place: int, count: int) -> bytes:
    """Return up to `count` bytes of a file from a place on; none from where no file reaches."""
    if not 0 <= place < 1 << 62:
        return b""
    stream.seek(place)
    return stream.read(count)
