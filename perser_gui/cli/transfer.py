"""`perser export` and `perser import`: ratings, predictions and profiles as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CHECKPOINT, at_desk, known_listener, listener_document
from perser_gui.errors import PerserError
from perser_gui.store import holds_profile

if TYPE_CHECKING:
    from perser_gui.desk import Desk
    from perser_gui.desk.values import Understood, UnderstoodWord

WHAT = ("ratings", "predictions", "profile")


def export(
    path: Path = typer.Argument(..., help="The file to write; for some formats a folder."),
    listener: list[str] = typer.Option(..., help="Whose; ratings may be of several."),
    what: str = typer.Option("ratings", help=f"One of {', '.join(WHAT)}."),
    form: str | None = typer.Option(
        None,
        "--format",
        help="Ratings as csv, textgrid, eaf, audacity, label-studio or audformat; predictions "
        "as csv or json (default: what the file's name ends in, else csv).",
    ),
    with_ratings: bool = typer.Option(
        False, "--with-ratings", help="Put into a profile what perser replay makes it from."
    ),
    ratings_made: str = typer.Option(
        "any", help="Which ratings: any, those made blind, or with a prediction in sight (seen)."
    ),
    bom: bool = typer.Option(False, "--bom", help="Mark a table so that Excel shows accents."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Write listeners' ratings, or one listener's predictions or profile (safetensors).

    A TextGrid or EAF is about one recording, with a tier for each listener, and a label track
    of one listener in one: for more of them, give a folder. Predictions are those of all clips
    on the desk's list.
    """
    if what not in WHAT:
        raise PerserError(f"There is no “{what}” to export; please choose {', '.join(WHAT)}.")
    if what != "ratings" and len(listener) > 1:
        raise PerserError(f"A file with {what} is one listener's; please name one.")
    written = [path]
    with at_desk(checkpoint) as desk, terminal.working() as progress:
        owners = [known_listener(desk, one) for one in listener]
        owner = owners[0]
        if what == "ratings":
            numbers = dict.fromkeys(one.id for one in owners)
            written = desk.export_ratings(path, *numbers, form=form, bom=bom, made=ratings_made)
        elif what == "profile":
            desk.export_profile(path, owner.id, ratings=with_ratings, progress=progress)
        else:
            ending = form or path.suffix.lower().lstrip(".") or "csv"
            desk.export_predictions(path, owner.id, ending, progress)
    names = ", ".join(dict.fromkeys(one.name for one in owners))
    if json:
        document = {"listener": owner.name, "what": what, "path": path, "files": written}
        terminal.emit_json(document)
    else:
        files = f" ({len(written):,} files)" if len(written) > 1 else ""
        terminal.say(f"{what.capitalize()} of {names}: {path}{files}")


def pack(
    folder: Path = typer.Argument(..., help="The new folder to write."),
    listener: str = typer.Option(..., help="Whose."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Pack for a colleague: a folder with clips, ratings and model that perser import takes."""
    with at_desk() as desk, terminal.working() as progress:
        owner = known_listener(desk, listener)
        files = desk.pack(folder, owner.id, progress)
    if json:
        terminal.emit_json({"listener": owner.name, "path": folder, "files": files})
    else:
        terminal.say(f"{files:,} files of {owner.name} are in {folder}.")


def import_(
    path: Path = typer.Argument(
        ...,
        help="A table, a TextGrid, an EAF, a label track (txt), Label Studio's JSON, a folder of "
        "them, an audformat database, or a profile (safetensors).",
    ),
    audio: Path | None = typer.Option(
        None, help="Folder that the recordings are in (default: that of the labels)."
    ),
    listener: str | None = typer.Option(
        None,
        help="Import only this listener of a table, or say whose it is where it does not; "
        "or the name for a profile's listener.",
    ),
    dry_run: bool = typer.Option(
        False, "--dry-run", help="Only show what was understood; nothing is imported."
    ),
    checkpoint: str = typer.Option(CHECKPOINT, help="Everyone's model, which a profile must fit."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Take ratings or a profile into the user's data; what is there already is not repeated."""
    with at_desk(checkpoint) as desk, terminal.working() as progress:
        if holds_profile(path):
            if dry_run:
                _show_profile(path, json)
            else:
                _import_profile(desk, path, listener, json)
            return
        folder = audio or (path if path.is_dir() else path.absolute().parent)
        plan = desk.plan_import(path, folder, progress, listener=listener)
        understood = plan.understood
        listeners = []
        if not dry_run:
            progress.check()
            listeners = desk.carry_out(plan).listeners
    for sentence in (*understood.problems, *(() if dry_run else understood.notes)):
        terminal.note(sentence)
    if json:
        terminal.emit_json(
            {
                "listeners": [listener_document(one) for one in listeners],
                "ratings": 0 if dry_run else understood.ratings,
                "problems": list(understood.problems),
                "understood": understood_document(understood),
            }
        )
    elif dry_run:
        for line in understood_lines(understood):
            terminal.say(line)
        terminal.say("Nothing was imported; leave out --dry-run to do it.")
    else:
        names = ", ".join(one.name for one in listeners)
        said = f"{_ratings(understood.ratings)} imported for {names}."
        terminal.say(" ".join((said, *understood.outcome())))


def understood_document(understood: Understood) -> dict[str, Any]:
    """Return what was made of a table as JSON data."""
    return {
        "rows": understood.rows,
        "would_import": understood.ratings,
        "replaced": understood.replaced,
        "repeated": understood.repeated,
        "left_out": understood.left_out,
        "found": dict(understood.found),
        "notes": list(understood.notes),
        "listeners": [
            {
                "name": one.name,
                "new": one.new,
                "ratings": one.ratings,
                "replaced": one.replaced,
                "repeated": one.repeated,
                "without_emotion": one.without,
                "words": [
                    {"word": w.word, "count": w.count, "own": w.own, "means": w.means}
                    for w in one.words
                ],
            }
            for one in understood.listeners
        ],
    }


def understood_lines(understood: Understood) -> list[str]:
    """Return what was made of a table as lines to read."""
    lines = [f"{understood.source}: {understood.rows:,} rows."]
    for one in understood.listeners:
        new = ", a new listener" if one.new else ""
        many = "rating" if one.ratings == 1 else "ratings"
        lines.append(f"{one.name}{new}: {one.ratings:,} {many} would be imported.")
        rows = [[w.word, w.count, meaning(w)] for w in one.words]
        if one.without:
            rows.append(["(no emotion)", one.without, ""])
        table = terminal.table(["word", "rows", "counts for"], rows).splitlines()
        lines += [f"  {line}" for line in table]
    return [*lines, *understood.outcome(done=False), *understood.notes]


def meaning(word: UnderstoodWord) -> str:
    """Return what a word of a table counts for, in words."""
    if word.own and word.own != word.word:
        return f"{word.own}, a word of theirs"
    if word.own:
        return "a word of theirs"
    return f"{word.means}, as the models know it" if word.means else "a new word"


def _ratings(count: int) -> str:
    return f"{count:,} rating was" if count == 1 else f"{count:,} ratings were"


def _show_profile(path: Path, json: bool) -> None:
    """Show what a profile's file holds, before it is imported."""
    from perser_gui.store import read_shared

    shared = read_shared(path)
    profile = shared.profile
    card: dict[str, Any] = {
        "listener": shared.listener,
        "emotions": ", ".join(shared.emotions.words),
        "adapter": profile.adapter,
        "base model": profile.base,
        "seed": profile.seed,
        "steps": profile.steps,
        "made on": profile.device,
        "labels inside": len(shared.support.ratings) if shared.support else 0,
        "written by": f"perser-gui {shared.program}" if shared.program else "an earlier version",
        "notes": " ".join(profile.notes),
    }
    if json:
        terminal.emit_json(card | {"would_import": True})
        return
    terminal.say(terminal.table(["profile", str(path.name)], [[k, v] for k, v in card.items()]))
    terminal.say("Nothing was imported; leave out --dry-run to do it.")


def _import_profile(desk: Desk, path: Path, listener: str | None, json: bool) -> None:
    added = desk.import_profile(path, listener)
    if json:
        document = {"listeners": [listener_document(added)], "ratings": 0, "problems": []}
        terminal.emit_json(document)
    else:
        terminal.say(f"The profile of {added.name} was imported.")
