"""`perser study`: make a study, let listeners take part, and see how far they agree."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CUT_ABOVE, at_desk
from perser_gui.errors import PerserError

if TYPE_CHECKING:
    from perser_gui.desk.studies.studying import StudyState

group = typer.Typer(
    help="Studies: several listeners, the same clips, answers that can be compared.",
    no_args_is_help=True,
)

JSON = typer.Option(False, "--json", help="Print one JSON document.")
STUDY = typer.Argument(..., help="The name of the study.")


@group.command("new")
def new(
    name: str = typer.Argument(..., help="What the study is called."),
    paths: list[Path] = typer.Argument(..., help="Its clips: files and folders."),
    words: str = typer.Option(..., help="The words to choose from, joined by commas."),
    out: Path | None = typer.Option(None, help="Also write the study to this file (JSON)."),
    order: str = typer.Option("random", help="random, balanced (over --groups) or listed."),
    groups: str = typer.Option("", help="What a balanced order spreads: speaker or folder."),
    blocks: bool = typer.Option(False, "--blocks", help="Present the clips of a folder together."),
    seed: int = typer.Option(0, help="Equal seeds and names give equal orders."),
    repeats: int = typer.Option(
        0,
        metavar="CLIPS",
        help="So many clips are heard twice; shows whether a listener answers the same again.",
    ),
    gap: int = typer.Option(
        5, metavar="CLIPS", help="Before the repeat at least so many other clips come in between."
    ),
    pause_every: int = typer.Option(
        0, metavar="CLIPS", help="Offer a pause after every so many clips; 0: no pause."
    ),
    intensity: int = typer.Option(
        0,
        metavar="STEPS",
        help="Ask how strongly the emotion is heard, in 2 to 9 steps; 0: do not ask.",
    ),
    second_word: bool = typer.Option(False, "--second-word", help="Allow a second word."),
    cant_tell: bool = typer.Option(True, help="Allow “can't tell”."),
    replays: int = typer.Option(
        -1, metavar="TIMES", help="How often a clip may be played again; -1: freely."
    ),
    hear_whole: bool = typer.Option(True, help="Take answers only once a clip was heard whole."),
    instructions: str = typer.Option("", help="What listeners read first, or @FILE."),
    listener: list[str] = typer.Option([], help="Who is expected to take part; repeat it."),
    cut_above: float = CUT_ABOVE,
    json: bool = JSON,
) -> None:
    """Make a study of clips; listeners take part in the window or with perser study run."""
    from perser_gui.desk.studies.definition import Study, write_study

    given = Study(
        name,
        tuple(word.strip() for word in words.split(",") if word.strip()),
        (),
        instructions=_text_or_file(instructions),
        order=_known_order(order),
        seed=seed,
        repeats=repeats,
        gap=gap,
        break_after=pause_every,
        cant_tell=cant_tell,
        second_word=second_word,
        intensity=intensity,
        replays=None if replays < 0 else replays,
        hear_whole=hear_whole,
        listeners=tuple(listener),
    )
    with at_desk() as desk, terminal.working() as progress:
        study, clips, problems = desk.study_of_files(
            given, paths, progress, cut_above=cut_above, blocks=blocks, groups=groups
        )
        state = desk.keep_study(study, clips)
        if out is not None:
            write_study(out, study)
    for sentence in problems:
        terminal.note(sentence)
    where = f" Its file is {out}." if out is not None else ""
    _told(
        state_document(state),
        f"{study.name}: {len(study.clips):,} clips, {study.trials:,} trials for each.{where}",
        json,
    )


@group.command("add")
def add(
    file: Path = typer.Argument(..., help="A study's file (JSON or TOML)."),
    audio: Path | None = typer.Option(
        None, help="Folder that its clips are in (default: that of the file)."
    ),
    json: bool = JSON,
) -> None:
    """Take in a study that was made elsewhere; its clips are found by path or by content."""
    from perser_gui.desk.studies.definition import read_study

    study = read_study(file)
    with at_desk() as desk, terminal.working() as progress:
        state = desk.add_study(study, audio or file.absolute().parent, progress)
    _told(
        state_document(state),
        f"{study.name} was added: {len(study.clips):,} clips, {study.trials:,} trials.",
        json,
    )


@group.command("list")
def show(json: bool = JSON) -> None:
    """List all studies, and how far each listener has come."""
    with at_desk() as desk:
        states = desk.studies()
    if json:
        terminal.emit_json([state_document(state) for state in states])
        return
    if not states:
        terminal.note("There is no study yet; `perser study new` makes one.")
        return
    rows: list[list[object]] = []
    for state in states:
        rows += [[state.study.name, s.listener.name, s.done, s.total] for s in state.sittings]
        if not state.sittings:
            rows.append([state.study.name, "nobody yet", None, state.study.trials])
    terminal.say(terminal.table(["study", "listener", "answered", "of"], rows))


@group.command("join")
def join(
    study: str = STUDY,
    listener: list[str] = typer.Option(..., help="Who takes part; repeat it."),
    json: bool = JSON,
) -> None:
    """Let listeners take part, each with an order of their own; new ones get the study's words."""
    with at_desk() as desk:
        number = desk.study_named(study).id
        for name in listener:
            desk.join_study(number, name)
        state = desk.study_named(study)
    names = ", ".join(one.listener.name for one in state.sittings)
    _told(state_document(state), f"In {state.study.name} take part: {names}.", json)


@group.command("run")
def run(
    study: str = STUDY,
    listener: str = typer.Option(
        ..., help="Who listens; a new name takes part from the first answer on."
    ),
    sound: bool = typer.Option(
        True, help="--no-sound: a trial run without hearing the clips; nothing of it is kept."
    ),
) -> None:
    """Take part in a study at the terminal: clips are played, answers are typed.

    Each answer is kept before the next clip plays; q or Ctrl+C leaves, and the same command
    goes on at the next clip, on another day as well.
    """
    from perser_gui.cli.sitting import sit

    with at_desk() as desk:
        sit(desk, desk.sitting_of(desk.study_named(study).id, listener), sound=sound)


@group.command("export")
def export(
    study: str = STUDY,
    path: Path = typer.Argument(..., help="The file to write."),
    form: str | None = typer.Option(
        None, "--format", help="csv, xlsx or parquet (default: what the file's name ends in)."
    ),
    definition: bool = typer.Option(
        False, "--definition", help="Write the study itself instead, for another computer."
    ),
    bom: bool = typer.Option(False, "--bom", help="Mark a CSV so that Excel shows accents."),
    json: bool = JSON,
) -> None:
    """Write all answers as one table, or the study itself as a file that `study add` takes."""
    from perser_gui.desk.studies.definition import write_study

    with at_desk() as desk:
        state = desk.study_named(study)
        if definition:
            write_study(path, state.study)
            count = len(state.study.clips)
        else:
            count = desk.export_study(path, state.id, form, bom=bom)
    what = "clips" if definition else "answers"
    _told(
        {"study": state.study.name, "path": path, what: count},
        f"{state.study.name}: {count:,} {what} are in {path}.",
        json,
    )


@group.command("agreement")
def agreement(
    study: str = STUDY,
    out: Path | None = typer.Option(None, help="Folder for tables, figures and comparison.json."),
    seed: int = typer.Option(0, help="Equal seeds give equal intervals."),
    json: bool = JSON,
) -> None:
    """Say how far the listeners of a study agree, and how steady each is on repeated clips.

    First presentations are compared. Results of several computers: export each, and give the
    tables to perser compare --ratings.
    """
    from perser_gui.cli.compare import comparison_text, missing_people
    from perser_gui.desk.comparing import write_comparison
    from perser_gui.evaluation.comparing_output import comparison_document

    with at_desk() as desk:
        state = desk.study_named(study)
        found = desk.study_agreement(state.id, seed=seed)
    if not found.found.names:
        raise PerserError(
            f"Nobody has answered in {state.study.name} yet; `perser study run STUDY --listener "
            "NAME` lets somebody take part."
        )
    for sentence in missing_people(found.found, f"In {state.study.name}"):
        terminal.note(sentence)
    written = write_comparison(out, found) if out is not None else []
    if json:
        document = {"study": state.study.name, **comparison_document(found.found)}
        terminal.emit_json({**document, "clips": dict(found.clips), "files": written})
        return
    terminal.say(comparison_text(found.found))
    if written:
        terminal.say(f"\n{len(written)} files are in {out}.")


@group.command("remove")
def remove(study: str = STUDY, json: bool = JSON) -> None:
    """Forget a study that nobody has answered to."""
    with at_desk() as desk:
        state = desk.study_named(study)
        desk.remove_study(state.id)
    _told({"removed": state.study.name}, f"{state.study.name} was removed.", json)


def state_document(state: StudyState) -> dict[str, Any]:
    """Return a study and its progress as JSON data."""
    study = state.study
    return {
        "id": state.id,
        "name": study.name,
        "key": study.key,
        "created": state.created,
        "clips": len(study.clips),
        "trials": study.trials,
        "words": list(study.words),
        "order": study.order,
        "seed": study.seed,
        "repeats": study.repeats,
        "listeners": [
            {"name": s.listener.name, "answered": s.done, "of": s.total} for s in state.sittings
        ],
    }


def _known_order(order: str) -> Any:
    from perser_gui.desk.studies.definition import ORDERS

    if order not in ORDERS:
        raise PerserError(f"There is no order “{order}”; please choose {', '.join(ORDERS)}.")
    return order


def _text_or_file(text: str) -> str:
    if not text.startswith("@"):
        return text
    from perser_gui.corpora.ratings import read_text

    return read_text(Path(text[1:])).strip()


def _told(document: object, sentence: str, json: bool) -> None:
    if json:
        terminal.emit_json(document)
    else:
        terminal.say(sentence)
