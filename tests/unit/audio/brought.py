"""Files as people bring them: of every format a whole one, one cut off, and one that lies.

Each is 6 s of a tone. `python -m tests.unit.audio.brought` prints what came of each.
"""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

SECONDS = 6.0
RATE = 16_000
HERTZ = 440.0

BUILT_IN: dict[str, tuple[str, str, str]] = {
    # name: (file name, format, subtype) as soundfile calls them
    "wav 8 bit": ("a.wav", "WAV", "PCM_U8"),
    "wav 16 bit": ("a.wav", "WAV", "PCM_16"),
    "wav 24 bit": ("a.wav", "WAV", "PCM_24"),
    "wav float": ("a.wav", "WAV", "FLOAT"),
    "wav u-law": ("a.wav", "WAV", "ULAW"),
    "wav extensible": ("a.wav", "WAVEX", "PCM_16"),
    "wav ima adpcm": ("a.wav", "WAV", "IMA_ADPCM"),
    "rf64": ("a.wav", "RF64", "PCM_16"),
    "w64": ("a.w64", "W64", "PCM_16"),
    "aiff": ("a.aiff", "AIFF", "PCM_16"),
    "au": ("a.au", "AU", "PCM_16"),
    "caf": ("a.caf", "CAF", "PCM_16"),
    "flac": ("a.flac", "FLAC", "PCM_16"),
    "flac 24 bit": ("a.flac", "FLAC", "PCM_24"),
    "ogg vorbis": ("a.ogg", "OGG", "VORBIS"),
    "opus": ("a.opus", "OGG", "OPUS"),
    "mp3": ("a.mp3", "MP3", "MPEG_LAYER_III"),
}

BY_FFMPEG: dict[str, tuple[str, list[str]]] = {
    # name: (file name, options of ffmpeg)
    "m4a": ("a.m4a", ["-c:a", "aac"]),
    "aac": ("a.aac", ["-c:a", "aac"]),
    "wma": ("a.wma", ["-c:a", "wmav2"]),
    "ac3": ("a.ac3", ["-c:a", "ac3"]),
    "mp2": ("a.mp2", ["-c:a", "mp2"]),
    "wavpack": ("a.wv", ["-c:a", "wavpack"]),
    "tta": ("a.tta", ["-c:a", "tta"]),
    "flac in ogg": ("a.ogg", ["-c:a", "flac"]),
    "g722 in wav": ("a.wav", ["-c:a", "g722"]),
    "mp3 in wav": ("a.wav", ["-c:a", "libmp3lame"]),
    "mka": ("a.mka", ["-c:a", "aac"]),
    "mp4": ("a.mp4", ["-video"]),
    "mov": ("a.mov", ["-video"]),
    "mkv": ("a.mkv", ["-video"]),
    "webm": ("a.webm", ["-video", "-c:v", "libvpx", "-c:a", "libopus"]),
    "avi": ("a.avi", ["-video", "-c:v", "mpeg4", "-c:a", "libmp3lame"]),
    "flv": ("a.flv", ["-video", "-c:v", "flv", "-c:a", "aac"]),
    "mpg": ("a.mpg", ["-video", "-c:v", "mpeg1video", "-c:a", "mp2"]),
    "ts": ("a.ts", ["-video", "-c:v", "mpeg2video", "-c:a", "mp2"]),
    "3gp": ("a.3gp", ["-video", "-c:v", "mpeg4", "-c:a", "aac"]),
    "wmv": ("a.wmv", ["-video", "-c:v", "wmv2", "-c:a", "wmav2"]),
}

ESTIMATED = ("aac", "ac3", "mp2", "flv", "mpg", "ts", "mp3 in wav")
"""Formats of which nobody can tell that their end is missing."""

NEEDS_ALL = ("m4a", "mp4", "mov", "3gp", "wavpack")
"""Formats whose table of contents is at the end, or of which so short a file is one block."""


@dataclass(frozen=True)
class Brought:
    """A file, and what is right: seconds from `least` to `most`, or a refusal (`least` 0)."""

    format: str
    kind: str
    path: Path
    least: float
    most: float
    says: str = ""

    @property
    def label(self) -> str:
        return f"{self.format}, {self.kind}"


def tone() -> np.ndarray:
    time = np.arange(round(SECONDS * RATE)) / RATE
    hiss = np.random.default_rng(0).normal(0, 0.02, len(time))  # so that ogg has many pages
    return 0.4 * np.sin(2 * np.pi * HERTZ * time) + hiss


def built_in(name: str, folder: Path) -> list[Brought]:
    """Make the three files of a format that libsndfile writes."""
    file, form, subtype = BUILT_IN[name]
    made = []
    for kind in ("whole", "cut", "lying"):
        path = folder / f"{kind}-{file}"
        rate = 48_000 if subtype == "OPUS" else RATE
        sound = np.repeat(tone(), 3) if subtype == "OPUS" else tone()
        soundfile.write(path, sound, rate, format=form, subtype=subtype)
        data = path.read_bytes()
        if kind == "whole":
            made.append(Brought(name, kind, path, SECONDS - 0.1, SECONDS + 0.1))
        elif kind == "cut":
            path.write_bytes(data[: len(data) * 6 // 10])
            made.append(Brought(name, kind, path, 1.5, 4.5, "cut off"))
        else:
            path.write_bytes(LIES[form](bytearray(data)))
            made.append(Brought(name, kind, path, SECONDS - 0.1, SECONDS + 0.15))
    return made


def by_ffmpeg(name: str, folder: Path) -> list[Brought]:
    """Make the three files of a format that ffmpeg writes; the third has a wrong ending."""
    file, options = BY_FFMPEG[name]
    source = folder / "source.wav"
    if not source.exists():
        soundfile.write(source, tone(), RATE)
    whole = folder / f"whole-{name.replace(' ', '-')}-{file}"
    command = ["ffmpeg", "-v", "error", "-y", "-nostdin", "-i", str(source)]
    if "-video" in options:
        command += ["-f", "lavfi", "-i", f"testsrc=size=64x64:rate=25:duration={SECONDS}"]
        options = [option for option in options if option != "-video"]
        if "-c:v" not in options:
            options = [*options, "-c:v", "mpeg4"]
        if "-c:a" not in options:
            options = [*options, "-c:a", "aac"]
    rate = "48000" if "libopus" in options else "44100" if "libmp3lame" in options else "16000"
    if name in ("flv", "mpg", "ts", "3gp", "ac3", "wmv", "mp2"):
        rate = "44100"
    subprocess.run([*command, *options, "-ar", rate, str(whole)], check=True, capture_output=True)
    data = whole.read_bytes()
    cut = whole.with_name(whole.name.replace("whole", "cut"))
    cut.write_bytes(data[: len(data) * 6 // 10])
    lying = whole.with_name(whole.stem.replace("whole", "lying") + ".wav")
    lying.write_bytes(data)
    says = "" if name in (*ESTIMATED, "wavpack") else "cut off"
    least, most = (0.0, 0.0) if name in NEEDS_ALL else (1.5, 4.5)
    return [
        Brought(name, "whole", whole, SECONDS - 0.2, SECONDS + 0.3),
        Brought(name, "cut", cut, least, most, says),
        Brought(name, "lying", lying, SECONDS - 0.2, SECONDS + 0.3),
    ]


def _wav(data: bytearray) -> bytes:
    place = data.index(b"data")
    data[4:8] = data[place + 4 : place + 8] = bytes(4)
    return bytes(data)


def _rf64(data: bytearray) -> bytes:
    data[20:44] = bytes(24)
    return bytes(data)


def _w64(data: bytearray) -> bytes:
    place = data.index(b"data\xf3\xac\xd3\x11")
    data[16:24] = data[place + 16 : place + 24] = bytes(8)
    return bytes(data)


def _aiff(data: bytearray) -> bytes:
    place, common = data.index(b"SSND"), data.index(b"COMM")
    data[4:8] = data[place + 4 : place + 8] = data[common + 10 : common + 14] = bytes(4)
    return bytes(data)


def _au(data: bytearray) -> bytes:
    data[8:12] = bytes(4)
    return bytes(data)


def _caf(data: bytearray) -> bytes:
    place = data.index(b"data")
    data[place + 4 : place + 12] = b"\xff" * 8
    return bytes(data)


def _flac(data: bytearray) -> bytes:
    data[21:26] = (data[21] << 32 & 0xF0_0000_0000 | RATE).to_bytes(5, "big")
    return bytes(data)


def _ogg(data: bytearray) -> bytes:
    data[data.rindex(b"OggS") + 5] &= ~4 & 0xFF
    return bytes(data)


def _mp3(data: bytearray) -> bytes:
    place = max(data.find(b"Xing"), data.find(b"Info"))
    data[place + 8 : place + 16] = struct.pack(">II", 20, 2000)
    return bytes(data)


LIES: dict[str, Callable[[bytearray], bytes]] = {
    "WAV": _wav,
    "WAVEX": _wav,
    "RF64": _rf64,
    "W64": _w64,
    "AIFF": _aiff,
    "AU": _au,
    "CAF": _caf,
    "FLAC": _flac,
    "OGG": _ogg,
    "MP3": _mp3,
}
"""How the header of a format is made to say nothing true about its length."""


def main() -> int:
    """Print what is right and what came, for every file; return how many came out wrong."""
    from perser_gui.audio import open_waveform
    from perser_gui.errors import PerserError

    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        made = [one for name in BUILT_IN for one in built_in(name, Path(folder))]
        made += [one for name in BY_FFMPEG for one in by_ffmpeg(name, Path(folder))]
        for one in made:
            try:
                heard = open_waveform(one.path)
                seconds, said = heard.seconds, " ".join(heard.warnings)
            except PerserError as error:
                seconds, said = 0.0, str(error)
            right = one.least <= seconds <= one.most and one.says in said
            wrong += not right
            mark = "" if right else "  <-- WRONG"
            wanted = f"{one.least:.1f}-{one.most:.1f} s" if one.most else "refused"
            said = said.replace(str(one.path), "it")[:60]
            sys.stdout.write(f"{one.label:24} {wanted:10} {seconds:5.2f} s  {said}{mark}\n")
    sys.stdout.write(f"{len(made)} files, {wrong} wrong\n")
    return wrong


if __name__ == "__main__":
    raise SystemExit(main())
