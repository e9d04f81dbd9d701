"""Memory has a budget, whatever a file claims: measured at the real command.

The files are small and say that they are long, wide or large; each command may take no more than
a normal one and an hour of samples, the longest that is opened as one clip.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.testing import tiny_checkpoint, write_tone

ROOT = Path(__file__).parents[2]
BUDGET = 900
"""Megabytes that a command may take; an hour as float32 is 230 of them."""

COMMAND = """
import pathlib, resource, sys
from perser_gui.testing import tiny_encoder
from perser_gui.upstream import encoders
encoders.load_encoder = lambda *_args, **_options: tiny_encoder()
from perser_gui.cli import main
status = main(sys.argv[1:])
peaks = [resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss]
told = pathlib.Path("/proc/self/status")
if told.exists():  # Linux counts what the test runner took as this program's own, but not here
    peaks += [int(line.split()[1]) for line in told.read_text().splitlines() if "VmHWM" in line]
else:
    peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
print("peak", max(peaks) // 1024, file=sys.stderr)
sys.exit(status)
"""


def hours_of_silence(path: Path, hours: float, *, rate: int = 1000, **form: str) -> Path:
    with soundfile.SoundFile(path, "w", rate, 1, **form) as sound:
        block = np.zeros(rate * 600, np.int16)
        for _ in range(round(hours * 6)):
            sound.write(block)
    return path


def flac(folder: Path) -> Path:
    return hours_of_silence(folder / "long.flac", 5.8, format="FLAC")


def opus(folder: Path) -> Path:
    """Many short recordings in one file, one after the other, as Ogg allows."""
    path = folder / "long.opus"
    rate = 8000
    soundfile.write(path, np.zeros(rate * 60, np.int16), rate, format="OGG", subtype="OPUS")
    path.write_bytes(path.read_bytes() * 72)
    return path


def mp3_without_a_length(folder: Path) -> Path:
    """Frames of silence at 8 kbit/s, with nothing before them that says how many."""
    frame = bytes.fromhex("ffe318c4") + bytes(72 - 4)  # MPEG-2.5, 8 kbit/s, 8 kHz, mono: 72 ms
    path = folder / "long.mp3"
    path.write_bytes(frame * round(1.2 * 3600 / 0.072))
    return path


def wav_that_lies(folder: Path) -> Path:
    """Four gigabytes, says the header; a tenth of a second is there."""
    path = write_tone(folder / "lies.wav", 300)
    data = bytearray(path.read_bytes())
    data[4:8] = struct.pack("<I", 0xFFFFFFF0)
    place = data.index(b"data")
    data[place + 4 : place + 8] = struct.pack("<I", 0xFFFFFFC0)
    path.write_bytes(bytes(data))
    return path


def wide(folder: Path) -> Path:
    """As many channels as there can be, for five minutes."""
    path = folder / "wide.wav"
    with soundfile.SoundFile(path, "w", 2000, 255, format="WAV", subtype="PCM_U8") as sound:
        block = np.zeros((2000 * 10, 255), np.float32)
        for _ in range(30):
            sound.write(block)
    return path


def fast(folder: Path) -> Path:
    path = folder / "fast.wav"
    soundfile.write(path, np.zeros(20_000_000, np.int16), 999_999, subtype="PCM_U8")
    return path


def picture(folder: Path) -> Path:
    """A film whose first picture has 225 million points, in a small file."""
    if not shutil.which("ffmpeg"):
        pytest.skip("needs ffmpeg")
    side = 15_000

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(1)
    row = bytes(side + 1)
    lines = b"".join([packer.compress(row * 100) for _ in range(side // 100)]) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    (folder / "one.png").write_bytes(png)
    write_tone(folder / "tone.wav", 300, seconds=1.0)
    path = folder / "film.mkv"
    command = [
        *("ffmpeg", "-v", "error", "-f", "png_pipe", "-i"),
        *("one.png", "-i", "tone.wav", "-c", "copy", "-y", path.name),
    ]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    if done.returncode:
        pytest.skip("this ffmpeg does not write such a film")
    return path


FILES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "5.8 hours of silence, FLAC": (flac, "lasts 5.8 hours, too long to open as one clip"),
    "1.2 hours of silence, Opus": (opus, "too long to open as one clip"),
    "MP3 without a length": (mp3_without_a_length, ""),
    "a WAV header that lies": (wav_that_lies, ""),
    "255 channels": (wide, ""),
    "a rate of 999,999 Hz": (fast, ""),
    "a film with a huge picture": (picture, ""),
}


@pytest.mark.skipif(sys.platform == "win32", reason="peaks are measured as POSIX does")
@pytest.mark.parametrize("name", FILES)
def test_memory_has_a_budget_whatever_a_file_claims(tmp_path: Path, name: str) -> None:
    from perser_gui.model.checkpoint import save_checkpoint

    make, sentence = FILES[name]
    checkpoint = save_checkpoint(tiny_checkpoint(), tmp_path / "checkpoint")
    folder = tmp_path / "audio"
    folder.mkdir()
    path = make(folder)
    done = subprocess.run(
        [
            *(sys.executable, "-c", COMMAND, "predict", "--checkpoint", str(checkpoint)),
            *("--cut-above", "0", str(path)),
        ],
        cwd=ROOT,
        env={**os.environ, "PERSER_HOME": str(tmp_path / "home"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 2), done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr + done.stdout
    peak = int(done.stderr.rpartition("peak ")[2])
    assert peak < BUDGET, f"{peak} MB"
    sys.stdout.write(f"{name}: {peak} MB\n")
