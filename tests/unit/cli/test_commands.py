"""Every command through the real door."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import presence
from perser_gui.audio.sources import AudioSource
from perser_gui.desk import Desk
from perser_gui.paths import shipped
from perser_gui.testing import write_tone

from .conftest import Run

pytestmark = pytest.mark.usefixtures("tiny")

ROOT = Path(__file__).parents[3]
IS_SPEECH = presence.is_speech


def adapt(run: Run, table: Path, audio: Path, checkpoint: Path, *more: object) -> object:
    return run(
        "adapt", "--listener", "Ana", "--ratings", table, "--audio", audio,
        "--checkpoint", checkpoint, "--adapter", "fine-tune", *more,
    )  # fmt: skip


def state_of_the_store() -> tuple[object, ...]:
    desk = Desk.open()
    try:
        people = desk.listeners()
        return (
            people,
            [row.clip for row in desk.clips()],
            [desk.ratings(one.id) for one in people],
            [[record.id for record in desk.history(one.id)] for one in people],
        )
    finally:
        desk.close()


def test_adapt_takes_a_table_and_prints_one_json_document(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    ran = adapt(run, table, audio, checkpoint, "--json")
    assert ran.status == 0
    document = ran.json
    assert (document["listener"], document["imported"]) == ("Ana", 6)
    assert document["after"]["count"] == 6
    verdict = document["verdict"]
    assert (verdict["outcome"], verdict["count"], verdict["more"]) == ("too early", 6, 14)
    assert verdict["low"] <= verdict["after"] <= verdict["high"]
    assert document["profile"]["verdict"] == verdict
    assert (document["use"], document["helped"], document["present"]) == ("everyone", False, None)
    assert document["helped"] == document["profile"]["current"]
    assert document["profile"]["classes"] == ["happy", "gloomy"]
    assert Path(document["profile"]["path"]).is_file()


def test_adapt_prints_before_and_after_for_people(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    ran = adapt(run, table, audio, checkpoint)
    assert ran.status == 0
    assert re.search(r"all labels +6 +\d+ % +\d+ % \(\d+ to \d+ %\)", ran.out)
    assert re.search(r"gloomy +\d +\d+ % +\d+ %", ran.out)
    assert "Too early to tell: 14 more labels. How well your labels are foreseen: " in ran.out


def test_adapting_again_without_a_table_uses_the_stored_ratings_and_gives_the_same(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    from safetensors.numpy import load_file

    first = adapt(run, table, audio, checkpoint, "--json").json
    again = run(
        "adapt", "--listener", "ana", "--checkpoint", checkpoint, "--adapter", "fine-tune", "--json"
    ).json
    assert again["after"] == first["after"]
    assert again["imported"] == 0
    weights = [load_file(one["profile"]["path"]) for one in (first, again)]
    assert weights[0].keys() == weights[1].keys()
    assert all(np.array_equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_listener_that_the_table_does_not_have_is_bad_input(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    ran = run(
        "adapt", "--listener", "Cleo", "--ratings", table, "--audio", audio,
        "--checkpoint", checkpoint,
    )  # fmt: skip
    assert (ran.status, ran.out) == (2, "")
    assert ran.err.count("\n") == 1
    assert "Cleo" in ran.err
    assert "Ana" in ran.err


def test_an_adapter_that_does_not_exist_leaves_the_store_as_it_was(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    before = state_of_the_store()
    ran = run(
        "adapt", "--listener", "Ana", "--ratings", table, "--audio", audio,
        "--checkpoint", checkpoint, "--adapter", "magic",
    )  # fmt: skip
    assert ran.status == 2
    assert "magic" in ran.err
    assert state_of_the_store() == before


def test_audio_without_a_table_is_wrong_use(run: Run, audio: Path) -> None:
    ran = run("adapt", "--listener", "Ana", "--audio", audio)
    assert ran.status == 2
    assert "--ratings" in ran.err


def test_predict_writes_a_table_csv_and_json_with_the_same_content(
    run: Run, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    shown = run("predict", audio, "--checkpoint", checkpoint)
    assert shown.status == 0
    assert "7.wav" in shown.out
    document = run("predict", audio, "--checkpoint", checkpoint, "--json").json
    text = run("predict", audio, "--checkpoint", checkpoint, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["prediction"] for row in rows] == [
        one["prediction"] for one in document["predictions"]
    ]
    out = tmp_path / "p.json"
    ran = run("predict", audio, "--checkpoint", checkpoint, "--json", "--out", out)
    assert ran.out == ""
    assert json.loads(out.read_text()) == document


def test_predict_for_a_listener_uses_the_profile_and_shows_everyones_beside(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    adapted = adapt(run, table, audio, checkpoint, "--json").json
    run("listeners", "rollback", "Ana", "--to", adapted["profile"]["id"])
    document = run("predict", audio, "--listener", "Ana", "--checkpoint", checkpoint, "--json").json
    assert document["profile"]["id"] == adapted["profile"]["id"]
    for row in document["predictions"]:
        assert set(row["probabilities"]) == {"happy", "gloomy"}
        assert row["adapter"] == "fine-tune"
    assert (document["words"], document["words_of"]) == (["happy", "gloomy"], "listener")
    told = run("predict", audio, "--listener", "Ana", "--checkpoint", checkpoint).out
    assert "Both over the words of Ana: happy, gloomy." in told
    assert f"Ana's: profile {adapted['profile']['id']}, from " in told
    everyone = run("predict", audio, "--checkpoint", checkpoint, "--json").json
    assert everyone["words_of"] == "model"
    assert set(everyone["words"]) == set(everyone["predictions"][0]["probabilities"])
    told = run("predict", audio, "--checkpoint", checkpoint).out
    assert f"over its own words: {', '.join(everyone['words'])}." in told
    yours = np.array([list(row["probabilities"].values()) for row in document["predictions"]])
    generic = [list(row["generic_probabilities"].values()) for row in document["predictions"]]
    assert not np.allclose(yours, generic, atol=1e-3)


def test_predict_says_which_words_of_a_listener_everyones_model_does_not_know(
    run: Run, audio: Path, checkpoint: Path
) -> None:
    run("listeners", "add", "Uta M", "--emotions", "happy,Wut,Freude")
    run("listeners", "add", "Bo", "--emotions", "happy,angry")
    wanted = ("predict", audio, "--checkpoint", checkpoint, "--listener")
    told = run(*wanted, "Uta M").err
    assert "Everyone's model does not know Wut, Freude:" in told
    assert "perser listeners emotions 'Uta M'" in told
    assert "does not know" not in run(*wanted, "Bo").err


def test_predict_says_when_a_profile_does_not_apply(
    run: Run, table: Path, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    from perser_gui.model.checkpoint import save_checkpoint
    from perser_gui.testing import tiny_checkpoint

    profile = adapt(run, table, audio, checkpoint, "--json").json["profile"]["id"]
    run("listeners", "rollback", "Ana", "--to", profile)
    other = save_checkpoint(tiny_checkpoint(seed=9), tmp_path / "other")
    ran = run("predict", audio, "--listener", "Ana", "--checkpoint", other, "--json")
    assert ran.status == 0
    assert "adapt again" in ran.err
    assert {row["adapter"] for row in ran.json["predictions"]} == {"generic"}


def test_predict_leaves_the_users_list_alone(run: Run, audio: Path, checkpoint: Path) -> None:
    before = state_of_the_store()
    run("predict", audio, "--checkpoint", checkpoint)
    assert state_of_the_store() == before


def test_predict_names_a_broken_file_and_goes_on(
    run: Run, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    (audio / "broken.wav").write_bytes(b"RIFF")
    ran = run("predict", audio, "--checkpoint", checkpoint, "--json")
    assert ran.status == 0
    assert "broken.wav" in ran.err
    assert len(ran.json["predictions"]) == 8
    assert "broken.wav" in ran.json["problems"][0]
    alone = run("predict", audio / "broken.wav", "--checkpoint", checkpoint, "--json")
    assert (alone.status, alone.out) == (2, "")


def test_predict_writes_an_audformat_database(
    run: Run, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    audformat = pytest.importorskip("audformat")
    out = tmp_path / "database"
    ran = run("predict", audio, "--checkpoint", checkpoint, "--format", "audformat", "--out", out)
    assert ran.status == 0
    database = audformat.Database.load(str(out))
    emotions = database["predicted"]["emotion"].get()
    document = run("predict", audio, "--checkpoint", checkpoint, "--json").json
    assert list(emotions) == [row["prediction"] for row in document["predictions"]]
    probability = database["predicted"]["sad"].get()
    assert list(probability) == pytest.approx(
        [row["probabilities"]["sad"] for row in document["predictions"]]
    )
    json.loads(database.description)


@pytest.fixture
def talk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A recording of 24 s in which somebody speaks twice."""
    from perser_gui.audio import speech
    from perser_gui.audio.speech import Segment

    said = [Segment(1.0, 3.25), Segment(20.0, 23.5)]
    monkeypatch.setattr(speech, "utterances", lambda *_args, **_options: said)
    return write_tone(tmp_path / "talk" / "talk.wav", 440, seconds=24)


def test_predict_says_of_each_utterance_of_a_recording_where_it_lies(
    run: Run, talk: Path, checkpoint: Path
) -> None:
    shown = run("predict", talk, "--checkpoint", checkpoint).out.split("\n\n")[0].splitlines()
    assert shown[0].split() == ["file", "start", "end", "everyone's", "p"]
    assert [line.split()[1:3] for line in shown[2:]] == [["1.000", "3.250"], ["20.000", "23.500"]]
    text = run("predict", talk, "--checkpoint", checkpoint, "--format", "csv").out
    rows = list(csv.DictReader(text.splitlines()))
    assert [(row["start"], row["end"]) for row in rows] == [("1.0", "3.25"), ("20.0", "23.5")]
    document = run("predict", talk, "--checkpoint", checkpoint, "--json").json
    assert [(row["start"], row["end"]) for row in document["predictions"]] == [
        (1.0, 3.25),
        (20.0, 23.5),
    ]
    assert len({row["content"] for row in document["predictions"]}) == 2


def test_predict_cuts_only_above_the_limit_that_is_asked_for(
    run: Run, talk: Path, checkpoint: Path
) -> None:
    for limit in (0, 30):
        shown = run("predict", talk, "--checkpoint", checkpoint, "--cut-above", limit).out
        assert shown.split()[:3] == ["file", "everyone's", "p"]
        assert shown.count("talk.wav") == 1
    assert run("predict", talk, "--checkpoint", checkpoint, "--cut-above", -1).status == 2


def test_predict_writes_utterances_into_audformat_by_start_and_end(
    run: Run, talk: Path, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    audformat = pytest.importorskip("audformat")
    out = tmp_path / "database"
    ran = run(
        *("predict", talk, audio / "0.wav", "--checkpoint", checkpoint),
        *("--format", "audformat", "--out", out),
    )
    assert ran.status == 0, ran.err
    table = audformat.Database.load(str(out))["predicted"].get().reset_index()
    times = [
        (s.total_seconds(), e.total_seconds()) for s, e in zip(table.start, table.end, strict=True)
    ]
    assert times == [(1.0, 3.25), (20.0, 23.5), (0.0, 0.4)]


def test_embed_prepares_the_utterances_that_predict_will_ask_for(run: Run, talk: Path) -> None:
    clips = run("embed", talk, "--json").json["clips"]
    assert [(clip["start"], clip["end"]) for clip in clips] == [(1.0, 3.25), (20.0, 23.5)]
    assert len(run("embed", talk, "--cut-above", 0, "--json").json["clips"]) == 1


def test_adapt_learns_from_a_table_that_names_parts_of_one_recording(
    run: Run, talk: Path, checkpoint: Path, tmp_path: Path
) -> None:
    table = tmp_path / "r.csv"
    words = ("happy", "sad", "happy", "sad")
    rows = [f"talk.wav,Ana,{word},{2 * n},{2 * n + 1.5}" for n, word in enumerate(words)]
    table.write_text("file,listener,emotion,start,end\n" + "\n".join(rows))
    ran = adapt(run, table, talk.parent, checkpoint, "--json")
    assert ran.status == 0, ran.err
    assert ran.json["profile"]["ratings"] == 4


@pytest.mark.parametrize("arguments", [("--format", "xml"), ("--format", "audformat")])
def test_predict_refuses_formats_it_cannot_write(
    run: Run, audio: Path, checkpoint: Path, arguments: tuple[str, ...]
) -> None:
    assert run("predict", audio, "--checkpoint", checkpoint, *arguments).status == 2


def test_predict_without_a_file_is_wrong_use(run: Run) -> None:
    assert run("predict").status == 2


def test_embed_fills_the_cache_and_saves_features(run: Run, audio: Path, tmp_path: Path) -> None:
    from safetensors.numpy import load_file

    ran = run("embed", audio, "--json", "--out", tmp_path / "f.safetensors")
    assert ran.status == 0
    contents = [clip["content"] for clip in ran.json["clips"]]
    features = load_file(tmp_path / "f.safetensors")
    assert set(features) == set(contents)
    assert features[contents[0]].shape == (2, 16)
    assert "8 clips" in run("embed", audio).out


@pytest.mark.parametrize("command", ["predict", "embed"])
def test_a_command_decodes_each_file_once(
    run: Run, audio: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    decoded: list[Path] = []
    genuine = AudioSource.blocks
    monkeypatch.setattr(
        AudioSource,
        "blocks",
        lambda self, *start: decoded.append(self.path) or genuine(self, *start),
    )
    named = ("--checkpoint", checkpoint) if command == "predict" else ()
    assert run(command, audio, *named).status == 0
    assert sorted(decoded) == sorted(audio.iterdir())


def test_one_profile_is_deleted_and_labels_and_the_others_stay(
    run: Run, table: Path, audio: Path, checkpoint: Path
) -> None:
    numbers = [adapt(run, table, audio, checkpoint, "--json").json["profile"]["id"]
               for _ in range(2)]  # fmt: skip
    run("listeners", "rollback", "Ana", "--to", numbers[0], "--checkpoint", checkpoint)
    labels = run("listeners", "list", "--json").json[0]["ratings"]
    assert run("listeners", "delete-profile", "Ana", numbers[0]).status  # nobody answers
    assert len(run("listeners", "history", "Ana", "--json").json) == 2
    gone = run("listeners", "delete-profile", "Ana", numbers[0], "--yes", "--json")
    assert gone.json == {"listener": "Ana", "deleted": numbers[0], "was_in_use": True}
    (left,) = run("listeners", "history", "Ana", "--json").json
    assert left["id"] == numbers[1]
    (ana,) = run("listeners", "list", "--json").json
    assert (ana["ratings"], ana["profile"]) == (labels, None)
    again = run("listeners", "delete-profile", "Ana", numbers[0], "--yes")
    assert (again.status, f"no profile {numbers[0]}" in again.err) == (2, True)


def test_listeners_are_added_renamed_and_listed(run: Run) -> None:
    assert run("listeners", "add", "Ana", "--emotions", "joy, wistful").status == 0
    assert run("listeners", "add", "ana").status == 2
    assert run("listeners", "rename", "Ana", "Zoe").status == 0
    (zoe,) = run("listeners", "list", "--json").json
    assert zoe["name"] == "Zoe"
    assert zoe["emotions"] == [
        {"word": "joy", "classes": ["happy"]},
        {"word": "wistful", "classes": []},
    ]
    assert "Zoe" in run("listeners", "list").out
    assert run("listeners", "rename", "Nobody", "X").status == 2


def test_emotions_can_be_renamed_and_replaced_from_the_terminal(
    run: Run, table: Path, audio: Path
) -> None:
    run("import", table, "--audio", audio)
    shown = run("listeners", "emotions", "Ana", "--rename", "gloomy=dim", "--json").json
    assert shown["counts"] == {"happy": 3, "dim": 3}
    fewer = run("listeners", "emotions", "Ana", "--set", "dim,angry", "--json").json
    assert fewer["counts"] == {"dim": 3, "angry": 0}
    assert run("listeners", "emotions", "Ana", "--rename", "nonsense").status == 2
    assert "dim" in run("listeners", "emotions", "Ana").out


def test_history_and_rollback(run: Run, table: Path, audio: Path, checkpoint: Path) -> None:
    first = adapt(run, table, audio, checkpoint, "--json").json["profile"]["id"]
    second = adapt(run, table, audio, checkpoint, "--seed", "1", "--json").json["profile"]["id"]
    run("listeners", "rollback", "Ana", "--to", second)
    back = run("listeners", "rollback", "Ana", "--checkpoint", checkpoint, "--json").json
    assert back["profile"]["id"] == first
    assert (back["verdict"]["outcome"], back["verdict"]["count"]) == ("too early", 6)
    told = run("listeners", "rollback", "Ana", "--to", first, "--checkpoint", checkpoint).out
    assert "Too early to tell: 14 more labels (how well your labels are foreseen: " in told
    history = run("listeners", "history", "Ana", "--json").json
    assert [(one["id"], one["current"]) for one in history] == [(second, False), (first, True)]
    generic = run("listeners", "rollback", "Ana", "--to", "generic", "--json").json
    assert generic["profile"] is None
    assert run("listeners", "rollback", "Ana").status == 2
    assert run("listeners", "rollback", "Ana", "--to", "99").status == 2
    shown = run("listeners", "history", "Ana").out
    assert "fine-tune" in shown
    assert "Too early to tell: 14 more labels" in shown


def test_models_lists_adapters_and_encoders(run: Run, checkpoint: Path) -> None:
    document = run("models", "list", "--json").json
    assert {"generic", "fine-tune", "meta-perser"} <= set(document["adapters"])
    assert "bundled" in {one["name"] for one in document["encoders"]}
    assert "fine-tune" in run("models", "list").out
    shown = run("models", "show", checkpoint, "--json").json
    assert (shown["name"], shown["meta_trained"]) == ("tiny", True)
    assert run("models", "show", "no-such").status == 2


def test_models_build_bundled_refuses_a_folder_without_whisper(run: Run, tmp_path: Path) -> None:
    ran = run("models", "build-bundled", tmp_path, tmp_path / "out")
    assert ran.status == 2
    assert str(tmp_path) in ran.err


def test_ratings_predictions_and_profiles_travel_by_file(
    run: Run, table: Path, audio: Path, checkpoint: Path, tmp_path: Path
) -> None:
    profile = adapt(run, table, audio, checkpoint, "--json").json["profile"]["id"]
    run("listeners", "rollback", "Ana", "--to", profile)
    out = tmp_path / "out"
    for what, name in [
        ("ratings", "r.csv"),
        ("profile", "p.safetensors"),
        ("predictions", "p.csv"),
    ]:
        ran = run(
            "export", out / name, "--listener", "Ana", "--what", what, "--checkpoint", checkpoint
        )
        assert ran.status == 0, ran.err
        assert (out / name).is_file()
    fits = ("--checkpoint", checkpoint)
    assert run("import", out / "p.safetensors", *fits).status == 2
    refused = run("import", out / "p.safetensors", "--listener", "Eve")
    assert refused.status == 2
    assert "another base model" in refused.err
    assert run("import", out / "p.safetensors", "--listener", "Eve", *fits).status == 0
    assert run("import", out / "r.csv", "--json").json["ratings"] == 0
    names = [one["name"] for one in run("listeners", "list", "--json").json]
    assert names == ["Ana", "Eve"]
    assert run("export", out / "x", "--listener", "Ana", "--what", "soul").status == 2


def test_the_doctor_names_what_is_broken_and_says_so_in_its_status(
    run: Run, checkpoint: Path, tmp_path: Path
) -> None:
    well = run("doctor", "--checkpoint", checkpoint, "--json")
    checks = {one["name"]: one for one in well.json["checks"]}
    assert well.status == 0, well.err
    assert set(checks) == {
        "program", "torch", "model", "encoder", "store", "cache", "sound", "ffmpeg", "window",
    }  # fmt: skip
    assert "tiny" in checks["model"]["detail"]
    ill = run("doctor", "--checkpoint", tmp_path / "none", "--json")
    assert ill.status == 2
    assert ill.json["ok"] is False
    assert "model, encoder" in ill.err


def test_a_damaged_store_is_one_plain_sentence_and_the_doctor_sees_it(
    run: Run, home: Path, checkpoint: Path
) -> None:
    run("listeners", "add", "Ana")
    store = home / "data" / "perser.db"
    store.write_bytes(b"nothing of a database " * 300)
    ran = run("listeners", "list")
    assert (ran.status, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert f"{store}.damaged-" in ran.err
    checks = run("doctor", "--checkpoint", checkpoint, "--json").json["checks"]
    assert [one["name"] for one in checks if one["state"] == "broken"] == ["store"]


def test_no_command_opens_a_socket(
    run: Run, table: Path, audio: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []

    class Blocked(socket.socket):
        def __init__(self, *arguments: object, **options: object) -> None:
            opened.append(arguments)
            raise OSError("no network in this test")

    monkeypatch.setattr(socket, "socket", Blocked)
    assert adapt(run, table, audio, checkpoint).status == 0
    assert run("predict", audio, "--listener", "Ana", "--checkpoint", checkpoint).status == 0
    assert run("embed", audio).status == 0
    assert run("doctor", "--checkpoint", checkpoint).status == 0
    assert run("demo", "--checkpoint", checkpoint, "--adapter", "fine-tune").status == 0
    assert run("models", "list").status == 0
    assert opened == []


@pytest.fixture
def many_tones(tmp_path: Path) -> Path:
    """So many clips that adapting to them takes a while."""
    from perser_gui.testing import write_tone

    folder = tmp_path / "many"
    rows = ["file,listener,emotion"]
    for number in range(400):
        write_tone(folder / f"{number}.wav", 200 + number, seconds=2.0)
        rows.append(f"{number}.wav,Ana,{'happy' if number % 2 else 'sad'}")
    (folder / "ratings.csv").write_text("\n".join(rows))
    return folder


def real_checkpoint(folder: Path) -> Path:
    """A random head for the encoder that ships with the program."""
    from dataclasses import replace

    import torch

    from perser_gui.model.checkpoint import save_checkpoint
    from perser_gui.model.head import HeadConfig, initial_parameters
    from perser_gui.model.normalization import SpeakerNormalization
    from perser_gui.paths import shipped
    from perser_gui.testing import tiny_checkpoint
    from perser_gui.upstream.device import pick_device
    from perser_gui.upstream.whisper import load_front

    encoder = load_front(
        shipped("models", "whisper-tiny-en-2"), name="bundled-light", device=pick_device("cpu")
    )
    head = HeadConfig(
        encoder.layers, encoder.width, hidden=16, classes=len(tiny_checkpoint().classes)
    )
    parameters = initial_parameters(head, 0)
    return save_checkpoint(
        replace(
            tiny_checkpoint(),
            encoder=encoder.id,
            head=head,
            parameters=parameters,
            rates={name: torch.full((2,), -4.0) for name in parameters},
            normalization=SpeakerNormalization.identity(head.layers, head.width),
            training={},
        ),
        folder,
    )


def test_control_c_ends_an_adaptation_and_leaves_everything_as_it_was(
    many_tones: Path, tmp_path: Path, home: Path
) -> None:
    before = state_of_the_store()
    child = subprocess.Popen(
        [
            sys.executable, "-m", "perser_gui.cli", "adapt", "--listener", "Ana",
            "--ratings", many_tones / "ratings.csv", "--audio", many_tones,
            "--checkpoint", real_checkpoint(tmp_path / "checkpoint"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PERSER_HOME": str(home)},
    )  # fmt: skip
    cache = home / "cache" / "features"
    deadline = time.monotonic() + 120
    while not any(cache.rglob("*")) and child.poll() is None and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, ""), err
    assert err == "Stopped; everything is as it was before.\n"
    assert state_of_the_store() == before


def test_the_bundled_encoder_serves_a_checkpoint_from_the_terminal(
    audio: Path, tmp_path: Path, home: Path
) -> None:
    done = subprocess.run(
        [
            sys.executable, "-m", "perser_gui.cli", "predict", audio,
            "--checkpoint", real_checkpoint(tmp_path / "checkpoint"), "--json",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PERSER_HOME": str(home)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["encoder"].startswith("whisper-tiny-en-2-")
    assert len(document["predictions"]) == 8


def test_silence_and_noise_get_no_word_in_any_format(
    run: Run, tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "is_speech", IS_SPEECH)
    random = np.random.default_rng(0)
    sounds = {"silence": np.zeros(16000), "noise": random.normal(0, 0.1, 16000)}
    for name, samples in sounds.items():
        soundfile.write(tmp_path / f"{name}.wav", samples, 16000)
    speech = shipped("resources", "starter", "synthetic-anna-1.flac")
    files = [tmp_path / "silence.wav", tmp_path / "noise.wav", speech]
    shown = run("predict", *files, "--checkpoint", checkpoint)
    assert shown.status == 0
    assert [line.count("no speech") for line in shown.out.splitlines()[2:5]] == [1, 1, 0]
    *none, spoken = run("predict", *files, "--checkpoint", checkpoint, "--json").json["predictions"]
    for row in none:
        assert (row["abstain"], row["prediction"], row["generic"]) == ("no speech", "", "")
        assert set(row["probabilities"].values()) == {None}
    assert spoken["prediction"]
    assert spoken["abstain"] in ("", "unsure")
    listed = run("predict", *files, "--checkpoint", checkpoint, "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert [row["abstain"] for row in rows[:2]] == ["no speech", "no speech"]
    for row in rows[:2]:
        assert {value for name, value in row.items() if name.startswith("p(")} == {""}
        assert (row["prediction"], row["generic"]) == ("", "")
    assert abs(sum(float(v) for k, v in rows[2].items() if k.startswith("p(")) - 1) < 1e-3
    audformat = pytest.importorskip("audformat")
    out = tmp_path / "db"
    assert run(
        "predict", *files, "--checkpoint", checkpoint, "--format", "audformat", "--out", out
    ).status == 0  # fmt: skip
    table = audformat.Database.load(str(out))["predicted"].get()
    assert list(table["abstain"][:2]) == ["no speech", "no speech"]
    assert table["emotion"].isna().tolist() == [True, True, False]
    assert table["happy"].isna().tolist() == [True, True, False]
