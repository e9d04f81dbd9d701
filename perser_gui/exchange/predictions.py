"""Predictions as a table for other programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from perser_gui.cells import neutral
from perser_gui.errors import PerserError
from perser_gui.files import write_whole
from perser_gui.paths import shown
from perser_gui.records import NO_SPEECH, UNSURE, Clip, Prediction, Rating
from perser_gui.version import __version__

FORMATS = ("csv", "json")
"""The formats that `prediction_text` writes."""


def prediction_rows(
    clips: Mapping[str, Clip],
    predictions: Sequence[tuple[Prediction, Prediction]],
    ratings: Mapping[str, Rating] | None = None,
) -> list[dict[str, Any]]:
    """Return one row per clip: file, prediction, probabilities, and what everyone's model says.

    `start` and `end` (s) say where in its file the clip lies: an utterance of a recording
    somewhere inside, any other clip from 0 to its end. `channel` (from 1) is blank for all of
    them mixed. A clip in which nobody speaks has no prediction and no probabilities (None), and
    `abstain` says why.

    `predictions` are pairs of the listener's and everyone's, `ratings` the listener's own
    labels by content.
    """
    rows = []
    for yours, generic in predictions:
        clip = clips[yours.clip]
        rating = (ratings or {}).get(yours.clip)
        rows.append(
            {
                "file": shown(clip.path),
                "content": clip.heard,
                "start": clip.span.start if clip.span else 0.0,
                "end": clip.span.end if clip.span else round(clip.seconds, 3),
                "seconds": round(clip.seconds, 3),
                "channel": clip.channel or "",
                "speaker": clip.speaker or "",
                "synthetic": clip.synthetic,
                "listener": yours.listener or "",
                "adapter": yours.adapter,
                "label": ";".join(rating.emotions) if rating else "",
                "prediction": yours.word,
                "generic": generic.word,
                "probabilities": _probabilities(yours),
                "generic_probabilities": _probabilities(generic),
                "abstain": yours.abstain,
                "generic_abstain": generic.abstain,
            }
        )
    return rows


def _probabilities(prediction: Prediction) -> dict[str, float | None]:
    """Return the probability of every word, None where nobody speaks."""
    return {
        word: None if prediction.speechless else round(float(p), 6)
        for word, p in zip(prediction.classes, prediction.probabilities, strict=True)
    }


def prediction_document(
    rows: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any]
) -> dict[str, Any]:
    """Return rows with what they came from, as one JSON document."""
    return {"program": f"perser-gui {__version__}", **provenance, "predictions": list(rows)}


def prediction_text(
    rows: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any], form: str
) -> str:
    """Return predictions as CSV (one column per emotion) or JSON text.

    Raises:
        PerserError: for another format.
    """
    if form == "json":
        document = prediction_document(rows, provenance)
        return json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    if form != "csv":
        raise PerserError(f"There is no format “{form}”; please choose {' or '.join(FORMATS)}.")
    plain = [_flat(row) | {"model": provenance.get("digest", "")} for row in rows]
    buffer = io.StringIO(newline="")
    header = list(plain[0]) if plain else ["file"]
    writer = csv.DictWriter(buffer, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(plain)
    return buffer.getvalue()


def write_predictions(
    path: Path, rows: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any], form: str
) -> None:
    """Write predictions to a file, whole or not at all.

    Raises:
        PerserError: for an unknown format, or if the file cannot be written.
    """
    write_whole(path, prediction_text(rows, provenance, form))


def write_audformat(
    folder: Path, rows: Sequence[Mapping[str, Any]], provenance: Mapping[str, Any]
) -> None:
    """Write predictions as an audformat database: tables `predicted` and `generic`.

    Each has the columns `emotion` and `abstain` and one column per word with its probability,
    by file or, if a recording was cut into utterances, by file, start and end. Where nobody
    speaks, `abstain` says so and the others are empty.

    Raises:
        PerserError: if audformat is not installed, there is nothing to write, or the
            folder cannot be written.
    """
    try:
        import audformat
    except ImportError as error:
        raise PerserError(
            "audformat is not installed; please run pip install 'perser-gui[audformat]'."
        ) from error
    if not rows:
        raise PerserError("There are no predictions to write.")
    database = audformat.Database(
        "perser-predictions",
        usage=audformat.define.Usage.OTHER,
        description=json.dumps(dict(provenance), ensure_ascii=False),
    )
    database.raters["model"] = audformat.Rater(audformat.define.RaterType.MACHINE)
    database.schemes["probability"] = audformat.Scheme("float", minimum=0, maximum=1)
    index = _index_of(rows)
    database.schemes["abstain"] = audformat.Scheme(labels=[NO_SPEECH, UNSURE])
    for table, emotion, probabilities, abstain in (
        ("predicted", "prediction", "probabilities", "abstain"),
        ("generic", "generic", "generic_probabilities", "generic_abstain"),
    ):
        words = list(rows[0][probabilities])
        scheme = f"{table}-emotion"
        database.schemes[scheme] = audformat.Scheme(labels=words)
        database[table] = audformat.Table(index)
        database[table]["emotion"] = audformat.Column(scheme_id=scheme, rater_id="model")
        database[table]["emotion"].set([row[emotion] or None for row in rows])
        database[table]["abstain"] = audformat.Column(scheme_id="abstain", rater_id="model")
        database[table]["abstain"].set([row[abstain] or None for row in rows])
        for word in words:
            column = audformat.Column(scheme_id="probability", rater_id="model")
            database[table][word] = column
            database[table][word].set([row[probabilities][word] for row in rows])
    try:
        database.save(str(folder))
    except OSError as error:
        raise PerserError(
            f"{folder} cannot be written ({error.strerror}); please choose another folder."
        ) from error


def _index_of(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return an audformat index: by file, or by file and times if one of them was cut."""
    import audformat

    files, starts, ends = ([row[name] for row in rows] for name in ("file", "start", "end"))
    if not any(starts) and ends == [row["seconds"] for row in rows]:
        return audformat.filewise_index(files)
    return audformat.segmented_index(files, starts, ends)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "probabilities":
            flat |= {f"p({word})": probability for word, probability in value.items()}
        elif name == "generic_probabilities":
            flat |= {f"generic p({word})": probability for word, probability in value.items()}
        elif isinstance(value, bool):
            flat[name] = "yes" if value else "no"
        else:
            flat[name] = value
    return {name: neutral(v) if isinstance(v, str) else v for name, v in flat.items()}
