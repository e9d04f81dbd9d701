"""The sound of a clip as the desk needs it: samples to play, an outline and a spectrogram to see.

Short clips are decoded whole. Long recordings are shown at once: their outline grows
while the file is read, and their samples follow.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.progress import Progress
from perser_gui.records import Clip, Waveform

if TYPE_CHECKING:
    from perser_gui.audio.pitch import Pitch
    from perser_gui.audio.pyramid import WaveformPyramid
    from perser_gui.audio.spectrogram import Spectrogram
    from perser_gui.desk import Desk

LONG_SECONDS = 120.0
"""Longer recordings are shown before they are decoded."""

BLOCK_SECONDS = 30.0


@dataclass(frozen=True)
class Sound:
    """A clip to hear and to see; `waveform` is None while a long one is still decoded."""

    content: str
    seconds: float
    outline: WaveformPyramid
    spectrogram: Spectrogram
    waveform: Waveform | None
    peak: float
    """The largest absolute sample, for the height of the picture (1.0 while unknown)."""
    within: tuple[float, float] | None = None
    """Where the clip lies in it (s), if it is shown with what is around it in its recording."""
    pitch: Pitch | None = None
    """How high the voice is, found where it is looked at."""
    offset: float = 0.0
    """Where in the recording it begins (s), if it is shown with what is around it."""


class KeptSounds:
    """The sounds that were heard last, up to so many seconds of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._sounds: OrderedDict[str, Sound] = OrderedDict()

    def __contains__(self, content: str) -> bool:
        return content in self._sounds

    def get(self, content: str) -> Sound | None:
        """Return the sound of a clip, which thereby was heard last."""
        if content in self._sounds:
            self._sounds.move_to_end(content)
        return self._sounds.get(content)

    def keep(self, sound: Sound) -> None:
        """Keep a sound, and forget the oldest where it is too much; never this one."""
        self._sounds[sound.content] = sound
        self._sounds.move_to_end(sound.content)
        kept = self._sounds.values()
        while len(kept) > 1 and sum(one.seconds for one in kept) > self._seconds:
            self._sounds.popitem(last=False)


def short_sound(desk: Desk, clip: Clip, progress: Progress) -> Sound:
    """Return a clip wholly decoded.

    Raises:
        PerserError: if its file is gone or cannot be read.
    """
    return known_sound(desk, clip.content, progress)


def known_sound(desk: Desk, content: str, progress: Progress) -> Sound:
    """Return any clip that is known, wholly decoded, whether or not it is on the list.

    Raises:
        PerserError: if its file is gone or cannot be read.
    """
    waveform = desk.waveform(content)
    progress.check()
    return _sound(content, waveform)


def sound_around(desk: Desk, clip: Clip, seconds: float) -> Sound:
    """Return an utterance with what is up to so many seconds around it in its recording.

    Raises:
        PerserError: if its file is gone or cannot be read.
    """
    waveform, offset = desk.surroundings(clip.content, seconds)
    assert clip.span is not None
    within = clip.span.start - offset, min(clip.span.end - offset, waveform.seconds)
    return replace(_sound(clip.content, waveform), within=within, offset=offset)


def _sound(content: str, waveform: Waveform) -> Sound:
    from perser_gui.audio.pitch import Pitch
    from perser_gui.audio.pyramid import WaveformPyramid
    from perser_gui.audio.spectrogram import Spectrogram

    peak = float(np.abs(waveform.samples).max()) if len(waveform.samples) else 0.0
    return Sound(
        content,
        waveform.seconds,
        WaveformPyramid.of_waveform(waveform),
        Spectrogram.of_waveform(waveform),
        waveform,
        peak,
        pitch=Pitch.of_waveform(waveform),
    )


def long_sound(clip: Clip) -> Sound:
    """Return a recording whose outline is still empty; `build` fills it.

    Raises:
        PerserError: if its file cannot be opened.
    """
    from perser_gui.audio.pitch import Pitch
    from perser_gui.audio.pyramid import WaveformPyramid
    from perser_gui.audio.samples import FileSamples
    from perser_gui.audio.spectrogram import Spectrogram

    samples = FileSamples(clip.path, clip.channel)
    outline = WaveformPyramid(samples.rate, samples)
    picture, pitch = Spectrogram(samples), Pitch(samples)
    return Sound(clip.content, clip.seconds, outline, picture, None, 1.0, pitch=pitch)


def decoded(clip: Clip, progress: Progress) -> Waveform:
    """Return the samples of a long recording at 16 kHz; looks at the token between blocks.

    Raises:
        PerserError: if its file cannot be read.
        Cancelled: if another clip was chosen meanwhile.
    """
    from perser_gui.audio.decode import RATE, stream_blocks

    blocks = []
    done = 0.0
    for block in stream_blocks(clip.path, block_seconds=BLOCK_SECONDS, channel=clip.channel):
        blocks.append(block)
        done += len(block) / RATE
        progress.report(done / max(clip.seconds, done), "Reading")
    return Waveform(np.concatenate(blocks) if blocks else np.zeros(0, np.float32), RATE)


def loudest_of(waveform: Waveform) -> tuple[Waveform, float]:
    """Return a waveform with its largest absolute sample; an hour of it takes a worker a while."""
    samples = waveform.samples
    if not len(samples):
        return waveform, 0.0
    return waveform, float(max(samples.max(), -samples.min()))
