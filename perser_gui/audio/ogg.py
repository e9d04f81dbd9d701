"""The pages of an Ogg file: which codec, how many recordings one after another, how it ends."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass

from perser_gui.audio.view import WHOLE, Part

_CODECS = (
    (b"\x01vorbis", "vorbis"),
    (b"OpusHead", "opus"),
    (b"\x7fFLAC", "flac"),
    (b"fLaC", "flac"),
    (b"Speex   ", "speex"),
    (b"\x80theora", "theora"),
    (b"fishead", "skeleton"),
)
LIBSNDFILE_CODECS = ("vorbis", "opus")
_BEGIN, _END = 2, 4


@dataclass(frozen=True)
class Pages:
    """What the pages of an Ogg file say.

    `links` are the recordings one after another, `codecs` all that occur in it, `together`
    the most streams that lie in one of the links side by side. `cut_off` tells whether the
    last page is not all there.
    """

    links: tuple[Part, ...]
    codecs: frozenset[str]
    together: int
    cut_off: bool


def pages_of(data: mmap.mmap, start: int) -> Pages:
    """Walk over the pages of a file; only their headers are read."""
    links: list[_Link] = []
    codecs: set[str] = set()
    beginning = cut_off = False
    streams = together = 0
    place, size = start, len(data)
    while place < size:
        if data[place : place + 4] != b"OggS":
            found = data.find(b"OggS", place + 1)
            cut_off = found < 0 and b"OggS".startswith(data[place : place + 4])
            if found < 0:
                break
            place = found
            continue
        segments = data[place + 26] if place + 27 <= size else 0
        table = data[place + 27 : place + 27 + segments]
        body = place + 27 + segments
        following = body + sum(table)
        if place + 27 > size or len(table) < segments or following > size:
            cut_off = True
            break
        if data[place + 5] & _BEGIN:
            if not beginning:
                links.append(_Link(place))
                streams = 0
            streams += 1
            together = max(together, streams)
            codecs.add(_codec(data[body : body + 8]))
        beginning = bool(data[place + 5] & _BEGIN)
        if links:
            links[-1].last, links[-1].end = place, following
        place = following
    ends = [*(link.begin for link in links[1:]), None]
    parts = tuple(_part(data, link, end) for link, end in zip(links, ends, strict=False))
    return Pages(parts or (WHOLE,), frozenset(codecs), together, cut_off)


@dataclass
class _Link:
    """One recording: its first byte, its last whole page, and the byte behind that."""

    begin: int
    last: int = 0
    end: int = 0


def _part(data: mmap.mmap, link: _Link, end: int | None) -> Part:
    """Return a recording as it is to be read.

    Without the mark of the end on the last page, libsndfile does not play that page.
    """
    if data[link.last + 5] & _END:
        return Part(link.begin, end)
    page = bytearray(data[link.last : link.end])
    page[5] |= _END
    page[22:26] = bytes(4)
    page[22:26] = _checksum(page).to_bytes(4, "little")
    patches = ((link.last + 5, bytes(page[5:6])), (link.last + 22, bytes(page[22:26])))
    return Part(link.begin, link.end, patches)


def _checksum(page: bytes | bytearray) -> int:
    """Return the checksum of a page whose own field is 0."""
    value = 0
    for byte in page:
        value = (value << 8 ^ _TABLE[value >> 24 ^ byte]) & 0xFFFFFFFF
    return value


def _remainders() -> Iterator[int]:
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = value << 1 ^ (0x104C11DB7 if value & 0x80000000 else 0)
        yield value


_TABLE = tuple(_remainders())


def _codec(packet: bytes) -> str:
    return next((name for mark, name in _CODECS if packet.startswith(mark)), "an unknown codec")
