"""Any audio file to 16 kHz mono, whole or streamed with constant memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soxr

from perser_gui.audio.faults import Faults
from perser_gui.audio.sources import AudioSource, open_source
from perser_gui.errors import PerserError
from perser_gui.paths import shown
from perser_gui.records import Clip, FloatArray, Waveform

RATE = 16_000
"""The sample rate, in Hz, at which the encoders listen."""

MIN_SECONDS = 0.05
"""Shorter files hold too little for anyone to hear an emotion in."""

MAX_WHOLE_SECONDS = 3600.0
"""Longer files are not loaded whole, but in stretches: memory has a budget, whatever a file claims.

An hour takes 230 MB here and about three times that until it is embedded.
"""

_PEAKS: dict[tuple[AudioSource, int, int], float] = {}
_PEAKS_KEPT = 16


@dataclass(frozen=True)
class AudioInfo:
    """What a file's header says: duration in seconds, rate in Hz, channels, container and coding.

    `warnings` are plain sentences, such as that a part of the file is missing.

    >>> AudioInfo(seconds=2.5, rate=44100, channels=2, format="wav pcm 16").channels
    2
    """

    seconds: float
    rate: int
    channels: int
    format: str
    warnings: tuple[str, ...] = ()


def probe(path: Path | str) -> AudioInfo:
    """Return what the header of an audio file says, without decoding it where that is possible.

    Raises:
        PerserError: when the file is missing, unreadable, not audio, damaged, cut off or
            too short.
    """
    source = open_source(Path(path))
    seconds = source.seconds
    warnings = list(source.warnings)
    if seconds is None:
        heard = sum(len(block) for block in source.blocks(tell=warnings.append))
        seconds = heard / source.rate
    _long_enough(source.path, seconds)
    return AudioInfo(seconds, source.rate, source.channels, source.format, tuple(warnings))


def open_waveform(
    path: Path | str,
    rate: int = RATE,
    max_seconds: float | None = None,
    *,
    start: float = 0.0,
    channel: int | None = None,
) -> Waveform:
    """Decode a file to mono float32 at `rate` Hz.

    Channels are averaged, or one of them (`channel`, from 1) is taken; samples that are no
    numbers become silence. `start` and `max_seconds` choose a stretch of a long recording, in
    seconds.

    Returns:
        The waveform, with a plain sentence in `warnings` when it is silent, clipped,
        constant, partly broken, or was scaled.

    Raises:
        PerserError: when there is nothing in it that could be labelled: missing, not
            audio, damaged, cut off, shorter than 0.05 s, all samples broken, or too
            long to be loaded whole.
    """
    source = open_source(Path(path))
    whole = max_seconds is None and start <= 0
    length = source.seconds
    if whole and length is not None and length > MAX_WHOLE_SECONDS:
        raise _too_long(source.path, length)
    faults = Faults(source.full_scale)
    peak = _peak(source) if whole else _peak_of_file(source)
    stretch = _Stretch(start, max_seconds, 1.0 / max(peak, 1.0), _index_of(source, channel))
    samples = _joined(source, faults, rate, stretch)
    cancelling = channel is None and faults.cancelling
    if cancelling:
        alone = replace(stretch, channel=0)
        samples = _joined(source, Faults(source.full_scale), rate, alone)
    _long_enough(source.path, len(samples) / rate)
    if faults.all_broken:
        raise PerserError(
            f"{shown(source.path)} holds no valid samples (all are “not a number”); "
            "please export it again."
        )
    warnings = [*source.warnings, *faults.told, *faults.warnings(shown(source.path))]
    if cancelling:
        warnings = [
            *source.warnings,
            *faults.told,
            f"The channels of {shown(source.path)} cancel each other out; "
            "only the first one is used.",
        ]
    if peak > 1.01:
        warnings.append(
            f"{shown(source.path)} goes beyond full scale "
            f"(up to {peak:.3g} times); it was scaled down."
        )
    return Waveform(samples, rate, tuple(warnings))


def open_clip(clip: Clip, rate: int = RATE) -> Waveform:
    """Decode a clip, only its utterance and its channel, to mono float32 at `rate` Hz.

    Raises:
        PerserError: as `open_waveform`.
    """
    if clip.span is None:
        return open_waveform(clip.path, rate, channel=clip.channel)
    return open_waveform(clip.path, rate, clip.seconds, start=clip.span.start, channel=clip.channel)


def stream_blocks(
    path: Path | str,
    rate: int = RATE,
    block_seconds: float = 30.0,
    *,
    channel: int | None = None,
) -> Iterator[FloatArray]:
    """Decode a file of any length in blocks of `block_seconds`, mono float32 at `rate` Hz.

    All blocks but the last have the same length, and joined they are exactly what
    `open_waveform` returns (channels that cancel each other out are not noticed here).
    Memory does not grow with the length of the file.

    Raises:
        PerserError: as `open_waveform`; at once for what the header tells, while
            iterating for damage further inside.
    """
    source = open_source(Path(path))
    index = _index_of(source, channel)
    return _blocks_of(source, rate, max(1, round(block_seconds * rate)), index)


def _index_of(source: AudioSource, channel: int | None) -> int | None:
    """Return the place of a channel that is counted from 1.

    Raises:
        PerserError: when the file does not have it.
    """
    if channel is not None and not 1 <= channel <= source.channels:
        have = "one channel" if source.channels == 1 else f"{source.channels} channels"
        raise PerserError(
            f"{shown(source.path)} has {have}, not {channel}; please choose another channel."
        )
    return None if channel is None else channel - 1


def _long_enough(path: Path, seconds: float) -> None:
    if seconds < MIN_SECONDS:
        raise PerserError(
            f"{shown(path)} is too short ({1000 * seconds:.1f} ms); "
            f"at least {1000 * MIN_SECONDS:.0f} ms are needed to hear anything in it."
        )


def _too_long(path: Path, seconds: float) -> PerserError:
    return PerserError(
        f"{shown(path)} lasts {seconds / 3600:.1f} hours, too long to open as one clip; "
        "please cut it into parts first."
    )


@dataclass(frozen=True)
class _Stretch:
    """Which part of a source is wanted, and what to do with its channels."""

    start: float = 0.0
    seconds: float | None = None
    gain: float = 1.0
    channel: int | None = None


def _joined(source: AudioSource, faults: Faults, rate: int, stretch: _Stretch) -> FloatArray:
    wanted = None if stretch.seconds is None else max(0, round(stretch.seconds * rate))
    limit = round(MAX_WHOLE_SECONDS * rate) if wanted is None else wanted
    parts: list[FloatArray] = []
    count = 0
    for part in _mono(source, faults, rate, stretch):
        parts.append(part)
        count += len(part)
        if count >= limit:
            if wanted is None:
                raise _too_long(source.path, count / rate)
            break
    if not parts:
        return np.zeros(0, dtype=np.float32)
    return np.concatenate(parts)[:wanted]


def _mono(
    source: AudioSource, faults: Faults, rate: int, stretch: _Stretch
) -> Iterator[FloatArray]:
    """Yield the cleaned, mixed, scaled and resampled samples of a source in small blocks."""
    gain = np.float32(stretch.gain)
    stream = None if source.rate == rate else soxr.ResampleStream(source.rate, rate, 1, "float32")
    for block in source.blocks(max(0, round(stretch.start * source.rate)), faults.told.append):
        clean = faults.cleaned(block)
        if gain != 1.0:
            clean = clean * gain
        mixed = _mixed(clean) if stretch.channel is None else clean[:, stretch.channel]
        index = stretch.channel
        faults.measure(clean if index is None else clean[:, index : index + 1], mixed)
        if stream is not None:
            mixed = stream.resample_chunk(np.ascontiguousarray(mixed))
        if len(mixed):
            yield np.clip(mixed, -1.0, 1.0)
    if stream is not None and faults.frames:
        rest = stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
        if len(rest):
            yield np.clip(rest, -1.0, 1.0)


def _mixed(block: FloatArray) -> FloatArray:
    return block[:, 0] if block.shape[1] == 1 else block.mean(axis=1, dtype=np.float32)


def _peak(source: AudioSource) -> float:
    """Return how far a floating point file goes (0 for files that cannot go beyond 1)."""
    if not source.floating:
        return 0.0
    peak = 0.0
    for block in source.blocks():
        magnitudes = np.abs(block)
        peak = max(peak, float(np.max(magnitudes, initial=0.0, where=np.isfinite(magnitudes))))
    return peak


def _peak_of_file(source: AudioSource) -> float:
    """Return `_peak`, remembered while the file stays as it is, for the many parts of one."""
    if not source.floating:
        return 0.0
    try:
        status = source.path.stat()
    except OSError:  # gone since it was opened: reading it says so in plain words
        return _peak(source)
    key = (source, status.st_size, status.st_mtime_ns)
    peak = _PEAKS.get(key)
    if peak is None:
        peak = _peak(source)
        while len(_PEAKS) >= _PEAKS_KEPT:
            _PEAKS.pop(next(iter(_PEAKS)), None)
        _PEAKS[key] = peak
    return peak


def _blocks_of(
    source: AudioSource, rate: int, size: int, channel: int | None
) -> Iterator[FloatArray]:
    faults = Faults(source.full_scale)
    waiting: list[FloatArray] = []
    count = 0
    stretch = _Stretch(gain=1.0 / max(_peak(source), 1.0), channel=channel)
    for part in _mono(source, faults, rate, stretch):
        waiting.append(part)
        count += len(part)
        if count >= size:
            joined = np.concatenate(waiting)
            whole = count - count % size
            for place in range(0, whole, size):
                yield joined[place : place + size].copy()
            waiting = [joined[whole:].copy()]
            count -= whole
    if count:
        yield np.concatenate(waiting)
    if faults.frames / source.rate < MIN_SECONDS:
        _long_enough(source.path, faults.frames / source.rate)
    if faults.all_broken:
        raise PerserError(
            f"{shown(source.path)} holds no valid samples (all are “not a number”); "
            "please export it again."
        )
