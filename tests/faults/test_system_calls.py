"""What reaches the disk before a label is said to be saved, and that nothing reaches a network."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from perser_gui.testing import write_tone

ROOT = Path(__file__).parents[2]

QUIET = """
import socket, sys
found = []
sys.addaudithook(lambda name, args: found.append(args[1]) if name == "socket.__new__" else None)
from perser_gui.cli import main
status = main(sys.argv[1:])
print([family for family in found if family != socket.AF_UNIX], file=sys.stderr)
sys.exit(status)
"""


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_label_is_on_the_disk_before_it_is_said_to_be_saved(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    calls = "write,pwrite64,fsync,fdatasync,openat"
    process = subprocess.Popen(
        [
            *("strace", "-f", "-y", "-s", "64", "-e", f"trace={calls}", "-o", str(trace)),
            *(
                sys.executable,
                "-m",
                "tests.faults.worker",
                str(tmp_path / "data"),
                "labelling",
                "1",
            ),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    labels = 0
    for line in process.stdout:
        labels += json.loads(line).get("done") == "label"
        if labels == 5:
            break
    for worker in psutil.Process(process.pid).children():
        worker.kill()  # then strace ends by itself, with all it saw
    process.communicate()
    state, said = "", 0
    for line in trace.read_text(errors="replace").splitlines():
        if re.search(r"pwrite64\(\d+<[^>]*perser\.db-wal>", line):
            state = "written"
        elif re.search(r"f(data)?sync\(\d+<[^>]*perser\.db-wal>\)\s+= 0", line):
            state = "synced"
        elif '\\"begin\\": \\"label\\"' in line:
            state = "begun"
        elif '\\"done\\": \\"label\\"' in line:
            assert state == "synced", line
            said += 1
    assert said >= 5


WINDOW = """
import socket, sys
found = []
sys.addaudithook(lambda name, args: found.append(args[1]) if name == "socket.__new__" else None)
from tests.e2e.desk_session import act, press, saved
from PySide6.QtCore import Qt
def script(window):
    yield lambda: window.session.rows and window.personalization.state == "ready"
    press(window, Qt.Key.Key_1)
    yield saved(window)
status = act(script, ["--starter"])
print([family for family in found if family != socket.AF_UNIX], file=sys.stderr)
sys.exit(status)
"""


def test_switches_against_telemetry_are_set_before_transformers_can_load() -> None:
    code = (
        "import os, sys; [os.environ.pop(n, 0) for n in ('HF_HUB_OFFLINE', 'DO_NOT_TRACK')]\n"
        "import perser_gui.upstream\n"
        "assert 'transformers' not in sys.modules and 'huggingface_hub' not in sys.modules\n"
        "print(os.environ['HF_HUB_OFFLINE'], os.environ['HF_HUB_DISABLE_TELEMETRY'],"
        " os.environ['DO_NOT_TRACK'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["1", "1", "1"]
    outside = [
        path.relative_to(ROOT)
        for path in (ROOT / "perser_gui").rglob("*.py")
        if re.search(
            r"^\s*(import|from) (transformers|huggingface_hub)\b", path.read_text("utf-8"), re.M
        )
        and path.parent.name != "upstream"
    ]
    assert outside == []


@pytest.mark.slow
def test_the_window_opens_no_socket_to_anywhere() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WINDOW], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip().splitlines()[-1] == "[]"


@pytest.mark.slow
def test_commands_open_no_socket_to_anywhere(tmp_path: Path) -> None:
    tone = str(write_tone(tmp_path / "audio" / "tone.wav", 300.0))
    table = tmp_path / "table.csv"
    table.write_text("file,listener,emotion\ntone.wav,Ben,happy\n", encoding="utf-8")
    for command in (
        ["listeners", "add", "Ana"],
        ["listeners", "list"],
        ["import", str(table), "--audio", str(tmp_path / "audio")],
        ["predict", "--listener", "Ben", tone],
        ["adapt", "--listener", "Ben"],
        ["export", str(tmp_path / "out.csv"), "--listener", "Ben"],
        ["pack", str(tmp_path / "packed"), "--listener", "Ben"],
        ["backup", str(tmp_path / "all.perser-backup")],
        ["restore", str(tmp_path / "all.perser-backup")],
        ["models", "list"],
        ["corpora", "list"],
        ["doctor", "--check"],
        ["doctor"],
        ["listeners", "delete", "Ben", "--yes"],
    ):
        done = subprocess.run(
            [sys.executable, "-c", QUIET, *command],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr, (command, done.stderr)
        assert done.returncode == 0 or command in (["doctor"], ["adapt", "--listener", "Ben"])
        assert done.stderr.strip().splitlines()[-1] == "[]", command
