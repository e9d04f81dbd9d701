"""Which kind of audio file is it? Told by its first bytes, never by its name."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from perser_gui.audio.mpeg import is_adts, is_frame
from perser_gui.audio.not_audio import kind_of_stranger
from perser_gui.errors import PerserError
from perser_gui.paths import shown

_TELLTALE = 1024
_PADDING = 1 << 20
_TAGS = 8


@dataclass(frozen=True)
class Container:
    """A kind of audio file: who decodes it (`"libsndfile"` or `"ffmpeg"`) and under which name.

    `start` is the byte where it begins, behind tags and padding that are no part of it.
    """

    decoder: str
    name: str
    start: int = 0


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
        if os.path.islink(path):
            raise PerserError(
                f"{shown(path)} is a link to a file that does not exist; please get that file, "
                "or mend the link."
            ) from error
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
        PerserError: when the file cannot be opened or is not audio; it says what it is instead.
    """
    with open_file(path) as stream:
        try:
            first = stream.read(_TELLTALE)
            start, head = _behind_tags(stream, first)
        except OSError as error:
            raise PerserError(
                f"{shown(path)} cannot be read ({error.strerror}); please copy it again."
            ) from error
    found = _container(head) if head else None
    if found is None:
        stranger = kind_of_stranger(first)
        if stranger:
            raise PerserError(f"{shown(path)} is not an audio file but {stranger}.")
        if first[:3] == b"ID3":
            raise PerserError(
                f"{shown(path)} is cut off or damaged (no sound follows its ID3 tag); "
                "please get it from its origin again."
            )
        raise PerserError(
            f"{shown(path)} is not an audio file that can be read here; "
            "please convert it to wav, flac, ogg, opus or mp3."
        )
    return Container(*found, start)


def _behind_tags(stream: BinaryIO, head: bytes) -> tuple[int, bytes]:
    """Return where the file proper begins, behind ID3 tags and zeros, and its first bytes."""
    start = 0
    for _ in range(_TAGS):
        if head[:3] == b"ID3" and len(head) >= 10:
            size = 0
            for byte in head[6:10]:
                size = size << 7 | byte & 0x7F
            start += 10 + size + (10 if head[5] & 0x10 else 0)
        elif head[:4] == bytes(4):
            stream.seek(start)
            padding = stream.read(_PADDING)
            zeros = len(padding) - len(padding.lstrip(b"\0"))
            if zeros == len(padding) or _container(head) is not None:
                return start, head
            start += zeros
        else:
            return start, head
        stream.seek(start)
        head = stream.read(_TELLTALE)
    return start, head


_BY_START: tuple[tuple[bytes, str, str], ...] = (
    (b"riff\x2e\x91\xcf\x11", "libsndfile", "w64"),
    (b"fLaC", "libsndfile", "flac"),
    (b"OggS", "libsndfile", "ogg"),
    (b".snd", "libsndfile", "au"),
    (b"dns.", "libsndfile", "au"),
    (b"caff", "libsndfile", "caf"),
    (b"NIST_1A", "libsndfile", "nistsphere"),
    (b"Creative Voice File", "libsndfile", "voc"),
    (b"#!AMR", "ffmpeg", "amr"),
    (b"\x1a\x45\xdf\xa3", "ffmpeg", "matroska"),
    (b"\x30\x26\xb2\x75", "ffmpeg", "asf"),
    (b"ADIF", "ffmpeg", "aac"),
    (b"FLV\x01", "ffmpeg", "flv"),
    (b"\0\0\x01\xba", "ffmpeg", "mpeg"),
    (b"\0\0\x01\xb3", "ffmpeg", "mpegvideo"),
    (b"\x0b\x77", "ffmpeg", "ac3"),
    (b"\x7f\xfe\x80\x01", "ffmpeg", "dts"),
    (b"wvpk", "ffmpeg", "wv"),
    (b"TTA1", "ffmpeg", "tta"),
    (b"MAC ", "ffmpeg", "ape"),
    (b"DSD ", "ffmpeg", "dsf"),
    (b"MPCK", "ffmpeg", "mpc8"),
    (b"MP+", "ffmpeg", "mpc"),
    (b"ajkg", "ffmpeg", "shn"),
    (b".RMF", "ffmpeg", "rm"),
    (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "ffmpeg", "mxf"),
)
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def _container(head: bytes) -> tuple[str, str] | None:
    start, form = head[:4], head[8:12]
    if start in (b"RIFF", b"RIFX", b"RF64", b"BW64") and form == b"WAVE":
        return "libsndfile", "wav"
    if start == b"RIFF" and form in (b"AVI ", b"AVIX"):
        return "ffmpeg", "avi"
    if start == b"FORM" and form in (b"AIFF", b"AIFC"):
        return "libsndfile", "aiff"
    for beginning, decoder, name in _BY_START:
        if head.startswith(beginning):
            return decoder, name
    if head[4:8] in _ATOMS:
        return "ffmpeg", "mov"
    if _is_transport_stream(head):
        return "ffmpeg", "mpegts"
    if is_adts(head):
        return "ffmpeg", "aac"
    if is_frame(head):
        return "libsndfile", "mp3"
    return None


def _is_transport_stream(head: bytes) -> bool:
    """Whether packets of 188 bytes, or of 192 with a time before each, follow one another."""
    return any(
        len(head) >= offset + 2 * step + 1
        and all(head[offset + number * step] == 0x47 for number in range(3))
        for offset, step in ((0, 188), (4, 192), (0, 204))
    )
