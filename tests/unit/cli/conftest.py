"""Commands run in this process, over a tiny random model and eight tones."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from perser_gui import cli
from perser_gui.audio import presence
from perser_gui.testing import tiny_checkpoint, tiny_encoder, write_tone


@dataclass(frozen=True)
class Ran:
    """What a command left: exit status, stdout, stderr."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from perser_gui.model.checkpoint import save_checkpoint

    return save_checkpoint(tiny_checkpoint(), tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever encoder is asked for, it is the tiny one."""
    from perser_gui.upstream import encoders

    monkeypatch.setattr(encoders, "load_encoder", lambda *_args, **_options: tiny_encoder())


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*arguments: object) -> Ran:
        capsys.readouterr()
        status = cli.main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Ran(status, captured.out, captured.err)

    return ran


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    folder = tmp_path / "tones"
    for number in range(8):
        write_tone(folder / f"{number}.wav", (200 if number % 2 else 2500) + 40 * number)
    return folder


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Ana calls low tones gloomy and high ones happy; Ben has one rating."""
    rows = [f"{n}.wav,Ana,{'gloomy' if n % 2 else 'happy'},s1" for n in range(6)]
    path = tmp_path / "ratings.csv"
    path.write_text("file,listener,emotion,speaker\n" + "\n".join([*rows, "0.wav,Ben,bored,s1\n"]))
    return path


@pytest.fixture(autouse=True)
def tones_are_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tones of these tests stand for speech; what is speech is tested with the sound."""
    monkeypatch.setattr(presence, "is_speech", lambda *_: True)
