"""Many clips to features: from the cache where possible, computed where not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from perser_gui.audio import content_hash, open_clip
from perser_gui.audio.presence import Heard, hear_all
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Features, FloatArray, Waveform
from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.encoders import Encoder


@dataclass(frozen=True)
class EmbedResult:
    """Features by content hash, and plain sentences about what is missing from them.

    `problems` are clips without features; `notes` concern the whole run, such as a GPU
    or a disk that was too small.
    """

    features: Mapping[str, Features] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def embed_clips(
    clips: Sequence[Clip],
    encoder: Encoder,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
    *,
    speech: bool = True,
    ahead: bool = True,
) -> EmbedResult:
    """Return the features of all clips; the next ones are decoded while some are computed.

    Without `ahead` everything is done by the thread that asks: for those whose other cores
    have work of their own.

    Features are those of what is spoken in a clip: silence around it says how somebody cut the
    recording, and differs between corpora, users and the live stream (`docs/adr/0007`).

    A clip that cannot be decoded, has changed since it was hashed, or cannot be embedded
    becomes a problem; the others are not held up by it. Whether anybody speaks in a clip is
    found on the way. Where the cache holds features without that answer, it is looked for if
    the file is still there, unless `speech` is False.

    Raises:
        Cancelled: if `progress` was cancelled, within one forward pass. What was computed
            until then is in the cache.
    """
    progress = progress or Progress()
    distinct = {clip.heard: clip for clip in clips}
    features: dict[str, Features] = {}
    for heard in distinct:
        progress.check()
        kept = cache.get(heard, encoder.id) if cache else None
        if kept is not None and kept.layers.shape == (encoder.layers, encoder.width):
            features[heard] = kept
    problems: list[str] = []
    missing = [clip for heard, clip in distinct.items() if heard not in features]
    unheard = [clip for clip in distinct.values() if speech and _unheard(features, clip)]
    done = len(distinct) - len(missing) - len(unheard)
    for batch in _decoded([*missing, *unheard], encoder.batch_seconds, progress, ahead):
        progress.report(done / len(distinct), f"Clip {done + 1} of {len(distinct)}")
        done += len(batch)
        known = [(clip, sound) for clip, sound in batch if clip.heard in features]
        fresh = [(clip, sound) for clip, sound in batch if clip.heard not in features]
        problems += [sound for _, sound in fresh if isinstance(sound, str)]
        made = [
            replace(features[clip.heard], speech=sound.speech)
            for clip, sound in known
            if isinstance(sound, Heard)
        ]
        sounds = [(clip, sound) for clip, sound in fresh if isinstance(sound, Heard)]
        for clip, sound, layers in _embedded(sounds, encoder, progress):
            if isinstance(layers, str):
                problems.append(layers)
                continue
            seconds = sound.sound.seconds
            made.append(Features(clip.heard, encoder.id, seconds, layers, sound.speech))
        for found in made:
            features[found.content] = found
            if cache:
                cache.put(found)
    progress.report(1.0, f"{len(distinct)} clips ready")
    notes = (*encoder.notes, *([cache.problem] if cache and cache.problem else []))
    of_clips = {c.content: features[c.heard] for c in clips if c.heard in features}
    return EmbedResult(of_clips, tuple(problems), notes)


def _unheard(features: Mapping[str, Features], clip: Clip) -> bool:
    """Return whether a clip has features and nobody looked for speech in it."""
    return clip.heard in features and features[clip.heard].speech is None


Decoded = list[tuple[Clip, Heard | str]]


def _decoded(
    clips: Sequence[Clip], seconds: float, progress: Progress, ahead: bool
) -> Iterator[Decoded]:
    """Yield decoded batches of about `seconds`; if `ahead`, the next one by another thread."""
    batches = list(_grouped(clips, seconds))
    if not ahead:
        for each in batches:
            progress.check()
            yield _decode(each)
        return
    other = ThreadPoolExecutor(1, thread_name_prefix="decode")
    try:
        waiting = [other.submit(_decode, batch) for batch in batches[:1]]
        for following in [*batches[1:], None]:
            if not waiting:
                return
            batch = _patiently(waiting.pop(), progress)
            if following:
                waiting.append(other.submit(_decode, following))
            yield batch
    finally:
        other.shutdown(wait=False, cancel_futures=True)


def _patiently(waiting: Future[Decoded], progress: Progress) -> Decoded:
    """Wait for a result, but not longer than until the user cancels."""
    while True:
        progress.check()
        with contextlib.suppress(TimeoutError):
            return waiting.result(timeout=0.1)


def _grouped(clips: Sequence[Clip], seconds: float) -> Iterator[list[Clip]]:
    batch: list[Clip] = []
    for clip in clips:
        if batch and sum(one.seconds for one in batch) + clip.seconds > seconds:
            yield batch
            batch = []
        batch.append(clip)
    if batch:
        yield batch


def _decode(clips: Sequence[Clip]) -> Decoded:
    waves: list[Waveform | str] = []
    for clip in clips:
        try:
            if _content(clip) != clip.sha256:
                raise PerserError(f"{clip.path} has changed since it was added; add it again.")
            waves.append(open_clip(clip))
        except PerserError as error:
            waves.append(str(error))
    heard = iter(hear_all([wave for wave in waves if isinstance(wave, Waveform)]))
    decoded: Decoded = []
    for clip, wave in zip(clips, waves, strict=True):
        if isinstance(wave, str):
            decoded.append((clip, wave))
            continue
        found = next(heard)
        # A part of a recording was cut at its pauses already, or by whoever rated it.
        decoded.append((clip, found if clip.span is None else replace(found, sound=wave)))
    return decoded


def _content(clip: Clip) -> str:
    """Return the hash of a clip's file; that of a recording is read once for all its parts."""
    if clip.span is None:
        return content_hash(clip.path)
    try:
        status = clip.path.stat()
    except OSError:
        return content_hash(clip.path)
    return _recording_hash(clip.path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=64)
def _recording_hash(path: Path, _size: int, _changed: int) -> str:
    return content_hash(path)


def _embedded(
    heard: Sequence[tuple[Clip, Heard]], encoder: Encoder, progress: Progress
) -> list[tuple[Clip, Heard, FloatArray | str]]:
    """Embed a batch at once; if that fails, one by one, to find out which clip is to blame."""
    try:
        layers = encoder.embed_batch([found.sound for _, found in heard], progress=progress)
    except PerserError as error:
        if len(heard) == 1:
            ((clip, found),) = heard
            return [(clip, found, f"{clip.path}: {error}")]
        return [one for pair in heard for one in _embedded([pair], encoder, progress)]
    return [
        (clip, found, values if np.isfinite(values).all() else _not_finite(clip))
        for (clip, found), values in zip(heard, layers, strict=True)
    ]


def _not_finite(clip: Clip) -> str:
    return f"{clip.path} could not be embedded in finite numbers; please convert or remove it."
