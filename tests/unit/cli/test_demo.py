"""`perser demo`: what it does, and that it tells neither a gain nor a harm that is chance."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from perser_gui.adaptation import verdict
from perser_gui.cli import demo
from perser_gui.desk.demonstration import Demonstration, Shown, by_chance, drawn
from perser_gui.desk.opening import starter_ratings
from perser_gui.records import Clip, Prediction

from .conftest import Run
from .test_commands import state_of_the_store

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which model the rule of adapting is made to put to use, in the place of its own."""
    wanted = ["new"]
    monkeypatch.setattr(verdict, "chosen", lambda *_verdicts, **_options: wanted[0])
    return wanted


def test_it_adapts_to_a_simulated_habit_and_shows_clips_it_did_not_learn_from(
    run: Run, checkpoint: Path, use: list[str]
) -> None:
    before = state_of_the_store()
    document = run("demo", "--checkpoint", checkpoint, "--json").json
    assert document["adapter"] == "meta-perser"
    assert (document["ratings"], document["verdict"]["count"]) == (20, 20)
    assert len(document["predictions"]) == document["right"]["of"] == 12
    assert (document["clips"], document["simulated"]) == ("synthetic", True)
    assert document["habit"] == {"surprised": "happy"}
    labels = {one["file"]: one["label"] for one in document["predictions"]}
    table = starter_ratings()
    assert table is not None
    with table.open(encoding="utf-8") as stream:
        rows = {row["file"]: row["emotion"] for row in csv.DictReader(stream)}
    assert labels == {
        file: ["happy" if rows[file] == "surprised" else rows[file]] for file in labels
    }
    left = Counter(rows[file] for file in labels)
    assert (left["surprised"], left["sad"], left["neutral"]) == (3, 3, 3)
    assert {left["happy"], left["angry"]} == {1, 2}
    assert any(
        one["probabilities"] != one["generic_probabilities"] for one in document["predictions"]
    )
    assert state_of_the_store() == before


def test_it_says_what_is_simulated_and_the_verdict_as_the_desk_does(
    run: Run, checkpoint: Path, use: list[str]
) -> None:
    message = run("demo", "--checkpoint", checkpoint, "--json").json["message"]
    told = run("demo", "--checkpoint", checkpoint).out
    assert "is simulated: nobody heard these clips" in told
    assert "what others call surprised it calls happy" in told
    assert message in told
    assert "yours is everyone's model" not in told


def test_where_everyones_model_stays_in_use_nothing_else_is_shown(
    run: Run, checkpoint: Path, use: list[str]
) -> None:
    use[0] = "everyone"
    document = run("demo", "--checkpoint", checkpoint, "--json").json
    assert document["use"] == "everyone"
    for one in document["predictions"]:
        assert one["probabilities"] == one["generic_probabilities"]
    told = run("demo", "--checkpoint", checkpoint).out
    assert "(yours is everyone's model, which stays in use)" in told
    assert "the same ones" in told


def test_it_keeps_some_clips_to_show(run: Run, checkpoint: Path) -> None:
    assert run("demo", "--checkpoint", checkpoint, "--ratings", "999").status == 2


def test_of_each_word_the_same_share_is_learned() -> None:
    said = ["sad"] * 8 + ["happy"] * 4 + ["angry"] * 4
    for seed in range(5):
        places = drawn(said, 8, seed)
        assert Counter(said[place] for place in places) == {"sad": 4, "happy": 2, "angry": 2}
        assert drawn(said, 8, seed) == places
    assert len({tuple(drawn(said, 8, seed)) for seed in range(5)}) == 5


def shown(generic: str, yours: str) -> list[Shown]:
    """Clips that both models label right (+) or wrong (-), one a character."""

    def said(right: str) -> Prediction:
        place = 0 if right == "+" else 1
        return Prediction("c", ("sad", "happy"), np.eye(2, dtype=np.float32)[place], None, "x")

    clip = Clip("c", Path("c.wav"), 1.0)
    return [
        Shown(clip, ("sad",), said(mine), said(other))
        for mine, other in zip(yours, generic, strict=True)
    ]


@pytest.mark.parametrize(
    ("generic", "yours", "ends"),
    [
        ("++++++++----", "++++++------", "on 2 clips one is right and the other is not: too few"),
        ("+++-+--+----", "++++--------", "on 3 clips one is right and the other is not: too few"),
        ("------------", "++++++------", "on 6 clips one is right and the other is not: more than"),
        ("++++++------", "------------", "on 6 clips one is right and the other is not: more than"),
        ("+-----------", "------------", "on one clip one is right and the other is not: too few"),
        ("+++---------", "+++---------", "everyone's 3 of 12, the same ones."),
    ],
)
def test_a_count_that_may_be_chance_is_told_so_whichever_model_it_favours(
    generic: str, yours: str, ends: str
) -> None:
    done = Demonstration(None, 20, None, tuple(shown(generic, yours)), None)
    assert ends in demo._counted(done)
    assert f"yours {yours.count('+')}, everyone's {generic.count('+')} of 12" in demo._counted(done)


def test_how_often_a_coin_is_as_uneven() -> None:
    assert by_chance(0, 0) == by_chance(1, 0) == by_chance(2, 2) == 1.0
    assert by_chance(0, 5) == by_chance(5, 0) == 0.0625
