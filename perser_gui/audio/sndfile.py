"""Samples through libsndfile, of a file as it lies there or of recordings within it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from perser_gui.audio.view import FileView, Part
from perser_gui.errors import PerserError
from perser_gui.paths import shown
from perser_gui.records import FloatArray

_SAMPLES_PER_READ = 1 << 17
_UNKNOWN_FRAMES = 1 << 62
_FULL_SCALE_8_BIT = 126.5 / 128
_FULL_SCALE = 0.9999


class Broken(Exception):  # noqa: N818 - what libsndfile stumbled over, for `sources` to judge
    """Decoding failed inside a file; the text is libsndfile's reason."""


class Declined(PerserError):  # noqa: N818 - it is the file that is declined
    """libsndfile does not open a file, which another decoder may."""

    def __init__(self, path: Path, detail: str) -> None:
        plain = " ".join(detail.removeprefix("Error : ").split()).rstrip(".")
        self.reason = f" ({plain})" if plain else ""
        super().__init__(
            f"{shown(path)} is damaged and cannot be decoded{self.reason}; "
            "please get it from its origin again."
        )


@dataclass(frozen=True)
class Header:
    """Rate in Hz, channels and frames (None: not known) of one or several recordings."""

    rate: int
    channels: int
    frames: int | None
    format: str
    full_scale: float
    floating: bool


def header_of(path: Path, parts: Sequence[Part]) -> Header:
    """Read the headers of the recordings of a file; rate and channels are those of the first.

    Raises:
        Declined: when libsndfile does not open one of them.
    """
    headers = []
    for part in parts:
        with opened(path, part) as sound:
            headers.append(_header(sound))
    first = headers[0]
    if len(headers) == 1:
        return first
    counts = [
        None if one.frames is None else round(one.frames * first.rate / one.rate) for one in headers
    ]
    total = None if None in counts else sum(count or 0 for count in counts)
    return Header(first.rate, first.channels, total, first.format, first.full_scale, first.floating)


def _header(sound: Any) -> Header:
    subtype = str(sound.subtype)
    frames = int(sound.frames)
    return Header(
        rate=int(sound.samplerate),
        channels=int(sound.channels),
        frames=None if frames >= _UNKNOWN_FRAMES or frames < 0 else frames,
        format=f"{sound.format} {subtype}".replace("_", " ").lower(),
        full_scale=_FULL_SCALE_8_BIT if subtype in ("PCM_U8", "PCM_S8") else _FULL_SCALE,
        floating=subtype in ("FLOAT", "DOUBLE"),
    )


@contextlib.contextmanager
def opened(path: Path, part: Part) -> Iterator[Any]:
    """Open a part of a file as a `soundfile.SoundFile`.

    Raises:
        Declined: when libsndfile does not open it.
    """
    # By the ending .raw, soundfile would take it for samples without a header.
    named = part.is_whole and path.suffix.lower() != ".raw"
    with contextlib.ExitStack() as files:
        try:
            file: Any = (
                name_of(path)
                if named
                else files.enter_context(contextlib.closing(FileView(path, part)))
            )
            sound = soundfile.SoundFile(file)
        except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
            reason = getattr(error, "error_string", "") or getattr(error, "strerror", "")
            raise Declined(path, reason or "") from error
        with contextlib.closing(sound):
            yield sound


def samples(
    path: Path, parts: Sequence[Part], rate: int, channels: int, start: int
) -> Iterator[FloatArray]:
    """Yield the samples from frame `start` on, float32 [n, channels], at `rate` Hz.

    Recordings after the first are brought to the rate and the channels of the first.

    Raises:
        Broken: when decoding fails inside the file.
    """
    passed = 0
    for part in parts:
        try:
            with opened(path, part) as sound:
                same = int(sound.samplerate) == rate and int(sound.channels) == channels
                known = _header(sound).frames
                inside = max(0, start - passed)
                if len(parts) > 1 and same and known is not None and inside >= known:
                    passed += known
                    continue
                blocks = _blocks(sound, inside if same else 0)
                passed += inside if same else 0
                for block in blocks if same else _alike(sound, blocks, rate, channels):
                    rest = block[max(0, start - passed) :]
                    passed += len(block)
                    if len(rest):
                        yield rest
        except Declined as error:
            raise Broken(error.reason.strip(" ()")) from error
        except (soundfile.SoundFileError, OSError, ValueError) as error:
            raise Broken(getattr(error, "error_string", "")) from error


def _blocks(sound: Any, start: int) -> Iterator[FloatArray]:
    size = max(1, _SAMPLES_PER_READ // int(sound.channels))
    known = _header(sound).frames
    if start:
        sound.seek(start if known is None else min(start, known))
    # soundfile seeks after every read; for compressed files that is slow, for files of
    # unknown length it fails, and reading in order needs none of it.
    sound.seekable = _never
    while len(block := sound.read(size, dtype="float32", always_2d=True)):
        yield block


def _alike(
    sound: Any, blocks: Iterator[FloatArray], rate: int, channels: int
) -> Iterator[FloatArray]:
    """Bring blocks to another rate and another number of channels."""
    own = int(sound.samplerate)
    stream = None if own == rate else soxr.ResampleStream(own, rate, channels, "float32")
    last = np.zeros((0, channels), np.float32)
    for block in blocks:
        if block.shape[1] != channels:
            mixed = block.mean(axis=1, keepdims=True, dtype=np.float32)
            block = np.repeat(mixed, channels, axis=1)
        yield block if stream is None else stream.resample_chunk(np.ascontiguousarray(block))
    if stream is not None:
        yield stream.resample_chunk(last, last=True)


def _never() -> bool:
    return False


def name_of(path: Path) -> str | bytes:
    """Return a file name as libsndfile takes it, also one that is no valid text."""
    return os.fsencode(path) if os.name == "posix" else str(path)
