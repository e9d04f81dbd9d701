"""What a file that libsndfile reads really holds: one recording or several, whole or cut off."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from perser_gui.audio.containers import Container, open_file
from perser_gui.audio.flac import flac_parts
from perser_gui.audio.headers import checked
from perser_gui.audio.mpeg import joined_parts
from perser_gui.audio.ogg import LIBSNDFILE_CODECS, pages_of
from perser_gui.audio.view import WHOLE, Part


@dataclass(frozen=True)
class Recordings:
    """The recordings of a file, one after another, and how they differ from their headers.

    Of the `sound`, in bytes, frames or samples, `beyond` are more than the header tells of, and
    `missing` are told of and not there. `cut_off` says that the end is missing, `uncertain`
    that headers do not tell how long it is, `foreign` which codec it holds that libsndfile
    does not know.
    """

    parts: tuple[Part, ...] = (WHOLE,)
    missing: int = 0
    beyond: int = 0
    sound: int | None = None
    cut_off: bool = False
    uncertain: bool = False
    foreign: str = ""


def recordings_of(path: Path, container: Container) -> Recordings:
    """Look at the bytes of a file of a container that libsndfile reads.

    Raises:
        PerserError: when it cannot be opened.
    """
    name, start = container.name, container.start
    if name in ("ogg", "mp3", "flac"):
        with _mapped(path) as data:
            return _streams(name, data, start)
    with open_file(path) as stream:
        size = stream.seek(0, 2)
        found = checked(name, stream, start, size)
    return Recordings((found.part,), found.missing, found.beyond, found.sound)


def _streams(name: str, data: mmap.mmap, start: int) -> Recordings:
    if name == "ogg":
        pages = pages_of(data, start)
        strange = sorted(pages.codecs - set(LIBSNDFILE_CODECS))
        if strange or pages.together > 1:
            return Recordings(
                cut_off=pages.cut_off, foreign=" and ".join(strange) or "several streams"
            )
        return Recordings(pages.links, cut_off=pages.cut_off)
    if name == "mp3":
        joined = joined_parts(data, start)
        parts = joined.parts
        return Recordings(parts, missing=joined.missing, sound=joined.frames)
    found = flac_parts(data, start)
    return Recordings(
        found.parts,
        missing=found.missing,
        sound=found.samples,
        uncertain=found.lying,
    )


@contextmanager
def _mapped(path: Path) -> Iterator[mmap.mmap]:
    with open_file(path) as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as data:
        yield data
