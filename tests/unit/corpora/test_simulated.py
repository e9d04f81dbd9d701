"""Simulated listeners reproduce what was measured on real ones, and hang on the seed alone."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.corpora.simulated import (
    POPULATIONS,
    VOICE_VOTES,
    Population,
    draw_habits,
    is_simulated,
    simulate_listeners,
)
from perser_gui.emotions import CLASSES, class_of
from perser_gui.errors import PerserError

FIVE = ("neutral", "happy", "sad", "angry", "fearful")
SHARES = (0.40, 0.15, 0.12, 0.10, 0.07, 0.05, 0.07, 0.04)
TALK = ("neutral", "sad", "happy", "angry", "surprised", "fearful", "disgusted", "calm")


def acted(
    words: Sequence[str],
    count: int,
    source: str = "stage",
    shares: Sequence[float] | None = None,
    intensity: float | None = None,
) -> RatingsTable:
    """A corpus of `count` clips, its classes evenly spread or in given shares."""
    borders = np.cumsum(shares if shares is not None else np.full(len(words), 1 / len(words)))
    rows = tuple(
        RatingRow(
            f"{i:04d}.wav",
            "acted",
            (words[min(int(np.searchsorted(borders, (i + 0.5) / count)), len(words) - 1)],),
            f"speaker-{i % 7}",
            intensity,
        )
        for i in range(count)
    )
    return RatingsTable(rows, None, source)


def answers(table: RatingsTable) -> dict[str, list[str]]:
    """What each listener called each clip, in the order of the clips."""
    heard = {
        name: {row.file: row.emotions[0] for row in own.rows if row.emotions}
        for name, own in table.by_listener().items()
    }
    files = sorted({row.file for row in table.rows})
    return {name: [own[file] for file in files] for name, own in heard.items()}


def test_three_raters_of_acted_clips_agree_as_much_as_real_ones() -> None:
    kappas, disputed = [], []
    for seed in range(6):
        table = acted(FIVE, 800, f"stage-{seed}")
        [heard] = simulate_listeners([table], listeners=3, ratings=800, seed=seed)
        said = list(answers(heard).values())
        kappas.append(
            float(np.mean([cohen_kappa_score(a, b) for a, b in itertools.combinations(said, 2)]))
        )
        disputed.append(sum(len(set(each)) > 1 for each in zip(*said, strict=True)))
    # measured: pairwise kappa .57 to .71, 335 of 800 clips not unanimous
    assert 0.57 <= np.mean(kappas) <= 0.71
    assert 290 <= np.mean(disputed) <= 380


def test_votes_on_voices_fall_as_in_crema_d() -> None:
    words = tuple(VOICE_VOTES)
    table = acted(words, 1200, "voices")
    [heard] = simulate_listeners([table], listeners=40, ratings=1200, seed=1, population="crema-d")
    shown = {row.file: row.emotions[0] for row in table.rows}
    votes = np.zeros((6, 6))
    columns = sorted(words)
    for row in heard.rows:
        votes[words.index(shown[row.file]), columns.index(row.emotions[0])] += 1
    votes /= votes.sum(1, keepdims=True)
    measured = np.array([VOICE_VOTES[word] for word in words])
    assert np.abs(votes - measured).max() < 0.06
    assert np.abs(votes - measured).mean() < 0.02


@pytest.mark.corpora
def test_the_vote_shares_are_those_of_the_published_votes(corpora: Path) -> None:
    columns = dict(zip("ADFHNS", sorted(VOICE_VOTES), strict=True))
    total = {word: np.zeros(6) for word in VOICE_VOTES}
    with (corpora / "crema_d" / "tabulatedVotes.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if row[""].startswith("1"):  # voice only
                acted = columns[row["fileName"].split("_")[2][0]]
                total[acted] += [float(row[letter]) for letter in columns]
    assert sum(votes.sum() for votes in total.values()) == 68_568
    for word, votes in total.items():
        assert votes / votes.sum() == pytest.approx(VOICE_VOTES[word], abs=6e-4)


def test_raters_of_unacted_speech_are_as_far_apart_as_real_ones() -> None:
    neutral, agreement = [], []
    for seed in range(12):
        table = acted(TALK, 300, f"talk-{seed}", SHARES)
        [heard] = simulate_listeners(
            [table], listeners=26, ratings=300, seed=seed, population="natural"
        )
        said = np.array(list(answers(heard).values()))
        neutral.append((said == "neutral").mean(1))
        same = (said[:, None] == said[None]).mean(2)
        agreement.append((same.sum(1) - 1) / (len(said) - 1))
    # measured on 26 raters: neutral .03 to .94, mean .54, sd .30; agreement .13 to .51, mean .38
    assert np.mean(neutral) == pytest.approx(0.54, abs=0.08)
    assert np.mean([np.std(each) for each in neutral]) == pytest.approx(0.30, abs=0.06)
    assert np.mean([np.min(each) for each in neutral]) < 0.1
    assert np.mean([np.max(each) for each in neutral]) > 0.85
    assert np.mean(agreement) == pytest.approx(0.38, abs=0.06)
    assert np.mean([np.min(each) for each in agreement]) < 0.3
    assert 0.4 < np.mean([np.max(each) for each in agreement]) < 0.6


def test_the_seed_decides_everything() -> None:
    table = acted(FIVE, 60)
    first = simulate_listeners([table], listeners=4, ratings=30, seed=3)
    again = simulate_listeners([table], listeners=4, ratings=30, seed=3)
    other = simulate_listeners([table], listeners=4, ratings=30, seed=4)
    assert first == again
    assert first != other


def test_the_people_of_another_seed_have_other_names_and_every_name_says_simulated() -> None:
    table = acted(FIVE, 20)
    names = [
        simulate_listeners([table], listeners=2, ratings=5, seed=seed)[0].listeners
        for seed in (0, 3)
    ]
    assert names == [("simulated-001", "simulated-002"), ("simulated-3-001", "simulated-3-002")]
    assert all(is_simulated(name) for both in names for name in both)
    assert not is_simulated("ann")


def test_more_listeners_change_nothing_about_the_first() -> None:
    table = acted(FIVE, 60)
    [few] = simulate_listeners([table], listeners=2, ratings=30, seed=3)
    [many] = simulate_listeners([table], listeners=5, ratings=30, seed=3)
    assert many.rows[: len(few.rows)] == few.rows


def test_ratings_are_shared_out_over_the_tables() -> None:
    tables = [acted(FIVE, 100, "one"), acted(("happy", "sad"), 10, "two")]
    first, second = simulate_listeners(tables, listeners=2, ratings=40, seed=0)
    assert {name: len(own) for name, own in first.by_listener().items()} == {
        "simulated-001": 20,
        "simulated-002": 20,
    }
    assert len(second) == 20  # all ten clips, twice
    assert second.source == "two"
    assert "simulated" in second.notes[0]
    assert {row.file for row in first.rows} <= set(tables[0].files)
    assert all(row.speaker for row in first.rows)


def test_answers_are_words_that_the_corpus_offers() -> None:
    [heard] = simulate_listeners([acted(("happy", "sad"), 50)], listeners=10, ratings=50, seed=0)
    assert set(heard.emotions) == {"happy", "sad"}


def test_without_severity_everybody_hears_alike() -> None:
    [heard] = simulate_listeners([acted(FIVE, 50)], listeners=5, ratings=50, severity=0.0, seed=0)
    said = list(answers(heard).values())
    assert all(each == said[0] for each in said)


def test_severity_drives_listeners_apart() -> None:
    def kappa(severity: float) -> float:
        [heard] = simulate_listeners(
            [acted(FIVE, 300)], listeners=6, ratings=300, severity=severity, seed=2
        )
        pairs = itertools.combinations(answers(heard).values(), 2)
        return float(np.mean([cohen_kappa_score(a, b) for a, b in pairs]))

    assert kappa(0.3) > kappa(1.0) + 0.05 > kappa(2.0) + 0.1


def test_weak_displays_are_mistaken_more_often() -> None:
    def right(intensity: float) -> float:
        table = acted(FIVE, 300, intensity=intensity)
        shown = {row.file: row.emotions for row in table.rows}
        [heard] = simulate_listeners([table], listeners=10, ratings=300, seed=0)
        return float(np.mean([row.emotions == shown[row.file] for row in heard.rows]))

    assert right(0.3) < right(1.0) - 0.05


def test_listeners_may_lack_words_or_bring_their_own() -> None:
    people = Population(clarity=3.0, missing=0.5, own_words=0.5)
    [heard] = simulate_listeners(
        [acted(CLASSES, 400)], listeners=8, ratings=400, seed=0, population=people
    )
    words = {name: set(own.emotions) for name, own in heard.by_listener().items()}
    assert any(class_of(word) is None for own in words.values() for word in own)
    assert min(len(own) for own in words.values()) < len(CLASSES)
    habits = draw_habits(people, "simulated-001", 0)
    assert words["simulated-001"] <= {word for word in habits.words if word}


def test_some_clips_get_no_answer() -> None:
    people = Population(clarity=3.0, cannot_tell=1.0)
    [heard] = simulate_listeners(
        [acted(FIVE, 200)], listeners=20, ratings=200, seed=0, population=people
    )
    blank = [
        np.mean([not row.emotions for row in own.rows]) for own in heard.by_listener().values()
    ]
    assert np.mean(blank) == pytest.approx(0.5, abs=0.2)


def test_an_unknown_population_is_refused() -> None:
    with pytest.raises(PerserError, match="martian"):
        simulate_listeners([acted(FIVE, 5)], listeners=1, ratings=5, population="martian")


def test_a_table_without_known_words_is_refused() -> None:
    with pytest.raises(PerserError, match="nobody can be simulated"):
        simulate_listeners([acted(("wistful",), 5)], listeners=1, ratings=5)


def test_every_population_is_there_by_name() -> None:
    assert set(POPULATIONS) == {"acted", "crema-d", "natural"}
