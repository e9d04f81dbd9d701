"""Folders as people bring them, through the commands they would type."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.testing import write_tone

from .conftest import Run

pytestmark = pytest.mark.usefixtures("tiny")


@pytest.fixture
def predict(run: Run, checkpoint: Path):
    return lambda *asked: run("predict", *asked, "--checkpoint", checkpoint)


def test_every_path_is_a_row_also_when_the_bytes_are_the_same(predict, tmp_path: Path) -> None:
    write_tone(tmp_path / "p01.wav", 300)
    shutil.copy(tmp_path / "p01.wav", tmp_path / "p02.wav")
    ran = predict(tmp_path, "--json")
    rows = ran.json["predictions"]
    assert [Path(row["file"]).name for row in rows] == ["p01.wav", "p02.wav"]
    assert rows[0]["content"] == rows[1]["content"]
    assert rows[0]["probabilities"] == rows[1]["probabilities"]


def test_both_names_keep_a_rating_through_export_and_import(run: Run, tmp_path: Path) -> None:
    write_tone(tmp_path / "p01.wav", 300)
    shutil.copy(tmp_path / "p01.wav", tmp_path / "p02.wav")
    table = tmp_path / "t.csv"
    table.write_text("file,listener,emotion\np01.wav,lena,happy\np02.wav,lena,sad\n")
    assert run("import", table, "--json").json["ratings"] == 2
    assert run("export", tmp_path / "out.csv", "--listener", "lena").status == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "out.csv").read_text())))
    assert [(row["file"], row["emotion"]) for row in rows] == [
        ("p01.wav", "happy"),
        ("p02.wav", "sad"),
    ]
    assert len({row["content"] for row in rows}) == 1
    assert len(rows[0]["content"]) == 64


def test_what_a_folder_holds_beside_sound_is_said(predict, tmp_path: Path) -> None:
    write_tone(tmp_path / "a.wav", 300)
    for name in ("1.png", "2.png", "notes.txt"):
        (tmp_path / name).touch()
    ran = predict(tmp_path)
    assert ran.status == 0
    assert "3 files were passed over: 2 pictures, 1 text." in ran.err
    assert "passed over" in predict(tmp_path, "--json").json["notes"][0]
    (tmp_path / "a.wav").unlink()
    ran = predict(tmp_path)
    assert ran.status == 2
    assert "holds no sound or video that can be read" in ran.err
    assert "2 pictures" in ran.err


def test_a_name_that_is_no_valid_text_is_predicted_kept_and_exported(
    predict, run: Run, tmp_path: Path
) -> None:
    odd = tmp_path / os.fsdecode(b"latin1_\xe9.wav")
    write_tone(tmp_path / "a.wav", 300).rename(odd)
    for form in ("table", "csv", "json"):
        ran = predict(tmp_path, "--format", form)
        assert ran.status == 0, ran.err
        assert "latin1_\ufffd.wav" in ran.out
    table = tmp_path / "t.csv"
    table.write_text("file,listener,emotion\nx.wav,lena,happy\n")
    write_tone(tmp_path / "x.wav", 400)
    assert run("import", table).status == 0


def test_each_channel_of_a_call_is_a_speaker(predict, tmp_path: Path) -> None:
    time = np.arange(8000) / 16000
    both = np.stack([np.sin(2500 * time), np.sin(9000 * time)], axis=1) * 0.3
    soundfile.write(tmp_path / "call.wav", both, 16000)
    write_tone(tmp_path / "mono.wav", 300)
    rows = predict(tmp_path, "--channel", "each", "--json").json["predictions"]
    assert [(Path(row["file"]).name, row["channel"], row["speaker"]) for row in rows] == [
        ("call.wav", 1, "channel 1"),
        ("call.wav", 2, "channel 2"),
        ("mono.wav", "", ""),
    ]
    table = predict(tmp_path, "--channel", "each").out.splitlines()
    assert table[0].split()[:2] == ["file", "channel"]
    ran = predict(tmp_path, "--channel", "2")
    assert "mono.wav has one channel, not 2" in ran.err
    assert predict(tmp_path, "--channel", "left").status == 2


def test_people_say_whose_clips_count_as_one_voice(predict, run: Run, tmp_path: Path) -> None:
    for number in range(3):
        write_tone(tmp_path / "a" / f"{number}.wav", 300 + 400 * number)
    write_tone(tmp_path / "b" / "0.wav", 2000)

    def first(*asked: object) -> dict[str, float]:
        return predict(tmp_path, "--json", *asked).json["predictions"][0]["probabilities"]

    alone = predict(tmp_path / "a" / "0.wav", "--json").json["predictions"][0]["probabilities"]
    assert first("--voices", "file") == alone
    assert first("--voices", "folder") != alone
    assert first("--voices", "all") != first("--voices", "folder")
    assert first() == first("--voices", "folder")
    assert "please choose folder, file, all" in predict(tmp_path, "--voices", "x").err
    assert "one folder count as one voice" in " ".join(run("predict", "--help").out.split())


@pytest.mark.parametrize(
    ("encoding", "form"),
    [("cp1252", "table"), ("ascii:strict", "csv"), ("cp1252", "json"), ("utf-8", "table")],
)
def test_a_stream_that_cannot_encode_a_name_gets_signs_of_replacement(
    tmp_path: Path, encoding: str, form: str
) -> None:
    write_tone(tmp_path / "日本語.wav", 300)
    script = (
        "import sys\n"
        "from perser_gui import cli\n"
        "from perser_gui.cli import terminal\n"
        "from perser_gui.upstream import encoders\n"
        "from perser_gui.testing import tiny_checkpoint, tiny_encoder\n"
        "from perser_gui.model.checkpoint import save_checkpoint\n"
        "from pathlib import Path\n"
        "encoders.load_encoder = lambda *a, **o: tiny_encoder()\n"
        "model = save_checkpoint(tiny_checkpoint(), Path(sys.argv[1]) / 'model')\n"
        "sys.exit(cli.main(['predict', *sys.argv[2:], '--checkpoint', str(model)]))\n"
    )
    environment = {**os.environ, "PYTHONUTF8": "0", "PYTHONIOENCODING": encoding}
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path, tmp_path / "日本語.wav", "--format", form],
        capture_output=True,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
    if form == "table":
        assert ("日本語.wav" if encoding == "utf-8" else "???.wav") in done.stdout.decode(encoding)
    elif form == "csv":
        (row,) = csv.DictReader(io.StringIO(done.stdout.decode("utf-8")))
        assert Path(row["file"]).name == "日本語.wav"
    else:
        (row,) = json.loads(done.stdout.decode("utf-8"))["predictions"]
        assert Path(row["file"]).name == "日本語.wav"


def test_the_doctor_says_how_to_get_ffmpeg(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from perser_gui.cli import doctor

    monkeypatch.setenv("PATH", "")
    found = doctor._looked("ffmpeg", doctor._ffmpeg, hinders="missing")
    assert found.state == "missing"
    assert "to get them: " in found.detail
    if sys.platform == "linux":
        assert "ffmpeg" in found.detail.partition("to get them: ")[2]
