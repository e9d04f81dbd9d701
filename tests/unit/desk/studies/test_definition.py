"""The file of a study: it comes back as it was, and nothing strange gets in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perser_gui.desk.studies.definition import (
    FORMAT,
    Study,
    StudyClip,
    read_study,
    study_of,
    study_text,
    write_study,
)
from perser_gui.errors import PerserError

STUDY = Study(
    "Tone of calls",
    ("happy", "sad", "wütend"),
    (
        StudyClip("a.wav", "a" * 64),
        StudyClip("sub/b.wav", "b" * 64 + "#2@1000-2500", 1.0, 2.5, "one", "speaker 1"),
    ),
    instructions="Listen.\nThen choose.",
    order="balanced",
    seed=7,
    repeats=1,
    gap=0,
    break_after=10,
    intensity=5,
    replays=2,
    listeners=("p01", "p02"),
)


def data(**changes: object) -> dict[str, object]:
    return {**json.loads(study_text(STUDY)), **changes}


def test_a_study_comes_back_from_its_file_and_has_the_same_key(tmp_path: Path) -> None:
    path = tmp_path / "study.json"
    write_study(path, STUDY)
    assert read_study(path) == STUDY
    assert read_study(path).key == STUDY.key
    assert study_of(data(seed=8)).key != STUDY.key


def test_a_study_may_be_written_by_hand_in_toml(tmp_path: Path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(
        f'format = "{FORMAT}"\nname = "Mine"\nwords = ["happy", "sad"]\nrepeats = 1\n'
        '[[clips]]\nfile = "a.wav"\n[[clips]]\nfile = "b.wav"\nblock = "second"\n',
        encoding="utf-8",
    )
    found = read_study(path)
    assert found == Study(
        "Mine",
        ("happy", "sad"),
        (StudyClip("a.wav"), StudyClip("b.wav", block="second")),
        repeats=1,
    )


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"format": "perser-study/9"}, "newer"),
        ({"name": " "}, "name"),
        ({"name": "x" * 200}, "“name”"),
        ({"name": "a\x1b[2J"}, "cannot be printed"),
        ({"clips": [{"file": "in/a\nb.wav"}]}, "clip 1.*printed: in/a.{2}b.wav; please rename"),
        ({"words": ["happy"]}, "two words"),
        ({"words": ["happy", "Happy"]}, "twice"),
        ({"words": "happy"}, "“words”"),
        ({"words": ["happy", 3]}, "“words”"),
        ({"words": ["a;b", "c"]}, "semicolons"),
        ({"words": [f"w{n}" for n in range(100)]}, "“words”"),
        ({"order": "sorted"}, "“order”"),
        ({"seed": -1}, "“seed”"),
        ({"seed": True}, "“seed”"),
        ({"repeats": 1.5}, "“repeats”"),
        ({"repeats": 3}, "fewer repeats"),
        ({"intensity": 1}, "2 to 9"),
        ({"intensity": 10}, "“intensity”"),
        ({"cant_tell": "yes"}, "“cant_tell”"),
        ({"replays": -1}, "“replays”"),
        ({"listeners": ["p1", "P1"]}, "twice"),
        ({"predictions": True}, "“predictions” is not a setting"),
        ({"clips": []}, "“clips”"),
        ({"clips": {"file": "a.wav"}}, "“clips”"),
        ({"clips": ["a.wav"]}, "clip 1"),
        ({"clips": [{"file": "a.wav"}, {"file": "a.wav"}]}, "twice"),
        ({"clips": [{"file": "a.wav", "content": "../../etc"}]}, "SHA-256"),
        ({"clips": [{"file": "a.wav", "start": 2, "end": 1}]}, "before"),
        ({"clips": [{"file": "a.wav", "start": 2}]}, "before"),
        ({"clips": [{"file": "a.wav", "start": "1", "end": 2}]}, "“start”"),
        ({"clips": [{"file": ""}]}, "“file”"),
        ({"clips": [{"file": "a.wav", "run": "rm"}]}, "“run”"),
    ],
)
def test_what_does_not_fit_is_named(changes: dict[str, object], about: str) -> None:
    with pytest.raises(PerserError, match=about):
        study_of(data(**changes))


@pytest.mark.parametrize(
    "text", ["", "[]", "null", "{", '{"a":' * 100_000, '{"format": NaN}', "\x00\x01", "1e999"]
)
def test_a_file_that_is_no_study_says_so_in_one_sentence(text: str, tmp_path: Path) -> None:
    for name in ("study.json", "study.toml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        with pytest.raises(PerserError, match=name) as caught:
            read_study(path)
        assert "\n" not in str(caught.value)
    with pytest.raises(PerserError):
        read_study(tmp_path / "gone.json")


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


@given(st.sampled_from(sorted(data())), JUNK)
def test_whatever_stands_in_a_setting_it_is_a_study_or_a_sentence(name: str, junk: object) -> None:
    try:
        found = study_of(data(**{name: junk}))
    except PerserError:
        return
    assert study_of(json.loads(study_text(found))) == found
