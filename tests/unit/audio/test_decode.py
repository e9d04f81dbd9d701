from __future__ import annotations

import hashlib
import os
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import soundfile
import soxr
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from perser_gui.audio import (
    content_hash,
    decode,
    find_audio,
    open_clip,
    open_waveform,
    probe,
    stream_blocks,
)
from perser_gui.errors import PerserError
from perser_gui.records import Clip, clip_part

from .conftest import RATE, tone

FORMATS = [
    ("clip.wav", "WAV", "PCM_U8", 0.02),
    ("clip.wav", "WAV", "PCM_16", 1e-3),
    ("clip.wav", "WAV", "PCM_24", 1e-4),
    ("clip.wav", "WAV", "PCM_32", 1e-4),
    ("clip.wav", "WAV", "FLOAT", 1e-4),
    ("clip.wav", "WAV", "DOUBLE", 1e-4),
    ("clip.wav", "WAV", "ULAW", 0.03),
    ("clip.wav", "WAVEX", "PCM_16", 1e-3),
    ("clip.wav", "RF64", "PCM_16", 1e-3),
    ("clip.w64", "W64", "PCM_16", 1e-3),
    ("clip.flac", "FLAC", "PCM_16", 1e-3),
    ("clip.flac", "FLAC", "PCM_24", 1e-4),
    ("clip.aiff", "AIFF", "PCM_16", 1e-3),
    ("clip.au", "AU", "PCM_16", 1e-3),
    ("clip.caf", "CAF", "PCM_16", 1e-3),
    ("clip.ogg", "OGG", "VORBIS", 0.03),
    ("clip.opus", "OGG", "OPUS", 0.03),
    ("clip.mp3", "MP3", "MPEG_LAYER_III", 0.03),
]


def write(path: Path, samples: np.ndarray, rate: int = RATE, **options: str) -> Path:
    soundfile.write(path, samples, rate, **options)
    return path


def rejected(path: Path) -> str:
    """Return the sentence with which a file is refused, by every door."""
    with pytest.raises(PerserError) as told:
        open_waveform(path)
    with pytest.raises(PerserError):
        list(stream_blocks(path))
    sentence = str(told.value)
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


# -- what loads ------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "format", "subtype", "error"), FORMATS)
def test_every_format_holds_the_sound_that_was_written(
    tmp_path: Path, name: str, format: str, subtype: str, error: float
) -> None:
    rate = 48_000 if subtype == "OPUS" else 44_100
    path = write(tmp_path / name, tone(1.0, 440, rate), rate, format=format, subtype=subtype)
    info = probe(path)
    heard = open_waveform(path)
    assert (info.rate, info.channels) == (rate, 1)
    assert info.seconds == pytest.approx(1.0, abs=0.06)
    assert heard.rate == RATE
    assert heard.seconds == pytest.approx(1.0, abs=0.06)
    assert heard.warnings == ()
    middle, expected = heard.samples[4000:12000], tone(1.0)[4000:12000]
    shift = range(-40, 41) if error > 0.01 else range(1)
    differences = [np.abs(np.roll(middle, s) - expected)[50:-50].max() for s in shift]
    assert min(differences) < error


@pytest.mark.parametrize("rate", [8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 96_000])
def test_every_rate_becomes_16_khz(tmp_path: Path, rate: int) -> None:
    heard = open_waveform(write(tmp_path / "clip.wav", tone(1.0, 300, rate), rate))
    assert len(heard.samples) == pytest.approx(RATE, abs=2)
    assert np.abs(heard.samples[500:15500] - tone(1.0, 300)[500:15500]).max() < 1e-3


def test_resampling_in_a_stream_equals_resampling_at_once(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 3 * 44_100).astype(np.float32)
    heard = open_waveform(write(tmp_path / "clip.wav", noise, 44_100, subtype="FLOAT"))
    at_once = soxr.resample(noise, 44_100, RATE)
    assert len(heard.samples) == len(at_once)
    assert np.abs(heard.samples - at_once).max() < 1e-4


def test_channels_are_averaged(tmp_path: Path) -> None:
    six = np.stack([tone(0.5) * level for level in (1, 0, 0.5, 0, 0, 0)], axis=1)
    path = write(tmp_path / "clip.wav", six, subtype="PCM_24")
    assert probe(path).channels == 6
    assert np.abs(open_waveform(path).samples - 0.25 * tone(0.5)).max() < 1e-4


def test_channels_that_cancel_each_other_leave_the_first(tmp_path: Path) -> None:
    mirrored = np.stack([tone(0.5), -tone(0.5)], axis=1)
    heard = open_waveform(write(tmp_path / "clip.wav", mirrored))
    assert np.abs(heard.samples - tone(0.5)).max() < 1e-3
    assert len(heard.warnings) == 1
    assert "cancel each other out" in heard.warnings[0]


def test_a_stretch_of_a_long_recording_is_what_the_whole_has_there(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 5 * RATE).astype(np.float32)
    path = write(tmp_path / "clip.flac", noise)
    whole = open_waveform(path).samples
    part = open_waveform(path, start=2.0, max_seconds=1.5).samples
    assert np.array_equal(part, whole[2 * RATE : round(3.5 * RATE)])
    with pytest.raises(PerserError, match="too short"):
        open_waveform(path, start=9.0, max_seconds=1.0)


def test_parts_of_a_loud_float_recording_are_as_loud_as_in_the_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loud = np.concatenate((tone(1.0), 4 * tone(1.0))).astype(np.float32)
    path = write(tmp_path / "clip.wav", loud, subtype="FLOAT")
    whole = open_waveform(path).samples
    looked = []
    measure = decode._peak
    monkeypatch.setattr(decode, "_peak", lambda source: looked.append(1) or measure(source))
    recording = Clip("0" * 64, path, 2.0)
    for start in (0.0, 0.25, 0.5):
        part = open_clip(clip_part(recording, start, start + 0.5)).samples
        assert np.array_equal(part, whole[round(start * RATE) : round((start + 0.5) * RATE)])
    assert len(looked) == 1
    write(path, 2 * loud, subtype="FLOAT")
    os.utime(path, (1, 1))
    again = open_clip(clip_part(recording, 0.0, 0.5)).samples
    assert np.abs(again - whole[: RATE // 2]).max() < 1e-6
    assert len(looked) == 2


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_blocks_joined_are_the_whole_waveform(tmp_path: Path, rate: int) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, round(2.3 * rate)).astype(np.float32)
    path = write(tmp_path / "clip.wav", noise, rate)
    blocks = list(stream_blocks(path, block_seconds=0.25))
    assert {len(block) for block in blocks[:-1]} == {RATE // 4}
    assert 0 < len(blocks[-1]) <= RATE // 4
    assert np.array_equal(np.concatenate(blocks), open_waveform(path).samples)


def test_a_long_file_streams_in_constant_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    second = tone(1.0, rate=44_100)
    with soundfile.SoundFile(path, "w", 44_100, 2, subtype="PCM_16") as out:
        for _ in range(240):
            out.write(np.stack([second, second], axis=1))
    tracemalloc.start()
    try:
        count = sum(len(block) for block in stream_blocks(path, block_seconds=5.0))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == pytest.approx(240 * RATE, abs=2)
    assert peak < 8e6  # four minutes are 15 MB at 16 kHz and 85 MB as they lie there


def test_a_streamed_flac_that_does_not_know_its_length_loads(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.flac", tone(1.0))
    data = bytearray(path.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    path.write_bytes(data)
    assert probe(path).seconds == pytest.approx(1.0)
    assert np.abs(open_waveform(path).samples - tone(1.0)).max() < 1e-3


def test_a_wav_written_into_a_pipe_loads(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.wav", tone(1.0))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert open_waveform(path).seconds == pytest.approx(1.0)


def test_the_name_of_a_file_does_not_matter_only_its_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.wav", tone(0.5))
    for name in ("clip.txt", "clip.raw", "clip.MP3", "clip"):
        path = path.rename(tmp_path / name)
        assert open_waveform(path).seconds == pytest.approx(0.5)


def test_a_file_name_of_any_characters_works(tmp_path: Path) -> None:
    path = write(tmp_path / "wü 声音 'x' %s.wav", tone(0.5))
    assert open_waveform(path).seconds == pytest.approx(0.5)
    odd = tmp_path / os.fsdecode(b"bad-\xff.wav")
    odd.write_bytes(b"no sound")
    with pytest.raises(PerserError) as told:
        open_waveform(odd)
    str(told.value).encode("utf-8")


# -- what loads with a warning ---------------------------------------------------------------


def warned(path: Path) -> str:
    heard = open_waveform(path)
    assert len(heard.warnings) == 1
    assert str(path) in heard.warnings[0]
    assert np.isfinite(heard.samples).all()
    assert np.abs(heard.samples).max(initial=0.0) <= 1.0
    return heard.warnings[0]


def test_silence_is_warned_of(tmp_path: Path) -> None:
    assert "is silent" in warned(write(tmp_path / "clip.wav", np.zeros(RATE, np.float32)))


def test_a_constant_level_is_warned_of(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.wav", np.full(RATE, 0.25, np.float32))
    assert "constant level" in warned(path)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
def test_clipping_is_warned_of(tmp_path: Path, subtype: str) -> None:
    clipped = np.clip(tone(1.0, peak=2.0), -1, 1)
    assert "is clipped" in warned(write(tmp_path / "clip.wav", clipped, subtype=subtype))


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "FLOAT"])
def test_a_tone_at_full_scale_is_not_called_clipped(tmp_path: Path, subtype: str) -> None:
    path = write(tmp_path / "clip.wav", tone(1.0, peak=1.0), subtype=subtype)
    assert open_waveform(path).warnings == ()


def test_broken_samples_are_replaced_by_silence_and_counted(tmp_path: Path) -> None:
    samples = tone(0.5)
    samples[100:150] = np.nan
    samples[200] = np.inf
    path = write(tmp_path / "clip.wav", samples, subtype="FLOAT")
    assert "51 broken samples" in warned(path)
    assert not open_waveform(path).samples[100:150].any()


def test_floats_beyond_full_scale_are_scaled_and_not_clipped(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.wav", tone(0.5, peak=20_000.0), subtype="FLOAT")
    assert "beyond full scale" in warned(path)
    heard = open_waveform(path).samples
    assert np.abs(heard - tone(0.5, peak=1.0)).max() < 1e-3
    assert np.array_equal(np.concatenate(list(stream_blocks(path))), heard)


# -- what is refused, by name ----------------------------------------------------------------


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    assert "does not exist" in rejected(tmp_path / "nowhere.wav")


def test_a_folder_is_no_clip(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").mkdir()
    assert "is a folder" in rejected(tmp_path / "clip.wav")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "clip.wav").touch()
    assert "is empty" in rejected(tmp_path / "clip.wav")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are not made here")
def test_a_named_pipe_is_refused_and_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "clip.wav")
    assert "not an ordinary file" in rejected(tmp_path / "clip.wav")


def test_a_file_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "clip.wav", tone(0.5))

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("builtins.open", deny)
    assert "may not be read" in rejected(path)


def test_a_name_with_a_null_byte_is_refused() -> None:
    with pytest.raises(PerserError):
        open_waveform("clip\0.wav")


@pytest.mark.parametrize(
    "data",
    [b"Just a text.", b"\x89PNG\r\n\x1a\n" + bytes(100), bytes(1000), b"R", b"RIFF"],
    ids=["text", "picture", "zeros", "one byte", "four bytes"],
)
def test_what_is_not_audio_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "clip.wav").write_bytes(data)
    assert "is not an audio file" in rejected(tmp_path / "clip.wav")


@pytest.mark.parametrize("name", ["clip.wav", "clip.flac", "clip.ogg", "clip.mp3"])
def test_a_header_without_a_body_is_refused(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, tone(1.0))
    path.write_bytes(path.read_bytes()[:44])
    rejected(path)


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("clip.wav", "PCM_16"),
        ("clip.aiff", "PCM_16"),
        ("clip.au", "PCM_16"),
        ("clip.flac", "PCM_16"),
        ("clip.ogg", "VORBIS"),
        ("clip.opus", "OPUS"),
        ("clip.mp3", "MPEG_LAYER_III"),
    ],
)
def test_what_is_there_of_a_file_that_was_cut_off_is_played_with_a_warning(
    tmp_path: Path, name: str, subtype: str
) -> None:
    options = {"format": "OGG"} if subtype == "OPUS" else {}
    hiss = np.random.default_rng(0).normal(0, 0.02, 9 * RATE)  # so that ogg has many pages
    path = write(tmp_path / name, tone(9.0, 440) + hiss, subtype=subtype, **options)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 6 // 10])
    assert "is cut off" in warned(path)
    heard = open_waveform(path)
    assert 3.0 < heard.seconds < 6.5
    assert probe(path).seconds == pytest.approx(heard.seconds, abs=0.02)
    assert probe(path).warnings == heard.warnings
    spectrum = np.abs(np.fft.rfft(heard.samples[8000:24000] * np.hanning(16000)))
    assert np.argmax(spectrum) == pytest.approx(440, abs=1)
    path.write_bytes(data[:60])
    rejected(path)


def test_noise_inside_a_flac_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.flac", tone(3.0))
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = bytes(len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    assert "damaged" in rejected(path)


@pytest.mark.parametrize("count", [0, 1, 700])
def test_a_file_too_short_to_hear_is_refused(tmp_path: Path, count: int) -> None:
    sentence = rejected(write(tmp_path / "clip.wav", tone(0.5)[:count]))
    assert "too short" in sentence or "holds no sound" in sentence


def test_a_file_of_nothing_but_nan_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.wav", np.full(RATE, np.nan, np.float32), subtype="FLOAT")
    assert "not a number" in rejected(path)


def header(*, rate: int = RATE, channels: int = 1, bits: int = 16, size: int = 3200) -> bytes:
    """A wav file with 3,200 bytes of sound and whatever its header claims."""
    frame = channels * bits // 8
    return (
        b"RIFF"
        + struct.pack("<I", 3236)
        + b"WAVEfmt "
        + struct.pack(
            "<IHHIIHH", 16, 1, channels, rate, rate * frame & 0xFFFFFFFF, frame & 0xFFFF, bits
        )
        + b"data"
        + struct.pack("<I", size)
        + bytes(range(1, 201)) * 16
    )


@pytest.mark.parametrize(
    ("claims", "words"),
    [
        ({"rate": 0xFFFFFFFF}, ""),
        ({"rate": 7}, "samples per second"),
        ({"rate": 0}, ""),
        ({"channels": 0}, ""),
        ({"channels": 60_000}, ""),
        ({"bits": 0}, ""),
    ],
)
def test_an_absurd_wav_header_is_refused_at_once(
    tmp_path: Path, claims: dict[str, int], words: str
) -> None:
    (tmp_path / "clip.wav").write_bytes(header())
    assert open_waveform(tmp_path / "clip.wav").seconds == pytest.approx(0.1)
    (tmp_path / "clip.wav").write_bytes(header(**claims))
    assert words in rejected(tmp_path / "clip.wav")


@pytest.mark.parametrize("claim", [0xF_FFFF_FFFF, 20 * 3600 * RATE, 2 * RATE, 0, RATE // 2, 1])
def test_a_flac_that_claims_another_length_is_played_as_it_is(tmp_path: Path, claim: int) -> None:
    path = write(tmp_path / "clip.flac", tone(1.0))
    data = bytearray(path.read_bytes())
    data[21:26] = (data[21] << 32 & 0xF0_0000_0000 | claim).to_bytes(5, "big")
    path.write_bytes(data)
    heard = open_waveform(path)
    assert np.abs(heard.samples - tone(1.0)).max() < 1e-3
    assert probe(path).seconds == pytest.approx(1.0)
    assert [w for w in heard.warnings if "is cut off: 1.00 of" in w] or claim <= RATE


# -- whatever the bytes are ------------------------------------------------------------------

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def survives(path: Path) -> None:
    """Everything is opened, or refused in a sentence that names the file."""
    try:
        probe(path)
        samples = open_waveform(path, max_seconds=2.0).samples
        assert samples.dtype == np.float32
        assert samples.ndim == 1
        assert np.isfinite(samples).all()
        for number, _ in enumerate(stream_blocks(path, block_seconds=1.0)):
            if number > 3:
                break
    except PerserError as error:
        assert str(path) in str(error)  # noqa: PT017 - either way is right


@quick
@given(st.binary(max_size=300))
@example(b"ID3" + bytes(40))
@example(b"\xff\xfb" + bytes(40))
@example(b"fLaC" + bytes(40))
@example(b"OggS" + bytes(40))
@example(b"RIFF\0\0\0\0WAVE")
@example(b"RF64\xff\xff\xff\xffWAVEds64")
@example(b"FORM\0\0\0\0AIFF")
@example(b".snd" + bytes(20))
@example(b"caff" + bytes(60))
@example(b"NIST_1A\n   1024\n")
def test_random_bytes_raise_nothing_but_a_plain_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "clip.bin"
    path.write_bytes(data)
    survives(path)


@pytest.mark.parametrize(
    "name", ["a.wav", "a.flac", "a.ogg", "a.mp3", "a.aiff", "a.au", "a.caf", "a.w64"]
)
@quick
@given(data=st.data())
def test_damaged_headers_raise_nothing_but_a_plain_sentence(
    tmp_path: Path, name: str, data: st.DataObject
) -> None:
    origin = tmp_path / name
    if not origin.exists():
        write(origin, tone(0.3))
    content = bytearray(origin.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, min(len(content) - 1, 120)))
        new = data.draw(st.binary(min_size=1, max_size=4))
        content[place : place + len(new)] = new
    if data.draw(st.booleans()):
        del content[data.draw(st.integers(0, len(content))) :]
    path = tmp_path / f"damaged-{name}"
    path.write_bytes(content)
    survives(path)


# -- hashes and folders ----------------------------------------------------------------------


def test_the_hash_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "clip.wav", tone(0.5))
    assert content_hash(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(PerserError, match="does not exist"):
        content_hash(tmp_path / "nowhere.wav")


def test_folders_are_searched_for_audio_in_order(tmp_path: Path) -> None:
    (tmp_path / "b" / "deep").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    wanted = ["a.WAV", "b/deep/x.m4a", "b/y.flac", "c.opus"]
    for name in [*wanted, "notes.txt", "._a.wav", ".hidden/z.wav"]:
        (tmp_path / name).touch()
    assert find_audio([tmp_path]) == [tmp_path / name for name in wanted]


def test_files_named_one_by_one_are_kept_and_come_once(tmp_path: Path) -> None:
    (tmp_path / "a.wav").touch()
    (tmp_path / "notes.txt").touch()
    named = [tmp_path / "notes.txt", tmp_path / "missing.wav", tmp_path / "a.wav"]
    assert find_audio([*named, tmp_path, *named]) == named
