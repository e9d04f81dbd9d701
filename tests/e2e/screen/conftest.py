"""Opens the real program on a screen of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perser_gui.settings import Settings, save_settings
from perser_gui.testing import tiny_checkpoint, write_tone

from .display import Screen, Standby, missing

Opening = Callable[..., Screen]


@pytest.fixture(scope="module")
def standby() -> Iterator[Standby]:
    """A screen with a window manager, and another one when that has died."""
    if missing():
        pytest.skip(f"real keys need {missing()}, which the set-up script installs")
    kept = Standby()
    yield kept
    kept.close()


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
def open_screen(standby: Standby, home: Path) -> Iterator[Opening]:
    """Starts the program with arguments, on the screen of the file."""
    opened: list[Screen] = []

    def opening(*arguments: str, **environment: str) -> Screen:
        screen = Screen(standby.display().name, home, list(arguments), **environment)
        opened.append(screen)
        return screen

    yield opening
    for screen in opened:
        screen.close()


@pytest.fixture
def screen(open_screen: Opening, checkpoint: Path, tones: Path) -> Screen:
    """The program with six clips and a model that is there at once."""
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    return with_clips(open_screen(str(tones), SCREEN_TINY="1"))


def with_clips(screen: Screen) -> Screen:
    """Wait until the six clips are there to be labelled, and the model is."""
    screen.until("len(window.session.rows) == 6 and window.label_panel.waveform is not None")
    screen.until("window.personalization.state == 'ready' and not window.runner.busy")
    return screen
