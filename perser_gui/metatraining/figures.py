"""How well logits match labels, in the words that the labels use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from perser_gui.emotions import EmotionSet
from perser_gui.model.classes import (
    atom_rows,
    class_logits,
    groups_tensor,
    listener_classes,
)


@dataclass(frozen=True)
class Figures:
    """Unweighted average recall, macro-F1 and accuracy in 0..1 over `count` clips."""

    uar: float
    macro_f1: float
    accuracy: float
    count: int

    def as_dict(self) -> dict[str, float | int]:
        """Return plain values, rounded to four digits."""
        return {
            "uar": round(self.uar, 4),
            "macro_f1": round(self.macro_f1, 4),
            "accuracy": round(self.accuracy, 4),
            "count": self.count,
        }


def confusion_figures(
    truth: npt.NDArray[np.int64], said: npt.NDArray[np.int64], classes: int
) -> Figures:
    """Return the figures of class indices [N]; recall and F1 over the classes in `truth`.

    >>> confusion_figures(np.array([0, 0, 1]), np.array([0, 1, 1]), 3).uar
    0.75
    """
    table = np.zeros((classes, classes))
    np.add.at(table, (truth, said), 1)
    there = table.sum(1) > 0
    hits = np.diag(table)[there]
    recall = hits / table.sum(1)[there]
    f1 = 2 * hits / (table.sum(1) + table.sum(0))[there]
    return Figures(
        float(recall.mean()), float(f1.mean()), float(hits.sum() / table.sum()), len(truth)
    )


def figures_of(logits: Tensor, targets: npt.NDArray[np.float32], classes: Sequence[str]) -> Figures:
    """Return the figures of checkpoint logits [N, C] against targets [N, C].

    The words are those that occur in `targets`; as for a listener with these words, a class
    without one is left out.
    """
    used: list[int] = np.flatnonzero(targets.sum(0) > 0).tolist()
    words = listener_classes(EmotionSet.of([classes[c] for c in used], classes), classes)
    _, offsets = atom_rows(words, torch.eye(len(classes)), torch.zeros(len(classes)))
    atoms = logits[:, list(words.sources)] + offsets
    said = class_logits(atoms, groups_tensor(words)).argmax(1).numpy()
    return confusion_figures(targets[:, used].argmax(1), said, len(used))
