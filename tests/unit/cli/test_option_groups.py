"""Options that belong together are one value to a command, and options to whoever calls it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from perser_gui.cli import bulk, embed, evaluate, predict, pretrain
from perser_gui.cli.option_groups import grouped

FILE = typer.Argument(...)
RIGHT = typer.Option(1, min=0, help="How far to the right.")
WORDS = typer.Option([], "--word", help="May be repeated.")
JSON = typer.Option(False, "--json")


@dataclass(frozen=True)
class Place:
    x: int = RIGHT
    words: list[str] = WORDS


TOLD: list[tuple[Path, Place, bool]] = []


@grouped
def command(
    file: Path = FILE,
    *,
    place: Place,
    json: bool = JSON,
) -> None:
    """Say where something is."""
    TOLD.append((file, place, json))


def called(*words: str) -> int:
    """Return the exit status of the command with these words."""
    app = typer.Typer()
    app.command()(command)
    return int(CliRunner().invoke(app, list(words)).exit_code)


def test_the_fields_of_a_group_are_options_and_come_as_one_value() -> None:
    TOLD.clear()
    assert called("a.wav", "--x", "3", "--word", "sad", "--word", "calm", "--json") == 0
    assert called("b.wav") == 0
    assert [
        (Path("a.wav"), Place(3, ["sad", "calm"]), True),
        (Path("b.wav"), Place(1, []), False),
    ] == TOLD


def test_what_an_option_of_a_group_allows_is_kept() -> None:
    TOLD.clear()
    assert called("a.wav", "--x", "-1") == 2
    assert TOLD == []


@pytest.mark.parametrize("module", [predict, embed, evaluate, pretrain])
def test_long_commands_take_their_options_in_groups(module) -> None:
    written = inspect.signature(inspect.unwrap(module.command, stop=lambda _: False))
    taken = inspect.signature(module.command)
    assert len(written.parameters) <= 11
    assert len(taken.parameters) > len(written.parameters)
    lines = inspect.getsource(inspect.unwrap(module.command, stop=lambda _: False)).splitlines()
    assert len(lines) <= 75


def test_many_files_are_done_with_the_same_options_by_both_commands() -> None:
    for module in (predict, embed):
        names = list(inspect.signature(module.command).parameters)
        place = names.index("manifest")
        assert names[place : place + 4] == ["manifest", "engine", "workers", "shard_rows"]
    with pytest.raises(bulk.PerserError, match="--channel and --voices"):
        bulk.Shards("clips.csv", None, None, 256).wanted(channel="each")
    assert not bulk.Shards(None, None, None, 256).wanted(channel="each")
