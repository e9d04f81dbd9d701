"""`perser demo`: the whole way in a minute, without microphone, network or display."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import (
    CHECKPOINT,
    VERDICT_HEADER,
    scores_document,
    verdict_document,
    verdict_rows,
)
from perser_gui.desk.saying import figures, labels

if TYPE_CHECKING:
    from perser_gui.desk.demonstration import Demonstration
    from perser_gui.records import Prediction

LEARNT = 20
"""Labels that are learned from; the example listener's others show what came of it."""


def command(
    adapter: str = typer.Option("meta-perser", help="How to adapt."),
    ratings: int = typer.Option(LEARNT, min=1, help="How many labels to learn from."),
    seed: int = typer.Option(0, help="Equal seeds give equal results."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Adapt to an example listener with a habit, and predict clips that were not learned from.

    The clips ship with the program and are synthetic speech; the listener is simulated. Nothing of
    the user's data is read or changed.
    """
    from perser_gui.desk import Desk
    from perser_gui.desk.demonstration import demonstrate

    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="perser-demo-") as folder:
        place = Path(folder)
        desk = Desk.open(data_dir=place / "data", cache_dir=place, checkpoint=checkpoint)
        try:
            with terminal.working() as progress:
                done = demonstrate(
                    desk, learned=ratings, adapter=adapter, seed=seed, progress=progress
                )
        finally:
            desk.close()
    seconds = time.perf_counter() - start
    if json:
        terminal.emit_json(_document(done, adapter, seconds))
    else:
        _tell(done, adapter, seconds)


def _document(done: Demonstration, adapter: str, seconds: float) -> dict[str, object]:
    from perser_gui.desk.demonstration import HABIT, by_chance

    result = done.adaptation
    generic, personalized = done.right
    foreseen = done.foreseen
    return {
        "clips": "synthetic",
        "listener": done.listener.name,
        "simulated": True,
        "habit": {HABIT[0]: HABIT[1]},
        "adapter": adapter,
        "ratings": done.learned,
        "helped": result.helped,
        "use": result.use,
        "message": result.message,
        "verdict": verdict_document(result.verdict),
        "before": scores_document(result.before),
        "after": scores_document(result.after),
        "predictions": [
            {
                "file": one.clip.path.name,
                "label": list(one.label),
                "personalized": one.yours.emotion,
                "generic": one.generic.emotion,
                "probabilities": _probabilities(one.yours),
                "generic_probabilities": _probabilities(one.generic),
            }
            for one in done.shown
        ],
        "foreseen": {
            "personalized": foreseen.after,
            "low": foreseen.low,
            "high": foreseen.high,
            "generic": foreseen.before,
        },
        "right": {
            "personalized": personalized,
            "generic": generic,
            "of": len(done.shown),
            "by_chance": by_chance(*done.differing),
        },
        "seconds": round(seconds, 1),
    }


def _tell(done: Demonstration, adapter: str, seconds: float) -> None:
    from perser_gui.desk.demonstration import HABIT

    result = done.adaptation
    terminal.say(
        f"The listener “{done.listener.name}” is simulated: nobody heard these clips, which are "
        "synthetic voices.\nIt says what each was made to sound like, and has one habit: what "
        f"others call {HABIT[0]} it calls {HABIT[1]}.\n"
        f"It gave {done.learned} {labels(done.learned)}; {adapter} adapted everyone's model to "
        "them, which is “yours” below.\n"
    )
    terminal.say(terminal.table(VERDICT_HEADER, verdict_rows(result.verdict)))
    whose = "" if result.use == "new" else " (yours is everyone's model, which stays in use)"
    terminal.say(f"\n{result.message}\n\nThe {len(done.shown)} clips that it gave no label:\n")
    header = ["clip", "the listener says", "yours", "p", "everyone's", "p"]
    cells = [
        [
            one.clip.path.name,
            ", ".join(one.label),
            one.yours.emotion,
            float(one.yours.probabilities.max()),
            one.generic.emotion,
            float(one.generic.probabilities.max()),
        ]
        for one in done.shown
    ]
    terminal.say(terminal.table(header, cells))
    shown = figures(done.foreseen)
    terminal.say(
        f"\nOn these clips{whose}: {shown}. {_counted(done)}\n"
        f"It took {seconds:.1f} s; nothing was kept."
    )


def _counted(done: Demonstration) -> str:
    """Say how many clips are labelled as the listener does, and whether that tells anything."""
    from perser_gui.desk.demonstration import RARE, by_chance

    generic, personalized = done.right
    only_generic, only_personalized = done.differing
    apart = only_generic + only_personalized
    said = f"As the listener says: yours {personalized}, everyone's {generic} of {len(done.shown)}"
    if not apart:
        return f"{said}, the same ones."
    clips = "one clip" if apart == 1 else f"{apart} clips"
    enough = by_chance(only_generic, only_personalized) <= RARE
    tells = "more than chance makes" if enough else "too few to tell them apart"
    return f"{said}; on {clips} one is right and the other is not: {tells}."


def _probabilities(prediction: Prediction) -> dict[str, float]:
    return {
        word: float(p) for word, p in zip(prediction.classes, prediction.probabilities, strict=True)
    }
