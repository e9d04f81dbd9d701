"""How a listener's own words stand on a checkpoint's classes.

A listener's head has atoms: one for every pair of a word and a checkpoint class that the word
stands for, and one for every word that the checkpoint does not know. A word's logit is the
log-sum-exp over its atoms, so a word that merges two classes takes their joint probability,
and the plain case (every word one class) changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from perser_gui.emotions import EmotionSet, normalized

NEW = -1
"""The source of an atom that no class of the checkpoint stands behind."""


@dataclass(frozen=True)
class ListenerClasses:
    """A listener's words and the atoms under them.

    `sources[a]` is the checkpoint class of atom a (`NEW` for none), `owners[a]` the word it
    belongs to, `sharers[a]` how many words share that class.
    """

    words: tuple[str, ...]
    sources: tuple[int, ...]
    owners: tuple[int, ...]
    sharers: tuple[int, ...]

    @property
    def groups(self) -> npt.NDArray[np.bool_]:
        """Boolean matrix [words, atoms]: which atoms belong to which word."""
        matrix = np.zeros((len(self.words), len(self.sources)), dtype=bool)
        matrix[list(self.owners), np.arange(len(self.sources))] = True
        return matrix

    @property
    def plain(self) -> bool:
        """Whether every word has exactly one atom, so that atoms and words are the same."""
        return self.owners == tuple(range(len(self.words)))

    @property
    def unknown(self) -> tuple[int, ...]:
        """The words that the checkpoint does not know, by index."""
        known = {owner for owner, s in zip(self.owners, self.sources, strict=True) if s != NEW}
        return tuple(i for i in range(len(self.words)) if i not in known)


def listener_classes(
    emotions: EmotionSet, classes: Sequence[str], untaught: Collection[str] = ()
) -> ListenerClasses:
    """Lay a listener's words over the classes of a checkpoint, in the words' order.

    Classes that no training clip had (`untaught`) are not known, whatever their outputs say.
    """
    index = {normalized(name): i for i, name in enumerate(classes) if name not in untaught}
    per_word: list[list[int]] = []
    for emotion in emotions.emotions:
        exact = index.get(normalized(emotion.word))
        named = [index[key] for key in map(normalized, emotion.sources) if key in index]
        per_word.append(list(dict.fromkeys(named)) or ([exact] if exact is not None else []))
    uses = [sum(c in sources for sources in per_word) for c in range(len(classes))]
    atoms = [
        (source, word) for word, sources in enumerate(per_word) for source in (sources or [NEW])
    ]
    return ListenerClasses(
        words=emotions.words,
        sources=tuple(source for source, _ in atoms),
        owners=tuple(word for _, word in atoms),
        sharers=tuple(1 if source == NEW else uses[source] for source, _ in atoms),
    )


def atom_rows(words: ListenerClasses, weight: Tensor, bias: Tensor) -> tuple[Tensor, Tensor]:
    """Return the listener's output layer, weight [A, H] and bias [A], from the checkpoint's.

    Words that share a class split its probability evenly. A word the checkpoint does not know
    gets the average of the rows in use: possible, and never the most probable. Leading batch
    dimensions of `weight` [..., C, H] and `bias` [..., C] are kept.
    """
    if words.sources == tuple(range(weight.shape[-2])) and set(words.sharers) == {1}:
        return weight, bias
    known = [a for a, source in enumerate(words.sources) if source != NEW]
    used = [words.sources[a] for a in known] or list(range(weight.shape[-2]))
    mean_weight, mean_bias = weight[..., used, :].mean(-2), bias[..., used].mean(-1)
    rows, offsets = [], []
    for source, sharers in zip(words.sources, words.sharers, strict=True):
        rows.append(mean_weight if source == NEW else weight[..., source, :])
        offset = mean_bias if source == NEW else bias[..., source]
        offsets.append(offset - float(np.log(sharers)))
    return torch.stack(rows, dim=-2), torch.stack(offsets, dim=-1)


def class_logits(atom_logits: Tensor, groups: Tensor | None) -> Tensor:
    """Return word logits [..., C] of atom logits [..., A]; `groups` boolean [C, A], None: plain."""
    if groups is None:
        return atom_logits
    members = atom_logits.unsqueeze(-2).masked_fill(~groups, -torch.inf)
    return torch.logsumexp(members, dim=-1)


def word_values(words: ListenerClasses, values: Tensor, missing: float = 1.0) -> Tensor:
    """Return one value per word from one per checkpoint class [C], such as class weights.

    A class weight is about the inverse of a count, so a word that merges classes takes the
    inverse of the summed inverses; an unknown word takes `missing`.
    """
    inverse = [0.0] * len(words.words)
    for source, owner, sharers in zip(words.sources, words.owners, words.sharers, strict=True):
        if source != NEW:
            inverse[owner] += 1 / (float(values[source]) * sharers)
    result = [1 / total if total > 0 else missing for total in inverse]
    return torch.tensor(result, dtype=values.dtype, device=values.device)


def listener_parameters(
    parameters: Mapping[str, Tensor], words: ListenerClasses
) -> dict[str, Tensor]:
    """Return a head whose output rows are the listener's atoms; the other tensors are shared."""
    weight, bias = atom_rows(words, parameters["output.weight"], parameters["output.bias"])
    return {**parameters, "output.weight": weight, "output.bias": bias}


def groups_tensor(words: ListenerClasses, device: torch.device | str = "cpu") -> Tensor | None:
    """Return the group matrix as a boolean tensor [C, A], or None in the plain case."""
    return None if words.plain else torch.from_numpy(words.groups).to(device)
