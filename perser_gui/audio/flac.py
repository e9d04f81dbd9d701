"""FLAC: recordings one after another, and how many samples are really there."""

from __future__ import annotations

import mmap
from dataclasses import dataclass

from perser_gui.audio.view import Part

_MARKS = (b"fLaC\x00\x00\x00\x22", b"fLaC\x80\x00\x00\x22")
_LONGEST = 1 << 18
"""A last frame that takes more bytes than this is not checked."""

_TOTAL = 21
"""Where, from `fLaC` on, the 36 bits with the number of samples begin (in their low half)."""


@dataclass(frozen=True)
class Found:
    """The recordings that lie one after another in a file.

    Of the last, `samples` are there and `missing` are promised and are not; `lying` says that
    a header tells of fewer samples than there are.
    """

    parts: tuple[Part, ...]
    samples: int
    missing: int
    lying: bool


def flac_parts(data: mmap.mmap, start: int) -> Found:
    """Return the recordings of a FLAC file.

    Where the header of one tells of fewer samples than its last frame, the number is read as
    “not known”, so that all of it is heard. One that is cut off is read up to its last frame,
    which may not be all there.
    """
    begins = {start}
    for mark in _MARKS:
        found = data.find(mark, start + 4)
        while found >= 0:
            begins.add(found)
            found = data.find(mark, found + 4)
    places = sorted(begins)
    parts = []
    lying, missing, samples = False, 0, 0
    for place, following in zip(places, [*places[1:], len(data)], strict=True):
        promised = samples_promised(data, place)
        last = _last_frame(data, place, following)
        samples, missing = promised, 0
        end = None if following == len(data) else following
        patches: tuple[tuple[int, bytes], ...] = ()
        if last is not None and promised and last.number >= promised:
            patches = (_with_samples(data, place, 0),)
            lying = True
        elif last is not None and promised > last.number + 2 * last.block and last.number:
            whole = following - last.place < _LONGEST and not _crc16(data[last.place : following])
            samples = last.number + (last.samples if whole else 0)
            missing = promised - samples
            patches = (_with_samples(data, place, samples),)
            end = end if whole else last.place
        parts.append(Part(place, end, patches))
    return Found(tuple(parts), samples, missing, lying)


def _with_samples(data: mmap.mmap, start: int, samples: int) -> tuple[int, bytes]:
    """Return how to patch the header so that it tells of `samples`."""
    high = data[start + _TOTAL] & 0xF0
    field = (high << 32 | samples).to_bytes(5, "big")
    return start + _TOTAL, field


def samples_promised(data: mmap.mmap, start: int) -> int:
    """Return how many samples the header tells of; 0 for “not known”."""
    field = data[start + _TOTAL : start + _TOTAL + 5]
    return int.from_bytes(field, "big") & 0xF_FFFF_FFFF if len(field) == 5 else 0


@dataclass(frozen=True)
class _Frame:
    """Where a frame lies in its file, its first sample, and how many it holds.

    `block` is how many the largest frame of the file holds.
    """

    place: int
    number: int
    samples: int
    block: int


def _last_frame(data: mmap.mmap, start: int, end: int) -> _Frame | None:
    """Return the last frame that begins in a recording; it is looked for near the end only."""
    head = data[start + 8 : start + 18]
    if len(head) < 10:
        return None
    smallest, largest = int.from_bytes(head[0:2], "big"), int.from_bytes(head[2:4], "big")
    longest = int.from_bytes(head[7:10], "big") or 1 << 17
    low = max(start + 42, end - 4 * max(longest, 1 << 14))
    place = data.rfind(b"\xff", low, end)
    while place >= 0:
        head = data[place : place + 16]
        number = _frame_number(head)
        if number is not None:
            variable = head[1] & 1 or smallest != largest
            first = number if variable else number * largest
            return _Frame(place, first, _samples_of(head), largest)
        place = data.rfind(b"\xff", low, place)
    return None


def _frame_number(head: bytes) -> int | None:
    """Return the number in a frame's header, None if its checksum says that it is none."""
    if len(head) < 16 or head[1] & 0xFE != 0xF8 or head[2] >> 4 == 0 or head[2] & 0xF == 0xF:
        return None
    ones = next(n for n in range(9) if n == 8 or not head[4] << n & 0x80)
    if ones in (1, 8):
        return None
    length, number = ones or 1, head[4] & 0x7F >> ones
    for byte in head[5 : 4 + length]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    end = 4 + length + {6: 1, 7: 2}.get(head[2] >> 4, 0)
    end += {12: 1, 13: 2, 14: 2}.get(head[2] & 0xF, 0)
    return number if end < len(head) and _crc8(head[:end]) == head[end] else None


def _samples_of(head: bytes) -> int:
    """Return how many samples a frame holds, by its header."""
    code = head[2] >> 4
    if code == 1:
        return 192
    if code in (6, 7):
        place = 4 + (next(n for n in range(9) if n == 8 or not head[4] << n & 0x80) or 1)
        return int.from_bytes(head[place : place + code - 5], "big") + 1
    return 576 << code - 2 if code < 8 else 256 << code - 8


def _crc16(data: bytes) -> int:
    """Return the checksum over a frame, which is 0 if it is whole."""
    value = 0
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1 ^ 0x8005 if value & 0x8000 else value << 1) & 0xFFFF
    return value


def _crc8(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ 0x07 if value & 0x80 else value << 1) & 0xFF
    return value
