"""`perser compare`: any number of listeners side by side, with their models and everyone's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CHECKPOINT, TAKEN_IN, at_desk, known_listener

if TYPE_CHECKING:
    from perser_gui.desk.comparing import Compared
    from perser_gui.evaluation.side_by_side import Comparison

MOST_SWAPS = 12
TABLES = "`perser compare --ratings TABLE.csv` compares those of a table."


def command(
    listener: list[str] = typer.Option([], help="Whom to compare; repeat it (default: all)."),
    ratings: list[Path] = typer.Option(
        [], help="Compare the listeners of these tables instead of those on this computer."
    ),
    models: bool = typer.Option(True, help="Also everyone's model and each listener's own."),
    out: Path | None = typer.Option(
        None, help="Folder for tables (CSV), figures (SVG and PNG) and comparison.json."
    ),
    seed: int = typer.Option(0, help="Equal seeds give equal intervals."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Say how far listeners agree, which emotions they swap, and how steady each of them is.

    It compares everybody who has labels on this computer. Labels in a table (CSV) come here, with
    those who gave them, by `perser import TABLE.csv --audio FOLDER`; or --ratings TABLE.csv
    compares them as they stand in the table.
    """
    from perser_gui.desk.comparing import write_comparison

    found = (
        _of_tables(ratings, listener, seed)
        if ratings
        else _at_desk(listener, checkpoint, models, seed)
    )
    missing = (
        missing_people(found.found, "In what was given", "Repeat --ratings for another table.")
        if ratings
        else missing_people(found.found, "On this computer", f"{TAKEN_IN} {TABLES}")
    )
    for sentence in (*found.problems, *missing):
        terminal.note(sentence)
    written = write_comparison(out, found) if out is not None else []
    if json:
        from perser_gui.evaluation.comparing_output import comparison_document

        document = {**comparison_document(found.found), "clips": dict(found.clips)}
        terminal.emit_json({**document, "files": written})
        return
    if any(found.found.labelled):
        terminal.say(comparison_text(found.found))
    if written:
        terminal.say(f"\n{len(written)} files are in {out}.")


def _of_tables(paths: Sequence[Path], names: Sequence[str], seed: int) -> Compared:
    from perser_gui.corpora.ratings import read_ratings
    from perser_gui.desk.comparing import table_comparison

    return table_comparison([read_ratings(path) for path in paths], names, seed=seed)


def _at_desk(names: Sequence[str], checkpoint: str, models: bool, seed: int) -> Compared:
    with at_desk(checkpoint) as desk, terminal.working() as progress:
        owners = [known_listener(desk, name) for name in names] or desk.listeners()
        numbers = [one.id for one in owners]
        return desk.comparison(numbers, progress, models=models, seed=seed)


def missing_people(found: Comparison, where: str, then: str = "") -> list[str]:
    """Return what to say, and what to do `then`, where there are not two listeners to compare."""
    people = [
        name
        for name, kind, clips in zip(found.names, found.kinds, found.labelled, strict=True)
        if kind == "listener" and clips
    ]
    if len(people) > 1:
        return [] if found.shared else ["No clip was labelled by two of them."]
    whose = f"only {people[0]} has" if people else "nobody has"
    return [f"{where} {whose} labels; to compare listeners takes two. {then}".rstrip()]


def comparison_text(found: Comparison) -> str:
    """Return a comparison as plain tables."""
    from perser_gui.evaluation.comparing_output import (
        CONSISTENCY,
        HELD_OUT,
        MODELS,
        columns_of,
        consistency_rows,
        model_rows,
        overall_rows,
        pair_rows,
    )

    overall = ("figure", "value", "low", "high", "clips")
    pairs = ("first", "second", "clips", "same", "share", "kappa")
    parts = [
        terminal.table(
            ["listener", "kind", "clips"],
            list(zip(found.names, found.kinds, found.labelled, strict=True)),
        ),
        f"All listeners, on {found.shared} clips that two or more labelled (95 % intervals; "
        "of a clip heard again in a study the first answer counts):",
        terminal.table(overall, columns_of(overall_rows(found), overall)),
    ]
    if found.pairs:
        parts += ["Two by two:", terminal.table(pairs, columns_of(pair_rows(found), pairs))]
    swaps = [
        [pair.first, swap.mine, pair.second, swap.theirs, len(swap.clips), swap.reverse]
        for pair in found.pairs
        for swap in pair.swaps
    ]
    swaps.sort(key=lambda swap: -int(str(swap[4])))
    if swaps:
        header = ["listener", "says", "listener", "says", "clips", "other way"]
        parts += ["Where they differ most:", terminal.table(header, swaps[:MOST_SWAPS])]
    if found.consistency:
        rows = columns_of(consistency_rows(found), CONSISTENCY)
        parts += ["Own consistency, on clips heard again:", terminal.table(CONSISTENCY, rows)]
    if found.models:
        parts += [
            "Own model and everyone's (shares of labels that the own model did not learn):",
            terminal.table(MODELS, columns_of(model_rows(found), MODELS)),
            HELD_OUT,
        ]
    return "\n\n".join(parts)
