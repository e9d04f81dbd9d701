"""Reading the samples of a file at its own rate, block by block, through libsndfile or ffmpeg."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from perser_gui.audio.containers import (
    Container,
    container_of,
    lacks_end_mark,
    missing_bytes,
    shown,
)
from perser_gui.errors import PerserError
from perser_gui.records import FloatArray

MAX_HOURS = 100.0
"""A header that claims more than this is taken for damaged."""

_RATES = (1_000, 1_000_000)
_MAX_CHANNELS = 256
_SAMPLES_PER_READ = 1 << 17
_UNKNOWN_FRAMES = 1 << 62
_FULL_SCALE_8_BIT = 126.5 / 128
_FULL_SCALE = 0.9999


@dataclass(frozen=True)
class Source:
    """What is known of a file before its samples are read.

    `frames` is the number of sample frames the header states, or None when it does
    not; `rate` is in Hz; `full_scale` the magnitude from which a sample counts as
    clipped; `floating` whether samples may go beyond 1.
    """

    path: Path
    container: Container
    rate: int
    channels: int
    frames: int | None
    format: str
    full_scale: float = _FULL_SCALE
    floating: bool = False

    @property
    def seconds(self) -> float | None:
        """Duration that the header states, in seconds."""
        return None if self.frames is None else self.frames / self.rate

    def blocks(self, start: int = 0) -> Iterator[FloatArray]:
        """Yield the samples from frame `start` on, float32 [n, channels], in small blocks.

        Raises:
            PerserError: when the file turns out to be damaged or to end too early.
        """
        if self.container.decoder == "ffmpeg":
            return _ffmpeg_blocks(self, start)
        return _libsndfile_blocks(self, start)


def open_source(path: Path) -> Source:
    """Look at a file's header.

    Raises:
        PerserError: when it is missing, unreadable, not audio, damaged or cut off.
    """
    container = container_of(path)
    opened = _ffmpeg_source if container.decoder == "ffmpeg" else _libsndfile_source
    source = opened(path, container)
    if not _RATES[0] <= source.rate <= _RATES[1]:
        raise PerserError(
            f"{shown(path)} claims {source.rate} samples per second, which no recording has; "
            "its header is damaged, please get it from its origin again."
        )
    if not 1 <= source.channels <= _MAX_CHANNELS:
        raise PerserError(
            f"{shown(path)} claims {source.channels} channels, which no recording has; "
            "its header is damaged, please get it from its origin again."
        )
    if source.seconds is not None and source.seconds > MAX_HOURS * 3600:
        raise PerserError(
            f"{shown(path)} claims to last {source.seconds / 3600:,.0f} hours; "
            "its header is damaged, please get it from its origin again."
        )
    missing = missing_bytes(path, container)
    if missing:
        raise PerserError(
            f"{shown(path)} is cut off ({missing:,} bytes are missing at its end); "
            "please copy it from its origin again."
        )
    if source.frames == 0:
        raise PerserError(f"{shown(path)} holds no sound; please record or copy it again.")
    return source


def _damaged(path: Path, detail: object = "") -> PerserError:
    reason = " ".join(str(detail).removeprefix("Error : ").split()).rstrip(".")
    told = f" ({reason})" if reason else ""
    return PerserError(
        f"{shown(path)} is damaged and cannot be decoded{told}; "
        "please get it from its origin again."
    )


def _cut_off(source: Source, frames: int) -> PerserError:
    heard = frames / source.rate
    promised = source.seconds or heard
    return PerserError(
        f"{shown(source.path)} is cut off (it ends after {heard:.2f} of {promised:.2f} seconds); "
        "please copy it from its origin again."
    )


# -- libsndfile ----------------------------------------------------------------------------


def _open_sound(path: Path) -> Any:
    if path.suffix.lower() == ".raw":  # soundfile takes it for samples without a header
        raise PerserError(
            f"{shown(path)} has the ending .raw, which is for sound without a header; "
            "please rename it to what it is, such as .wav."
        )
    try:
        return soundfile.SoundFile(str(path))
    except (soundfile.SoundFileError, OSError, TypeError, ValueError) as error:
        raise _damaged(path, getattr(error, "error_string", "")) from error


def _libsndfile_source(path: Path, container: Container) -> Source:
    if lacks_end_mark(path, container):
        raise PerserError(
            f"{shown(path)} is cut off (its last part is missing); "
            "please copy it from its origin again."
        )
    with _open_sound(path) as sound:
        subtype = str(sound.subtype)
        frames = int(sound.frames)
        return Source(
            path=path,
            container=container,
            rate=int(sound.samplerate),
            channels=int(sound.channels),
            frames=None if frames >= _UNKNOWN_FRAMES or frames < 0 else frames,
            format=f"{sound.format} {subtype}".replace("_", " ").lower(),
            full_scale=_FULL_SCALE_8_BIT if subtype in ("PCM_U8", "PCM_S8") else _FULL_SCALE,
            floating=subtype in ("FLOAT", "DOUBLE"),
        )


def _libsndfile_blocks(source: Source, start: int) -> Iterator[FloatArray]:
    size = max(1, _SAMPLES_PER_READ // source.channels)
    with _open_sound(source.path) as sound:
        try:
            if start:
                sound.seek(start if source.frames is None else min(start, source.frames))
            # soundfile seeks after every read; for compressed files that is slow, for
            # files of unknown length it fails, and reading in order needs none of it.
            sound.seekable = _never
            frames = start
            while True:
                block = sound.read(size, dtype="float32", always_2d=True)
                if not len(block):
                    break
                frames += len(block)
                if frames > MAX_HOURS * 3600 * source.rate:
                    raise _damaged(source.path, "it does not end")
                yield block
        except (soundfile.SoundFileError, OSError, ValueError) as error:
            raise _damaged(source.path, getattr(error, "error_string", "")) from error
    if source.frames is not None and frames < _tolerated(source):
        raise _cut_off(source, frames)


def _tolerated(source: Source) -> float:
    """Return the frames that must be there; mp3 headers may be off by a few codec frames."""
    frames = source.frames or 0
    return frames - 4 * 1152 if source.container.name == "mp3" else frames


def _never() -> bool:
    return False


# -- ffmpeg --------------------------------------------------------------------------------


def _program(name: str, path: Path) -> str:
    found = shutil.which(name)
    if found is None:
        raise PerserError(
            f"{shown(path)} needs the program {name}, which was not found; please install "
            "ffmpeg (https://ffmpeg.org) or convert the file to wav, flac, ogg, opus or mp3."
        )
    return found


def _quiet() -> dict[str, Any]:
    """Return the options that keep a console window from popping up on Windows."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {}


def _input(source_path: Path, container: Container) -> list[str]:
    """Return ffmpeg's input options: this file in this format, and nothing it may refer to."""
    return [
        *("-v", "error", "-protocol_whitelist", "file,pipe"),
        *("-f", container.name, "-i", f"file:{source_path.absolute()}"),
    ]


def _ffmpeg_source(path: Path, container: Container) -> Source:
    wanted = "stream=codec_name,sample_rate,channels:format=duration"
    command = [
        *(_program("ffprobe", path), *_input(path, container)),
        *("-select_streams", "a:0", "-show_entries", wanted, "-of", "json"),
    ]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
            **_quiet(),
        )
        told = json.loads(done.stdout or b"{}")
        streams = told.get("streams") or []
        if not streams:
            raise PerserError(
                f"{shown(path)} holds no sound that can be decoded; "
                "please convert it to wav, flac, ogg, opus or mp3."
            )
        rate = int(streams[0]["sample_rate"])
        duration = told.get("format", {}).get("duration")
        return Source(
            path=path,
            container=container,
            rate=rate,
            channels=int(streams[0]["channels"]),
            frames=None if duration is None else round(float(duration) * rate),
            format=f"{container.name} {streams[0].get('codec_name', '')}".strip(),
        )
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path) from error


def _ffmpeg_blocks(source: Source, start: int) -> Iterator[FloatArray]:
    path = source.path
    command = [
        *(_program("ffmpeg", path), "-nostdin", "-xerror"),
        *(("-ss", f"{start / source.rate:.6f}") if start else ()),
        *_input(path, source.container),
        *("-map", "0:a:0", "-vn", "-ac", str(source.channels), "-ar", str(source.rate)),
        *("-f", "f32le", "pipe:1"),
    ]
    frame = 4 * source.channels
    size = frame * max(1, _SAMPLES_PER_READ // source.channels)
    frames = start
    with tempfile.TemporaryFile() as complaints:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                **_quiet(),
            )
        except OSError as error:
            raise _damaged(path, error.strerror) from error
        assert process.stdout is not None
        try:
            while len(data := process.stdout.read(size)) >= frame:
                block = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4")
                block = block.astype(np.float32).reshape(-1, source.channels)
                frames += len(block)
                if frames > MAX_HOURS * 3600 * source.rate:
                    raise _damaged(path, "it does not end")
                yield block
            failed = process.wait() != 0
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        if failed:
            complaints.seek(0)
            words = complaints.read(200).decode("utf-8", "replace").strip().splitlines()
            raise _damaged(path, words[-1].rpartition("] ")[2] if words else "")
    if source.frames is not None and frames < 0.98 * source.frames - 0.2 * source.rate:
        raise _cut_off(source, frames)
