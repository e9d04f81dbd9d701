"""`perser evaluate` through its real door, on sounds made here."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.adaptation import ADAPTERS
from perser_gui.cli import main
from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_ratings, write_ratings
from perser_gui.emotions import CLASSES
from perser_gui.errors import PerserError

CLIPS = 24
FILES = ["episodes.json", "results.csv", "results.json", "results.png"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with audio, ratings of two listeners, and a small checkpoint."""
    import torch

    from perser_gui.model.checkpoint import Checkpoint, save_checkpoint
    from perser_gui.model.head import HeadConfig, initial_parameters
    from perser_gui.model.normalization import SpeakerNormalization
    from perser_gui.upstream import load_encoder

    folder = tmp_path_factory.mktemp("evaluate")
    time = np.arange(4800) / 16000
    rows = []
    for clip in range(CLIPS):
        tone = np.sin(2 * np.pi * (150 + 40 * clip) * time) * 0.3
        (folder / "audio").mkdir(exist_ok=True)
        soundfile.write(folder / "audio" / f"{clip:02}.wav", tone, 16000)
        for listener in ("ann", "bo"):
            word = ("happy", "sad", "wistful")[(clip // 2) % 3]
            rows.append(RatingRow(f"{clip:02}.wav", listener, (word,), f"s{clip % 2}"))
    write_ratings(RatingsTable(tuple(rows)), folder / "ratings.csv")
    encoder = load_encoder("bundled-light", device="cpu")
    head = HeadConfig(encoder.layers, encoder.width, hidden=16, classes=len(CLASSES))
    save_checkpoint(
        Checkpoint(
            name="small",
            encoder=encoder.id,
            classes=CLASSES,
            head=head,
            parameters=initial_parameters(head, 0),
            normalization=SpeakerNormalization.identity(encoder.layers, encoder.width),
            class_weights=torch.ones(len(CLASSES)),
        ),
        folder / "checkpoint",
    )
    return folder


@pytest.fixture
def arguments(place: Path, tmp_path: Path) -> list[str]:
    return [
        "evaluate",
        f"--ratings={place / 'ratings.csv'}",
        f"--audio={place / 'audio'}",
        f"--checkpoint={place / 'checkpoint'}",
        f"--out={tmp_path / 'out'}",
        "--shots=2,5",
        "--repeats=2",
        "--adapters=generic,fine-tune",
        "--device=cpu",
    ]


def test_files_and_table_follow_the_contract(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 0
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == FILES
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    keys = {"adapter", "listener", "shots", "repeat", "macro_f1", "uar", "accuracy", "nll"}
    keys |= {"ece", "seconds"}
    assert all(keys <= set(row) for row in found["rows"])
    assert len(found["rows"]) == 2 * 2 * 2 * 2
    for item in found["summary"]:
        assert item["macro_f1"]["low"] <= item["macro_f1"]["mean"] <= item["macro_f1"]["high"]
        assert {"gain_over_generic", "share_helped", "share_harmed"} <= set(item)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:3] == ["adapter", "shots", "macro-F1"]
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["generic", "2"],
        ["generic", "5"],
        ["fine-tune", "2"],
        ["fine-tune", "5"],
    ]
    csv_rows = (out / "results.csv").read_text(encoding="utf-8").splitlines()
    assert len(csv_rows) == 1 + len(found["rows"])
    assert (out / "results.png").read_bytes().startswith(b"\x89PNG")


def test_equal_seeds_give_equal_bytes_and_other_seeds_do_not(
    arguments: list[str], tmp_path: Path
) -> None:
    assert main([*arguments, "--no-timings", "--report", f"--out={tmp_path / 'a'}"]) == 0
    assert main([*arguments, "--no-timings", "--report", f"--out={tmp_path / 'b'}"]) == 0
    assert main([*arguments, "--seed=1", f"--out={tmp_path / 'c'}"]) == 0
    for name in [*FILES, "report.html"]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert (tmp_path / "a" / "results.csv").read_bytes() != (
        tmp_path / "c" / "results.csv"
    ).read_bytes()


def test_a_saved_episode_list_gives_the_same_results(arguments: list[str], tmp_path: Path) -> None:
    assert main([*arguments, "--seed=3", f"--out={tmp_path / 'a'}"]) == 0
    again = [*arguments, f"--episodes={tmp_path / 'a' / 'episodes.json'}"]
    assert main([*again, f"--out={tmp_path / 'b'}"]) == 0
    assert (tmp_path / "a" / "results.csv").read_bytes() == (
        tmp_path / "b" / "results.csv"
    ).read_bytes()


def test_both_orders_are_shown_side_by_side(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--order=suggested,random", "--report"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[:2] == ["order", "adapter"]
    assert "over random" in lines[0]
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert {row["order"] for row in found["rows"]} == {"random", "suggested"}
    assert len(found["rows"]) == 2 * 2 * 2 * 2 * 2
    assert found["configuration"]["orders"] == ["random", "suggested"]
    assert "fine-tune, suggested" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    again = [*arguments, f"--episodes={tmp_path / 'out' / 'episodes.json'}", "--order=suggested"]
    assert main([*again, f"--out={tmp_path / 'again'}"]) == 0
    repeated = json.loads((tmp_path / "again" / "results.json").read_text(encoding="utf-8"))

    def scores(rows: list[dict[str, object]]) -> list[object]:
        return [(r["adapter"], r["macro_f1"]) for r in rows if r["order"] == "suggested"]

    assert scores(repeated["rows"]) == scores(found["rows"])
    assert main([*arguments, "--order=best"]) == 2


def test_json_prints_one_document(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown == json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))


def test_steps_can_be_swept(arguments: list[str], tmp_path: Path) -> None:
    swept = "--adapters=fine-tune:steps=0,fine-tune:steps=1,fine-tune:steps=8"
    assert main([*arguments, swept]) == 0
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    by = {(s["adapter"], s["shots"]): s["nll"]["mean"] for s in found["summary"] if s["shots"] == 5}
    assert by["fine-tune:steps=1", 5] != by["fine-tune:steps=8", 5]
    assert found["summary"][0]["adapter"] == "generic"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (["--ratings=nowhere.csv"], "nowhere.csv was not found"),
        (["--audio=nowhere"], "nowhere"),
        (["--shots=five"], "no numbers of shots"),
        (["--shots=0"], "no numbers of shots"),
        (["--repeats=0"], "out of range"),
        (["--adapters=magic"], "no adapter “magic”"),
        (["--adapters=meta-perser"], "not meta-trained"),
        (["--adapters=generic:steps=3"], "number of steps"),
        (["--checkpoint=nowhere"], "no checkpoint"),
        (["--disjoint=session"], "session of"),
        (["--shots=50"], "No listener has enough ratings"),
        (["--device=abacus"], "no device"),
        (["--episodes=nowhere.json"], "nowhere.json was not found"),
    ],
)
def test_bad_input_ends_with_one_sentence_and_status_two(
    arguments: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    change: list[str],
    says: str,
) -> None:
    assert main([*arguments, *change]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1
    assert says in shown.err
    assert not (tmp_path / "out").exists()


def test_missing_and_broken_clips_are_noted_and_the_rest_is_evaluated(
    arguments: list[str], place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = (place / "ratings.csv").read_text(encoding="utf-8")
    extra = "gone.wav,ann,sad,s0\nbroken.wav,ann,sad,s0\n"
    (tmp_path / "more.csv").write_text(table + extra, encoding="utf-8")
    (place / "audio" / "broken.wav").write_bytes(b"RIFF")
    assert main([*arguments, f"--ratings={tmp_path / 'more.csv'}"]) == 0
    shown = capsys.readouterr().err
    assert "1 of 26 files are not in" in shown
    assert "broken.wav" in shown


def test_all_adapters_are_those_the_checkpoint_can_serve_and_the_others_are_named(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--adapters=all", "--shots=2", "--repeats=1"]) == 0
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    served = {item["adapter"] for item in found["summary"]}
    assert {"generic", "majority", "ridge", "fine-tune"} <= served
    (note,) = [line for line in capsys.readouterr().err.splitlines() if "holds nothing" in line]
    named = set(note.partition("adapters ")[2].partition(";")[0].split(", "))
    assert named == set(ADAPTERS) - served
    assert "meta-perser" in named


def test_simulated_listeners_are_called_simulated_on_both_outputs(
    arguments: list[str], place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = (place / "ratings.csv").read_text(encoding="utf-8")
    for name in ("ann", "bo"):
        table = table.replace(f",{name},", f",simulated-{name},")
    (tmp_path / "made.csv").write_text(table, encoding="utf-8")
    assert main([*arguments, f"--ratings={tmp_path / 'made.csv'}"]) == 0
    shown = capsys.readouterr()
    assert "95 % over simulated listeners." in shown.out
    assert "2 of 2 listeners are simulated: nobody heard the clips." in shown.err


def plans(out: Path) -> list[dict[str, list[str]]]:
    listed = json.loads((out / "episodes.json").read_text(encoding="utf-8"))["listeners"]
    return list(listed)


def test_a_checkpoint_that_does_not_say_what_it_met_is_said_to_be_silent(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--report"]) == 0
    assert "small does not say what it was trained on" in capsys.readouterr().err
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "<td>listeners seen in training</td><td><code>not known</code></td>" in page


def test_clips_the_checkpoint_was_trained_on_are_named(
    arguments: list[str], place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from dataclasses import replace

    from perser_gui.audio import content_hash
    from perser_gui.model.checkpoint import load_checkpoint, save_checkpoint

    theta = load_checkpoint(place / "checkpoint")
    heard = [content_hash(path)[:16] for path in sorted((place / "audio").glob("[0-9]*.wav"))]
    training = {"contents": heard, "listeners": ["ann"]}
    save_checkpoint(replace(theta, training=training), tmp_path / "trained")
    assert main([*arguments, f"--checkpoint={tmp_path / 'trained'}"]) == 0
    shown = capsys.readouterr().err
    assert "test clips were heard in the training of small" in shown
    assert "1 of 2 listeners took part in the training" in shown
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    configuration = found["configuration"]
    assert configuration["listeners_seen_in_training"] == "1 of 2"
    tested = len({name for plan in plans(tmp_path / "out") for name in plan["test"]})
    assert configuration["test_clips_seen_in_training"] == f"{tested} of {tested}"
    for unseen in ("clips", "listeners"):
        refused = [*arguments, f"--checkpoint={tmp_path / 'trained'}", f"--unseen={unseen}"]
        assert main(refused) == 2
        assert "Leakage: small was" in capsys.readouterr().err


def test_only_ratings_that_were_made_blind_are_taken_if_asked_for(
    arguments: list[str], place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        replace(row, extra={"blind": "yes" if int(row.file[:2]) < 16 else "no"})
        for row in read_ratings(place / "ratings.csv").rows
    ]
    write_ratings(RatingsTable(tuple(rows)), tmp_path / "blind.csv")
    given = [a for a in arguments if not a.startswith("--ratings=")]
    given += [f"--ratings={tmp_path / 'blind.csv'}"]
    assert main([*given, "--ratings-made=blind"]) == 0
    episodes = json.loads((tmp_path / "out" / "episodes.json").read_text(encoding="utf-8"))
    used = {file for one in episodes["listeners"] for file in (*one["pool"], *one["test"])}
    assert used
    assert all(int(file[:2]) < 16 for file in used)
    found = json.loads((tmp_path / "out" / "results.json").read_text(encoding="utf-8"))
    assert found["configuration"]["ratings_made"] == "blind"
    assert main([*arguments, "--ratings-made=blind"]) == 2
    assert "made blind" in capsys.readouterr().err
    assert main([*arguments, "--ratings-made=deaf"]) == 2
    assert "any, blind, seen" in capsys.readouterr().err


def test_the_files_of_a_table_lie_beside_it_if_nothing_else_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.evaluation import evaluate

    asked: list[Path] = []

    def stop(request: evaluate.Request, progress: object) -> None:
        asked.append(request.audio)
        raise PerserError("Enough.")

    monkeypatch.setattr(evaluate, "evaluate", stop)
    table = tmp_path / "R.csv"
    table.write_text("file,listener,emotion\na.wav,ann,happy\n", encoding="utf-8")
    assert main(["evaluate", f"--ratings={table}", f"--out={tmp_path / 'out'}"]) == 2
    assert asked == [tmp_path]
