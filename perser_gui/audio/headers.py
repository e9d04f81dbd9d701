"""What the header of a wav, aiff, au, caf or w64 file promises, and what is really there.

A program that was killed, or that writes into a pipe, leaves sizes that were never filled in.
Then the bytes that are there are the sound.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from perser_gui.audio.view import WHOLE, Part, bytes_at

_FORGIVEN_BYTES = 256  # some writers count their own header as sound
_MOST_CHUNKS = 10_000
_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_W64_FORMAT = b"fmt \xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"

Order = Literal["little", "big"]


@dataclass(frozen=True)
class CheckedHeader:
    """A file as it should be read, and how it differs from what its header says.

    `missing` and `beyond` are bytes of sound that the header promises and that are not
    there, and that are there and that it does not tell of; `sound` those that are there.
    """

    part: Part = WHOLE
    missing: int = 0
    beyond: int = 0
    sound: int | None = None


@dataclass(frozen=True)
class _Data:
    """Where the sound lies (`start`), and the size that is written for it (None: not known)."""

    start: int
    promised: int | None
    frame: int = 1
    padded: bool = True


def checked(name: str, stream: BinaryIO, begin: int, size: int) -> CheckedHeader:
    """Compare the header of a file of `size` bytes that begins at `begin` with what is there.

    `name` is that of its container; of others than wav, aiff, au, caf and w64 nothing is known.
    """
    check = _CHECKS.get(name)
    return CheckedHeader(Part(begin)) if check is None else check(stream, begin, size)


# -- wav -----------------------------------------------------------------------------------


def _wav(stream: BinaryIO, begin: int, size: int) -> CheckedHeader:
    mark = bytes_at(stream, begin, 4)
    order: Order = "big" if mark == b"RIFX" else "little"
    patches: list[tuple[int, bytes]] = [(begin, b"RF64")] if mark == b"BW64" else []
    wide = mark in (b"RF64", b"BW64")
    sizes: int | None = None
    frame = 1
    for kind, place, length in _chunks(stream, begin + 12, size, order):
        if kind == b"ds64":
            sizes = place
        elif kind == b"fmt ":
            stream.seek(place + 12)
            frame = max(1, int.from_bytes(stream.read(2), order))
        elif kind == b"data":
            promised: int | None = length
            if wide and length == 0xFFFFFFFF and sizes is not None:
                stream.seek(sizes + 8)
                promised = int.from_bytes(stream.read(8), "little")
            if _is_unfinished(promised, wide):
                promised = None
            there = _there(stream, _Data(place, promised, frame), size, order)
            if there.sound is None or promised == there.sound:
                return CheckedHeader(Part(begin, None, tuple(patches)), sound=promised)
            patches += _wav_sizes(begin, place, sizes if wide else None, there.sound, frame, order)
            part = Part(begin, place + there.sound, tuple(patches))
            return CheckedHeader(part, there.missing, there.beyond, there.sound)
    return CheckedHeader(Part(begin, None, tuple(patches)))


def _is_unfinished(promised: int | None, wide: bool) -> bool:
    """Whether a size is one that writers leave until they know better."""
    if promised is None or promised == 0:
        return True
    limit = 1 << 62 if wide else 1 << 32
    near = 0x1000
    half = 0x7FFFFFFF
    return promised >= limit - near or (not wide and half - near <= promised <= half + near)


def _wav_sizes(
    begin: int, place: int, sizes: int | None, sound: int, frame: int, order: Order
) -> Iterator[tuple[int, bytes]]:
    whole = place + sound - begin - 8
    if sizes is not None:
        yield sizes, struct.pack("<QQQ", whole, sound, sound // frame)
        yield place - 4, b"\xff" * 4
        return
    yield begin + 4, min(whole, 0xFFFFFFFF).to_bytes(4, order)
    yield place - 4, min(sound, 0xFFFFFFFF).to_bytes(4, order)


def _chunks(
    stream: BinaryIO, place: int, size: int, order: Order
) -> Iterator[tuple[bytes, int, int]]:
    """Yield (kind, where its content begins, its length) of chunks one after another."""
    for _ in range(_MOST_CHUNKS):
        head = bytes_at(stream, place, 8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], order)
        yield head[:4], place + 8, length
        place += 8 + length
        if length % 2:
            after = bytes_at(stream, place, 5)
            if not (len(after) >= 4 and _is_name(after[:4]) and not _is_name(after[1:5])):
                place += 1  # the usual padding; some writers leave it out
        if place >= size:
            return


def _is_name(kind: bytes) -> bool:
    return len(kind) == 4 and all(32 <= byte < 127 for byte in kind) and kind[:1] != b" "


# -- aiff, au, caf, w64 --------------------------------------------------------------------


def _aiff(stream: BinaryIO, begin: int, size: int) -> CheckedHeader:
    frames_at: int | None = None
    frame = 1
    for kind, place, length in _chunks(stream, begin + 12, size, "big"):
        if kind == b"COMM":
            head = bytes_at(stream, place, 8)
            if len(head) == 8:
                channels, _, bits = struct.unpack(">HIH", head)
                frames_at, frame = place + 2, max(1, channels * ((bits + 7) // 8))
                stream.seek(place + 18)
                if length >= 22 and stream.read(4) not in (b"NONE", b"sowt", b"twos", b"in24"):
                    return CheckedHeader(Part(begin))
        elif kind == b"SSND":
            promised = None if _is_unfinished(length, False) or length <= 8 else length - 8
            there = _there(stream, _Data(place + 8, promised, frame), size, "big")
            if there.sound is None or promised == there.sound:
                return CheckedHeader(Part(begin), sound=promised)
            end = place + 8 + there.sound
            patches = [
                (begin + 4, (end - begin - 8).to_bytes(8, "big")[-4:]),
                (place - 4, (there.sound + 8).to_bytes(8, "big")[-4:]),
            ]
            if frames_at is not None:
                patches.append((frames_at, (there.sound // frame).to_bytes(8, "big")[-4:]))
            part = Part(begin, end, tuple(sorted(patches)))
            return CheckedHeader(part, there.missing, there.beyond, there.sound)
    return CheckedHeader(Part(begin))


def _au(stream: BinaryIO, begin: int, size: int) -> CheckedHeader:
    head = bytes_at(stream, begin, 24)
    if len(head) < 24:
        return CheckedHeader(Part(begin))
    order: Order = "big" if head[:4] == b".snd" else "little"
    start, length = (int.from_bytes(head[n : n + 4], order) for n in (4, 8))
    promised = None if _is_unfinished(length, False) else length
    there = _there(stream, _Data(begin + start, promised, padded=False), size, order)
    if there.sound is None or promised == there.sound:
        return CheckedHeader(Part(begin), sound=promised)
    patches = ((begin + 8, min(there.sound, 0xFFFFFFFF).to_bytes(4, order)),)
    return CheckedHeader(Part(begin, None, patches), there.missing, there.beyond, there.sound)


def _caf(stream: BinaryIO, begin: int, size: int) -> CheckedHeader:
    place = begin + 8
    plain = False
    frame = 1
    for _ in range(_MOST_CHUNKS):
        head = bytes_at(stream, place, 12)
        if len(head) < 12:
            break
        kind, length = head[:4], int.from_bytes(head[4:], "big", signed=True)
        if kind == b"desc":
            description = stream.read(32)
            plain = description[8:12] in (b"lpcm", b"ulaw", b"alaw")
            frame = max(1, int.from_bytes(description[16:20], "big"))
        if kind == b"data":
            if not plain:
                break
            promised = None if length <= 4 else length - 4
            there = _there(stream, _Data(place + 16, promised, frame, False), size, "big")
            if there.sound is None or promised == there.sound:
                break
            new = (there.sound + 4).to_bytes(8, "big")
            return CheckedHeader(
                Part(begin, place + 16 + there.sound, ((place + 4, new),)),
                there.missing,
                0,
                there.sound,
            )
        if length < 0:
            break
        place += 12 + length
    return CheckedHeader(Part(begin))


def _w64(stream: BinaryIO, begin: int, size: int) -> CheckedHeader:
    place = begin + 40
    frame = 1
    for _ in range(_MOST_CHUNKS):
        head = bytes_at(stream, place, 24)
        if len(head) < 24:
            break
        length = int.from_bytes(head[16:], "little")
        if head[:16] == _W64_FORMAT:
            frame = max(1, int.from_bytes(stream.read(14)[12:], "little"))
        if head[:16] == _W64_DATA:
            promised = None if length <= 24 or length >= 1 << 62 else length - 24
            there = _there(stream, _Data(place + 24, promised, frame, False), size, "little")
            if there.sound is None or promised == there.sound:
                break
            end = place + 24 + there.sound
            patches = (
                (begin + 16, (end - begin).to_bytes(8, "little")),
                (place + 16, (there.sound + 24).to_bytes(8, "little")),
            )
            return CheckedHeader(Part(begin, end, patches), there.missing, 0, there.sound)
        if length < 24:
            break
        place += (length + 7) // 8 * 8
    return CheckedHeader(Part(begin))


# -- what all of them share ----------------------------------------------------------------


@dataclass(frozen=True)
class _There:
    """How many bytes of sound there are (None: as promised), how many more or fewer."""

    sound: int | None
    missing: int = 0
    beyond: int = 0


def _there(stream: BinaryIO, data: _Data, size: int, order: Order) -> _There:
    left = max(0, size - data.start)
    whole = left // data.frame * data.frame
    if data.promised is None:
        if data.padded and left and _are_chunks(stream, data.start, size, order):
            return _There(0)  # nothing was recorded: only notes follow
        return _There(whole)
    if data.promised > left:
        missing = data.promised - left
        return _There(whole, missing if missing > _FORGIVEN_BYTES else 0)
    beyond = left - data.promised
    if beyond <= max(_FORGIVEN_BYTES, data.frame):
        return _There(None)
    end = data.start + data.promised
    if data.padded and not _are_chunks(stream, end, size, order):
        stream.seek(end)
        after = stream.read(1 << 16)
        tag = after.lstrip(b"\0")[:3] in (b"", b"ID3", b"TAG", b"APE", b"LIS", b"<?x")
        if not tag:
            return _There(whole, 0, beyond)
    return _There(None)


def _are_chunks(stream: BinaryIO, place: int, size: int, order: Order) -> bool:
    """Whether chunks with names follow one another from here to the end of the file."""
    for start in (place, place + 1):
        seen = 0
        for kind, begin, length in _chunks(stream, start, size, order):
            if not _is_name(kind) or begin + length > size + 1:
                seen = 0
                break
            seen += 1
        if seen:
            return True
    return False


_CHECKS: dict[str, Callable[[BinaryIO, int, int], CheckedHeader]] = {
    "wav": _wav,
    "aiff": _aiff,
    "au": _au,
    "caf": _caf,
    "w64": _w64,
}
