"""A small world to evaluate in: planted emotions, random heads, and adapters with known skill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from perser_gui.adaptation.protocol import Support
from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.emotions import CLASSES
from perser_gui.evaluation.runner import EvaluationMaterial
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import HeadConfig, initial_parameters
from perser_gui.model.normalization import SpeakerNormalization
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile

LAYERS, WIDTH = 2, 6


def small_checkpoint(encoder: str = "toy", **training: object) -> Checkpoint:
    import torch

    head = HeadConfig(LAYERS, WIDTH, hidden=8, classes=len(CLASSES))
    return Checkpoint(
        name="toy",
        encoder=encoder,
        classes=CLASSES,
        head=head,
        parameters=initial_parameters(head, 0),
        normalization=SpeakerNormalization.identity(LAYERS, WIDTH),
        class_weights=torch.ones(len(CLASSES)),
        training=training,
    )


@pytest.fixture
def theta() -> Checkpoint:
    return small_checkpoint()


@dataclass
class FixedAdapter:
    """Predicts the emotion planted in a clip's features with probability .9, or one word always.

    It keeps what it was shown, so that tests can look for clips it must not have seen.
    """

    name: str
    knows: bool

    def __post_init__(self) -> None:
        self.shown: list[Support] = []

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        self.shown.append(support)
        return Profile(self.name, "", support.classes.words, {}, seed)

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        count = len(profile.classes)
        guess = x[:, 0, 0].astype(int) if self.knows else np.zeros(len(x), int)
        return (np.eye(count)[guess % count] * 0.9 + 0.1 / count).astype(np.float32)


WORDS = ("neutral", "happy", "sad", "wistful")


def planted(listeners: dict[str, int], clips: int = 40) -> EvaluationMaterial:
    """Listeners over shared clips; `listeners` gives by how much each shifts the planted word.

    A clip's features hold its number at [1, 1] and the planted word's place at [0, 0].
    """
    rows, contents, features = [], {}, {}
    for clip in range(clips):
        file = f"{clip:03}.wav"
        contents[file] = f"hash{clip}"
        x = np.zeros((LAYERS, WIDTH), np.float32)
        x[0, 0], x[1, 1] = clip % len(WORDS), clip
        features[contents[file]] = x
        rows += [
            RatingRow(file, name, (WORDS[(clip + shift) % len(WORDS)],), f"s{clip % 3}")
            for name, shift in listeners.items()
        ]
    return EvaluationMaterial(RatingsTable(tuple(rows)), contents, features)
