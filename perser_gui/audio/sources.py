"""Reading the samples of a file at its own rate, block by block, through libsndfile or ffmpeg."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from perser_gui.audio import ffmpeg, sndfile
from perser_gui.audio.containers import Container, container_of, open_file
from perser_gui.audio.extent import missing_bytes, states_length
from perser_gui.audio.recordings import Recordings, recordings_of
from perser_gui.audio.view import WHOLE, Part
from perser_gui.errors import PerserError
from perser_gui.paths import shown
from perser_gui.records import FloatArray

MAX_HOURS = 100.0
"""A header that claims more than this is taken for damaged."""

_RATES = (1_000, 1_000_000)
_MAX_CHANNELS = 256
_FULL_SCALE = 0.9999


def ignore(_sentence: str) -> None:
    """Take no notice of a sentence."""


@dataclass(frozen=True)
class AudioSource:
    """What is known of a file before its samples are read.

    `frames` is the number of sample frames that are there as far as the header tells, or None
    when it does not; `rate` is in Hz; `full_scale` the magnitude from which a sample counts
    as clipped; `floating` whether samples may go beyond 1. `warnings` are plain sentences,
    such as that the end is missing. `parts` are the recordings that libsndfile reads one
    after another; `track` is the stream that ffmpeg reads.
    """

    path: Path
    container: Container
    rate: int
    channels: int
    frames: int | None
    format: str
    full_scale: float = _FULL_SCALE
    floating: bool = False
    warnings: tuple[str, ...] = ()
    parts: tuple[Part, ...] = (WHOLE,)
    track: ffmpeg.Track | None = None
    cut_off: bool = False

    @property
    def seconds(self) -> float | None:
        """Duration that the header states, in seconds."""
        return None if self.frames is None else self.frames / self.rate

    @property
    def seekable(self) -> bool:
        """Whether any stretch of it can be read at once, just as the file lies there."""
        whole = len(self.parts) == 1 and self.parts[0].is_whole
        named = self.path.suffix.lower() != ".raw"
        return self.track is None and whole and named and self.frames is not None

    def blocks(
        self, start: int = 0, tell: Callable[[str], None] = ignore
    ) -> Generator[FloatArray, None, None]:
        """Yield the samples from frame `start` on, float32 [n, channels], in small blocks.

        `tell` hears what turns out on the way, such as that the end is missing.

        Raises:
            PerserError: when the file turns out to be damaged.
        """
        heard = start
        for block in self._decoded(start, tell):
            heard += len(block)
            if heard > MAX_HOURS * 3600 * self.rate:
                raise ffmpeg.damaged(self.path, "it does not end")
            yield block

    def _decoded(self, start: int, tell: Callable[[str], None]) -> Iterator[FloatArray]:
        if self.track is not None:
            yield from self._by_ffmpeg(self.track, start, tell)
            return
        heard = start
        complaint: PerserError | None = None
        try:
            for block in sndfile.samples(self.path, self.parts, self.rate, self.channels, start):
                heard += len(block)
                yield block
        except sndfile.Broken as error:
            complaint = ffmpeg.damaged(self.path, error)
        if self.cut_off and heard > start:
            complaint = None
        if complaint is None and not self._is_short(heard):
            return
        if not self.cut_off:
            for block in self._the_rest(heard, complaint):
                heard += len(block)
                yield block
        if self._is_short(heard):
            if complaint is not None:
                raise complaint
            tell(_cut_off(self, heard))

    def _is_short(self, heard: int) -> bool:
        return self.frames is not None and heard < self._tolerated(self.frames)

    def _the_rest(self, heard: int, complaint: PerserError | None) -> Iterator[FloatArray]:
        """Ask ffmpeg for what libsndfile did not get out of the file."""
        try:
            other = _ffmpeg_source(self.path, self.container)
        except PerserError:
            if complaint is not None:
                raise complaint from None
            return
        assert other.track is not None
        track = replace(other.track, rate=self.rate, channels=self.channels)
        skipped = 0
        try:
            for block in ffmpeg.samples(self.path, other.container, track):
                rest = block[max(0, heard - skipped) :]
                skipped += len(block)
                if len(rest):
                    yield rest
        except PerserError:
            if complaint is not None:
                raise complaint from None

    def _by_ffmpeg(
        self, track: ffmpeg.Track, start: int, tell: Callable[[str], None]
    ) -> Iterator[FloatArray]:
        heard = start
        complaints: list[str] = []
        for block in ffmpeg.samples(self.path, self.container, track, start, complaints):
            heard += len(block)
            yield block
        if self.cut_off:
            return
        short = self.frames and track.firm and heard < 0.98 * self.frames - 0.2 * self.rate
        if short and not (complaints and states_length(self.container.name)):
            tell(_cut_off(self, heard))
        elif complaints:
            tell(
                f"{shown(self.path)} is damaged in places ({complaints[0].rstrip('.')}); what can "
                "be decoded of it is played."
            )

    def _tolerated(self, frames: int) -> float:
        """Return the frames that must be there; mp3 headers may be off by a few codec frames."""
        return frames - 4 * 1152 if "mpeg" in self.format else frames


def open_source(path: Path) -> AudioSource:
    """Look at a file's header, and at what is really there.

    Raises:
        PerserError: when it is missing, unreadable, not audio, damaged, or holds no sound.
    """
    try:
        with open_file(path) as stream:
            status = os.fstat(stream.fileno())
        return _opened(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise PerserError(
            f"{shown(path)} cannot be read ({error.strerror}); please copy it again."
        ) from error


@lru_cache(maxsize=256)
def _opened(path: Path, _size: int, _changed: int) -> AudioSource:
    container = container_of(path)
    if container.decoder == "ffmpeg":
        return _believable(_ffmpeg_source(path, container))
    try:
        return _believable(_libsndfile_source(path, container))
    except PerserError as refusal:
        other = _second_opinion(path, container, refusal)
        return _believable(other)


def _second_opinion(path: Path, container: Container, refusal: PerserError) -> AudioSource:
    """Return what ffmpeg makes of a file that libsndfile declines.

    Raises:
        PerserError: when ffmpeg declines it as well, or is not there.
    """
    if not ffmpeg.available():
        if isinstance(refusal, sndfile.Declined):
            raise PerserError(
                f"{shown(path)} cannot be decoded by what is built in{refusal.reason}; please "
                f"install ffmpeg ({ffmpeg.how_to_get_it()}), which knows more kinds of sound, "
                "or get the file from its origin again."
            ) from refusal
        raise refusal
    try:
        source = _ffmpeg_source(path, container)
        with contextlib.closing(source.blocks()) as blocks:
            next(blocks)
    except (PerserError, StopIteration):
        raise refusal from None
    return source


def _libsndfile_source(path: Path, container: Container) -> AudioSource:
    recordings = recordings_of(path, container)
    if recordings.foreign:
        raise sndfile.Declined(path, recordings.foreign)
    header = sndfile.header_of(path, recordings.parts)
    source = AudioSource(
        path=path,
        container=container,
        rate=header.rate,
        channels=header.channels,
        frames=None if recordings.uncertain else header.frames,
        format=header.format,
        full_scale=header.full_scale,
        floating=header.floating,
        parts=recordings.parts,
        cut_off=recordings.cut_off or recordings.missing > 0,
    )
    return replace(source, warnings=_warnings(source, recordings))


def _warnings(source: AudioSource, recordings: Recordings) -> tuple[str, ...]:
    there, name = source.seconds, shown(source.path)
    if recordings.missing and recordings.sound and there:
        promised = there * (recordings.sound + recordings.missing) / recordings.sound
        return (
            f"{name} is cut off: {there:.2f} of {promised:.2f} seconds are there; please copy it "
            "from its origin again if you need the rest.",
        )
    if recordings.cut_off and source.container.name == "ogg":  # its header has no length
        return (_without_end(source.path),)
    if recordings.beyond and recordings.sound and there:
        told = there * (recordings.sound - recordings.beyond) / recordings.sound
        return (
            f"The header of {name} tells of {told:.2f} seconds, but {there:.2f} are there; all "
            "of it is played.",
        )
    return ()


def _ffmpeg_source(path: Path, container: Container) -> AudioSource:
    with open_file(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        missing = missing_bytes(container.name, stream, container.start, size)
    try:
        track = ffmpeg.track_of(path, container)
    except PerserError as error:
        if missing and ffmpeg.available():
            raise PerserError(
                f"{shown(path)} is cut off ({missing:,} bytes are missing at its end) and cannot "
                "be decoded; please copy it from its origin again."
            ) from error
        raise
    warnings = track.warnings
    if not missing and container.decoder == "libsndfile":
        recordings = recordings_of(path, container)
        if recordings.cut_off or recordings.missing:
            missing = recordings.missing
            warnings += (_without_end(path),)
    if missing and container.decoder == "ffmpeg":
        warnings += (
            f"{shown(path)} is cut off ({missing:,} bytes are missing at its end); what is there "
            "is played.",
        )
    return AudioSource(
        path=path,
        container=container,
        rate=track.rate,
        channels=track.channels,
        frames=None if track.seconds is None or missing else round(track.seconds * track.rate),
        format=f"{container.name} {track.codec}".strip(),
        warnings=warnings,
        track=track,
        cut_off=bool(missing),
    )


def _believable(source: AudioSource) -> AudioSource:
    name = shown(source.path)
    if not _RATES[0] <= source.rate <= _RATES[1]:
        raise PerserError(
            f"{name} claims {source.rate} samples per second, which no recording has; "
            "its header is damaged, please get it from its origin again."
        )
    if not 1 <= source.channels <= _MAX_CHANNELS:
        raise PerserError(
            f"{name} claims {source.channels} channels, which no recording has; "
            "its header is damaged, please get it from its origin again."
        )
    if source.seconds is not None and source.seconds > MAX_HOURS * 3600:
        raise PerserError(
            f"{name} claims to last {source.seconds / 3600:,.0f} hours; "
            "its header is damaged, please get it from its origin again."
        )
    if source.frames == 0 and source.cut_off:
        raise PerserError(
            f"{name} is cut off before any sound that can be decoded; please copy it from its "
            "origin again."
        )
    if source.frames == 0:
        raise PerserError(f"{name} holds no sound; please record or copy it again.")
    return source


def _without_end(path: Path) -> str:
    return (
        f"{shown(path)} is cut off: its last part is missing; please copy it from its origin "
        "again if you need the rest."
    )


def _cut_off(source: AudioSource, frames: int) -> str:
    heard = frames / source.rate
    promised = source.seconds or heard
    return (
        f"{shown(source.path)} is cut off: {heard:.2f} of {promised:.2f} seconds are there; "
        "please copy it from its origin again if you need the rest."
    )
