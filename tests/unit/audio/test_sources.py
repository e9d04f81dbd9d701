"""What goes through ffmpeg: with a stand-in for the program, and with the program itself."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import open_waveform, probe, stream_blocks
from perser_gui.errors import PerserError

from .conftest import tone

M4A = b"\0\0\0\x20ftypM4A " + bytes(200)
posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell program")
needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="the ffmpeg program is not installed",
)


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an ffmpeg and an ffprobe that hand out what lies beside them."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("ffmpeg", "ffprobe"):
        program = folder / name
        program.write_text(
            f"#!{sys.executable}\n"
            "import pathlib, sys\n"
            "here = pathlib.Path(__file__)\n"
            "(here.parent / (here.name + '.asked')).write_text('\\n'.join(sys.argv[1:]))\n"
            "out = here.parent / (here.name + '.out')\n"
            "sys.stdout.buffer.write(out.read_bytes() if out.exists() else b'')\n"
            "status = here.parent / (here.name + '.status')\n"
            "sys.stderr.write('[mov @ 0x1] moov atom not found\\n' if status.exists() else '')\n"
            "sys.exit(int(status.read_text()) if status.exists() else 0)\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def answer(folder: Path, samples: np.ndarray, rate: int, *, seconds: float | None = None) -> None:
    """Let the stand-in hold these samples [n, channels]."""
    stream = {"codec_name": "aac", "sample_rate": str(rate), "channels": samples.shape[1]}
    duration = {} if seconds is None else {"duration": str(seconds)}
    told = {"streams": [{**stream, **duration}], "format": duration}
    (folder / "ffprobe.out").write_text(json.dumps(told))
    (folder / "ffmpeg.out").write_bytes(samples.astype("<f4").tobytes())


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.m4a"
    path.write_bytes(M4A)
    return path


@posix
def test_an_m4a_is_decoded_by_the_ffmpeg_program(stand_in: Path, clip: Path) -> None:
    stereo = np.stack([tone(1.0, 440, 44_100), np.zeros(44_100)], axis=1)
    answer(stand_in, stereo, 44_100, seconds=1.0)
    assert probe(clip).format == "mov aac"
    assert (probe(clip).rate, probe(clip).channels) == (44_100, 2)
    heard = open_waveform(clip)
    assert np.abs(heard.samples[500:-500] - 0.5 * tone(1.0)[500:-500]).max() < 1e-3
    assert np.array_equal(np.concatenate(list(stream_blocks(clip))), heard.samples)


@posix
def test_ffmpeg_may_read_this_file_only_and_as_what_it_is(stand_in: Path, clip: Path) -> None:
    answer(stand_in, tone(0.5)[:, None], 16_000)
    open_waveform(clip)
    for program in ("ffmpeg", "ffprobe"):
        asked = (stand_in / f"{program}.asked").read_text().splitlines()
        place = asked.index("-i")
        assert asked[place - 2 : place] == ["-f", "mov"]
        assert asked[place + 1] == f"file:{clip}"
        assert asked[asked.index("-protocol_whitelist") + 1] == "file,pipe"


@posix
def test_what_ffmpeg_complains_of_is_told_in_a_sentence(stand_in: Path, clip: Path) -> None:
    answer(stand_in, tone(0.5)[:, None], 16_000)
    (stand_in / "ffmpeg.status").write_text("1")
    heard = open_waveform(clip)
    assert heard.seconds == 0.5
    (warning,) = heard.warnings
    assert "damaged in places (moov atom not found)" in warning
    assert str(clip) in warning
    (stand_in / "ffmpeg.out").unlink()
    with pytest.raises(PerserError, match="moov atom not found") as told:
        open_waveform(clip)
    assert str(clip) in str(told.value)


@posix
@pytest.mark.parametrize("output", [b"", b"{}", b"[", b'{"streams": [{"sample_rate": "x"}]}'])
def test_a_file_without_sound_is_refused(stand_in: Path, clip: Path, output: bytes) -> None:
    (stand_in / "ffprobe.out").write_bytes(output)
    with pytest.raises(PerserError, match=r"clip\.m4a"):
        probe(clip)


@posix
def test_an_m4a_that_was_cut_off_is_played_with_a_warning(stand_in: Path, clip: Path) -> None:
    answer(stand_in, tone(0.5)[:, None], 16_000, seconds=3.0)
    (warning,) = open_waveform(clip).warnings
    assert f"{clip} is cut off: 0.50 of 3.00 seconds are there" in warning


@posix
def test_an_unfinished_decoding_ends_the_program(stand_in: Path, clip: Path) -> None:
    answer(stand_in, np.tile(tone(1.0), 60)[:, None], 16_000)
    blocks = stream_blocks(clip, block_seconds=0.5)
    next(blocks)
    blocks.close()
    assert open_waveform(clip, max_seconds=1.0).seconds == 1.0


def test_without_ffmpeg_the_sentence_says_what_to_install(
    clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PerserError, match=r"needs the program ffprobe.*install ffmpeg") as told:
        probe(clip)
    assert str(clip) in str(told.value)


@needs_ffmpeg
@pytest.mark.parametrize("name", ["clip.m4a", "clip.aac", "clip.mka"])
def test_the_real_ffmpeg_decodes_aac(tmp_path: Path, name: str) -> None:
    soundfile.write(tmp_path / "clip.wav", tone(2.0), 16_000)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-i", tmp_path / "clip.wav", "-c:a", "aac", tmp_path / name],
        check=True,
        env={**os.environ, "AV_LOG_FORCE_NOCOLOR": "1"},
    )
    heard = open_waveform(tmp_path / name)
    assert heard.seconds == pytest.approx(2.0, abs=0.15)
    assert heard.warnings == ()
    spectrum = np.abs(np.fft.rfft(heard.samples[8000:24000] * np.hanning(16000)))
    assert np.argmax(spectrum) == pytest.approx(440, abs=1)
    part = open_waveform(tmp_path / name, start=0.5, max_seconds=0.5)
    assert part.seconds == 0.5
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    if name.endswith(".m4a"):  # its table of contents is at the end
        with pytest.raises(PerserError, match=r"clip\.m4a is cut off"):
            open_waveform(tmp_path / name)
        return
    rest = open_waveform(tmp_path / name)
    assert 0.7 < rest.seconds < 1.3
    # a bare stream of packets has no length to be missed
    assert [w for w in rest.warnings if "is cut off" in w] or name.endswith(".aac")


@needs_ffmpeg
def test_the_real_ffmpeg_refuses_noise_in_a_plain_sentence(clip: Path) -> None:
    clip.write_bytes(M4A + np.random.default_rng(0).bytes(5000))
    with pytest.raises(PerserError, match=r"clip\.m4a"):
        open_waveform(clip)
