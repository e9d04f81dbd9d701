"""Opens the real program on a screen of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perser_gui.testing import tiny_checkpoint, write_tone

from .display import Screen, display, missing

Opening = Callable[..., Screen]


@pytest.fixture(scope="module")
def screen_name() -> Iterator[str]:
    """A screen with a window manager."""
    if missing():
        pytest.skip(f"real keys need {missing()}, which the set-up script installs")
    with display() as name:
        yield name


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that is there at once."""
    from perser_gui.model.checkpoint import save_checkpoint

    return save_checkpoint(tiny_checkpoint(), tmp_path_factory.mktemp("model") / "checkpoint")


@pytest.fixture(scope="module")
def tones(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of six short clips with names that nothing else has."""
    folder = tmp_path_factory.mktemp("tones")
    for number, name in enumerate(("bassoon", "cello", "flute", "oboe", "tuba", "viola")):
        write_tone(folder / f"the {name}.wav", 220.0 * (number + 2), seconds=0.6)
    return folder


@pytest.fixture
def open_screen(screen_name: str, home: Path) -> Iterator[Opening]:
    """Starts the program with arguments, on the screen of the module."""
    opened: list[Screen] = []

    def opening(*arguments: str, **environment: str) -> Screen:
        screen = Screen(screen_name, home, list(arguments), **environment)
        opened.append(screen)
        return screen

    yield opening
    for screen in opened:
        screen.close()
