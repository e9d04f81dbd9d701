"""`perser predict`: how would you, or everyone, label these clips."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import typer

from perser_gui.cli import bulk, terminal
from perser_gui.cli.at_desk import (
    CHANNEL,
    CHECKPOINT,
    CUT_ABOVE,
    VOICES,
    at_desk,
    known_listener,
)
from perser_gui.cli.option_groups import grouped
from perser_gui.errors import PerserError
from perser_gui.files import write_whole

if TYPE_CHECKING:
    from perser_gui.desk import PredictedFiles
    from perser_gui.desk.opening import Voices
    from perser_gui.records import Listener

FORMATS = ("table", "csv", "json", "audformat")


@grouped
def command(
    files: list[Path] = typer.Argument(
        None, metavar="PATH...", help="Audio files and folders.", show_default=False
    ),
    *,
    listener: str | None = typer.Option(
        None, help="Predict how this listener would label them (default: everyone's model)."
    ),
    form: str = typer.Option("table", "--format", help=f"One of {', '.join(FORMATS)}."),
    out: Path | None = typer.Option(
        None, help="Write to this file (audformat: folder) instead of the terminal."
    ),
    cut_above: float = CUT_ABOVE,
    channel: str = CHANNEL,
    voices: str = VOICES,
    device: str = typer.Option("auto", help="auto, cpu or cuda."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    shards: bulk.Shards,
    json: bool = typer.Option(False, "--json", help="The same as --format json."),
) -> None:
    """Predict clips over the listener's own words, everyone's model beside it.

    With --listener both models choose from that listener's words, without from the words of
    everyone's model; the table and the JSON (`words`, `words_of`) say which.

    The files are not put on the desk's list. A file that cannot be read is named and left
    out, and what else lies in a folder is counted; the exit status is 2 only if nothing could
    be read. Long recordings are cut into their utterances; `start` and `end` say, in seconds,
    where each of them lies.

    A clip in which nobody speaks (silence, noise, music) gets no emotion but the reason; one in
    which no emotion stands out is marked as unsure.

    A clip is heard against its voice: unlabelled clips of one folder count as one voice. If
    they are not, say so with --voices.
    """
    if shards.wanted(channel=channel, voices=voices):
        bulk.predict(
            files or [],
            shards,
            out,
            listener=listener,
            checkpoint=checkpoint,
            device=device,
            cut_above=cut_above,
            as_json=json,
        )
        return
    if not files:
        raise PerserError("Please name audio files or folders, or a --manifest of them.")
    form = "json" if json else form
    if form not in FORMATS:
        raise PerserError(f"There is no format “{form}”; please choose {', '.join(FORMATS)}.")
    if form == "audformat" and out is None:
        raise PerserError("An audformat database is a folder; please say which with --out DIR.")
    with at_desk(checkpoint, device) as desk, terminal.working() as progress:
        owner = known_listener(desk, listener) if listener is not None else None
        number = owner.id if owner else None
        predicted = desk.predict_files(
            files,
            number,
            progress,
            cut_above=cut_above,
            voices=cast("Voices", voices),
            channels=channel,
        )
        provenance = desk.provenance(number, progress)
    _tell(predicted, provenance, owner, form, out)


def _tell(
    predicted: PredictedFiles,
    provenance: dict[str, Any],
    owner: Listener | None,
    form: str,
    out: Path | None,
) -> None:
    """Say what was predicted, or write it to a file, in one of the `FORMATS`."""
    from perser_gui import exchange

    clips = {clip.content: clip for clip in predicted.clips}
    rows = exchange.prediction_rows(clips, predicted.pairs)
    for sentence in (*predicted.problems, *predicted.notes, *unfamiliar(owner)):
        terminal.note(sentence)
    if form == "audformat" and out is not None:
        exchange.write_audformat(out, rows, provenance)
        terminal.note(f"{len(rows)} predictions were written to {out}.")
        return
    if form == "table":
        text = f"{_table(rows, owner.name if owner else None)}\n\n{whose(provenance, rows)}"
    else:
        provenance |= {"problems": predicted.problems, "notes": predicted.notes}
        text = exchange.prediction_text(rows, provenance, form)
    if out is None and form == "table":
        terminal.say(text)
    elif out is None:
        terminal.say_utf8(text)
    else:
        write_whole(out, text)
        terminal.note(f"{len(rows)} predictions were written to {out}.")


def unfamiliar(owner: Listener | None) -> list[str]:
    """Say which of a listener's words everyone's model does not know, if there are any."""
    new = [one.word for one in owner.emotions.emotions if not one.sources] if owner else []
    if owner is None or not new:
        return []
    return [
        f"Everyone's model does not know {', '.join(new)}: what it says of such words is a guess, "
        "and only a profile learns them, from labels. `perser listeners emotions "
        f"{shlex.quote(owner.name)}` shows what each word starts from."
    ]


def whose(provenance: Mapping[str, Any], rows: Sequence[Mapping[str, object]]) -> str:
    """Say which models the figures come from, and whose words they are about."""
    model, words = provenance["checkpoint"], ", ".join(map(str, provenance["words"]))
    listener, profile = provenance["listener"], provenance["profile"]
    if listener is None:
        return f"everyone's: the model {model}, over its own words: {words}."
    applied = profile is not None and any(row["adapter"] != "generic" for row in rows)
    of = f"profile {profile['id']}, from {profile['ratings']} ratings" if applied else "everyone's"
    return (
        f"Both over the words of {listener}: {words}. {listener}'s: {of}; everyone's: the model "
        f"{model}, asked for these words, so its figures are others than without --listener."
    )


def _table(rows: list[dict[str, object]], listener: str | None) -> str:
    columns = {"file": [row["file"] for row in rows]}
    if any(row["start"] or row["end"] != row["seconds"] for row in rows):
        columns |= {name: [row[name] for row in rows] for name in ("start", "end")}
    if any(row["channel"] for row in rows):
        columns["channel"] = [row["channel"] for row in rows]
    header, cells = list(columns), list(columns.values())
    if listener is not None:
        header += [f"{listener}'s", "p"]
        cells += [[_said(row, "") for row in rows], [_best(row, "") for row in rows]]
    header += ["everyone's", "p"]
    cells += [[_said(row, "generic") for row in rows], [_best(row, "generic") for row in rows]]
    return terminal.table(header, list(zip(*cells, strict=True)))


def _said(row: dict[str, object], whose: str) -> str:
    """Return the emotion, marked where it is unsure, or why there is none."""
    word, abstain = row[whose or "prediction"], row["generic_abstain" if whose else "abstain"]
    if not word:
        return str(abstain)
    return f"{word} ({abstain})" if abstain else str(word)


def _best(row: dict[str, object], whose: str) -> float | str:
    probabilities = row["generic_probabilities" if whose else "probabilities"]
    assert isinstance(probabilities, dict)
    known = [float(p) for p in probabilities.values() if p is not None]
    return max(known) if known else ""
