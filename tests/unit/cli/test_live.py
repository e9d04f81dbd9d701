"""`perser live` on a recording, and what it says without a microphone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips

from .conftest import Ran, Run

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A second of silence, 1.5 of a voice, a second of silence, 1.5 of another, silence."""
    still = np.zeros(16_000, np.float32)
    one, other = (soundfile.read(path, dtype="float32")[0] for path in starter_clips()[::16])
    sound = np.concatenate((still, one[3200:27_200], still, other[3200:27_200], still))
    path = tmp_path / "talk.wav"
    soundfile.write(path, sound, 16_000)
    return path


def lines(ran: Ran, kind: str) -> list[dict[str, Any]]:
    return [d for line in ran.out.splitlines() if (d := json.loads(line))["type"] == kind]


def test_there_is_a_json_line_a_hop_and_one_an_utterance(
    run: Run, checkpoint: Path, talk: Path
) -> None:
    ran = run("live", "--file", talk, "--json", "--checkpoint", checkpoint)
    assert ran.status == 0, ran.err
    readouts, utterances = lines(ran, "readout"), lines(ran, "utterance")
    assert [r["time"] for r in readouts] == pytest.approx(list(np.arange(1, 25) * 0.25))
    assert readouts[2]["state"] == "no speech"
    assert readouts[2]["everyones"] is None
    during = next(r for r in readouts if r["time"] == 2.5)
    assert sum(during["everyones"].values()) == pytest.approx(1.0, abs=1e-3)
    assert [u["number"] for u in utterances] == [1, 2]
    assert utterances[0]["start"] == pytest.approx(0.9, abs=0.15)
    assert utterances[0]["end"] == pytest.approx(2.6, abs=0.25)
    best = max(utterances[0]["everyones"], key=utterances[0]["everyones"].get)
    assert utterances[0]["emotion"] == best


def test_the_utterances_are_predicted_as_files_are(
    run: Run, checkpoint: Path, talk: Path, tmp_path: Path
) -> None:
    first, second = lines(
        run("live", "--file", talk, "--json", "--checkpoint", checkpoint), "utterance"
    )
    samples, rate = soundfile.read(talk)
    folder = tmp_path / "cut"
    folder.mkdir()
    for name, told in (("1", first), ("2", second)):
        cut = samples[round(told["start"] * rate) : round(told["end"] * rate)]
        soundfile.write(folder / f"{name}.wav", cut, rate, subtype="FLOAT")
    offline = run("predict", folder, "--json", "--checkpoint", checkpoint).json
    alike = offline["predictions"][1]["generic_probabilities"]
    assert second["everyones"] == pytest.approx(alike, abs=0.01)


def test_yours_is_shown_beside_everyones(
    run: Run, checkpoint: Path, talk: Path, audio: Path, table: Path
) -> None:
    adapted = run(
        *("adapt", "--listener", "Ana", "--ratings", table, "--audio", audio),
        *("--adapter", "fine-tune", "--checkpoint", checkpoint, "--json"),
    )
    assert adapted.status == 0, adapted.err
    with_profile(checkpoint)
    ran = run("live", "--listener", "Ana", "--file", talk, "--json", "--checkpoint", checkpoint)
    assert ran.status == 0, ran.err
    told = lines(ran, "utterance")[0]
    assert told["listener"] == "Ana"
    assert set(told["yours"]) == set(told["everyones"])
    assert told["yours"] != told["everyones"]


def with_profile(checkpoint: Path) -> None:
    """Make the latest profile current whether or not it was found to help."""
    desk = Desk.open(checkpoint=str(checkpoint))
    owner = desk.listener_named("Ana")
    desk.make_current(owner.id, desk.history(owner.id)[0].id)
    desk.close()


def test_a_listener_without_a_profile_is_told_so(
    run: Run, checkpoint: Path, talk: Path, table: Path, audio: Path
) -> None:
    desk = Desk.open(checkpoint=str(checkpoint))
    desk.add_listener("Cleo")
    desk.close()
    ran = run("live", "--listener", "Cleo", "--file", talk, "--json", "--checkpoint", checkpoint)
    assert "Cleo has no profile in use yet" in ran.err
    assert lines(ran, "utterance")[0]["yours"] is None


def test_seconds_end_it_and_the_stretch_is_kept_only_if_asked(
    run: Run, checkpoint: Path, talk: Path, tmp_path: Path, home: Path
) -> None:
    before = {p for p in home.rglob("*") if p.suffix in (".wav", ".csv")}
    arguments = ("live", "--file", talk, "--seconds", "2.5", "--checkpoint", checkpoint)
    ran = run(*arguments)
    assert len(ran.out.splitlines()) == 1
    assert {p for p in home.rglob("*") if p.suffix in (".wav", ".csv")} == before
    ran = run(*arguments, "--save", tmp_path / "kept" / "talk.wav")
    assert soundfile.info(tmp_path / "kept" / "talk.wav").frames == 40_000
    rows = (tmp_path / "kept" / "talk-readout.csv").read_text().splitlines()
    assert len(rows) == 11


def test_the_speakers_own_clips_settle_the_voice_from_the_start(
    run: Run, checkpoint: Path, talk: Path, audio: Path
) -> None:
    ran = run(
        *("live", "--file", talk, "--json", "--same-speaker", audio, "--checkpoint", checkpoint)
    )
    assert {r["voice_clips"] for r in lines(ran, "readout")} == {8}


def test_without_a_microphone_it_says_so(
    run: Run, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.audio import microphone
    from perser_gui.errors import PerserError

    def none(*_: object) -> None:
        raise PerserError("No microphone was found; please connect one and try again.")

    monkeypatch.setattr(microphone, "find_device", none)
    monkeypatch.setattr(microphone.portaudio, "rescan", lambda: False)
    ran = run("live", "--json", "--checkpoint", checkpoint)
    assert ran.status == 2
    assert "No microphone was found" in ran.err


def test_options_that_cannot_work_are_refused(run: Run, checkpoint: Path, talk: Path) -> None:
    ran = run("live", "--file", talk, "--window", "0.1", "--checkpoint", checkpoint)
    assert ran.status == 2
    assert "The window of 0.1 s" in ran.err
