"""Running adapters over episodes: same draws, no leaks, known scores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.errors import Cancelled, PerserError
from perser_gui.evaluation.episode_lists import draw_episodes
from perser_gui.evaluation.results import Results, document, listener_gains, summarize
from perser_gui.evaluation.runner import (
    Answer,
    EvaluationMaterial,
    agreement,
    emotion_set,
    run,
)
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress

from .conftest import FixedAdapter, planted


def evaluated(
    material: EvaluationMaterial, theta: Checkpoint, **options: object
) -> tuple[Results, FixedAdapter]:
    episodes = draw_episodes(material.table, shots=(5, 10), repeats=3, seed=2)
    knowing = FixedAdapter("knowing", knows=True)
    adapters = {"generic": FixedAdapter("generic", knows=False), "knowing": knowing}
    return run(material, theta, episodes, adapters, **options), knowing  # type: ignore[arg-type]


def test_every_adapter_has_one_row_per_episode(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0, "bo": 0}), theta)
    keys = [(r.adapter, r.listener, r.shots, r.repeat) for r in results.rows]
    expected = [
        (adapter, listener, shots, repeat)
        for adapter in ("generic", "knowing")
        for shots in (5, 10)
        for listener in ("ann", "bo")
        for repeat in range(3)
    ]
    assert keys == expected
    assert all(row.seconds > 0 for row in results.rows)


def test_known_adapters_get_their_known_scores(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0}), theta)
    for row in results.rows:
        if row.adapter == "knowing":
            assert (row.macro_f1, row.uar, row.accuracy) == (1.0, 1.0, 1.0)
            assert row.nll == pytest.approx(-np.log(0.925), abs=1e-5)
            assert row.ece == pytest.approx(0.075, abs=1e-5)
        else:
            assert row.uar == pytest.approx(0.25)


def test_a_listener_who_hears_otherwise_is_scored_on_their_own_ratings(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0, "bo": 1}), theta)
    score = {(r.adapter, r.listener): r for r in results.rows}
    assert score["knowing", "ann"].accuracy == 1.0
    assert score["knowing", "bo"].accuracy == 0.0
    assert score["knowing", "ann"].personalization_gain == pytest.approx(1.0)
    assert score["knowing", "bo"].personalization_gain == pytest.approx(-1.0)


def test_no_gain_over_others_is_claimed_when_nobody_else_rated(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0}), theta)
    assert {row.personalization_gain for row in results.rows} == {None}


def test_an_adapter_never_sees_a_test_clip(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    plan = draw_episodes(material.table, shots=(5, 10), repeats=3, seed=2).plan("ann")
    tested = {int(file[:3]) for file in plan.test}
    _, adapter = evaluated(material, theta)
    for support in adapter.shown:
        assert support.unlabelled is not None
        seen = {int(x[1, 1]) for x in (*support.x, *support.unlabelled)}
        assert seen == {int(file[:3]) for file in plan.pool}
        assert not seen & tested
    _, without = evaluated(material, theta, use_library=False)
    assert all(support.unlabelled is None for support in without.shown)


def test_copies_in_a_support_are_marked_as_one_recording(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    files = list(material.contents)
    pairs = dict(zip(files[::2], files[1::2], strict=True))
    contents = {**material.contents, **{b: material.contents[a] for a, b in pairs.items()}}
    material = replace(material, contents=contents)
    episodes = draw_episodes(material.table, shots=(10,), repeats=5, seed=0, contents=contents)
    adapter = FixedAdapter("generic", knows=False)
    run(material, theta, episodes, {"generic": adapter})
    assert any(support.recordings for support in adapter.shown)
    for support in adapter.shown:
        heard = [int(x[1, 1]) for x in support.x]
        assert support.heard == len(set(heard))
        if support.recordings:
            assert len(set(zip(heard, support.recordings, strict=True))) == len(set(heard))


def test_support_targets_are_what_the_listener_said(theta: Checkpoint) -> None:
    material = planted({"ann": 1})
    rows = tuple(
        replace(row, emotions=(*row.emotions, "neutral")) if row.file == "001.wav" else row
        for row in material.table.rows
    )
    material = replace(material, table=replace(material.table, rows=rows))
    episodes = draw_episodes(material.table, shots=(10,), repeats=20, seed=0)
    adapter = FixedAdapter("generic", knows=False)
    run(material, theta, episodes, {"generic": adapter})
    words = ("neutral", "happy", "sad", "wistful")
    for support in adapter.shown:
        assert support.classes.words == words
        assert support.targets.sum(axis=1) == pytest.approx(1.0)
        for x, target in zip(support.x, support.targets, strict=True):
            clip = int(x[1, 1])
            expected = {words[(clip + 1) % 4]} | ({"neutral"} if clip == 1 else set())
            assert {words[i] for i in np.flatnonzero(target)} == expected


def test_listeners_keep_their_own_words_unless_they_share_them(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    material = replace(
        material,
        table=replace(
            material.table,
            rows=(
                *material.table.rows,
                *(replace(r, listener="bo", emotions=("grim",)) for r in material.table.rows),
            ),
        ),
    )
    _, adapter = evaluated(material, theta)
    assert {s.classes.words for s in adapter.shown} == {
        ("neutral", "happy", "sad", "wistful"),
        ("grim",),
    }
    _, adapter = evaluated(material, theta, shared_words=True)
    assert {s.classes.words for s in adapter.shown} == {
        ("neutral", "happy", "sad", "grim", "wistful")
    }


def test_a_leaking_episode_list_stops_the_run(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    episodes = draw_episodes(material.table, shots=(5,), repeats=1)
    bad = replace(episodes.episodes[0], support=episodes.plans[0].test[:5])
    with pytest.raises(PerserError, match="Leakage"):
        run(
            material,
            theta,
            replace(episodes, episodes=(bad,)),
            {"generic": FixedAdapter("generic", knows=False)},
        )


def test_generic_is_never_left_out(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    episodes = draw_episodes(material.table, shots=(5,), repeats=1)
    with pytest.raises(PerserError, match="generic is needed"):
        run(material, theta, episodes, {"other": FixedAdapter("other", knows=True)})


def test_a_cancelled_run_ends_at_once(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    episodes = draw_episodes(material.table, shots=(5,), repeats=1)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        run(
            material,
            theta,
            episodes,
            {"generic": FixedAdapter("generic", knows=False)},
            progress=progress,
        )


def test_the_summary_counts_listeners_and_not_episodes(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0, "bo": 0, "cy": 1}), theta)
    by = {(s.adapter, s.shots): s for s in summarize(results, seed=0)}
    knowing = by["knowing", 5]
    assert (knowing.listeners, knowing.episodes, knowing.interval_over) == (3, 9, "listeners")
    assert knowing.intervals["accuracy"].mean == pytest.approx(2 / 3, abs=1e-6)
    assert (knowing.share_helped, knowing.share_harmed) == pytest.approx((2 / 3, 1 / 3), abs=1e-6)
    assert knowing.win_rate == pytest.approx(2 / 3, abs=1e-6)
    gains = listener_gains(results, "knowing", 5)
    assert knowing.gain_over_generic.mean == pytest.approx(np.mean(list(gains.values())), abs=1e-6)
    assert next(iter(gains)) == "cy"
    generic = by["generic", 5]
    assert (generic.gain_over_generic.mean, generic.share_helped, generic.share_harmed) == (0, 0, 0)


def test_with_one_listener_the_interval_is_over_repeats(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0}), theta)
    rows = [
        replace(row, macro_f1=0.1 * row.repeat) if row.adapter == "knowing" else row
        for row in results.rows
    ]
    summary = summarize(replace(results, rows=tuple(rows)), seed=0)
    knowing = next(s for s in summary if s.adapter == "knowing")
    assert knowing.interval_over == "repeats"
    assert knowing.intervals["macro_f1"].low < 0.1 < knowing.intervals["macro_f1"].high


def test_confusions_count_every_prediction_on_every_test_clip(theta: Checkpoint) -> None:
    results, _ = evaluated(planted({"ann": 0}), theta)
    generic = [c for c in results.confusions if c.adapter == "generic" and c.shots == 5]
    assert {c.predicted for c in generic} == {"neutral"}
    assert sum(c.count for c in generic) == 3 * 20


def test_the_fingerprint_forgets_clock_times_only(theta: Checkpoint) -> None:
    material = planted({"ann": 0})
    first, second = (evaluated(material, theta)[0] for _ in range(2))
    one, two = (document(r, seed=0) for r in (first, second))
    assert one["fingerprint"] == two["fingerprint"]
    assert one["rows"][0]["seconds"] > 0
    assert document(first, seed=0, timings=False) == document(second, seed=0, timings=False)
    changed = replace(first, rows=(replace(first.rows[0], uar=0.5), *first.rows[1:]))
    assert document(changed, seed=0)["fingerprint"] != one["fingerprint"]


def test_words_stand_in_the_order_of_the_classes_whatever_their_spelling() -> None:
    material = planted({"ann": 0})
    assert emotion_set(material.table, ()).words == ("neutral", "happy", "sad", "wistful")


def test_words_that_are_offered_come_last_and_never_beside_a_synonym() -> None:
    material = planted({"ann": 0})
    offered = ("bored", "sadness", "neutral", "Wistful")
    found = emotion_set(material.table, ("neutral", "happy", "sad", "bored"), offered)
    assert found.words == ("neutral", "happy", "sad", "wistful", "bored")


def test_a_word_that_is_offered_and_never_said_has_its_place_in_every_answer(
    theta: Checkpoint,
) -> None:
    seen: list[Answer] = []
    evaluated(planted({"ann": 0}), theta, offered=("bored",), observe=seen.append)
    assert {answer.words.words[-1] for answer in seen} == {"bored"}
    assert all(answer.p.shape[1] == len(answer.words.words) for answer in seen)
    assert all(answer.y[:, -1].sum() == 0 == answer.given[:, -1].sum() for answer in seen)


def test_agreement_between_listeners_is_alpha_over_the_clips_they_share() -> None:
    same = agreement(planted({"ann": 0, "bo": 0}).table, ["ann", "bo"])
    assert same == {"alpha": 1.0, "listeners": 2, "clips": 40, "clips_rated_by_several": 40}
    assert agreement(planted({"ann": 0, "bo": 1}).table, ["ann", "bo"])["alpha"] < 0
    assert agreement(planted({"ann": 0}).table, ["ann"])["alpha"] is None
