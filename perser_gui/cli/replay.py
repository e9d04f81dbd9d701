"""`perser replay`: make a profile again from the labels in its file."""

from __future__ import annotations

from pathlib import Path

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CHECKPOINT, at_desk


def command(
    path: Path = typer.Argument(..., help="A profile exported with --with-ratings."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> int:
    """Make a profile again from the labels in its file and compare every weight.

    On the processor that it was made on it is the same, bit for bit; elsewhere the last digits
    may differ, and it says by how much. Exit status 0 if it is the same, else 2.
    """
    with at_desk(checkpoint) as desk, terminal.working() as progress:
        replayed = desk.replay(path, progress)
    profile = replayed.shared.profile
    if json:
        terminal.emit_json(
            {
                "path": path,
                "listener": replayed.shared.listener,
                "adapter": profile.adapter,
                "seed": profile.seed,
                "same": replayed.same,
                "largest_difference": replayed.largest_difference,
            }
        )
    elif replayed.same:
        count = len(replayed.shared.support.ratings) if replayed.shared.support else 0
        terminal.say(
            f"The same, bit for bit: {profile.adapter} of {replayed.shared.listener} from "
            f"{count:,} labels, seed {profile.seed}."
        )
    else:
        terminal.say(
            f"Not the same: weights differ by up to {replayed.largest_difference:.3g} "
            f"({profile.adapter} of {replayed.shared.listener}, made on {profile.device})."
        )
    return 0 if replayed.same else 2
