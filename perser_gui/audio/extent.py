"""How long a video or a container for ffmpeg says that it is, in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from perser_gui.audio.view import bytes_at

_FORGIVEN_BYTES = 256
_MOST_ATOMS = 10_000
_ATOMS = frozenset(
    b"ftyp moov mdat free skip wide moof mfra uuid sidx styp meta pnot udta emsg prft".split()
)
_ASF_PROPERTIES = b"\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\x00\xc0\x0c\x20\x53\x65"


def missing_bytes(name: str, stream: BinaryIO, begin: int, size: int) -> int:
    """Return how many bytes a file of `size` bytes lacks by what it says itself; 0 if unknown.

    `name` is that of its container: mov, matroska, avi and asf state their length.
    """
    end = _ENDS.get(name)
    missing = end(stream, begin) - size if end is not None else 0
    return missing if missing > _FORGIVEN_BYTES else 0


def states_length(name: str) -> bool:
    """Whether files of this container say how many bytes they have."""
    return name in _ENDS


def _mov_end(stream: BinaryIO, begin: int) -> int:
    place = begin
    for _ in range(_MOST_ATOMS):
        head = bytes_at(stream, place, 16)
        if len(head) < 8:
            break
        length = int.from_bytes(head[:4], "big")
        if length == 1 and len(head) == 16:
            length = int.from_bytes(head[8:], "big")
        if length < 8 or head[4:8] not in _ATOMS:  # 0: to the end of the file
            break
        place += length
    return place


def _matroska_end(stream: BinaryIO, begin: int) -> int:
    head = bytes_at(stream, begin + 4, 64)
    length, used = _vint(head)
    if length is None:
        return 0
    segment = begin + 4 + used + length
    head = bytes_at(stream, segment, 16)
    if head[:4] != b"\x18\x53\x80\x67":
        return 0
    length, used = _vint(head[4:])
    return 0 if length is None else segment + 4 + used + length


def _vint(data: bytes) -> tuple[int | None, int]:
    """Return a number of EBML and how many bytes it takes; None where it says “not known”."""
    if not data or not data[0]:
        return None, 0
    used = 9 - data[0].bit_length()
    value = int.from_bytes(data[:used], "big") & ((1 << 7 * used) - 1)
    unknown = value == (1 << 7 * used) - 1 or len(data) < used
    return (None, used) if unknown else (value, used)


def _avi_end(stream: BinaryIO, begin: int) -> int:
    stream.seek(begin + 4)
    length = int.from_bytes(stream.read(4), "little")
    return 0 if length >= 0x7FFFF000 else begin + 8 + length


def _asf_end(stream: BinaryIO, begin: int) -> int:
    head = bytes_at(stream, begin, 4096)
    found = head.find(_ASF_PROPERTIES)
    if found < 0 or found + 48 > len(head):
        return 0
    return begin + int.from_bytes(head[found + 40 : found + 48], "little")


_ENDS: dict[str, Callable[[BinaryIO, int], int]] = {
    "mov": _mov_end,
    "matroska": _matroska_end,
    "avi": _avi_end,
    "asf": _asf_end,
}
