from __future__ import annotations

from dataclasses import replace

import numpy as np
import psutil
import pytest
import torch

from perser_gui.adaptation.inner import InnerOptions, constant_rates
from perser_gui.errors import PerserError
from perser_gui.metatraining.development import chunk_scores, development_scores
from perser_gui.metatraining.distributed import Ranks
from perser_gui.metatraining.episodes import EpisodeConfig, EpisodeSampler, evaluation_chunks
from perser_gui.metatraining.outer import Learned
from perser_gui.metatraining.pretrain import PretrainConfig
from perser_gui.metatraining.stage import Stage, Table, build_stage
from perser_gui.metatraining.tuning import tuned_fine_tune
from perser_gui.metatraining.vocabularies import VocabularyConfig
from perser_gui.model.normalization import SpeakerNormalization
from tests.unit.metatraining.worlds import FOUR, material_of_listeners

MATERIAL = material_of_listeners(4)
PRETRAINING = PretrainConfig(hidden=6, epochs=4, batch=32, learning_rate=1e-2)
EPISODES = EpisodeConfig(sets="split", shots=(8,), query=16, listeners=2, together=2)
INNER = InnerOptions(steps=3)


@pytest.fixture(scope="module")
def stage() -> Stage:
    return build_stage(MATERIAL, PRETRAINING)


def sampler(stage: Stage, config: EpisodeConfig = EPISODES) -> EpisodeSampler:
    people = MATERIAL.raters()
    return EpisodeSampler(stage.clips, people, config, classes=FOUR, rotations=stage.rotations)


def learned(stage: Stage, rate: float = 0.1) -> Learned:
    zeros = {name: torch.zeros_like(value) for name, value in stage.final.parameters.items()}
    return Learned(zeros, constant_rates(stage.head, rate))


def test_every_clip_has_a_start_that_never_saw_its_corpus() -> None:
    stage = build_stage(MATERIAL, PRETRAINING, "corpus")
    assert len(stage.starts) == 2
    for number, start in enumerate(stage.starts):
        theirs = {stage.clips.corpora[i] for i in np.flatnonzero(stage.rotations == number)}
        assert len(theirs) == 1
        assert not theirs & set(start.training["corpora"])
    assert stage.final.training["corpora"] == ["corpus0", "corpus1"]


def test_every_clip_has_a_start_that_never_saw_its_speaker() -> None:
    stage = build_stage(MATERIAL, PRETRAINING, "voice", folds=4)
    assert len(stage.starts) == 4
    for number, start in enumerate(stage.starts):
        inside = {stage.clips.names[i][:16] for i in np.flatnonzero(stage.rotations == number)}
        assert not inside & set(start.training["contents"])
        voices = {stage.clips.voices[i] for i in np.flatnonzero(stage.rotations == number)}
        outside = {stage.clips.voices[i] for i in np.flatnonzero(stage.rotations != number)}
        assert not voices & outside


def test_one_corpus_alone_cannot_be_cross_fitted() -> None:
    one = material_of_listeners(2, corpora=1)
    with pytest.raises(PerserError, match="at least two of them"):
        build_stage(one, PRETRAINING, "corpus")
    with pytest.raises(PerserError, match="Unknown cross-fit"):
        build_stage(one, PRETRAINING, "colour")  # type: ignore[arg-type]


def test_a_batch_holds_the_normalized_features_of_its_episodes(stage: Stage) -> None:
    table = Table(stage, EPISODES)
    (chunk,) = sampler(stage).meta_batch(0)
    batch = table.lay(chunk, INNER, shots=12)
    named = {n: stage.clips.x[i] for i, n in enumerate(stage.clips.names)}
    voices = dict(zip(stage.clips.names, stage.clips.voices, strict=True))
    expected = stage.final.normalization.apply(named, voices)
    for number, each in enumerate(chunk.episodes):
        own = np.stack([expected[stage.clips.names[i]] for i in each.support])
        np.testing.assert_allclose(batch.task.x[number, :8].numpy(), own, atol=1e-6)
        assert batch.task.rows[number].tolist() == [1.0] * 8 + [0.0] * 4


def test_renormalized_episodes_use_the_statistics_of_their_own_clips(stage: Stage) -> None:
    config = replace(EPISODES, renormalize=True)
    (chunk,) = sampler(stage, config).meta_batch(0)
    batch = Table(stage, config).lay(chunk, INNER)
    each = chunk.episodes[0]
    rows = [*each.support, *each.query]
    prior: SpeakerNormalization = stage.final.normalization
    expected = prior.apply(
        {stage.clips.names[i]: stage.clips.x[i] for i in rows},
        {stage.clips.names[i]: stage.clips.voices[i] for i in rows},
    )
    own = np.stack([expected[stage.clips.names[i]] for i in each.support])
    np.testing.assert_allclose(batch.task.x[0].numpy(), own, atol=1e-6)


def test_a_channel_is_one_change_of_gain_and_offset_for_a_whole_episode(stage: Stage) -> None:
    table = Table(stage, replace(EPISODES, channel=0.5))
    (chunk,) = sampler(stage).meta_batch(0)
    first, again = table.lay(chunk, INNER), table.lay(chunk, INNER)
    assert torch.equal(first.task.x, again.task.x)
    plain = Table(stage, replace(EPISODES, renormalize=True)).lay(chunk, INNER)
    distance = (first.task.x - plain.task.x).abs().mean()
    assert 0.02 < float(distance) < 1.0


def test_words_that_the_model_does_not_know_start_from_each_listeners_examples(
    stage: Stage,
) -> None:
    config = replace(EPISODES, vocabulary=VocabularyConfig(unknown=0.5))
    drawn = sampler(stage, config)
    chunk = next(c for n in range(20) for c in drawn.meta_batch(n) if c.vocabulary.unknown)
    table = Table(stage, config)
    batch = table.lay(chunk, INNER)
    start = table.start_parameters(batch, learned(stage).moved, INNER)
    word = chunk.vocabulary.unknown[0]
    assert start["output.weight"].dim() == 3
    assert not torch.equal(start["output.weight"][0, word], start["output.weight"][1, word])
    known = next(w for w in range(4) if w not in chunk.vocabulary.unknown)
    theirs = stage.final.parameters["output.weight"][chunk.vocabulary.members[known][0]]
    torch.testing.assert_close(start["output.weight"][0, known], theirs)


def test_adaptation_recovers_planted_habits(stage: Stage) -> None:
    chunks = evaluation_chunks(sampler(stage), shots=(16,), repeats=2, seed=0)
    table = Table(stage, EPISODES)
    options = replace(INNER, steps=10)
    before, after = (
        development_scores(table, learned(stage), chunks, options, ranks=Ranks(), adapted=adapted)
        for adapted in (False, True)
    )
    assert after.macro_f1 > before.macro_f1 + 0.15
    assert after.nll < before.nll
    assert set(after.by_shots) == {16}


def test_scores_are_the_same_however_many_ranks_share_the_work(stage: Stage) -> None:
    chunks = evaluation_chunks(sampler(stage), shots=(8,), repeats=1, seed=0)
    table, given = Table(stage, EPISODES), learned(stage)
    parts = [torch.zeros(len(chunks), 2, dtype=torch.float64) for _ in range(2)]

    class Recording(Ranks):
        def summed(self, tensor: torch.Tensor) -> torch.Tensor:
            parts[self.rank] = tensor
            return parts[0] + parts[1]

    for rank in range(2):
        shared = development_scores(
            table, given, chunks, INNER, ranks=Recording(rank=rank, world=2)
        )
    alone = development_scores(table, given, chunks, INNER, ranks=Ranks())
    assert shared == alone


def test_fine_tuning_is_tuned_to_what_is_best_on_the_episodes(stage: Stage) -> None:
    chunks = evaluation_chunks(sampler(stage), shots=(8,), repeats=2, seed=0)
    table = Table(stage, EPISODES)
    tuned = tuned_fine_tune(table, chunks, rates=(1e-6, 0.1), steps=(1, 10))
    assert (tuned["rate"], tuned["steps"]) == (0.1, 10)
    other = InnerOptions(shots_power=0.5)
    found = tuned_fine_tune(table, chunks, rates=(0.1,), steps=(1,), options=other)
    assert set(found) == {"rate", "steps", "l2", "macro_f1", "shots_power"}
    given = learned(stage, 0.1)
    score = development_scores(table, given, chunks, InnerOptions(steps=10), ranks=Ranks()).macro_f1
    assert tuned["macro_f1"] == round(score, 4)


def test_memory_stays_flat_over_a_thousand_evaluation_episodes(stage: Stage) -> None:
    chunks = [c for _, c in evaluation_chunks(sampler(stage), shots=(8,), repeats=5, seed=0)]
    table, given, process = Table(stage, EPISODES), learned(stage), psutil.Process()

    def evaluate(episodes: int) -> None:
        for number in range(episodes // 5):
            chunk_scores(table, given, chunks[number % len(chunks)], INNER)

    evaluate(200)
    before = process.memory_info().rss
    evaluate(1000)
    assert process.memory_info().rss - before < 3 * 2**20
