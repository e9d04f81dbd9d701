"""`perser adapt`: make everyone's model one listener's own."""

from __future__ import annotations

from pathlib import Path

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import (
    CHECKPOINT,
    VERDICT_HEADER,
    at_desk,
    known_listener,
    record_document,
    scores_document,
    verdict_document,
    verdict_rows,
)
from perser_gui.errors import PerserError


def command(
    listener: str = typer.Option(..., help="Who listened: a pseudonym."),
    ratings: Path | None = typer.Option(
        None, help="Table of ratings: file,listener,emotion[,speaker][,intensity]."
    ),
    audio: Path | None = typer.Option(
        None, help="Folder that the files of the table are in (default: the table's folder)."
    ),
    adapter: str = typer.Option("meta-perser", help="How to adapt; `perser models list` says."),
    device: str = typer.Option("auto", help="auto, cpu or cuda."),
    seed: int = typer.Option(0, help="Equal seeds give equal profiles."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Adapt to all labels of a listener, those of a table included, and say whether it helps.

    Without a table it uses what was labelled before, or came here by `perser import`. The labels
    of the table and the new profile are kept; when something goes wrong, or on Ctrl+C, neither
    is. The new profile is used only if these labels are foreseen better by it than by everyone's
    model.
    """
    if audio is not None and ratings is None:
        raise PerserError("--audio says where the files of a table are; please give --ratings too.")
    problems: list[str] = []
    imported = 0
    with at_desk(checkpoint, device) as desk, terminal.working() as progress:
        if ratings is None:
            owner = known_listener(desk, listener)
            if not desk.ratings(owner.id):
                raise PerserError(
                    f"{owner.name} has no labels yet; label a few clips in perser-gui, or give a "
                    "table of labels: `perser adapt --listener NAME --ratings TABLE.csv`."
                )
            result = desk.adapt(
                owner.id, adapter=adapter, seed=seed, device=device, progress=progress
            )
        else:
            brought, result = desk.adapt_to_table(
                ratings,
                audio or ratings.absolute().parent,
                listener,
                adapter=adapter,
                seed=seed,
                device=device,
                progress=progress,
            )
            (owner,) = brought.listeners
            problems, imported = brought.problems, brought.ratings
    for problem in problems:
        terminal.note(problem)
    if json:
        terminal.emit_json(
            {
                "listener": owner.name,
                "adapter": adapter,
                "imported": imported,
                "helped": result.helped,
                "use": result.use,
                "message": result.message,
                "verdict": verdict_document(result.verdict),
                "present": verdict_document(result.present),
                "before": scores_document(result.before),
                "after": scores_document(result.after),
                "profile": record_document(result.record) if result.record else None,
                "problems": problems,
            }
        )
        return
    terminal.say(terminal.table(VERDICT_HEADER, verdict_rows(result.verdict)))
    terminal.say("")
    for note in result.record.profile.notes if result.record else ():
        terminal.say(note)
    terminal.say(result.message)
