"""`perser demo`: the whole way in a minute, without microphone, network or display."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable
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
from perser_gui.desk.saying import labels

if TYPE_CHECKING:
    from perser_gui.desk.demonstration import Demonstration, Shown
    from perser_gui.records import Prediction

LEARNT = 20
"""Labels that are learnt from; the example listener's others show what came of it."""


def command(
    adapter: str = typer.Option("meta-perser", help="How to adapt."),
    ratings: int = typer.Option(LEARNT, min=1, help="How many labels to learn from."),
    seed: int = typer.Option(0, help="Equal seeds give equal results."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Adapt to the example listener of the starter clips, and predict clips not learnt from.

    Clips and ratings ship with the program; the clips are synthetic speech and the example
    listener is simulated. Nothing of the user's data is read or changed.
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
                    desk, learnt=ratings, adapter=adapter, seed=seed, progress=progress
                )
        finally:
            desk.close()
    seconds = time.perf_counter() - start
    if json:
        terminal.emit_json(_document(done, adapter, seconds))
    else:
        _tell(done, adapter, seconds)


def _document(done: Demonstration, adapter: str, seconds: float) -> dict[str, object]:
    result = done.adaptation
    return {
        "clips": "synthetic",
        "listener": done.listener.name,
        "simulated": True,
        "adapter": adapter,
        "ratings": done.learnt,
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
        "right": {
            "personalized": _right(done.shown, personalized=True),
            "generic": _right(done.shown, personalized=False),
            "of": len(done.shown),
        },
        "seconds": round(seconds, 1),
    }


def _tell(done: Demonstration, adapter: str, seconds: float) -> None:
    result = done.adaptation
    terminal.say(
        f"The listener “{done.listener.name}” (simulated) gave {done.learnt} "
        f"{labels(done.learnt)} to synthetic clips; "
        f"{adapter} adapted everyone's model to them.\n"
    )
    terminal.say(terminal.table(VERDICT_HEADER, verdict_rows(result.verdict)))
    whose = "" if result.use == "new" else " (by the new profile, all the same)"
    terminal.say(f"\n{result.message}\n\nClips that it did not learn from{whose}:\n")
    header = ["clip", "the listener says", "personalized", "p", "everyone's", "p"]
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
    terminal.say(
        f"\nAs the listener says: personalized {_right(done.shown, personalized=True)}, "
        f"everyone's {_right(done.shown, personalized=False)} of {len(done.shown)}. "
        f"It took {seconds:.1f} s; nothing was kept."
    )


def _probabilities(prediction: Prediction) -> dict[str, float]:
    return {
        word: float(p) for word, p in zip(prediction.classes, prediction.probabilities, strict=True)
    }


def _right(shown: Iterable[Shown], *, personalized: bool) -> int:
    predicted = ((one.yours if personalized else one.generic, one.label) for one in shown)
    return sum(prediction.emotion in label for prediction, label in predicted)
