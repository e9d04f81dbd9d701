"""The sound of whatever an installed `ffmpeg` program decodes, as a stream of samples."""

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

from perser_gui.audio.containers import Container
from perser_gui.errors import MISFIT, PerserError
from perser_gui.paths import shown
from perser_gui.records import FloatArray

VIDEO = frozenset({"mov", "matroska", "avi", "flv", "mpeg", "mpegts", "mpegvideo", "asf", "mxf"})
"""Containers of which the sound may be shorter than the whole."""

FIRM = frozenset({"mov", "matroska", "asf", "ogg", "flac", "wv", "tta", "ape", "dsf", "mpc8"})
"""Containers whose header states a length that can be missed."""

GUESSED = frozenset({"aac", "ac3", "dts", "mp3", "amr", "wav", "mpc"})
"""Containers whose length is only guessed from how much a second of it takes."""

LARGEST_BLOCK = 1 << 28
"""Bytes that the program may ask for at once, however large a picture a file claims to hold."""

_SAMPLES_PER_READ = 1 << 17
_MOST_COMPLAINTS = 20_000


@dataclass(frozen=True)
class Track:
    """A stream of sound in a file: which one, Hz, channels, seconds if known, what else to say.

    `firm` tells whether the length is one that this very stream must have.
    """

    index: int
    codec: str
    rate: int
    channels: int
    seconds: float | None
    firm: bool
    warnings: tuple[str, ...] = ()


def how_to_get_it() -> str:
    """Return in a few words how the program is installed on this system."""
    if sys.platform == "win32":
        return "winget install Gyan.FFmpeg"
    if sys.platform == "darwin":
        return "brew install ffmpeg"
    for manager, command in (
        ("apt-get", "sudo apt install ffmpeg"),
        ("dnf", "sudo dnf install ffmpeg-free"),
        ("pacman", "sudo pacman -S ffmpeg"),
        ("zypper", "sudo zypper install ffmpeg"),
        ("apk", "sudo apk add ffmpeg"),
    ):
        if shutil.which(manager):
            return command
    return "see https://ffmpeg.org/download.html, or conda install ffmpeg"


def available() -> bool:
    """Whether both programs, ffmpeg and ffprobe, are there."""
    return all(shutil.which(name) for name in ("ffmpeg", "ffprobe"))


def version() -> str:
    """Return the version of the program, "" where it is missing or does not run."""
    try:
        done = subprocess.run(
            [shutil.which("ffmpeg") or "ffmpeg", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=20,
            check=True,
            **_quiet(),
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    words = done.stdout.decode("utf-8", "replace").split()
    return words[2] if len(words) > 2 else ""


def track_of(path: Path, container: Container) -> Track:
    """Ask ffprobe for the stream of sound that a player would play.

    Raises:
        PerserError: when the program is missing, or the file is damaged or holds no sound.
    """
    wanted = (
        "stream=index,codec_name,sample_rate,channels,duration:stream_disposition=default"
        ":stream_tags=language,DURATION:format=duration"
    )
    command = [
        *(_program("ffprobe", path), *_input(path, container)),
        *("-select_streams", "a", "-show_entries", wanted, "-of", "json"),
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
            raise _no_sound(path, done)
        best = next((s for s in streams if (s.get("disposition") or {}).get("default")), streams[0])
        own = _seconds(best.get("duration")) or _clock((best.get("tags") or {}).get("DURATION"))
        whole = _seconds(told.get("format", {}).get("duration"))
        rate = int(best["sample_rate"])
        if rate < 1:
            raise ValueError("no rate")
        return Track(
            index=int(best.get("index", 0)),
            codec=str(best.get("codec_name", "")),
            rate=rate,
            channels=int(best["channels"]),
            seconds=None if container.name in GUESSED else own or whole,
            firm=container.name in FIRM and (own is not None or container.name not in VIDEO),
            warnings=_several(path, streams, best),
        )
    except (OSError, subprocess.SubprocessError, *MISFIT) as error:
        raise damaged(path) from error


def samples(
    path: Path,
    container: Container,
    track: Track,
    start: int = 0,
    complaints: list[str] | None = None,
) -> Iterator[FloatArray]:
    """Yield the samples of a stream from frame `start` on, float32 [n, channels].

    With a list for `complaints`, what cannot be decoded is left out and the program's words
    about it are added there; without one, the first of them ends it.

    Raises:
        PerserError: when decoding fails, or nothing was decoded.
    """
    strict = complaints is None
    command = [
        *(_program("ffmpeg", path), "-nostdin"),
        *(("-xerror",) if strict else ()),
        *(("-ss", f"{start / track.rate:.6f}") if start else ()),
        *_input(path, container),
        *("-map", f"0:{track.index}", "-vn", "-sn", "-dn"),
        *("-ac", str(track.channels), "-ar", str(track.rate)),
        *("-f", "f32le", "pipe:1"),
    ]
    frame = 4 * track.channels
    size = frame * max(1, _SAMPLES_PER_READ // track.channels)
    heard = False
    with tempfile.TemporaryFile() as told:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=told,
                **_quiet(),
            )
        except OSError as error:
            raise damaged(path, error.strerror) from error
        assert process.stdout is not None
        try:
            while len(data := process.stdout.read(size)) >= frame:
                block = np.frombuffer(data[: len(data) // frame * frame], dtype="<f4")
                heard = True
                yield block.astype(np.float32).reshape(-1, track.channels)
            status = process.wait()
        finally:
            process.kill()
            process.stdout.close()
            process.wait()
        told.seek(0)
        words = _complaints(told.read(_MOST_COMPLAINTS))
    if status < 0 or (status and (strict or not heard)) or (words and not heard and not start):
        raise damaged(path, words[-1] if words else "")
    if complaints is not None:
        complaints.extend(words)


def _complaints(told: bytes) -> list[str]:
    """Return what ffmpeg said, without its addresses and without what is only about writing."""
    lines = told.decode("utf-8", "replace").splitlines()
    plain = [line.rpartition("] ")[2].strip() for line in lines if "to muxer" not in line]
    return [line for line in plain if line]


def damaged(path: Path, detail: object = "") -> PerserError:
    """Return what to say of a file that cannot be decoded."""
    reason = " ".join(str(detail).removeprefix("Error : ").split()).rstrip(".")
    told = f" ({reason})" if reason else ""
    return PerserError(
        f"{shown(path)} is damaged and cannot be decoded{told}; "
        "please get it from its origin again."
    )


def _no_sound(path: Path, done: subprocess.CompletedProcess[bytes]) -> PerserError:
    complaint = done.stderr.decode("utf-8", "replace").strip().splitlines()
    if done.returncode and complaint:
        return damaged(path, complaint[0].rpartition("] ")[2].rpartition(f"{path}: ")[2])
    return PerserError(
        f"{shown(path)} holds no sound that can be decoded; "
        "please choose a recording that has a track of sound."
    )


def _several(path: Path, streams: list[dict[str, Any]], best: dict[str, Any]) -> tuple[str, ...]:
    if len(streams) < 2:
        return ()
    language = (best.get("tags") or {}).get("language", "")
    named = f" ({language})" if language and language != "und" else ""
    number = streams.index(best) + 1
    return (
        f"{shown(path)} holds {len(streams)} tracks of sound; track {number}{named} is the one "
        "that is heard.",
    )


def _seconds(text: object) -> float | None:
    try:
        seconds = float(str(text))
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None


def _clock(text: object) -> float | None:
    """Return the seconds of a time such as 00:00:02.500000000."""
    if not isinstance(text, str) or text.count(":") != 2:
        return None
    hours, minutes, seconds = (_seconds_or_zero(piece) for piece in text.split(":"))
    return (3600 * hours + 60 * minutes + seconds) or None


def _seconds_or_zero(text: str) -> float:
    return _seconds(text) or 0.0


def _program(name: str, path: Path) -> str:
    found = shutil.which(name)
    if found is None:
        raise PerserError(
            f"{shown(path)} needs the program {name}, which was not found; please install "
            f"ffmpeg ({how_to_get_it()}) or convert the file to wav, flac, ogg, opus or mp3."
        )
    return found


def _quiet() -> dict[str, Any]:
    """Return the options that keep a console window from popping up on Windows."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW}
    return {}


def _input(source_path: Path, container: Container) -> list[str]:
    """Return ffmpeg's input options: this file in this format, and nothing it may refer to."""
    begin = ("-skip_initial_bytes", str(container.start)) if container.start else ()
    return [
        *("-v", "error", "-max_alloc", str(LARGEST_BLOCK), "-protocol_whitelist", "file,pipe"),
        *begin,
        *("-f", container.name, "-i", f"file:{source_path.absolute()}"),
    ]
