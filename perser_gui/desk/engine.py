"""Everyone's model, loaded once: the checkpoint, its encoder, and features of clips."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui.desk.values import ModelInfo
from perser_gui.errors import PerserError
from perser_gui.memory import give_back
from perser_gui.model.checkpoint_folders import classes_of
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint
    from perser_gui.model.normalization import RunningStatistics
    from perser_gui.upstream.cache import FeatureCache
    from perser_gui.upstream.embed import Arriving, EmbedResult
    from perser_gui.upstream.encoders import Encoder


@dataclass(frozen=True)
class Model:
    """A checkpoint and the encoder whose features it was trained on."""

    checkpoint: Checkpoint
    encoder: Encoder


class Engine:
    """Loads the model at first use and keeps the features that it has seen in memory.

    Its methods may be called from any thread; loading happens once.
    """

    def __init__(self, checkpoint: str, cache: Path, device: str = "auto") -> None:
        self._name = checkpoint
        self._folder = cache / "features"
        self._device = device
        self._guard = threading.RLock()
        self._model: Model | None = None
        self._cache: FeatureCache | None = None
        self._features: dict[str, FloatArray] = {}
        self._looked_for: set[str] = set()
        self._speechless: set[str] = set()
        self._unheard: set[str] = set()
        self._notes: dict[str, None] = {}
        self._statistics: dict[str, tuple[list[str], RunningStatistics]] = {}

    def model(self, progress: Progress) -> Model:
        """Return the model, loading it (and torch) at the first call.

        Raises:
            PerserError: if the checkpoint or its encoder is missing, damaged or does not fit.
        """
        with self._guard:
            if self._model is None:
                self._model = self._loaded(progress)
            return self._model

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The checkpoint's classes, read from its description without loading it."""
        return classes_of(self._name)

    def base(self) -> tuple[str, str]:
        """Return the checkpoint's name and digest, without loading its encoder.

        Raises:
            PerserError: if it is missing or damaged.
        """
        from perser_gui.model.checkpoint import load_checkpoint

        with self._guard:
            theta = self._model.checkpoint if self._model else load_checkpoint(self._name)
        return theta.name, theta.digest

    def info(self, progress: Progress) -> ModelInfo:
        """Return what was loaded."""
        model = self.model(progress)
        return ModelInfo(
            checkpoint=model.checkpoint.name,
            encoder=model.encoder.id,
            classes=model.checkpoint.classes,
            device=str(model.encoder.device),
            digest=model.checkpoint.digest,
        )

    def embed(self, clips: Sequence[Clip], progress: Progress) -> list[str]:
        """Compute the features that are missing; return plain sentences about what failed."""
        from perser_gui.upstream.embed import embed_clips

        model = self.model(progress.part(0.0, 0.1))
        wanted = [clip for clip in clips if self._wants(clip)]
        if not wanted:
            return []
        try:
            result = embed_clips(wanted, model.encoder, self._cache, progress.part(0.1, 1.0))
        finally:
            _rest(model.encoder)
        return self._taken(result)

    def embed_arriving(self, arriving: Arriving, progress: Progress) -> list[str]:
        """Do the same for clips that are still being read; a sound is decoded but once.

        `arriving` says itself how far it is.
        """
        from perser_gui.upstream.embed import embed_arriving

        model = self.model(progress)
        wanted = ((clip, sound) for clip, sound in arriving if self._wants(clip))
        try:
            return self._taken(embed_arriving(wanted, model.encoder, self._cache, progress))
        finally:
            _rest(model.encoder)

    def _wants(self, clip: Clip) -> bool:
        return clip.content not in self._features or clip.content in self._unheard

    def _taken(self, result: EmbedResult) -> list[str]:
        for content, features in result.features.items():
            self._features[content] = features.layers
            self._unheard.discard(content)  # if the file is gone, nobody will ever know
            if features.speech is False:
                self._speechless.add(content)
        self._notes.update(dict.fromkeys(result.notes))
        return list(result.problems)

    def speaks(self, content: str) -> bool:
        """Return whether anybody speaks in a clip, as far as its features are known."""
        return content not in self._speechless

    @property
    def notes(self) -> tuple[str, ...]:
        """What did not go as asked, such as a GPU that was too small, each sentence once."""
        return tuple(self._notes)

    def features(self, clips: Sequence[Clip], progress: Progress) -> dict[str, FloatArray]:
        """Return the features [L, W] of clips by content, computing what is missing.

        Raises:
            PerserError: naming the first clip that cannot be read.
        """
        problems = self.embed(clips, progress)
        if problems:
            raise PerserError(problems[0])
        return {clip.content: self._features[clip.content] for clip in clips}

    def known_features(self, clips: Iterable[Clip]) -> dict[str, FloatArray]:
        """Return the features of those clips that were computed before, now or in the past."""
        with self._guard:
            model, cache = self._model, self._cache
            found = {}
            for clip in clips:
                content = clip.content
                if content not in self._features and content not in self._looked_for:
                    self._looked_for.add(content)
                    cached = cache.get(clip.heard, model.encoder.id) if model and cache else None
                    if cached is not None:
                        self._features[content] = cached.layers
                        if cached.speech is None:
                            self._unheard.add(content)
                        elif not cached.speech:
                            self._speechless.add(content)
                if content in self._features:
                    found[content] = self._features[content]
            return found

    def normalized(
        self, clips: Sequence[Clip], library: Sequence[Clip], progress: Progress
    ) -> dict[str, FloatArray]:
        """Return normalized features [L, W] of clips by content.

        A speaker's statistics come from all clips of that speaker in `clips` and those
        of the library whose features are known, so that a prediction does not depend
        on which clips are asked for together; clips without speech do not count.

        Raises:
            PerserError: naming the first of `clips` that cannot be read.
        """
        features = self.features(clips, progress)
        everything = {**{clip.content: clip for clip in library}, **{c.content: c for c in clips}}
        voices = {clip.voice for clip in clips}
        same = [clip for clip in everything.values() if clip.voice in voices]
        known = self.known_features(same)
        voiced = [clip for clip in same if self.speaks(clip.content)]
        statistics = self._statistics_of(voiced, known)
        normalization = self.model(progress).checkpoint.normalization
        return {
            clip.content: normalization.transform(
                features[clip.content], statistics.get(clip.voice)
            )
            for clip in clips
        }

    def counted(self, voices: Iterable[str]) -> dict[str, list[str]]:
        """Return the clips that each voice's statistics rest on now, in their order.

        There are none for a voice of which only clips without speech are known.
        """
        with self._guard:
            none: list[str] = []
            return {
                voice: list(self._statistics[voice][0]) if voice in self._statistics else none
                for voice in voices
            }

    def _statistics_of(
        self, clips: Sequence[Clip], features: Mapping[str, FloatArray]
    ) -> dict[str, RunningStatistics]:
        """Return each voice's statistics over its clips, taking up where they were left.

        Copies of a file are one clip of it.
        """
        from perser_gui.model.normalization import RunningStatistics

        members: dict[str, list[str]] = {}
        taken: set[tuple[str, str]] = set()
        for clip in clips:
            if clip.content in features and (clip.voice, clip.heard) not in taken:
                taken.add((clip.voice, clip.heard))
                members.setdefault(clip.voice, []).append(clip.content)
        with self._guard:
            for voice, contents in members.items():
                counted, statistics = self._statistics.get(voice, ([], RunningStatistics()))
                if contents[: len(counted)] != counted:
                    counted, statistics = [], RunningStatistics()
                statistics = copy.copy(statistics)
                for content in contents[len(counted) :]:
                    statistics.update(features[content])
                self._statistics[voice] = (contents, statistics)
            return {voice: self._statistics[voice][1] for voice in members}

    def _loaded(self, progress: Progress) -> Model:
        progress.report(0.0, "Loading the model")
        from perser_gui.model.checkpoint import load_checkpoint
        from perser_gui.upstream.cache import FeatureCache
        from perser_gui.upstream.encoders import encoder_name, load_encoder

        checkpoint = load_checkpoint(self._name)
        progress.report(0.5, "Loading the encoder")
        encoder = load_encoder(
            encoder_name(checkpoint.encoder, checkpoint.training),
            device=self._device,
            progress=progress.part(0.5, 1.0),
        )
        head = checkpoint.head
        if (encoder.layers, encoder.width) != (head.layers, head.width) or (
            checkpoint.encoder not in (encoder.id, encoder.name)
        ):
            raise PerserError(
                f"The checkpoint {checkpoint.name} was trained on the encoder "
                f"{checkpoint.encoder}, but {encoder.id} is installed; please choose another "
                "checkpoint or install the program again."
            )
        self._cache = FeatureCache(self._folder)
        _rest(encoder)
        return Model(checkpoint, encoder)


def _rest(encoder: Encoder) -> None:
    """Take as little memory as can be until there is more to embed."""
    from perser_gui.upstream.encoders import Resting

    if isinstance(encoder, Resting):
        encoder.rest()
    give_back()
