"""Copies of clips under other recording conditions, for pre-training only.

Somebody's recordings share their room and microphone, so a copy's condition belongs to its
voice, and copies are normalized among those of the same voice and number.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping

import numpy as np

from perser_gui.audio import open_waveform
from perser_gui.audio.augment import drawn_condition, recorded
from perser_gui.audio.speech import spoken
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Features, FloatArray
from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.encoders import Encoder

REVISION = "a1"
"""Stands in the name of a copy's features; another way to draw conditions needs another one."""

_BATCH = 8


def copy_name(content: str, voice: str, number: int) -> str:
    """Return the name under which the features of a clip's copy are kept."""
    return f"{content}+{REVISION}.{zlib.crc32(voice.encode()):08x}.{number}"


def embed_copies(
    clips: Mapping[str, tuple[Clip, str]],
    encoder: Encoder,
    count: int,
    *,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> tuple[dict[str, FloatArray], list[str]]:
    """Return the copies' features [count, L, W] of clips {content: (clip, voice)}, and problems.

    Copy n of a voice is recorded under one condition, drawn from the voice's name; the clip's own
    content decides the rest, so that the same clip always has the same copies.

    Raises:
        Cancelled: if `progress` was cancelled; what was computed until then is in the cache.
    """
    progress = progress or Progress()
    found: dict[str, FloatArray] = {}
    missing = []
    for content, (_clip, voice) in clips.items():
        progress.check()
        names = [copy_name(content, voice, number) for number in range(1, count + 1)]
        known = [cache.get(name, encoder.id) if cache else None for name in names]
        layers = [each.layers for each in known if each is not None]
        if len(layers) == count:
            found[content] = np.stack(layers)
        else:
            missing.append(content)
    problems = []
    for place, content in enumerate(missing):
        if place % _BATCH == 0:
            progress.report(place / len(missing), f"Copies of clip {place + 1} of {len(missing)}")
        clip, voice = clips[content]
        try:
            found[content] = _embedded(clip, voice, encoder, count, cache)
        except PerserError as error:
            problems.append(str(error))
    return found, problems


def _embedded(
    clip: Clip, voice: str, encoder: Encoder, count: int, cache: FeatureCache | None
) -> FloatArray:
    wave = spoken(open_waveform(clip.path))
    heard = []
    for number in range(1, count + 1):
        condition = drawn_condition([number, zlib.crc32(voice.encode())])
        heard.append(recorded(wave, condition, [number, zlib.crc32(clip.content.encode())]))
    layers = np.stack([encoder.embed_batch([each])[0] for each in heard])
    if not np.isfinite(layers).all():
        raise PerserError(f"A copy of {clip.path} could not be embedded in finite numbers.")
    for number, (each, sound) in enumerate(zip(layers, heard, strict=True), start=1):
        if cache:
            name = copy_name(clip.content, voice, number)
            cache.put(Features(name, encoder.id, sound.seconds, each))
    return layers
