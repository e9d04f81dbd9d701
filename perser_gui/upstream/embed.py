"""Many clips to features: from the cache where possible, computed where not."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
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


Arriving = Iterable[tuple[Clip, Waveform | None]]
"""Clips one after another, each with the sound that `open_clip` returns if that is at hand."""

Decoded = list[tuple[Clip, Heard | str]]


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
    run = _Run(encoder, cache)
    for clip in distinct.values():
        progress.check()
        run.look_up(clip)
    missing = [clip for clip in distinct.values() if not run.knows(clip)]
    unheard = [clip for clip in distinct.values() if speech and run.unheard(clip)]
    done = len(distinct) - len(missing) - len(unheard)
    asked = ((clip, None) for clip in (*missing, *unheard))
    for batch in _decoded(asked, encoder.batch_seconds, progress, ahead):
        progress.report(done / len(distinct), f"Clip {done + 1} of {len(distinct)}")
        done += len(batch)
        run.embed(batch, progress)
    progress.report(1.0, f"{len(distinct)} clips ready")
    return run.result(clips)


def embed_arriving(
    arriving: Arriving,
    encoder: Encoder,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> EmbedResult:
    """Return the features of clips that are still being read, as `embed_clips` would.

    A sound that comes along is not decoded again, and its file not hashed again. No more sounds
    are held than those of two batches and of the clip that comes next. `arriving` is asked for
    clips by another thread, and says itself how far it is.

    Raises:
        Cancelled: as `embed_clips`.
    """
    progress = progress or Progress()
    run = _Run(encoder, cache)
    arrived: list[Clip] = []

    def asked() -> Iterator[tuple[Clip, Waveform | None]]:
        seen: set[str] = set()
        unheard: list[Clip] = []
        for clip, sound in arriving:
            arrived.append(clip)
            if clip.heard in seen:
                continue
            seen.add(clip.heard)
            run.look_up(clip)
            if not run.knows(clip):
                yield clip, sound
            elif run.unheard(clip):
                unheard.append(clip)
        yield from ((clip, None) for clip in unheard)

    for batch in _decoded(asked(), encoder.batch_seconds, progress, ahead=True):
        run.embed(batch, progress)
    return run.result(arrived)


class _Run:
    """What one call has found so far: features by what is heard, and what went wrong."""

    def __init__(self, encoder: Encoder, cache: FeatureCache | None) -> None:
        self._encoder = encoder
        self._cache = cache
        self._features: dict[str, Features] = {}
        self._problems: list[str] = []

    def look_up(self, clip: Clip) -> None:
        """Take what the cache holds of a clip, if it fits the encoder."""
        kept = self._cache.get(clip.heard, self._encoder.id) if self._cache else None
        if kept is not None and kept.layers.shape == (self._encoder.layers, self._encoder.width):
            self._features[clip.heard] = kept

    def knows(self, clip: Clip) -> bool:
        """Return whether a clip has features."""
        return clip.heard in self._features

    def unheard(self, clip: Clip) -> bool:
        """Return whether a clip has features and nobody looked for speech in it."""
        return self.knows(clip) and self._features[clip.heard].speech is None

    def embed(self, batch: Decoded, progress: Progress) -> None:
        """Make the features of decoded clips; of those that have some, note who speaks."""
        known = [(clip, sound) for clip, sound in batch if self.knows(clip)]
        fresh = [(clip, sound) for clip, sound in batch if not self.knows(clip)]
        self._problems += [sound for _, sound in fresh if isinstance(sound, str)]
        made = [
            replace(self._features[clip.heard], speech=sound.speech)
            for clip, sound in known
            if isinstance(sound, Heard)
        ]
        sounds = [(clip, sound) for clip, sound in fresh if isinstance(sound, Heard)]
        for clip, sound, layers in _embedded(sounds, self._encoder, progress):
            if isinstance(layers, str):
                self._problems.append(layers)
                continue
            seconds = sound.sound.seconds
            made.append(Features(clip.heard, self._encoder.id, seconds, layers, sound.speech))
        for found in made:
            self._features[found.content] = found
            if self._cache:
                self._cache.put(found)

    def result(self, clips: Sequence[Clip]) -> EmbedResult:
        """Return the features of the clips among `clips` that have some."""
        full = [self._cache.problem] if self._cache and self._cache.problem else []
        of_clips = {c.content: self._features[c.heard] for c in clips if self.knows(c)}
        return EmbedResult(of_clips, tuple(self._problems), (*self._encoder.notes, *full))


def _decoded(
    arriving: Arriving, seconds: float, progress: Progress, ahead: bool
) -> Iterator[Decoded]:
    """Yield decoded batches of about `seconds`; if `ahead`, the next one by another thread."""
    groups = _grouped(arriving, seconds)

    def following() -> Decoded | None:
        group = next(groups, None)
        return None if group is None else _decode(group)

    if not ahead:
        while True:
            progress.check()
            batch = following()
            if batch is None:
                return
            yield batch
    other = ThreadPoolExecutor(1, thread_name_prefix="decode")
    try:
        waiting = other.submit(following)
        while (batch := _patiently(waiting, progress)) is not None:
            waiting = other.submit(following)
            yield batch
    finally:
        other.shutdown(wait=False, cancel_futures=True)


def _patiently(waiting: Future[Decoded | None], progress: Progress) -> Decoded | None:
    """Wait for a result, but not longer than until the user cancels."""
    while True:
        progress.check()
        with contextlib.suppress(TimeoutError):
            return waiting.result(timeout=0.1)


def _grouped(arriving: Arriving, seconds: float) -> Iterator[list[tuple[Clip, Waveform | None]]]:
    batch: list[tuple[Clip, Waveform | None]] = []
    for clip, sound in arriving:
        if batch and sum(one.seconds for one, _ in batch) + clip.seconds > seconds:
            yield batch
            batch = []
        batch.append((clip, sound))
    if batch:
        yield batch


def _decode(group: Sequence[tuple[Clip, Waveform | None]]) -> Decoded:
    waves: list[Waveform | str] = []
    for clip, sound in group:
        try:
            waves.append(_opened(clip) if sound is None else sound)
        except PerserError as error:
            waves.append(str(error))
    heard = iter(hear_all([wave for wave in waves if isinstance(wave, Waveform)]))
    decoded: Decoded = []
    for (clip, _), wave in zip(group, waves, strict=True):
        if isinstance(wave, str):
            decoded.append((clip, wave))
            continue
        found = next(heard)
        # A part of a recording was cut at its pauses already, or by whoever rated it.
        decoded.append((clip, found if clip.span is None else replace(found, sound=wave)))
    return decoded


def _opened(clip: Clip) -> Waveform:
    if _content(clip) != clip.sha256:
        raise PerserError(f"{clip.path} has changed since it was added; add it again.")
    return open_clip(clip)


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
