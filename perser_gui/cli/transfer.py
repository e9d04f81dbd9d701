"""`perser export` and `perser import`: ratings, predictions and profiles as files."""

from __future__ import annotations

from pathlib import Path

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CHECKPOINT, at_desk, listener_document
from perser_gui.errors import PerserError

WHAT = ("ratings", "predictions", "profile")


def export(
    path: Path = typer.Argument(..., help="The file to write."),
    listener: str = typer.Option(..., help="Whose."),
    what: str = typer.Option("ratings", help=f"One of {', '.join(WHAT)}."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Write a listener's ratings (CSV), predictions (CSV or JSON) or profile (safetensors).

    Predictions are those of all clips on the desk's list, in the format that the file's name
    ends in.
    """
    if what not in WHAT:
        raise PerserError(f"There is no “{what}” to export; please choose {', '.join(WHAT)}.")
    with at_desk(checkpoint) as desk, terminal.working() as progress:
        owner = desk.listener_named(listener)
        if what == "ratings":
            desk.export_ratings(path, owner.id)
        elif what == "profile":
            desk.export_profile(path, owner.id)
        else:
            form = path.suffix.lower().lstrip(".") or "csv"
            desk.export_predictions(path, owner.id, form, progress)
    if json:
        terminal.emit_json({"listener": owner.name, "what": what, "path": path})
    else:
        terminal.say(f"{what.capitalize()} of {owner.name}: {path}")


def import_(
    path: Path = typer.Argument(..., help="A ratings table (CSV) or a profile (safetensors)."),
    audio: Path | None = typer.Option(
        None, help="Folder that the files of the table are in (default: the table's folder)."
    ),
    listener: str | None = typer.Option(
        None, help="Import only this listener of a table; or the name for a profile's listener."
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Take ratings or a profile into the user's data; what is there already is not repeated."""
    with at_desk() as desk, terminal.working() as progress:
        if path.suffix.lower() == ".safetensors":
            listeners, ratings = [desk.import_profile(path, listener)], 0
            problems: list[str] = []
        else:
            folder = audio or path.absolute().parent
            imported = desk.import_ratings(path, folder, progress, listener=listener)
            listeners, ratings, problems = imported.listeners, imported.ratings, imported.problems
    for problem in problems:
        terminal.note(problem)
    if json:
        terminal.emit_json(
            {
                "listeners": [listener_document(one) for one in listeners],
                "ratings": ratings,
                "problems": problems,
            }
        )
        return
    names = ", ".join(one.name for one in listeners)
    terminal.say(f"{ratings} ratings were imported for {names}.")
