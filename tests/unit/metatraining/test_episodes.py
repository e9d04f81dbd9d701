from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perser_gui.errors import PerserError
from perser_gui.metatraining.data import Clips, ListenerRatings
from perser_gui.metatraining.episodes import (
    Chunk,
    EpisodeConfig,
    EpisodeSampler,
    TrainingEpisode,
    evaluation_chunks,
    read_episodes,
    write_episodes,
)
from perser_gui.metatraining.vocabularies import VocabularyConfig
from tests.unit.metatraining.worlds import FOUR, material_of_listeners

SMALL = EpisodeConfig(shots=(4, 8), query=12, listeners=6, together=3)
MATERIAL = material_of_listeners(6)


def sampler(config: EpisodeConfig = SMALL, seed: int = 0, **changes: object) -> EpisodeSampler:
    given = {"clips": MATERIAL.clips, "listeners": MATERIAL.raters(), **changes}
    return EpisodeSampler(config=config, classes=FOUR, seed=seed, **given)  # type: ignore[arg-type]


def episodes(config: EpisodeConfig, count: int = 10, **changes: object) -> list[TrainingEpisode]:
    drawn = sampler(config, **changes)
    return [e for n in range(count) for chunk in drawn.meta_batch(n) for e in chunk.episodes]


def same(first: tuple[Chunk, ...], second: tuple[Chunk, ...]) -> bool:
    pairs = zip(first, second, strict=True)
    return all(
        np.array_equal(a.support, b.support)
        and np.array_equal(a.query, b.query)
        and a.listener == b.listener
        for one, other in pairs
        for a, b in zip(one.episodes, other.episodes, strict=True)
    )


def test_in_csmt_same_support_and_query_are_one_set() -> None:
    for each in episodes(replace(SMALL, sets="csmt_same")):
        np.testing.assert_array_equal(each.support, each.query)
        np.testing.assert_array_equal(each.support_targets, each.query_targets)


def test_in_csmt_overlap_both_are_drawn_from_all_ratings_independently() -> None:
    drawn = episodes(replace(SMALL, sets="csmt_overlap", query=64), 20)
    shares = [np.isin(e.support, e.query).mean() for e in drawn]
    expected = 64 / len(MATERIAL.clips)
    assert np.mean(shares) == pytest.approx(expected, abs=0.08)


def test_in_split_no_utterance_stands_on_both_sides() -> None:
    for each in episodes(replace(SMALL, sets="split", query=200)):
        assert not set(each.support) & set(each.query)
        assert len(each.support) + len(each.query) == len(MATERIAL.clips)


def test_in_split_no_dialogue_stands_on_both_sides() -> None:
    dialogues = tuple(str(i % 12) for i in range(len(MATERIAL.clips)))
    clips = replace(MATERIAL.clips, dialogues=dialogues)
    for each in episodes(replace(SMALL, sets="split"), clips=clips):
        assert not {dialogues[i] for i in each.support} & {dialogues[i] for i in each.query}


def test_in_csmt_pooled_the_query_comes_from_everybody() -> None:
    ratings = {
        each.listener: dict(zip(each.rows.tolist(), each.targets, strict=True))
        for each in MATERIAL.raters()
    }
    whose = set()
    for each in episodes(replace(SMALL, sets="csmt_pooled")):
        assert len(each.query) == len(each.query_listeners) == SMALL.query
        for row, target, name in zip(
            each.query, each.query_targets, each.query_listeners, strict=True
        ):
            np.testing.assert_array_equal(target, ratings[name][int(row)])
            whose.add(name)
    assert whose == set(ratings)


def test_targets_are_what_the_listener_said() -> None:
    for each in episodes(SMALL):
        own = next(x for x in MATERIAL.listeners if x.listener == each.listener)
        said = dict(zip(own.rows.tolist(), own.targets, strict=True))
        for row, target in zip(each.support, each.support_targets, strict=True):
            np.testing.assert_array_equal(target, said[int(row)])


def test_a_meta_batch_depends_on_its_seed_and_number_alone() -> None:
    first, second = sampler(), sampler()
    for number in (7, 2, 0):
        first.meta_batch(number)
    assert same(first.meta_batch(3), second.meta_batch(3))
    assert not same(second.meta_batch(3), second.meta_batch(4))
    assert not same(second.meta_batch(3), sampler(seed=1).meta_batch(3))


def test_the_listeners_of_a_meta_batch_are_different_people() -> None:
    for number in range(5):
        names = [e.listener for c in sampler().meta_batch(number) for e in c.episodes]
        assert len(set(names)) == 6


def test_the_number_of_shots_varies_over_those_asked_for() -> None:
    assert {len(each.support) for each in episodes(SMALL)} == {4, 8}


@pytest.mark.parametrize("domain", ["corpus", "voice"])
def test_an_episode_can_be_confined_to_one_corpus_or_one_voice(domain: str) -> None:
    keys = MATERIAL.clips.corpora if domain == "corpus" else MATERIAL.clips.voices
    drawn = episodes(replace(SMALL, domain=domain, query=100))  # type: ignore[arg-type]
    for each in drawn:
        assert len({keys[i] for i in (*each.support, *each.query)}) == 1
    assert len({keys[each.support[0]] for each in drawn}) == len(set(keys))


def test_an_episode_stays_in_the_rotation_of_its_start() -> None:
    rotations = np.array([int(name == "corpus1") for name in MATERIAL.clips.corpora])
    rotations[:5] = -1
    drawn = sampler(rotations=rotations)
    seen = set()
    for number in range(10):
        for chunk in drawn.meta_batch(number):
            for each in chunk.episodes:
                assert set(rotations[[*each.support, *each.query]]) == {chunk.rotation}
            seen.add(chunk.rotation)
    assert seen == {0, 1}


def test_unlabelled_clips_are_the_listeners_own_library() -> None:
    few = ListenerRatings("few", np.arange(20), MATERIAL.listeners[2].targets[:20])
    for each in episodes(replace(SMALL, unlabelled=15), listeners=(few,)):
        assert len(each.unlabelled) == 15
        assert len(set(each.unlabelled)) == 15
        assert each.unlabelled.max() < 20


def test_a_listener_with_too_few_ratings_is_left_out_and_nobody_else_is_refused() -> None:
    few = ListenerRatings("few", np.arange(5), MATERIAL.listeners[2].targets[:5])
    assert "few" not in sampler(listeners=(*MATERIAL.raters(), few)).listeners
    with pytest.raises(PerserError, match="No listener has 6 ratings or more"):
        sampler(listeners=(few,))


def test_dropped_classes_are_not_drawn_and_targets_keep_summing_to_one() -> None:
    config = replace(SMALL, vocabulary=VocabularyConfig(drop=0.5, merge=0.3, unknown=0.3))
    drawn = sampler(config)
    for number in range(10):
        for chunk in drawn.meta_batch(number):
            words = len(chunk.vocabulary.members)
            for each in chunk.episodes:
                assert each.support_targets.shape == (len(each.support), words)
                np.testing.assert_allclose(each.support_targets.sum(1), 1.0)
                np.testing.assert_allclose(each.query_targets.sum(1), 1.0)


def test_evaluation_episodes_are_strictly_split_and_repeatable() -> None:
    chunks = evaluation_chunks(sampler(), shots=(5, 10), repeats=3, seed=1)
    again = evaluation_chunks(sampler(seed=9), shots=(5, 10), repeats=3, seed=1)
    assert same(tuple(c for _, c in chunks), tuple(c for _, c in again))
    assert len(chunks) == 6 * 2
    for shots, chunk in chunks:
        for each in chunk.episodes:
            assert len(each.support) == shots
            assert not set(each.support) & set(each.query)


@pytest.mark.parametrize("sets", ["csmt_overlap", "csmt_pooled", "split"])
def test_saved_episodes_are_read_back_as_they_were(tmp_path: Path, sets: str) -> None:
    vocabulary = VocabularyConfig(drop=0.3, merge=0.3, unknown=0.3)
    config = replace(SMALL, sets=sets, unlabelled=7, vocabulary=vocabulary)  # type: ignore[arg-type]
    chunks = sampler(config).meta_batch(5)
    write_episodes(tmp_path / "e.jsonl", chunks, MATERIAL.clips)
    read = read_episodes(tmp_path / "e.jsonl", MATERIAL.clips, MATERIAL.listeners, FOUR)
    original = [(c, e) for c in chunks for e in c.episodes]
    assert len(read) == len(original)
    for (chunk, before), after in zip(original, read, strict=True):
        (found,) = after.episodes
        assert (after.rotation, after.vocabulary) == (chunk.rotation, chunk.vocabulary)
        for name in ("support", "support_targets", "query", "query_targets", "unlabelled"):
            np.testing.assert_array_equal(getattr(found, name), getattr(before, name))
        assert found.query_listeners == before.query_listeners
        assert (found.listener, found.seed) == (before.listener, before.seed)


@pytest.mark.parametrize(
    "text", ["not json", "{}", '{"rotation": 0, "listener": "nobody", "words": 3}', "[]"]
)
def test_damaged_episode_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "e.jsonl").write_text(text)
    with pytest.raises(PerserError, match="does not fit these clips and listeners"):
        read_episodes(tmp_path / "e.jsonl", MATERIAL.clips, MATERIAL.listeners, FOUR)


def test_one_dialogue_alone_cannot_be_split() -> None:
    clips = replace(MATERIAL.clips, dialogues=("d",) * len(MATERIAL.clips))
    with pytest.raises(PerserError, match="are of one dialogue"):
        episodes(replace(SMALL, sets="split"), clips=clips)


@pytest.mark.parametrize(
    "values",
    [{"sets": "other"}, {"shots": ()}, {"query": 0}, {"together": 4}, {"channel": -1.0}],
)
def test_impossible_episodes_are_refused(values: dict[str, object]) -> None:
    with pytest.raises(PerserError):
        replace(SMALL, **values)  # type: ignore[arg-type]


def test_clips_need_names_of_their_own() -> None:
    clips = MATERIAL.clips
    with pytest.raises(ValueError, match="same name"):
        Clips(
            ("a", "a"),
            clips.x[:2],
            clips.voices[:2],
            clips.corpora[:2],
            clips.dialogues[:2],
            "e",
        )


def test_a_listener_who_never_uses_the_words_of_a_vocabulary_is_passed_over() -> None:
    one = MATERIAL.listeners[2]
    only = ListenerRatings(
        "only sad", one.rows, np.tile(np.eye(4, dtype=np.float32)[2], (len(one.rows), 1))
    )
    config = replace(SMALL, domain="voice", vocabulary=VocabularyConfig(drop=0.7))
    drawn = sampler(config, listeners=(*MATERIAL.raters(), only))
    for number in range(20):
        for chunk in drawn.meta_batch(number):
            there = any(2 in word for word in chunk.vocabulary.members)
            assert there or "only sad" not in {e.listener for e in chunk.episodes}
            for each in chunk.episodes:
                assert each.query_targets.shape[1] == len(chunk.vocabulary.members)
