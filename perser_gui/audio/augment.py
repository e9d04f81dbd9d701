"""Recording conditions that training corpora lack: noise, rooms, telephones, codecs, levels.

A `Condition` is drawn once for a voice, as somebody's recordings share their room and
microphone; what differs from clip to clip (the noise itself, its level by a few dB) is drawn
from the clip's own seed. Everything is a function of its seeds.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import soundfile
import soxr

from perser_gui.errors import PerserError
from perser_gui.records import FloatArray, Waveform

Kind = Literal["noise", "room", "telephone", "codec", "level"]
KINDS: tuple[Kind, ...] = get_args(Kind)

Samples = npt.NDArray[np.floating[Any]]

_SILENT = 1e-8
_PEAK = 0.99


@dataclass(frozen=True)
class Condition:
    """One way of being recorded.

    Attributes:
        snr: noise this many dB below the speech; None: no noise.
        colour: power of the noise falls with frequency to this power (0 white, 1 pink, 2 brown).
        reverberation: seconds in which the room's echo falls by 60 dB; 0: no room.
        telephone: 300 to 3,400 Hz at 8 kHz through mu-law, as a call is.
        codec: Opus at this `soundfile` compression level (1 is the lowest rate); None: no codec.
        gain: dB by which the level changes; what passes full scale is cut off.
        shortest: seconds to which a longer clip may be cut down; 0: clips stay whole.
    """

    snr: float | None = None
    colour: float = 1.0
    reverberation: float = 0.0
    telephone: bool = False
    codec: float | None = None
    gain: float = 0.0
    shortest: float = 0.0


def named_condition(name: str) -> Condition:
    """Return one of the fixed conditions that scores are reported under.

    `noise` is pink noise at 10 dB, `room` an echo of 0.5 s, `telephone` a call.

    Raises:
        PerserError: for another name.
    """
    fixed = {
        "noise": Condition(snr=10.0),
        "room": Condition(reverberation=0.5),
        "telephone": Condition(telephone=True),
    }
    if name not in fixed:
        raise PerserError(f"There is no condition “{name}”; use one of {', '.join(fixed)}.")
    return fixed[name]


def drawn_condition(seed: int | list[int], kind: Kind | None = None) -> Condition:
    """Return a random condition: one main `kind` (drawn where None), and at times a second.

    >>> drawn_condition(3) == drawn_condition(3)
    True
    """
    random = np.random.default_rng(seed)
    chosen = kind or KINDS[int(random.integers(len(KINDS)))]
    condition = _DRAWN[chosen](random, Condition())
    if random.random() < 0.35:
        condition = _DRAWN[KINDS[int(random.integers(len(KINDS)))]](random, condition)
    if random.random() < 0.3:
        condition = replace(condition, shortest=float(random.uniform(0.6, 1.5)))
    return condition


def recorded(waveform: Waveform, condition: Condition, seed: int | list[int] = 0) -> Waveform:
    """Return a waveform as it would sound under a condition, of the same rate.

    The length stays the same unless the condition cuts clips down. Silence stays silent.
    """
    random = np.random.default_rng(seed)
    samples = np.asarray(waveform.samples, dtype=np.float32)
    if not len(samples) or float(np.abs(samples).max()) < _SILENT:
        return waveform
    samples = _cut_down(samples, waveform.rate, condition.shortest, random)
    if condition.reverberation:
        samples = _in_room(samples, waveform.rate, condition.reverberation, random)
    if condition.snr is not None:
        level = condition.snr + float(random.uniform(-2.0, 2.0))
        samples = _with_noise(samples, level, condition.colour, random)
    samples = _scaled(samples, condition.gain)
    if condition.telephone:
        samples = _through_telephone(samples, waveform.rate)
    if condition.codec is not None:
        samples = _through_codec(samples, waveform.rate, condition.codec)
    return replace(waveform, samples=samples)


def _noise(random: np.random.Generator, condition: Condition) -> Condition:
    return replace(condition, snr=float(random.uniform(4, 22)), colour=float(random.uniform(0, 2)))


def _room(random: np.random.Generator, condition: Condition) -> Condition:
    return replace(condition, reverberation=float(random.uniform(0.15, 0.8)))


def _telephone(random: np.random.Generator, condition: Condition) -> Condition:
    return replace(condition, telephone=True)


def _codec(random: np.random.Generator, condition: Condition) -> Condition:
    return replace(condition, codec=float(random.uniform(0.85, 1.0)))


def _level(random: np.random.Generator, condition: Condition) -> Condition:
    return replace(condition, gain=float(random.uniform(-25, 18)))


_DRAWN: dict[Kind, Callable[[np.random.Generator, Condition], Condition]] = {
    "noise": _noise,
    "room": _room,
    "telephone": _telephone,
    "codec": _codec,
    "level": _level,
}


def _cut_down(
    samples: FloatArray, rate: int, shortest: float, random: np.random.Generator
) -> FloatArray:
    wanted = round(shortest * rate)
    if not wanted or len(samples) <= wanted:
        return samples
    length = int(random.integers(wanted, len(samples) + 1))
    begin = int(random.integers(0, len(samples) - length + 1))
    return samples[begin : begin + length]


def _in_room(
    samples: FloatArray, rate: int, seconds: float, random: np.random.Generator
) -> FloatArray:
    """Convolve with a direct sound and exponentially decaying noise, at the same loudness."""
    length = max(2, round(seconds * rate))
    time = np.arange(length) / rate
    echo = random.standard_normal(length) * 10 ** (-3 * time / seconds)
    echo[: round(0.002 * rate)] = 0.0
    echo *= float(random.uniform(0.4, 1.0)) / max(float(np.sqrt((echo**2).sum())), _SILENT)
    echo[0] = 1.0
    size = 1 << (len(samples) + length - 2).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(echo, size), size)[: len(samples)]
    return _limited(wet * (_loudness(samples) / max(_loudness(wet), _SILENT)))


def _with_noise(
    samples: FloatArray, snr: float, colour: float, random: np.random.Generator
) -> FloatArray:
    spectrum = np.fft.rfft(random.standard_normal(len(samples)))
    spectrum *= np.maximum(np.arange(len(spectrum)), 1.0) ** (-colour / 2)
    noise = np.fft.irfft(spectrum, len(samples))
    noise *= _loudness(samples) * 10 ** (-snr / 20) / max(_loudness(noise), _SILENT)
    return _limited(samples + noise)


def _through_telephone(samples: FloatArray, rate: int) -> FloatArray:
    narrow = soxr.resample(samples, rate, 8000)
    spectrum = np.fft.rfft(narrow)
    frequency = np.fft.rfftfreq(len(narrow), 1 / 8000)
    spectrum *= 1 / (1 + (300 / np.maximum(frequency, 1.0)) ** 8)
    spectrum *= 1 / (1 + (frequency / 3400) ** 24)
    band = np.clip(np.fft.irfft(spectrum, len(narrow)), -1.0, 1.0)
    companded = np.sign(band) * np.log1p(255 * np.abs(band)) / np.log(256)
    steps = np.round(companded * 127) / 127
    heard = np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255
    return _of_length(soxr.resample(heard.astype(np.float32), 8000, rate), len(samples))


def _through_codec(samples: FloatArray, rate: int, level: float) -> FloatArray:
    """Encode and decode with Opus; its lowest rates are those of bad connections."""
    wide = soxr.resample(samples, rate, 16000) if rate != 16000 else samples
    coded = io.BytesIO()
    with soundfile.SoundFile(
        coded, "w", 16000, 1, subtype="OPUS", format="OGG", compression_level=level
    ) as file:
        file.write(_limited(wide))
    coded.seek(0)
    heard, back = soundfile.read(coded, dtype="float32")
    return _of_length(soxr.resample(heard, back, rate) if back != rate else heard, len(samples))


def _scaled(samples: FloatArray, gain: float) -> FloatArray:
    return _limited(samples * 10 ** (gain / 20)) if gain else samples


def _of_length(samples: FloatArray, length: int) -> FloatArray:
    missing = max(0, length - len(samples))
    return np.pad(samples[:length], (0, missing)).astype(np.float32)


def _limited(samples: Samples) -> FloatArray:
    return np.clip(samples, -_PEAK, _PEAK).astype(np.float32)


def _loudness(samples: Samples) -> float:
    """Return the root mean square, of the louder half of the samples' power."""
    power = np.sort(np.square(samples, dtype=np.float64))
    return float(np.sqrt(power[len(power) // 2 :].mean()))
