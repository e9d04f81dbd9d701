"""A listener's offset per voice: learned from labels, kept under a hash, applied to that voice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from perser_gui.adaptation import heard
from perser_gui.adaptation.gradient import GradientAdapter, Recipe
from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.scores import held_out_probabilities
from perser_gui.adaptation.voices import Marks, knows_voices, voice_key
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import HeadConfig, initial_parameters
from perser_gui.model.normalization import SpeakerNormalization

CLASSES = ("happy", "sad")


class Stepping(GradientAdapter):
    """Plain steps with options of the test's own."""

    name = "stepping"

    def __init__(self, options: InnerOptions) -> None:
        self._options = options

    def recipe(self, theta: Checkpoint, seed: int) -> Recipe:
        return Recipe(constant_rates(theta.head, 0.02), self._options)


def world(mix: str = "concatenate") -> tuple[Checkpoint, Support]:
    """Clips without any feature that matters: anna sounds sad to the listener, ben happy."""
    head = HeadConfig(2, 3, 6, 2, "none", mix)  # type: ignore[arg-type]
    theta = Checkpoint(
        name="toy",
        encoder="toy",
        classes=CLASSES,
        head=head,
        parameters=initial_parameters(head, 1),
        normalization=SpeakerNormalization.identity(2, 3),
        class_weights=torch.ones(2),
    )
    random = np.random.default_rng(0)
    x = random.standard_normal((12, 2, 3)).astype(np.float32)
    voices = ("anna", "ben") * 6
    targets = np.array([[0, 1] if v == "anna" else [1, 0] for v in voices], np.float32)
    others = random.standard_normal((8, 2, 3)).astype(np.float32)
    support = Support(
        x,
        targets,
        EmotionSet.of(CLASSES),
        unlabelled=others,
        voices=voices,
        unlabelled_voices=("anna", "ben") * 4,
    )
    return theta, support


OPTIONS = InnerOptions(steps=8, class_weighted=False, shots_power=1.0, shots_reference=1.0)


def test_a_voice_that_sounds_sad_to_somebody_is_predicted_so_and_other_voices_are_not() -> None:
    theta, support = world()
    adapter = Stepping(replace(OPTIONS, voice=1.0))
    profile = adapter.adapt(theta, support)
    x = np.zeros((3, 2, 3), np.float32)
    anna, ben, carl = heard(adapter, theta, profile, x, ["anna", "ben", "carl"])[:, 1]
    assert anna > carl + 0.1 > ben + 0.2
    unknown = adapter.probabilities(theta, profile, x[:1])[0, 1]
    assert carl == pytest.approx(unknown)
    assert knows_voices(profile.parameters)
    assert profile.parameters[voice_key("anna")].shape == (6,)
    assert not any("anna" in name for name in profile.parameters)


def test_without_strength_voices_or_room_for_marks_the_profile_is_as_ever() -> None:
    theta, support = world()
    plain = Stepping(OPTIONS).adapt(theta, support)
    nameless = replace(support, voices=(), unlabelled_voices=())
    marked = Stepping(replace(OPTIONS, voice=1.0)).adapt(theta, nameless)
    for name, value in plain.parameters.items():
        assert np.array_equal(value, marked.parameters[name])
    summed, own = world("weighted")
    profile = Stepping(replace(OPTIONS, voice=1.0)).adapt(summed, own)
    assert not knows_voices(profile.parameters)


def test_voices_called_by_their_keys_make_the_same_profile_bit_for_bit() -> None:
    theta, support = world()
    keyed = replace(
        support,
        voices=tuple(map(voice_key, support.voices)),
        unlabelled_voices=tuple(map(voice_key, support.unlabelled_voices)),
    )
    adapter = Stepping(replace(OPTIONS, voice=0.5))
    named, again = (adapter.adapt(theta, each).parameters for each in (support, keyed))
    assert named.keys() == again.keys()
    assert all(named[name].tobytes() == again[name].tobytes() for name in named)


def test_folds_at_once_equal_adapting_without_the_clip_that_is_left_out() -> None:
    theta, support = world()
    adapter = Stepping(replace(OPTIONS, voice=0.5, anchor=0.5, damping=10.0))
    folds = np.ones((12, 12), np.float32) - np.eye(12, dtype=np.float32)
    together = held_out_probabilities(adapter, theta, support, folds)
    for left in (0, 5, 11):
        rows = [row for row in range(12) if row != left]
        profile = adapter.adapt(theta, support.only(rows))
        alone = heard(adapter, theta, profile, support.x[[left]], [support.voices[left]])
        assert together[left] == pytest.approx(alone[0], abs=2e-6)


def test_a_mark_is_as_long_among_the_features_as_its_strength_says() -> None:
    head = HeadConfig(2, 50, 6, 2, "none", "concatenate")
    marks = Marks.of(("a", "b", "a"), head, 0.25)
    assert marks is not None
    assert marks.voices == ("a", "b")
    found = marks.marked(torch.zeros(3, 2, 50), ("b", "a", "nobody"))
    assert found.shape == (3, 1, 102)
    assert found[:, 0, 100:].tolist() == [[0, 5], [5, 0], [0, 0]]
