"""MPEG audio: frames, and where one recording ends and the next begins in a joined file."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from dataclasses import dataclass

from perser_gui.audio.view import Part

_BITRATES = {
    # (MPEG 1?, layer): kbit/s by index
    (True, 1): (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (True, 2): (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (True, 3): (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (False, 1): (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (False, 2): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (False, 3): (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}
_TAGS = (b"Xing", b"Info")
_SHARE = 0.02
"""How much of a recording may differ from what its tag promises before the tag is a lie."""


@dataclass(frozen=True)
class MpegFrame:
    """What a frame's header says: `rate` in Hz, `channels`, `samples` and `size` in bytes."""

    rate: int
    channels: int
    samples: int
    size: int
    side: int
    layer: int


@dataclass(frozen=True)
class Joined:
    """The recordings that lie one after another in a file.

    Of the last, `frames` are there and `missing` are promised and are not.
    """

    parts: tuple[Part, ...]
    frames: int = 0
    missing: int = 0


def frame_of(head: bytes) -> MpegFrame | None:
    """Return what the header of an MPEG frame says, None for anything else.

    `side` is the place of a Xing tag, behind the header and the side information.
    """
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer = head[1] >> 3 & 3, 4 - (head[1] >> 1 & 3)
    bitrate, rate = head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 4 or bitrate in (0, 15) or rate == 3:
        return None
    first = version == 3
    hertz = _RATES[version][rate]
    mono = head[3] >> 6 == 3
    bits = 1000 * _BITRATES[first, layer][bitrate]
    padding = head[2] >> 1 & 1
    if layer == 1:
        return MpegFrame(hertz, 2 - mono, 384, 4 * (12 * bits // hertz + padding), 4, 1)
    samples = 576 if layer == 3 and not first else 1152
    side = 4 + ((17 if mono else 32) if first else (9 if mono else 17))
    return MpegFrame(hertz, 2 - mono, samples, samples * bits // 8 // hertz + padding, side, layer)


def is_frame(head: bytes) -> bool:
    """Whether an MPEG frame begins here, and another one follows it where that can be seen."""
    frame = frame_of(head)
    if frame is None:
        return False
    following = head[frame.size : frame.size + 4]
    return len(following) < 4 or frame_of(following) is not None or not following.strip(b"\0")


def is_adts(head: bytes) -> bool:
    """Whether a frame of AAC begins here."""
    return len(head) > 3 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0 and head[2] & 0x3C < 0x34


def joined_parts(data: mmap.mmap, start: int) -> Joined:
    """Return the recordings of an mp3 file that begins at `start`.

    A recording begins at an ID3 tag or at a frame with a Xing or Info tag. A tag that does not
    tell the truth about its recording is blanked out, so that all of it is heard.
    """
    begins = sorted({start, *_boundaries(data, start)})
    parts = []
    frames = missing = 0
    for place, following in zip(begins, [*begins[1:], None], strict=True):
        part, frames, missing = _checked(data, place, following)
        parts.append(part)
    return Joined(tuple(parts), frames, missing)


def _boundaries(data: mmap.mmap, start: int) -> Iterator[int]:
    first = frame_of(data[start : start + 4])
    place = start + (first.size if first else 1)
    for mark in (b"ID3", *_TAGS):
        found = data.find(mark, place)
        while found >= 0:
            begin = _tag_begin(data, found) if mark == b"ID3" else _frame_of_tag(data, found)
            if begin is not None and begin >= place:
                yield begin
            found = data.find(mark, found + 4)


def _tag_begin(data: mmap.mmap, place: int) -> int | None:
    """Return where the sound behind an ID3 tag begins; None if it is no such tag."""
    head = data[place : place + 10]
    if len(head) < 10 or head[3] not in (2, 3, 4) or any(byte & 0x80 for byte in head[6:10]):
        return None
    size = 0
    for byte in head[6:10]:
        size = size << 7 | byte
    begin = place + 10 + size
    return begin if is_frame(data[begin : begin + 4096]) else None


def _frame_of_tag(data: mmap.mmap, place: int) -> int | None:
    """Return the frame whose Xing tag this is, if it is one."""
    for side in (13, 21, 36):
        frame = frame_of(data[place - side : place - side + 4])
        if frame and frame.side == side and is_frame(data[place - side : place - side + 4096]):
            return place - side
    return None


def _checked(data: mmap.mmap, start: int, end: int | None) -> tuple[Part, int, int]:
    """Return a recording as it is to be read, its frames, and how many of them are missing.

    mpg123 believes the tag in the first frame, and without one it takes the size of the first
    frame for that of all. Where either is wrong, it is given a tag that is right.
    """
    frame = frame_of(data[start : start + 4])
    last = len(data) if end is None else end
    if frame is None:
        return Part(start, end), 0, 0
    place = start + frame.side
    head = data[place : place + 16]
    if head[:4] not in _TAGS or len(head) < 16 or not head[7] & 1:
        there = _frames_between(data, start, last)
        guessed = (last - start) / max(frame.size, 1)
        if frame.layer != 3 or abs(there - guessed) <= 2 + _SHARE * there or there < 2:
            return Part(start, end), there, 0
        return Part(start, end, (), _tag(data[start : start + 4], there, last - start)), there, 0
    promised = int.from_bytes(head[8:12], "big")
    size = int.from_bytes(head[12:16], "big") if head[7] & 2 else 0
    there = _frames_between(data, start + frame.size, last)
    tolerated = 2 + _SHARE * there
    if abs(promised - there) <= tolerated:
        return Part(start, end), there, 0
    cut_off = promised > there and size > (last - start) * (1 + _SHARE)
    true = there.to_bytes(4, "big")
    if head[7] & 2:
        true += (last - start).to_bytes(4, "big")
    return Part(start, end, ((place + 8, true),)), there, promised - there if cut_off else 0


def _tag(head: bytes, frames: int, size: int) -> bytes:
    """Return a frame with a Xing tag that tells of so many frames and bytes."""
    header = bytes([head[0], head[1] | 1, head[2] & 0x0F | 0x90, head[3]])
    frame = frame_of(header)
    assert frame is not None
    tag = b"Xing\0\0\0\3" + frames.to_bytes(4, "big") + (size + frame.size).to_bytes(4, "big")
    return (header + bytes(frame.side - 4) + tag).ljust(frame.size, b"\0")


def _frames_between(data: mmap.mmap, start: int, end: int) -> int:
    """Return how many frames follow one another from a place on."""
    sizes: dict[bytes, int] = {}
    count = 0
    while start + 4 <= end:
        head = data[start : start + 3] + b"\0"
        size = sizes.get(head)
        if size is None:
            frame = frame_of(head)
            size = sizes[head] = frame.size if frame else 0
        if size <= 0 or start + size > end:
            break
        start += size
        count += 1
    return count
