"""A listener's head: the checkpoint's head over the listener's own words, as start and profile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, Task
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.voices import knows_voices, offsets_of
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.classes import (
    ListenerClasses,
    atom_rows,
    class_logits,
    groups_tensor,
    listener_classes,
    word_values,
)
from perser_gui.model.head import (
    HeadConfig,
    Parameters,
    activated,
    hidden,
    logits,
    output,
    projected,
)
from perser_gui.records import FloatArray, Profile

GROUPS = "groups"
MOST_UNLABELLED = 128
"""How many clips without a rating are learned from; more cost time and say little more."""

_LEAST = 1e-6


@dataclass(frozen=True)
class NewWords:
    """How a word that the checkpoint does not know starts.

    `scale` is the length of its output row (None: that of the known rows), `bias` its logit for
    the average clip, compared with all known words together.
    """

    scale: float | None
    bias: float


@dataclass(frozen=True)
class ListenerStart:
    """Where a listener's adaptation starts: parameters with one output row per atom.

    `groups` [C, A] is None when every word has one atom. In folds, the output rows of unknown
    words differ, so `output.weight` is [T, A, H] then.
    """

    words: ListenerClasses
    config: HeadConfig
    parameters: dict[str, Tensor]
    groups: Tensor | None
    class_weights: Tensor


def listener_start(
    theta: Checkpoint,
    support: Support,
    *,
    parameters: Parameters | None = None,
    device: str = "cpu",
    folds: Tensor | None = None,
    new_words: NewWords | None = None,
) -> ListenerStart:
    """Lay a checkpoint's head (or another start, `parameters`) over a listener's words.

    With `new_words`, a word that the checkpoint does not know starts from its own examples;
    `folds` [T, K] masks the support for T leave-out folds at once.
    """
    config = theta.head
    base = {name: value.to(device) for name, value in (parameters or theta.parameters).items()}
    words = listener_classes(support.classes, theta.classes, theta.untaught)
    weight, bias = atom_rows(words, base["output.weight"], base["output.bias"])
    if new_words is not None and words.unknown and support.count:
        rows = _NewRows(base, config, words, support, folds, new_words)
        weight, bias = rows.placed(weight, bias)
    return ListenerStart(
        words=words,
        config=config,
        parameters={**base, "output.weight": weight, "output.bias": bias},
        groups=groups_tensor(words, device),
        class_weights=word_values(words, theta.class_weights).to(device),
    )


def listener_task(
    start: ListenerStart,
    support: Support,
    options: InnerOptions,
    *,
    device: str = "cpu",
    folds: Tensor | None = None,
) -> Task:
    """Return the inner loop's task of a support; `folds` [T, K] masks it T times."""
    needed = options.information or options.anchor or options.anchors
    unlabelled = sampled_library(support) if needed else None
    return Task(
        x=torch.from_numpy(support.x).to(device),
        targets=torch.from_numpy(support.targets).to(device),
        mask=None if folds is None else folds.to(device),
        class_weights=start.class_weights,
        groups=start.groups,
        unlabelled=None if unlabelled is None else torch.from_numpy(unlabelled).to(device),
    )


def sampled_library(support: Support) -> FloatArray | None:
    """Return the unlabelled clips that are learned from: all, or 128 spread over the library."""
    library = support.unlabelled
    if library is None or not len(library):
        return None
    return library if len(library) <= MOST_UNLABELLED else library[sampled_rows(len(library))]


def sampled_rows(count: int) -> npt.NDArray[np.int64]:
    """Return which of `count` unlabelled clips are learned from, at most 128 of them."""
    return np.linspace(0, count - 1, min(count, MOST_UNLABELLED)).round().astype(np.int64)


def head_profile(
    adapter: str,
    theta: Checkpoint,
    start: ListenerStart,
    adapted: Mapping[str, Tensor],
    support: Support,
    *,
    seed: int = 0,
    steps: int = 0,
    device: str = "cpu",
    notes: tuple[str, ...] = (),
) -> Profile:
    """Return a profile that holds the head's parameters as far as they differ from theta's."""
    kept: dict[str, FloatArray] = {}
    for name, value in adapted.items():
        value = value.detach().to("cpu", torch.float32)
        shared = theta.parameters.get(name)
        if shared is None or not torch.equal(value, shared):
            kept[name] = value.numpy().copy()
    kept[GROUPS] = start.words.groups.astype(np.float32)
    return Profile(
        adapter=adapter,
        base=theta.digest,
        classes=start.words.words,
        parameters=kept,
        seed=seed,
        steps=steps,
        device=device,
        ratings=support.ratings,
        notes=notes,
    )


def head_logits(
    theta: Checkpoint, profile: Profile, x: FloatArray, voices: Sequence[str] = ()
) -> Tensor:
    """Return a profile's word logits [N, C] for features x [N, L, W] of clips in these voices."""
    parameters = dict(theta.parameters)
    for name, value in profile.parameters.items():
        if name in parameters:
            parameters[name] = torch.from_numpy(np.asarray(value))
    groups = torch.from_numpy(profile.parameters[GROUPS] > 0)
    plain = groups.shape[0] == groups.shape[1]
    with torch.no_grad():
        rows = torch.from_numpy(np.asarray(x, np.float32))
        pre = projected(parameters, rows, theta.head)
        if voices and knows_voices(profile.parameters):
            pre = pre + torch.from_numpy(offsets_of(profile.parameters, voices, theta.head.hidden))
        atoms = output(parameters, activated(pre, theta.head))
        return class_logits(atoms, None if plain else groups)


def head_probabilities(
    theta: Checkpoint, profile: Profile, x: FloatArray, voices: Sequence[str] = ()
) -> FloatArray:
    """Return a profile's probabilities [N, C] for features x [N, L, W] of clips in these voices."""
    return probabilities_of(head_logits(theta, profile, x, voices))


def probabilities_of(word_logits: Tensor) -> FloatArray:
    """Return probabilities [N, C] as a float32 array that sums to 1, from word logits."""
    return np.asarray(torch.softmax(word_logits.double(), -1).numpy(), dtype=np.float32)


def generic_logits(
    theta: Checkpoint, emotions: EmotionSet, x: FloatArray, *, parameters: Parameters | None = None
) -> Tensor:
    """Return everyone's model's word logits [N, C] over a listener's words."""
    layers, width = theta.head.layers, theta.head.width
    nothing = Support(
        np.zeros((0, layers, width), np.float32),
        np.zeros((0, len(emotions.words)), np.float32),
        emotions,
    )
    start = listener_start(theta, nothing, parameters=parameters)
    with torch.no_grad():
        atoms = logits(start.parameters, torch.from_numpy(np.asarray(x, np.float32)), theta.head)
        return class_logits(atoms, start.groups)


def hidden_features(theta: Checkpoint, x: FloatArray) -> FloatArray:
    """Return the hidden layer [N, H] of everyone's model for features x [N, L, W]."""
    with torch.no_grad():
        values = hidden(theta.parameters, torch.from_numpy(np.asarray(x, np.float32)), theta.head)
    return np.asarray(values.numpy(), dtype=np.float32)


class _NewRows:
    """Output rows for words that the checkpoint does not know.

    The row of a word points from the average of all of the listener's clips (rated or not, and
    the speaker's average as one more) to the average of the word's n examples, shrunk by
    n / (n + 1); the average clip is `NewWords.bias` less likely to be it than any known word.
    """

    def __init__(
        self,
        base: Parameters,
        config: HeadConfig,
        words: ListenerClasses,
        support: Support,
        folds: Tensor | None,
        new_words: NewWords,
    ) -> None:
        device = base["output.bias"].device
        x = torch.from_numpy(support.x).to(device)
        others = torch.zeros_like(x[:1])
        library = sampled_library(support)
        if library is not None:
            others = torch.cat([others, torch.from_numpy(library).to(device)])
        with torch.no_grad():
            self._rated = hidden(base, x, config)
            self._others = hidden(base, others, config)
        mask = torch.ones(len(x), device=device) if folds is None else folds.to(device)
        self._mask, self._targets = mask, torch.from_numpy(support.targets).to(device)
        self._words, self._new = words, new_words

    def placed(self, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
        """Return the output layer [..., A, H] and [..., A] with the rows of unknown words in."""
        words, mask = self._words, self._mask
        known = [a for a, owner in enumerate(words.owners) if owner not in words.unknown]
        length = self._new.scale
        if length is None:
            length = float(weight[known or slice(None)].norm(dim=-1).mean())
        total = mask.sum(-1, keepdim=True) + len(self._others)
        average = (mask @ self._rated + self._others.sum(0)) / total
        level = torch.zeros_like(total.squeeze(-1))
        if known:
            rows, offsets = weight[known], bias[known]
            rated = torch.logsumexp(self._rated @ rows.mT + offsets, -1)
            others = torch.logsumexp(self._others @ rows.mT + offsets, -1)
            level = (mask @ rated + others.sum()) / total.squeeze(-1)
        weight = weight.expand(*mask.shape[:-1], *weight.shape).clone()
        bias = bias.expand(*mask.shape[:-1], *bias.shape).clone()
        for word in words.unknown:
            own = mask * self._targets[:, word]
            count = own.sum(-1, keepdim=True)
            mean = (own @ self._rated) / count.clamp_min(_LEAST)
            away = torch.where(count > _LEAST, mean - average, torch.zeros_like(average))
            unit = away / away.norm(dim=-1, keepdim=True).clamp_min(_LEAST)
            row = length * unit * count / (count + 1)
            atom = words.owners.index(word)
            weight[..., atom, :] = row
            bias[..., atom] = level + self._new.bias - (row * average).sum(-1)
        return weight, bias
