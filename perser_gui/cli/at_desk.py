"""Opening the user's desk for the length of one command, and describing what it says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import typer

from perser_gui.cli import terminal
from perser_gui.desk.saying import between, both, percent
from perser_gui.errors import PerserError
from perser_gui.records import Listener, Scores, Verdict

if TYPE_CHECKING:
    from perser_gui.desk import Desk, ProfileRecord

CHECKPOINT = "perser-base"
"""Everyone's model unless another is asked for."""

CUT_ABOVE = typer.Option(
    20.0,
    min=0.0,
    metavar="SECONDS",
    help="Cut recordings longer than this at their pauses; 0: none.",
)


CHANNEL = typer.Option(
    "mix",
    metavar="mix|each|N",
    help="Of recordings with several channels hear all mixed, channel N (1 is the left one), or "
    "each by itself with a speaker of its own, as in calls.",
)

VOICES = typer.Option(
    "folder",
    metavar="folder|file|all",
    help="Whose clips count as one voice, where no speaker is known: those of one folder (the "
    "utterances of one recording), each file by itself, or all of them. Clips are compared with "
    "the others of their voice.",
)


TAKEN_IN = (
    "`perser import TABLE.csv --audio FOLDER` takes in labels with those who gave them; "
    "`perser listeners add NAME` adds somebody new."
)
"""How a listener comes to be known here."""


@contextlib.contextmanager
def at_desk(checkpoint: str = CHECKPOINT, device: str = "auto") -> Iterator[Desk]:
    """Open the user's data and close it again."""
    from perser_gui.desk import Desk

    desk = Desk.open(checkpoint=checkpoint, device=device)
    try:
        for sentence in desk.notices:
            terminal.note(sentence)
        yield desk
    finally:
        desk.close()


def known_listener(desk: Desk, name: str) -> Listener:
    """Return the listener with this pseudonym.

    Raises:
        PerserError: if there is none; it lists those that there are, and says how others come.
    """
    try:
        return desk.listener_named(name)
    except PerserError as error:
        raise PerserError(f"{error} {TAKEN_IN}") from None


def listener_document(listener: Listener, **more: Any) -> dict[str, Any]:
    """Return a listener as JSON data."""
    return {
        "id": listener.id,
        "name": listener.name,
        "emotions": [
            {"word": e.word, "classes": list(e.sources)} for e in listener.emotions.emotions
        ],
        **more,
    }


def record_document(record: ProfileRecord) -> dict[str, Any]:
    """Return a profile of the history as JSON data, without its weights."""
    profile = record.profile
    return {
        "id": record.id,
        "created": record.created,
        "current": record.current,
        "adapter": profile.adapter,
        "base": profile.base,
        "classes": list(profile.classes),
        "seed": profile.seed,
        "steps": profile.steps,
        "device": profile.device,
        "ratings": len(profile.ratings),
        "notes": list(profile.notes),
        "before": scores_document(profile.before),
        "after": scores_document(profile.after),
        "verdict": verdict_document(profile.verdict),
        "path": str(record.path),
    }


def scores_document(scores: Scores | None) -> dict[str, Any] | None:
    """Return scores as JSON data."""
    if scores is None:
        return None
    return {
        "macro_f1": scores.macro_f1,
        "uar": scores.uar,
        "accuracy": scores.accuracy,
        "nll": scores.nll,
        "count": scores.count,
        "protocol": scores.protocol,
        "f1": dict(scores.f1),
    }


def verdict_document(verdict: Verdict | None) -> dict[str, Any] | None:
    """Return a verdict as JSON data: how well labels are foreseen is a share of 1."""
    return None if verdict is None else asdict(replace(verdict, words=dict(verdict.words)))


def verdict_rows(verdict: Verdict) -> Sequence[Sequence[object]]:
    """Return rows (labels, how many, how well everyone's model and yours foresee them), by word."""
    generic, yours = both(verdict)
    shown = [generic, f"{yours} ({between(verdict)})"]
    rows: list[list[object]] = [["all labels", verdict.count, *shown]]
    return rows + [
        [word, one.count, percent(one.before), percent(one.after)]
        for word, one in verdict.words.items()
    ]


VERDICT_HEADER = ("how well foreseen", "labels", "everyone's", "yours (likely)")
"""The header over `verdict_rows`."""
