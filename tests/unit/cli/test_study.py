"""`perser study` through the real door: two people from start to the table of agreement."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from perser_gui.audio import playback
from perser_gui.cli import sitting
from perser_gui.cli.sitting import read_answer
from perser_gui.desk import Desk
from perser_gui.desk.studies.definition import Study, StudyClip
from perser_gui.errors import PerserError
from perser_gui.records import Waveform

from .conftest import Run

pytestmark = pytest.mark.usefixtures("tiny")


class AtOnce:
    """A loudspeaker on which every clip is over as soon as it begins."""

    played = 0

    def __init__(self) -> None:
        self.on_finished = None

    def load(self, waveform: Waveform) -> None:
        assert waveform.seconds > 0

    def play(self) -> None:
        AtOnce.played += 1
        assert self.on_finished is not None
        self.on_finished()

    def pause(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):
    """Types lines at the terminal; clips are over at once."""
    monkeypatch.setattr(playback, "Player", AtOnce)
    AtOnce.played = 0

    def typing(*lines: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))

    return typing


def truth(study: str, name: str, wrong: set[int] | None = None) -> list[str]:
    """Return what a person types at each trial: 1 for high tones, 2 for low (odd files)."""
    desk = Desk.open()
    try:
        state = desk.study_named(study)
        sitting = desk.join_study(state.id, name)
        known = {c.content or "": int(Path(c.file).stem) for c in state.study.clips}
        files = {content: known[content] for content in (t.clip for t in sitting.trials)}
        found = [files[t.clip] for t in sitting.trials]
    finally:
        desk.close()
    return [str(1 + (n % 2) ^ (3 * (n in (wrong or ())))) for n in found]


@pytest.mark.parametrize("sound", [True, False])
def test_control_c_leaves_a_study_and_says_what_is_kept(
    run: Run, audio: Path, typed, monkeypatch: pytest.MonkeyPatch, sound: bool
) -> None:
    assert run("study", "new", "Tones", audio, "--words", "high,low").status == 0
    typed("1", "2", "1")
    lines = iter(["1", "2"])

    def read(_prompt: str) -> str:
        line = next(lines, None)
        if line is None:
            raise KeyboardInterrupt
        return line

    monkeypatch.setattr(sitting, "_line", read)
    switch = "--sound" if sound else "--no-sound"
    ran = run("study", "run", "Tones", "--listener", "Ana", switch)
    assert ran.status == 130
    assert ran.err.endswith(f"{sitting.LEFT if sound else sitting.REHEARSED}\n")
    people = run("study", "list", "--json").json[0]["listeners"]
    assert people == ([{"name": "Ana", "answered": 2, "of": 8}] if sound else [])


def test_two_people_from_start_to_the_table_of_agreement(
    run: Run, audio: Path, tmp_path: Path, typed
) -> None:
    file = tmp_path / "tones.json"
    ran = run("study", "new", "Tones", audio, "--words", "high,low", "--repeats", 2, "--gap", 2,
              "--pause-every", 5, "--out", file, "--instructions", "Listen, then choose.",
              "--json")  # fmt: skip
    assert ran.status == 0, ran.err
    assert (ran.json["clips"], ran.json["trials"]) == (8, 10)
    assert run("study", "join", "Tones", "--listener", "Ana", "--listener", "Bo").status == 0

    assert "`perser study run STUDY" in run("study", "agreement", "Tones").err
    ana = truth("Tones", "Ana")
    typed("nonsense", "r", *ana[:3], "q")
    ran = run("study", "run", "Tones", "--listener", "Ana")
    assert ran.status == 0, ran.err
    assert "Listen, then choose." in ran.out
    assert "“nonsense” is no answer here. 1 high  2 low  0 can't tell  r play again" in ran.out
    assert "7 clips are left" in ran.out
    assert AtOnce.played == 5  # the first one twice, and the one that was left
    assert run("study", "list", "--json").json[0]["listeners"] == [
        {"name": "Ana", "answered": 3, "of": 10},
        {"name": "Bo", "answered": 0, "of": 10},
    ]
    typed(*ana[3:5], "", *ana[5:])  # an empty line ends the pause after the fifth
    ran = run("study", "run", "Tones", "--listener", "Ana")
    assert ran.out.split("4 of 10")[0].count(" of 10") == 0
    assert "Time for a pause" in ran.out
    assert "last clip" in ran.out

    bo = truth("Tones", "Bo", wrong={0, 1})
    assert "only Ana has labels; to compare" in run("study", "agreement", "Tones").err
    typed(*bo[:5], "", *bo[5:])
    assert run("study", "run", "Tones", "--listener", "Bo").status == 0

    ran = run("study", "agreement", "Tones", "--out", tmp_path / "out", "--json")
    pair = ran.json["pairs"][0]
    assert (pair["first"], pair["second"], pair["count"], pair["same"]) == ("Ana", "Bo", 8, 6)
    assert pair["kappa"] == pytest.approx(0.5)
    assert ran.json["overall"]["alpha"]["value"] == pytest.approx(1 - (4 / 16) / (128 / 240))
    assert [(c["name"], c["same"], c["count"]) for c in ran.json["consistency"]] == [
        ("Ana", 2, 2),
        ("Bo", 2, 2),
    ]
    assert (tmp_path / "out" / "consistency.svg").is_file()
    ran = run("study", "agreement", "Tones")
    assert "takes two" not in ran.err
    assert "Krippendorff's alpha" in ran.out
    assert "Own consistency" in ran.out

    for ending in ("csv", "xlsx", "parquet"):
        path = tmp_path / f"results.{ending}"
        ran = run("study", "export", "Tones", path, "--json")
        assert ran.status == 0, ran.err
        assert ran.json["answers"] == 20
        assert path.stat().st_size > 500
    with (tmp_path / "results.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [row["emotion"] for row in rows if row["listener"] == "Ana"] == [
        {"1": "high", "2": "low"}[key] for key in ana
    ]
    assert [row["plays"] for row in rows[:2]] == ["2", "1"]
    assert all(float(row["response_s"]) >= 0 for row in rows)
    ran = run("compare", "--ratings", tmp_path / "results.csv", "--json")
    assert ran.json["pairs"][0]["kappa"] == pytest.approx(0.5)


def test_a_study_is_handed_to_another_computer(
    run: Run, audio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tones.json"
    assert run("study", "new", "Tones", audio, "--words", "a,b", "--out", file).status == 0
    monkeypatch.setenv("PERSER_HOME", str(tmp_path / "other home"))
    ran = run("study", "add", file, "--audio", audio, "--json")
    assert ran.status == 0, ran.err
    assert ran.json["key"] == key_of(file)
    again = tmp_path / "again.json"
    assert run("study", "export", "Tones", again, "--definition").status == 0
    assert again.read_bytes() == file.read_bytes()
    assert run("study", "remove", "Tones").status == 0
    assert run("study", "list", "--json").json == []


def key_of(file: Path) -> str:
    from perser_gui.desk.studies.definition import read_study

    return read_study(file).key


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (("run", "Nothing", "--listener", "Ana"), "no study called Nothing"),
        (("new", "S", "AUDIO", "--words", "one"), "two words"),
        (("new", "S", "AUDIO", "--words", "a,b", "--order", "sorted"), "no order"),
        (("new", "S", "AUDIO", "--words", "a,b", "--repeats", "8", "--gap", "50"), "smaller gap"),
        (("new", "S", "AUDIO", "--words", "a,b", "--intensity", "1"), "2 to 9"),
        (("new", "S", "AUDIO", "--words", "a,b", "--instructions", "@gone.txt"), "gone.txt"),
        (("add", "gone.json"), "gone.json"),
        (("agreement", "Nothing"), "no study called"),
    ],
)
def test_bad_input_is_one_sentence(
    run: Run, audio: Path, arguments: tuple[str, ...], about: str
) -> None:
    ran = run("study", *(str(audio) if a == "AUDIO" else a for a in arguments))
    assert ran.status == 2
    assert about in ran.err
    assert ran.err.count("\n") == 1
    assert run("study", "list", "--json").json == []


def test_correcting_at_the_terminal_keeps_both_answers(run: Run, audio: Path, typed) -> None:
    assert run("study", "new", "Tones", audio, "--words", "high,low").status == 0
    typed("1", "b", "2", "q")
    assert run("study", "run", "Tones", "--listener", "Ana").status == 0
    desk = Desk.open()
    try:
        rows = desk.study_results(desk.study_named("Tones").id)
    finally:
        desk.close()
    assert [(row["trial"], row["emotion"], row["corrections"]) for row in rows] == [(1, "low", 1)]


def test_what_can_be_typed_follows_the_study() -> None:
    clips = (StudyClip("a.wav"),)
    plain = Study("S", ("x", "y"), clips)
    assert read_answer(plain, "2") == (("y",), None)
    assert read_answer(plain, "0") == ((), None)
    rich = Study("S", ("x", "y"), clips, second_word=True, intensity=5, cant_tell=False)
    assert read_answer(rich, "2+1/4") == (("y", "x"), 4)
    for study, line in (
        (plain, "3"),
        (plain, "1+2"),
        (plain, "1/2"),
        (plain, ""),
        (plain, "²"),
        (rich, "1"),
        (rich, "1/6"),
        (rich, "1+1/2"),
        (rich, "0"),
    ):
        with pytest.raises(PerserError, match="no answer here"):
            read_answer(study, line)


def test_the_file_of_a_study_is_plain_json(run: Run, audio: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    run("study", "new", "S", audio, "--words", "a, b", "--listener", "p1", "--out", file)
    data = json.loads(file.read_text(encoding="utf-8"))
    assert data["format"] == "perser-study/1"
    assert data["words"] == ["a", "b"]
    assert data["listeners"] == ["p1"]
    assert data["clips"][0]["file"] == "0.wav"


def test_the_help_says_what_each_number_of_a_study_does_and_in_which_unit(run: Run) -> None:
    told = " ".join(run("study", "new", "--help").out.replace("│", " ").split())
    for unit, said in (
        ("--repeats CLIPS", "So many clips are heard twice"),
        ("--gap CLIPS", "at least so many other clips come in between"),
        ("--pause-every CLIPS", "Offer a pause after every so many clips"),
        ("--intensity STEPS", "Ask how strongly the emotion is heard"),
    ):
        assert unit in told
        assert said in told


def test_clips_that_cannot_be_heard_get_no_answer_but_a_trial_run(
    run: Run, audio: Path, typed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("study", "new", "Tones", audio, "--words", "high,low").status == 0

    def nowhere(player: AtOnce) -> None:
        raise PerserError("No loudspeaker was found.")

    def lost(player: AtOnce) -> None:
        player.on_lost("The loudspeaker was lost.")

    for play, said in ((nowhere, "No loudspeaker was found."), (lost, "The loudspeaker was lost.")):
        monkeypatch.setattr(AtOnce, "play", play)
        typed("1")
        ran = run("study", "run", "Tones", "--listener", "Ana")
        assert ran.status == 2
        assert said in ran.err
        assert "--no-sound" in ran.err
    typed(*"12121212")
    ran = run("study", "run", "Tones", "--listener", "Ana", "--no-sound")
    assert ran.status == 0, ran.err
    assert "8 of 8" in ran.out
    assert "no answer was kept" in ran.out
    assert run("study", "list", "--json").json[0]["listeners"] == []
    assert run("listeners", "list", "--json").json == []  # a trial run leaves nobody behind
