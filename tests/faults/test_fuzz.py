"""Whatever the bytes of a file from outside, a reader says so in one sentence or reads it.

`PERSER_FAULTS=330` gives the readers 1,000,000 inputs (as `python -m tests.faults.fuzz` does,
which also tells of each reader).
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from . import fuzz
from .conftest import times


def test_nothing_but_a_plain_sentence_comes_of_damaged_inputs() -> None:
    outcome = fuzz.run(times(3000))
    assert outcome.kinds == {}, fuzz.report(outcome)
    assert outcome.count >= times(3000)
    for reader in fuzz.readers():
        assert outcome.read[reader.name] + outcome.refused[reader.name] > 0


def test_every_seed_is_read_when_nothing_is_damaged(tmp_path: Path) -> None:
    outcome = fuzz.Outcome()
    for number, reader in enumerate(fuzz.readers()):
        reader.damage = lambda data, rng: data
        seeds = {name: data for name, data in reader.seeds.items() if not foreign(name)}
        for at, seed in enumerate(seeds.items()):
            folder = tmp_path / f"{number} {at}"
            folder.mkdir()
            reader.seeds = dict([seed])
            fuzz.attack(reader, folder, random.Random(0), 1, outcome)
    assert outcome.refused == {}
    assert outcome.kinds == {}


def foreign(name: str) -> bool:
    """Whether it takes ffmpeg to read it, or it is only the beginning of a file."""
    return name.startswith(("video", "film", "old"))


@pytest.mark.parametrize("name", ["ratings tables", "Label Studio", "profiles", "backups"])
def test_the_damage_of_a_seed_is_the_same_each_time(name: str) -> None:
    (reader,) = (one for one in fuzz.readers() if one.name == name)
    seed = reader.seeds[sorted(reader.seeds)[0]]
    one, other = (
        [reader.damage(seed, rng) for _ in range(20)]
        for rng in (random.Random(1), random.Random(1))
    )
    assert one == other
    assert sum(data != seed for data in one) > 10
