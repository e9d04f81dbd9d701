"""A desk over a tiny random model, with eight tones to listen to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from perser_gui.audio import presence
from perser_gui.desk import Desk
from perser_gui.progress import Progress
from perser_gui.testing import tiny_checkpoint, tiny_encoder, write_tone


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from perser_gui.model.checkpoint import save_checkpoint

    return save_checkpoint(tiny_checkpoint(), tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A folder with eight tones: four low ones and four high ones."""
    folder = tmp_path / "tones"
    for number in range(8):
        hertz = (200 if number % 2 else 2500) + 40 * number
        write_tone(folder / f"{number}.wav", hertz, loudness=0.1 + 0.1 * (number % 2))
    return folder


@pytest.fixture
def desk(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    from perser_gui.upstream import encoders

    monkeypatch.setattr(encoders, "load_encoder", lambda *_args, **_options: tiny_encoder())
    opened = Desk.open(
        data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", checkpoint=str(checkpoint)
    )
    yield opened
    opened.close()


@pytest.fixture
def clips(desk: Desk, audio: Path) -> list[str]:
    """The eight tones on the desk's list, by content."""
    return [clip.content for clip in desk.open_clips([audio], Progress()).clips]


@pytest.fixture(autouse=True)
def tones_are_speech(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tones of these tests stand for speech; what is speech is tested with the sound."""
    monkeypatch.setattr(presence, "is_speech", lambda *_: True)
