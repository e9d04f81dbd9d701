"""Labels of one recording are held out together and count as one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from perser_gui.adaptation import get_adapter
from perser_gui.adaptation.gradient import folds_of
from perser_gui.adaptation.meta_perser import _dealt
from perser_gui.adaptation.protocol import Support, support_of
from perser_gui.adaptation.scores import held_out_probabilities
from perser_gui.adaptation.verdict import judge, verdict
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import Rating
from perser_gui.stretches import recordings_of

from .planted import clips, rated


def twice(support: Support) -> Support:
    """Return the support with a copy of each clip behind the last one."""
    count = support.count
    both = support.only([*range(count), *range(count)])
    return replace(both, recordings=(*range(count), *range(count)))


@pytest.mark.parametrize("count", [5, 45])
def test_no_fold_learns_from_a_recording_that_it_leaves_out(count: int) -> None:
    of = np.array([*range(count), *range(count), 0])
    for folds in (folds_of(len(of), recordings=of.tolist()), _dealt(len(of), 10, 3, of.tolist())):
        assert (folds == 0).sum(axis=0).tolist() == [1] * len(of)
        for fold in folds:
            assert not set(of[fold == 0]) & set(of[fold == 1])


def test_copies_are_foreseen_as_if_each_recording_were_there_once(full_theta: Checkpoint) -> None:
    support = rated(clips(8, 3), np.random.default_rng(1).integers(0, 8, 8))
    both = twice(support)
    folds = folds_of(both.count, recordings=both.recordings)
    near, leaky = (
        held_out_probabilities(get_adapter("prototypes"), full_theta, both, one)
        for one in (folds, folds_of(both.count))
    )
    alone = held_out_probabilities(get_adapter("prototypes"), full_theta, support, folds_of(8))
    chosen = support.targets.argmax(1)
    said = [p[np.arange(8), chosen] for p in (alone, near[:8], leaky[:8])]
    assert np.log(said[2]).mean() > np.log(said[0]).mean() + 0.3  # a copy gives its label away
    assert np.log(said[1]).mean() < np.log(said[2]).mean() - 0.3


def test_a_verdict_counts_recordings_and_copies_change_none_of_its_figures() -> None:
    rng = np.random.default_rng(4)
    before, after = (rng.dirichlet(np.ones(4), 12).astype(np.float32) for _ in range(2))
    targets = np.eye(4, dtype=np.float32)[rng.integers(0, 4, 12)]
    once = verdict(before, after, targets, "abcd", 3.0)
    rows = [*range(12), *range(12)]
    found = verdict(before[rows], after[rows], targets[rows], "abcd", 3.0, recordings=rows)
    assert found.count == 12
    assert {word: one.count for word, one in found.words.items()} == {
        word: one.count for word, one in once.words.items()
    }
    assert (found.outcome, found.more) == (once.outcome, once.more)
    # more rows sharpen by a little what suits them best
    assert (found.before, found.after) == pytest.approx((once.before, once.after), abs=0.03)


def test_judging_copies_says_how_many_recordings_there_are(full_theta: Checkpoint) -> None:
    support = twice(rated(clips(12, 5), np.random.default_rng(2).integers(0, 8, 12)))
    found = judge(get_adapter("meta-perser"), get_adapter("generic"), full_theta, support).new
    assert (found.count, found.protocol) == (12, "leave-one-out")
    assert sum(one.count for one in found.words.values()) == 12


def test_a_support_knows_copies_and_overlapping_stretches_by_their_content() -> None:
    names = ["ab", "ab~2", "cd@0-1000", "cd@300-1300", "cd@1300-2000", "cd#1@0-900", "cd#2@0-900"]
    assert recordings_of(names) == (0, 0, 1, 1, 2, 1, 1)
    assert recordings_of(names[4:]) == (0, 1, 2)
    assert recordings_of(["cd@0-1000", "cd@500-1500"]) == (0, 1)
    assert recordings_of(["cd@0-1000", "cd@2000-3000", "cd"]) == (0, 0, 0)
    words = EmotionSet.of(("happy", "sad"))
    features = {name: np.zeros((1, 2), np.float32) for name in names}
    ratings = [Rating(n, 1, name, "emotion", ("sad",)) for n, name in enumerate(names)]
    support = support_of(features, ratings, words)
    assert support.recordings == (0, 0, 1, 1, 2, 1, 1)
    assert support.shares.tolist() == [0.5, 0.5, 0.25, 0.25, 1.0, 0.25, 0.25]
    assert support.only([0, 2, 3]).recordings == (0, 1, 1)
    assert support_of(features, ratings[::2][:2], words).recordings == ()
    assert all(a <= b + 1 for a, b in pairwise(sorted(recordings_of(names))))
