"""The door itself: exit statuses, plain sentences, nothing slow at import."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from perser_gui import __version__, cli
from perser_gui.errors import Cancelled, PerserError

from .conftest import Run


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """A registry entry `try` that does what the test puts under "do"."""
    box: dict[str, object] = {}

    def run() -> None:
        outcome = box.get("do")
        if isinstance(outcome, BaseException):
            raise outcome

    monkeypatch.setitem(cli.COMMANDS, "try", run)
    return box


def test_a_finished_command_has_status_zero(command: dict[str, object]) -> None:
    assert cli.main(["try"]) == 0


def test_an_error_a_person_can_act_on_is_one_sentence_and_status_two(
    command: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    command["do"] = PerserError("The file a.wav is empty; please choose another.")
    assert cli.main(["try"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "The file a.wav is empty; please choose another.\n")


def test_a_fault_of_the_program_has_status_one_and_its_traceback(
    command: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    command["do"] = ZeroDivisionError("seven")
    assert cli.main(["try"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "ZeroDivisionError: seven" in err


@pytest.mark.parametrize("stop", [Cancelled(), KeyboardInterrupt()])
def test_stopping_is_neither_success_nor_a_fault(
    command: dict[str, object], capsys: pytest.CaptureFixture[str], stop: BaseException
) -> None:
    command["do"] = stop
    assert cli.main(["try"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_an_unknown_command_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["no-such-command"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "no-such-command" in err


def test_an_unknown_option_is_wrong_use(
    command: dict[str, object], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["try", "--wrong"]) == 2
    assert "--wrong" in capsys.readouterr().err


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"{__version__}\n"


def test_importing_the_door_imports_nothing_slow() -> None:
    slow = "('torch', 'transformers', 'sklearn', 'matplotlib', 'PySide6', 'pyqtgraph', 'pandas')"
    program = (
        "import sys, perser_gui.cli; perser_gui.cli.application(); "
        f"print([name for name in {slow} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("group", ["", *cli.GROUPS])
def test_commands_are_listed_with_whole_sentences(
    group: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main([*([group] if group else []), "--help"]) == 0
    out = capsys.readouterr().out
    assert "..." not in out.split("Commands:")[1]
    assert max(map(len, out.splitlines())) <= 80


IN_THE_MIDST = """
import signal, sys
from importlib.abc import MetaPathFinder

class Pressed(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name == sys.argv[1]:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Pressed())
import perser_gui.cli
"""


@pytest.mark.parametrize("module", ["typer", "perser_gui.cli.adapt", "perser_gui.cli.transfer"])
def test_control_c_while_the_program_is_read_leaves_no_traceback(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IN_THE_MIDST, module],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (130, ""), done.stderr
    assert done.stderr == "Stopped; everything is as it was before.\n"


def test_reading_the_program_leaves_control_c_to_whom_it_was() -> None:
    ways = (
        "import signal; before = signal.getsignal(signal.SIGINT); import perser_gui.cli; "
        "assert signal.getsignal(signal.SIGINT) is before",
        "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); import perser_gui.cli; "
        "assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN",
    )
    for way in ways:
        subprocess.run([sys.executable, "-c", way], check=True)


def test_the_doctor_says_that_a_full_disk_is_full(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_args: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("perser_gui.cli.doctor.tempfile.TemporaryFile", full)
    checks = {one["name"]: one["detail"] for one in run("doctor", "--json").json["checks"]}
    assert checks["cache"].startswith(f"{home / 'cache'} cannot be written: the disk is full; ")
    assert "permission" not in checks["cache"] + checks["store"]
