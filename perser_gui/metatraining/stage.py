"""Where episodes are played: features and the start of each rotation as tensors.

Cross-fitting gives every clip a start that has never seen it: the clips of one corpus (or of
one fold of speakers) meet a head that was pre-trained on all the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, Task, stack_tasks
from perser_gui.adaptation.listener import NewWords, listener_start
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.voices import Marks
from perser_gui.errors import PerserError
from perser_gui.metatraining.data import Clips, Labels, Material, Rows, normalized
from perser_gui.metatraining.episodes import Chunk, EpisodeConfig, TrainingEpisode
from perser_gui.metatraining.pretrain import PretrainConfig, fit
from perser_gui.metatraining.pretrain_report import speaker_folds
from perser_gui.metatraining.vocabularies import Vocabulary
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.classes import (
    ListenerClasses,
    groups_tensor,
    listener_parameters,
    word_values,
)
from perser_gui.model.head import HeadConfig, Parameters
from perser_gui.progress import Progress
from perser_gui.records import FloatArray

CrossFit = Literal["none", "corpus", "voice"]
"""What a clip's start has not seen: nothing is kept from it, its corpus, its speakers."""


@dataclass(frozen=True)
class Stage:
    """Clips, the start of every rotation, and which rotation each clip belongs to [N]."""

    clips: Clips
    starts: tuple[Checkpoint, ...]
    rotations: npt.NDArray[np.int64]
    final: Checkpoint

    @property
    def head(self) -> HeadConfig:
        """The head that all starts share."""
        return self.final.head


def build_stage(
    material: Material,
    config: PretrainConfig,
    cross_fit: CrossFit = "none",
    *,
    folds: int = 5,
    final: Checkpoint | None = None,
    progress: Progress | None = None,
) -> Stage:
    """Pre-train the final start on everything, and one per rotation without its clips.

    `final` takes the place of the first. Clips without a rotation's start (a corpus alone)
    cannot be cross-fitted.

    Raises:
        PerserError: for an unknown way to cross-fit, or corpora too few for it.
        Cancelled: if the user cancelled.
    """
    progress = progress or Progress()
    if cross_fit not in get_args(CrossFit):
        raise PerserError(
            f"Unknown cross-fit “{cross_fit}”; use one of {', '.join(get_args(CrossFit))}."
        )
    labels = material.aggregated() if final is None or cross_fit != "none" else None
    keys = _rotation_keys(material, labels, cross_fit, folds, config.seed)
    names = sorted(set(keys.tolist()))
    parts = len(names) + 1 if cross_fit != "none" else 1
    if final is None:
        assert labels is not None
        part = progress.part(0.0, 1 / parts)
        final = fit(material, labels, labels.rows, config, progress=part).checkpoint
    if cross_fit == "none":
        return Stage(material.clips, (final,), np.zeros(len(material.clips), np.int64), final)
    assert labels is not None
    if len(names) < 2:
        raise PerserError(
            f"Cross-fitting by {cross_fit} needs at least two of them; please give more corpora, "
            "or set cross_fit to none."
        )
    starts, rotations = [], np.zeros(len(material.clips), np.int64)
    for number, name in enumerate(names):
        rotations[keys == name] = number
        rows = labels.rows[keys[labels.rows] != name]
        part = progress.part((number + 1) / parts, (number + 2) / parts)
        starts.append(fit(material, labels, rows, config, progress=part).checkpoint)
    return Stage(material.clips, tuple(starts), rotations, final)


def _rotation_keys(
    material: Material, labels: Labels | None, cross_fit: CrossFit, folds: int, seed: int
) -> npt.NDArray[np.str_]:
    if cross_fit == "corpus":
        return np.array(material.clips.corpora)
    if cross_fit == "voice" and labels is not None:
        everything = np.arange(len(material.clips))
        return speaker_folds(material.clips, everything, folds, seed).astype(str)
    return np.full(len(material.clips), "all")


@dataclass(frozen=True)
class Batch:
    """A chunk as tensors: the inner loop's task, and the query [T, Q, ...] with its mask.

    Where voices are marked, `marks` says how in each episode, `config` are the sizes with them,
    and `unmarked` is the task as it was before.
    """

    task: Task
    query: Tensor
    query_targets: Tensor
    query_mask: Tensor
    rotation: int
    vocabulary: Vocabulary
    words: ListenerClasses
    config: HeadConfig
    unmarked: Task
    marks: tuple[Marks, ...] = ()


class Table:
    """Normalized features of a stage on one device, from which chunks are laid out."""

    def __init__(
        self,
        stage: Stage,
        config: EpisodeConfig,
        *,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.stage, self._config = stage, config
        self.device, self.dtype = device, dtype
        self._x = np.empty_like(stage.clips.x)
        for number, start in enumerate(stage.starts):
            rows = np.flatnonzero(stage.rotations == number)
            if len(rows):
                self._x[rows] = normalized(stage.clips.take(rows), start.normalization)
        self.bases = [self._on(start.parameters) for start in stage.starts]

    def lay(self, chunk: Chunk, options: InnerOptions, shots: int | None = None) -> Batch:
        """Return a chunk as tensors, padded to `shots` support and the largest query."""
        start = self.stage.starts[chunk.rotation]
        informed = all(len(episode.unlabelled) for episode in chunk.episodes)
        tasks, queries = [], []
        for episode in chunk.episodes:
            support, query, unlabelled = self._features(episode, start)
            tasks.append(
                Task(
                    x=self._tensor(support),
                    targets=self._tensor(episode.support_targets),
                    unlabelled=self._tensor(unlabelled) if informed else None,
                )
            )
            queries.append((self._tensor(query), self._tensor(episode.query_targets)))
        task = stack_tasks(tasks)
        pad = torch.nn.utils.rnn.pad_sequence
        values = pad([x for x, _ in queries], batch_first=True)
        targets = pad([y for _, y in queries], batch_first=True)
        mask = pad([torch.ones(len(x), dtype=self.dtype) for x, _ in queries], batch_first=True)
        words = chunk.vocabulary.words(start.untaught)
        weights = word_values(words, start.class_weights.to(self.dtype))
        task = replace(_padded(task, shots), class_weights=weights, groups=groups_tensor(words))
        batch = Batch(
            task.to(self.device),
            values.to(self.device),
            targets.to(self.device),
            mask.to(self.device),
            chunk.rotation,
            chunk.vocabulary,
            words,
            self.stage.head,
            task.to(self.device),
        )
        return self._marked(batch, chunk, options) if options.voice else batch

    def _marked(self, batch: Batch, chunk: Chunk, options: InnerOptions) -> Batch:
        """Return the batch with the voices of each support marked in all of its clips."""
        named = [[self.stage.clips.voices[i] for i in e.support] for e in chunk.episodes]
        found = [Marks.of(voices, self.stage.head, options.voice) for voices in named]
        marks = [each for each in found if each is not None]
        if len(marks) < len(found):
            return batch
        most = max(len(each.voices) for each in marks)
        marks = [each.padded(most) for each in marks]

        def laid(x: Tensor, rows: Sequence[Rows]) -> Tensor:
            voices = self.stage.clips.voices
            return torch.stack(
                [m.marked(x[t], [voices[i] for i in rows[t]]) for t, m in enumerate(marks)]
            )

        task = batch.task
        others = task.unlabelled
        if others is not None:
            others = laid(others, [e.unlabelled for e in chunk.episodes])
        support = laid(task.x, [e.support for e in chunk.episodes])
        return replace(
            batch,
            task=replace(task, x=support, unlabelled=others),
            query=laid(batch.query, [e.query for e in chunk.episodes]),
            config=marks[0].config(self.stage.head),
            marks=tuple(marks),
        )

    def start_parameters(
        self, batch: Batch, moved: Parameters, options: InnerOptions
    ) -> dict[str, Tensor]:
        """Return a batch's start: its rotation's head plus `moved`, over the batch's words.

        Words that the checkpoint does not know start from each listener's own examples, as they
        will in use; no gradient flows through these rows.
        """
        base = self.bases[batch.rotation]
        parameters = {name: base[name] + moved[name] for name in base}
        words = batch.words
        laid = listener_parameters(parameters, words)
        if words.unknown:
            laid = self._with_new_words(batch, parameters, laid, options)
        return batch.marks[0].start(laid) if batch.marks else laid

    def _with_new_words(
        self,
        batch: Batch,
        parameters: Mapping[str, Tensor],
        laid: dict[str, Tensor],
        options: InnerOptions,
    ) -> dict[str, Tensor]:
        words = batch.words
        with torch.no_grad():
            new = NewWords(options.new_scale, options.new_bias)
            count = len(batch.unmarked.x)
            rows = [self._new_words(batch, parameters, new, i) for i in range(count)]
        strange = torch.zeros(len(words.sources), dtype=torch.bool, device=self.device)
        strange[[words.owners.index(word) for word in words.unknown]] = True
        weight = torch.stack([each["output.weight"] for each in rows])
        bias = torch.stack([each["output.bias"] for each in rows])
        laid["output.weight"] = torch.where(strange[:, None], weight, laid["output.weight"])
        laid["output.bias"] = torch.where(strange, bias, laid["output.bias"])
        return laid

    def _new_words(
        self, batch: Batch, parameters: Mapping[str, Tensor], new: NewWords, number: int
    ) -> dict[str, Tensor]:
        task, rows = batch.unmarked, batch.unmarked.rows[number] > 0
        others = None
        if task.unlabelled is not None and task.unlabelled_mask is not None:
            shown = task.unlabelled_mask[number] > 0
            others = task.unlabelled[number][shown].float().cpu().numpy()
        support = Support(
            task.x[number][rows].float().cpu().numpy(),
            task.targets[number][rows].float().cpu().numpy(),
            batch.vocabulary.emotions,
            unlabelled=others,
        )
        theta = self.stage.starts[batch.rotation]
        own = {name: value.float() for name, value in parameters.items()}
        start = listener_start(theta, support, parameters=own, device=self.device, new_words=new)
        return {name: value.to(self.dtype) for name, value in start.parameters.items()}

    def _features(
        self, episode: TrainingEpisode, start: Checkpoint
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        parts = (episode.support, episode.query, episode.unlabelled)
        if not self._config.renormalize and not self._config.channel:
            return self._x[parts[0]], self._x[parts[1]], self._x[parts[2]]
        rows = np.unique(np.concatenate(parts))
        clips = self.stage.clips.take(rows)
        if self._config.channel:
            clips = _through_channel(clips, start, self._config.channel, episode.seed)
        x = normalized(clips, start.normalization)
        first, second, third = (x[np.searchsorted(rows, part)] for part in parts)
        return first, second, third

    def _on(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        return {k: v.to(device=self.device, dtype=self.dtype) for k, v in parameters.items()}

    def _tensor(self, values: FloatArray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(values)).to(self.dtype)


def _padded(task: Task, shots: int | None) -> Task:
    """Return the task with its support padded to `shots` rows that do not count."""
    missing = (shots or 0) - task.x.shape[1]
    if missing <= 0:
        return task
    pad = torch.nn.functional.pad
    return Task(
        x=pad(task.x, (0, 0, 0, 0, 0, missing)),
        targets=pad(task.targets, (0, 0, 0, missing)),
        mask=pad(task.rows, (0, missing)),
        unlabelled=task.unlabelled,
        unlabelled_mask=task.unlabelled_mask,
    )


def _through_channel(clips: Clips, start: Checkpoint, size: float, seed: int) -> Clips:
    """Return clips as another microphone might give them: each feature scaled and shifted."""
    random = np.random.default_rng([seed, 303])
    shape = clips.x.shape[1:]
    gain = np.exp(size * random.standard_normal(shape)).astype(np.float32)
    offset = (size * random.standard_normal(shape)).astype(np.float32) * start.normalization.scale
    mean = start.normalization.mean
    x = ((clips.x - mean) * gain + mean + offset).astype(np.float32)
    return replace(clips, x=x)
