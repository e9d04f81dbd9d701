"""Files whose header does not say what is there, and files that are not what they are called."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import open_waveform, probe
from perser_gui.audio.mpeg import frame_of
from perser_gui.audio.samples import FileSamples
from perser_gui.errors import PerserError

from .conftest import RATE, tone

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="the ffmpeg program is not installed",
)


def wav(sizes: tuple[int, int], *, sound: bytes | None = None, extra: bytes = b"") -> bytes:
    """A wav of a second of a tone, 16 kHz, that claims (size of the file, size of the sound)."""
    data = (tone(1.0) * 32767).astype("<i2").tobytes() if sound is None else sound
    fmt = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    head = b"RIFF" + struct.pack("<I", sizes[0]) + b"WAVE" + fmt + extra
    return head + b"data" + struct.pack("<I", sizes[1]) + data


def heard(path: Path, data: bytes) -> tuple[float, tuple[str, ...]]:
    path.write_bytes(data)
    waveform = open_waveform(path)
    assert np.abs(waveform.samples[:RATE] - tone(1.0)[: len(waveform.samples)]).max() < 1e-3
    assert probe(path).seconds == pytest.approx(waveform.seconds)
    return waveform.seconds, waveform.warnings


@pytest.mark.parametrize(
    "sizes",
    [
        (0, 0),
        (36, 0),
        (32036, 0),
        (32036, 0xFFFFFFFF),
        (0, 0xFFFFFFFF),
        (0xFFFFFFFF, 0xFFFFFFFF),
        (0x7FFFFFFF, 0x7FFFFFFF),
        (0x7FFFF024, 0x7FFFF000),
        (0x80000024, 0x80000000),
        (0x80000000, 0x7FFFFFDC),
        (0xFFFFFFFF, 0xFFFFFFDB),
        (32036, 32000),
        (0, 32000),
    ],
)
@pytest.mark.parametrize("extra", [b"", b"LIST\x04\0\0\0INFO", b"JUNK\x1c\0\0\0" + bytes(28)])
def test_an_unfinished_wav_header_is_put_right(
    tmp_path: Path, sizes: tuple[int, int], extra: bytes
) -> None:
    assert heard(tmp_path / "a.wav", wav(sizes, extra=extra)) == (1.0, ())


def test_a_header_that_was_flushed_before_the_end_tells_of_less_than_there_is(
    tmp_path: Path,
) -> None:
    seconds, (warning,) = heard(tmp_path / "a.wav", wav((8036, 8000)))
    assert seconds == 1.0
    assert "tells of 0.25 seconds, but 1.00 are there" in warning


def test_notes_and_tags_behind_the_sound_are_no_sound(tmp_path: Path) -> None:
    for rest in (
        b"LIST" + struct.pack("<I", 3000) + bytes(3000),
        b"ID3\x03" + bytes(900),
        bytes(4096),
        b"TAG" + bytes(125) + b"x" * 400,
    ):
        assert heard(tmp_path / "a.wav", wav((0, 32000)) + rest) == (1.0, ())


def test_notes_are_not_taken_for_sound_where_nothing_was_recorded(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(
        wav((0, 0), sound=b"LIST" + struct.pack("<I", 400) + bytes(400))
    )
    with pytest.raises(PerserError, match=r"holds no sound|too short"):
        open_waveform(tmp_path / "a.wav")


@pytest.mark.parametrize("mark", [b"RF64", b"BW64"])
@pytest.mark.parametrize("sizes", [(0, 0, 0), (32072, 32000, 16000), (1 << 63, (1 << 64) - 1, 0)])
def test_rf64_and_bw64_are_read_whatever_their_sizes_say(
    tmp_path: Path, mark: bytes, sizes: tuple[int, int, int]
) -> None:
    data = wav((0xFFFFFFFF, 0xFFFFFFFF))
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, *sizes, 0)
    assert heard(tmp_path / "a.wav", mark + data[4:12] + ds64 + data[12:]) == (1.0, ())


def test_sound_behind_zeros_and_tags_is_found(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "b.mp3", tone(2.0), RATE)
    data = (tmp_path / "b.mp3").read_bytes()
    tag = b"ID3\x04\0\0\0\0\x02\0" + bytes(256)
    for before in (bytes(417), bytes(5000), tag, tag + tag, tag + bytes(300)):
        (tmp_path / "a.mp3").write_bytes(before + data)
        assert open_waveform(tmp_path / "a.mp3").seconds == pytest.approx(2.0, abs=0.08)
    for name in ("b.flac", "b.ogg", "b.wav"):
        soundfile.write(tmp_path / name, tone(2.0), RATE)
        (tmp_path / "a").write_bytes(tag + (tmp_path / name).read_bytes())
        assert open_waveform(tmp_path / "a").seconds == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("name", ["a.ogg", "a.opus", "a.mp3", "a.flac"])
@pytest.mark.parametrize("second", [(RATE, 1), (48_000, 1), (RATE, 2)])
def test_joined_files_are_heard_to_the_end(
    tmp_path: Path, name: str, second: tuple[int, int]
) -> None:
    options = {"format": "OGG", "subtype": "OPUS"} if name == "a.opus" else {}
    rate, channels = second
    parts = []
    for number, (one, many) in enumerate(((RATE, 1), (rate, channels))):
        sound = np.repeat(tone(1.0 + number, 440, one)[:, None], many, axis=1)
        soundfile.write(tmp_path / name, sound, one, **options)
        parts.append((tmp_path / name).read_bytes())
    (tmp_path / name).write_bytes(b"".join(parts))
    waveform = open_waveform(tmp_path / name)
    assert waveform.seconds == pytest.approx(3.0, abs=0.1)
    assert waveform.warnings == ()
    assert probe(tmp_path / name).seconds == pytest.approx(3.0, abs=0.1)
    end = waveform.samples[-8000:]
    assert np.argmax(np.abs(np.fft.rfft(end * np.hanning(8000)))) == 220
    part = open_waveform(tmp_path / name, start=2.0, max_seconds=0.5).samples
    assert np.abs(part).max() == pytest.approx(0.5, abs=0.1)
    assert not FileSamples(tmp_path / name).seekable


def test_an_mp3_of_changing_bit_rate_without_a_tag_is_heard_to_the_end(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.mp3", tone(1.0, 50) * 0.01, RATE)
    loud = np.random.default_rng(0).normal(0, 0.3, 4 * RATE)
    soundfile.write(tmp_path / "b.mp3", loud, RATE)
    frames = []
    for name in ("a.mp3", "b.mp3"):
        data = (tmp_path / name).read_bytes()
        tagged = frame_of(data[:4])
        assert tagged is not None
        frames.append(data[tagged.size :])
    (tmp_path / "c.mp3").write_bytes(b"".join(frames))
    assert open_waveform(tmp_path / "c.mp3").seconds == pytest.approx(5.0, abs=0.4)


def test_an_html_page_a_pointer_and_an_archive_are_called_what_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", "x")
    packed = path.read_bytes()
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    for data, words in {
        packed: "a zip archive; please unpack it",
        b"\n <!DOCTYPE html><html><body>404": "a web page",
        b"<HTML><HEAD>": "a web page",
        pointer: "Git LFS pointer that stands for the sound; please run “git lfs pull”",
        b"/annex/objects/SHA256E-s1--00.wav\n": "git-annex pointer",
        b'{"message": "Not Found"}': "a JSON text",
        "<?xml version='1.0'?><Error/>".encode("utf-16"): "an XML text",
        b"\x00\x05\x16\x07" + bytes(80): "companion that macOS writes",
        b"\x89PNG\r\n\x1a\n" + bytes(80): "a picture (PNG)",
        bytes(3000): "nothing but zeros",
        b"MThd" + bytes(40): "a MIDI file",
    }.items():
        path.write_bytes(data)
        with pytest.raises(PerserError, match="is not an audio file but") as told:
            open_waveform(path)
        assert words in str(told.value)


def test_a_link_that_leads_nowhere_is_called_that(tmp_path: Path) -> None:
    (tmp_path / "a.wav").symlink_to(tmp_path / "gone.wav")
    with pytest.raises(PerserError, match="is a link to a file that does not exist"):
        open_waveform(tmp_path / "a.wav")


def test_a_name_that_is_no_valid_text_is_no_damage(tmp_path: Path) -> None:
    for name in (b"m\xfcller.wav", b"line\nbreak.wav"):
        path = tmp_path / os.fsdecode(name)
        heard(path, wav((32036, 32000)))
        heard(path, wav((0, 0)))
        samples = FileSamples(path)
        assert len(samples.read(0, 100)) == (100 if samples.seekable else 0)
        samples.close()


def test_what_is_declined_without_ffmpeg_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    data = bytearray(wav((32036, 32000)))
    data[20:22] = struct.pack("<H", 0x028F)
    (tmp_path / "a.wav").write_bytes(data)
    with pytest.raises(PerserError, match=r"please install ffmpeg \(.*\), which knows more kinds"):
        open_waveform(tmp_path / "a.wav")


@needs_ffmpeg
def test_of_several_tracks_the_default_is_heard_and_said(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(2.0, 440), RATE)
    soundfile.write(tmp_path / "b.wav", tone(2.0, 880), RATE)
    command = ["ffmpeg", "-v", "error", "-i", "a.wav", "-i", "b.wav", "-map", "0", "-map", "1"]
    command += ["-c:a", "aac", "-disposition:a:0", "0", "-disposition:a:1", "default"]
    subprocess.run([*command, "c.mkv"], cwd=tmp_path, check=True)
    waveform = open_waveform(tmp_path / "c.mkv")
    assert np.argmax(np.abs(np.fft.rfft(waveform.samples[8000:24000]))) == 880
    assert [w for w in waveform.warnings if "2 tracks of sound; track 2" in w]


@needs_ffmpeg
def test_a_video_without_sound_is_refused_in_those_words(tmp_path: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "testsrc=size=64x64:duration=1"]
    subprocess.run([*command, "-c:v", "mpeg4", "v.mp4"], cwd=tmp_path, check=True)
    with pytest.raises(PerserError, match="holds no sound that can be decoded"):
        open_waveform(tmp_path / "v.mp4")


def test_one_channel_is_heard_alone(tmp_path: Path) -> None:
    both = np.stack([tone(1.0, 440), tone(1.0, 880)], axis=1)
    soundfile.write(tmp_path / "call.wav", both, RATE)
    for channel, hertz in ((1, 440), (2, 880)):
        samples = open_waveform(tmp_path / "call.wav", channel=channel).samples
        assert np.abs(samples - tone(1.0, hertz)).max() < 1e-3
        lying = FileSamples(tmp_path / "call.wav", channel)
        assert np.abs(lying.read(0, RATE) - tone(1.0, hertz)).max() < 1e-3
        lying.close()
    for channel in (0, 3):
        with pytest.raises(PerserError, match="has 2 channels, not"):
            open_waveform(tmp_path / "call.wav", channel=channel)
