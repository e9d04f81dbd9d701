"""Which kind of audio file is it? Told by its first bytes, never by its name."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from perser_gui.errors import PerserError

_TELLTALE = 16
_FORGIVEN_BYTES = 256  # some writers count their own header as sound
_UNKNOWN_LENGTHS = ((0xFFFFFFFF, 0xFFFFFFFF), (0x7FFFF024, 0x7FFFF000))
"""What ffmpeg and SoX write as (file size, data size) of a wav file into a pipe."""


@dataclass(frozen=True)
class Container:
    """A kind of audio file: who decodes it (`"libsndfile"` or `"ffmpeg"`) and under which name."""

    decoder: str
    name: str


def shown(path: Path) -> str:
    """Return a path as text that can always be printed, whatever bytes its name holds."""
    return str(path).encode("utf-8", "replace").decode("utf-8")


def open_file(path: Path) -> BinaryIO:
    """Open a regular, readable, non-empty file for reading its bytes.

    Raises:
        PerserError: when it is missing, a folder, a device, unreadable or empty.
    """
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise PerserError(
                f"{shown(path)} is a folder, not an audio file; please choose a file in it."
            )
        if not stat.S_ISREG(status.st_mode):
            raise PerserError(
                f"{shown(path)} is not an ordinary file; please copy the audio into one."
            )
        if status.st_size == 0:
            raise PerserError(f"{shown(path)} is empty; please copy or record it again.")
        return open(path, "rb")
    except FileNotFoundError as error:
        raise PerserError(
            f"{shown(path)} does not exist; please check whether it was moved or renamed."
        ) from error
    except PermissionError as error:
        raise PerserError(
            f"{shown(path)} may not be read; please check its permissions."
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PerserError(
            f"{shown(path)} cannot be opened ({reason}); please check the file."
        ) from error


def container_of(path: Path) -> Container:
    """Return what kind of audio file this is.

    Raises:
        PerserError: when the file cannot be opened or is not audio.
    """
    with open_file(path) as stream:
        try:
            head = stream.read(_TELLTALE)
        except OSError as error:
            raise PerserError(
                f"{shown(path)} cannot be read ({error.strerror}); please copy it again."
            ) from error
    found = _container(head)
    if found is None:
        raise PerserError(
            f"{shown(path)} is not an audio file that can be read here; "
            "please convert it to wav, flac, ogg, opus or mp3."
        )
    return found


def _container(head: bytes) -> Container | None:
    start = head[:4]
    form = head[8:12]
    if start in (b"RIFF", b"RIFX", b"RF64") and form == b"WAVE":
        return Container("libsndfile", "wav")
    if head.startswith(b"riff\x2e\x91\xcf\x11"):
        return Container("libsndfile", "w64")
    if start == b"FORM" and form in (b"AIFF", b"AIFC"):
        return Container("libsndfile", "aiff")
    if start == b"#!AM":
        return Container("ffmpeg", "amr")
    if head[4:8] == b"ftyp":
        return Container("ffmpeg", "mov")
    by_start = {
        b"fLaC": Container("libsndfile", "flac"),
        b"OggS": Container("libsndfile", "ogg"),
        b".snd": Container("libsndfile", "au"),
        b"dns.": Container("libsndfile", "au"),
        b"caff": Container("libsndfile", "caf"),
        b"NIST": Container("libsndfile", "sphere"),
        b"\x1a\x45\xdf\xa3": Container("ffmpeg", "matroska"),
        b"\x30\x26\xb2\x75": Container("ffmpeg", "asf"),
        b"ADIF": Container("ffmpeg", "aac"),
    }
    if start in by_start:
        return by_start[start]
    if head[:3] == b"ID3":
        return Container("libsndfile", "mp3")
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        aac = head[1] & 0xF6 == 0xF0
        return Container("ffmpeg", "aac") if aac else Container("libsndfile", "mp3")
    return None


def missing_bytes(path: Path, container: Container) -> int:
    """Return how many bytes the file's own header promises beyond the end of the file.

    Only headers that state a size are judged (wav, aiff, au); writers that could not
    know it, such as a program writing into a pipe, leave an agreed mark, which counts as 0.
    """
    end = _PROMISED_END.get(container.name)
    if end is None:
        return 0
    size = path.stat().st_size
    with open_file(path) as stream:
        missing = end(stream) - size
    return missing if missing > _FORGIVEN_BYTES else 0


def _wav_end(stream: BinaryIO) -> int:
    riff = stream.read(12)
    if riff[:4] == b"RF64":
        return 0
    order: Literal["big", "little"] = "big" if riff[:4] == b"RIFX" else "little"
    whole = int.from_bytes(riff[4:8], order)
    place = 12
    for _ in range(1000):
        stream.seek(place)
        header = stream.read(8)
        if len(header) < 8:
            break
        length = int.from_bytes(header[4:8], order)
        if header[:4] == b"data":
            return 0 if (whole, length) in _UNKNOWN_LENGTHS else place + 8 + length
        place += 8 + length + length % 2
    return 0


def _aiff_end(stream: BinaryIO) -> int:
    return 8 + int.from_bytes(stream.read(8)[4:], "big")


def _au_end(stream: BinaryIO) -> int:
    head = stream.read(12)
    order: Literal["big", "little"] = "big" if head[:4] == b".snd" else "little"
    length = int.from_bytes(head[8:12], order)
    return 0 if length == 0xFFFFFFFF else int.from_bytes(head[4:8], order) + length


_PROMISED_END = {"wav": _wav_end, "aiff": _aiff_end, "au": _au_end}


def lacks_end_mark(path: Path, container: Container) -> bool:
    """Return whether an ogg file breaks off: its last page is not marked as the end."""
    if container.name != "ogg":
        return False
    with open_file(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(0, size - 2 * 65307))
        tail = stream.read()
    last = tail.rfind(b"OggS")
    if last < 0 or last + 27 > len(tail):
        return True
    segments = tail[last + 26]
    table = tail[last + 27 : last + 27 + segments]
    complete = last + 27 + segments + sum(table) <= len(tail)
    return not (complete and tail[last + 5] & 4)
