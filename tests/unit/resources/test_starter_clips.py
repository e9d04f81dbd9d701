from __future__ import annotations

import csv
import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import soundfile as sf

from perser_gui import paths
from perser_gui.emotions import CLASSES

STARTER = paths.shipped("resources", "starter")


def rows(name: str) -> list[dict[str, str]]:
    with (STARTER / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def script() -> ModuleType:
    path = Path(__file__).parents[3] / "resources" / "make_starter_clips.py"
    spec = importlib.util.spec_from_file_location("make_starter_clips", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_clip_in_the_table_exists_and_says_that_it_is_synthetic() -> None:
    table = rows("clips.csv")
    assert len(table) == 32
    assert {row["file"] for row in table} == {path.name for path in STARTER.glob("*.flac")}
    assert all(row["synthetic"] == "yes" and "synthetic" in row["file"] for row in table)


def test_every_manner_of_speaking_is_there_once_per_voice() -> None:
    table = rows("clips.csv")
    assert {(row["speaker"], row["made_as"]) for row in table} == {
        (speaker, emotion) for speaker in {r["speaker"] for r in table} for emotion in CLASSES[:8]
    }


def test_no_file_name_tells_the_answer() -> None:
    assert not [r["file"] for r in rows("clips.csv") for word in CLASSES if word in r["file"]]


def test_the_example_ratings_cover_every_clip_and_are_marked_simulated() -> None:
    ratings = rows("ratings.csv")
    assert {r["file"] for r in ratings} == {r["file"] for r in rows("clips.csv")}
    assert all(r["simulated"] == "yes" for r in ratings)


def test_anger_was_made_louder_and_faster_than_sadness_in_every_voice() -> None:
    level: dict[tuple[str, str], float] = {}
    seconds: dict[tuple[str, str], float] = {}
    for row in rows("clips.csv"):
        samples, rate = sf.read(STARTER / row["file"])
        key = row["speaker"], row["made_as"]
        assert rate == 16000
        level[key], seconds[key] = float(np.sqrt(np.mean(samples**2))), len(samples) / rate
    for speaker in {key[0] for key in level}:
        assert level[speaker, "angry"] > 3 * level[speaker, "sad"]
        assert seconds[speaker, "angry"] < 0.8 * seconds[speaker, "sad"]


@pytest.mark.skipif(not shutil.which("espeak-ng"), reason="espeak-ng is not installed")
def test_the_script_makes_the_same_clip_twice() -> None:
    make = script()
    style = make.STYLES["fearful"]
    first = make.styled("They moved the meeting.", "ben", style, seed=3)
    again = make.styled("They moved the meeting.", "ben", style, seed=3)
    np.testing.assert_array_equal(first, again)
    assert 0.01 < np.abs(first).max() < 1.0
