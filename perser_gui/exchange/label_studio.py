"""Label Studio's JSON: a task for each recording, an annotation for each listener.

Whole recordings are choices, parts are labelled regions of the audio. What the program does
not know of, such as shares and strength, stands in the `meta` of a result, which it keeps.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from perser_gui.corpora.answers import Reading
from perser_gui.corpora.blind import blind_cell, blind_of
from perser_gui.corpora.ratings import read_text
from perser_gui.corpora.table import RatingRow
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import MAX_BYTES, Label, Recording, row_of

_AUDIO = ("audio", "sound", "wav", "url", "file", "path", "recording", "clip", "media", "video")
_WHOLE = 0.0015


def read_label_studio(
    path: Path, folder: Path, listener: str | None, reading: Reading
) -> tuple[list[RatingRow], list[str]]:
    """Return the ratings in an export of Label Studio (JSON or JSON-MIN), and sentences.

    Raises:
        PerserError: if it is no such export, is cut off, or holds no labels.
    """
    try:
        data = json.loads(read_text(path, limit=MAX_BYTES))
    except (ValueError, RecursionError) as error:
        raise PerserError(
            f"{path} is not whole JSON; please export it from Label Studio again."
        ) from error
    tasks = [data] if isinstance(data, dict) else data
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise PerserError(f"{path} is no export of Label Studio; please choose JSON there.")
    rows: list[RatingRow] = []
    dropped = 0
    for task in tasks:
        file = _audio_of(task)
        if not file:
            raise PerserError(f"{path} has a task without an audio file; please check its export.")
        for who, results, cancelled in _annotations(task):
            if cancelled:
                dropped += 1
                continue
            for result in results:
                rows += _rows(path, file, listener if _only_one(tasks) and listener else who,
                              result, reading)  # fmt: skip
    if not rows:
        raise PerserError(f"{path} holds no labels of emotions; please choose another file.")
    notes = [f"{path.name}: {dropped} annotations were skipped by their annotators."]
    return rows, notes if dropped else []


def label_studio_of(recordings: Sequence[Recording], names: Mapping[Path, str]) -> bytes:
    """Return recordings as tasks with annotations; `names` is what their files are called."""
    tasks = []
    for number, recording in enumerate(recordings, start=1):
        annotations = [
            {
                "id": 1000 * number + place,
                "result": [
                    _result(recording, label, f"{number}-{at}")
                    for at, label in enumerate(recording.labels)
                    if label.listener == who
                ],
            }
            for place, who in enumerate(recording.listeners)
        ]
        tasks.append(
            {"id": number, "data": {"audio": names[recording.path]}, "annotations": annotations}
        )
    return (json.dumps(tasks, ensure_ascii=False, indent=1) + "\n").encode("utf-8")


def _result(recording: Recording, label: Label, number: str) -> dict[str, Any]:
    rating = label.rating
    words = list(rating.emotions) or [rating.answer]
    whole = label.start < _WHOLE and label.end > recording.seconds - _WHOLE
    more: dict[str, Any] = {"answer": rating.answer}
    if rating.shares:
        more["shares"] = list(rating.shares)
    more |= {"intensity": rating.intensity} if rating.intensity is not None else {}
    more |= dict(rating.dimensions) | blind_cell(rating.blind)
    more |= {"note": rating.note} if rating.note else {}
    meta = {"text": [label.listener], "listener": label.listener, **more}
    common = {
        "id": number,
        "to_name": "audio",
        "original_length": round(recording.seconds, 6),
        "meta": meta,
    }
    if whole:
        return common | {
            "from_name": "emotion",
            "type": "choices",
            "value": {"choices": words},
        }
    value = {"start": label.start, "end": label.end, "channel": 0, "labels": words}
    return common | {"from_name": "label", "type": "labels", "value": value}


def _audio_of(task: Mapping[str, Any]) -> str:
    data = task.get("data") if isinstance(task.get("data"), dict) else task
    assert isinstance(data, Mapping)
    for key in (*_AUDIO, *data):
        value = data.get(key)
        usable = isinstance(value, str) and value.strip() and value.isprintable()
        if isinstance(value, str) and usable and (key in _AUDIO or "." in value):
            return value.strip()
    return ""


def _annotations(task: Mapping[str, Any]) -> Iterator[tuple[str, list[Any], bool]]:
    """Yield who labelled, the results, and whether they were skipped."""
    if isinstance(task.get("annotations", task.get("completions")), list):
        for one in task.get("annotations", task.get("completions")) or []:
            if isinstance(one, dict):
                results = one.get("result")
                yield (
                    _who(one.get("completed_by")),
                    results if isinstance(results, list) else [],
                    bool(one.get("was_cancelled")),
                )
        return
    who = _who(task.get("annotator", task.get("completed_by")))
    skipped = ("id", "annotator", "annotation_id", "created_at", "updated_at", "lead_time")
    results = [
        {"value": value if isinstance(value, dict) else {"choices": value}}
        for key, given in task.items()
        if key not in (*skipped, *_AUDIO)
        for value in (given if _is_regions(given) else [given])
        if isinstance(value, str | list | dict)
    ]
    yield who, results, False


def _is_regions(given: object) -> bool:
    return isinstance(given, list) and bool(given) and all(isinstance(v, dict) for v in given)


def _who(given: object) -> str:
    if isinstance(given, dict):
        given = given.get("email") or given.get("username") or given.get("id")
    if isinstance(given, str) and given.strip():
        return given.strip()
    return f"annotator {given}" if isinstance(given, int) else "annotator"


def _rows(
    place: Path, file: str, who: str, result: object, reading: Reading
) -> Iterator[RatingRow]:
    value = result.get("value") if isinstance(result, dict) else None
    if not isinstance(result, dict) or not isinstance(value, dict):
        return
    words = next(
        (value[key] for key in ("labels", "choices", "audio_labels") if value.get(key)), None
    )
    if isinstance(words, dict):
        words = words.get("choices")
    if isinstance(words, str):
        words = [words]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return
    meta = result.get("meta") if isinstance(result.get("meta"), dict) else {}
    assert isinstance(meta, Mapping)
    own = isinstance(meta.get("listener"), str) and meta["listener"].strip()
    start, end = _number(value.get("start")), _number(value.get("end"))
    if (start is None) != (end is None) or (
        start is not None and end is not None and not 0 <= start < end
    ):
        raise PerserError(f"{place}: a region of {file} has no valid times; please check it.")
    text = ";".join(words)
    row = row_of(place, file, own or who, start or 0.0, end or 0.0, text, reading)
    if row is None:
        return
    extra = {name: text for name, text in row.extra.items() if name not in ("start", "end")}
    if start is not None and end is not None:
        extra |= {"start": f"{start:.6f}", "end": f"{end:.6f}"}
    if not own:
        yield RatingRow(row.file, row.listener, row.emotions, extra=extra, shares=row.shares)
        return
    emotions, shares = row.emotions, row.shares
    if meta.get("answer") == "emotion":
        emotions = tuple(dict.fromkeys(" ".join(word.split()) for word in words))
        extra.pop("answer", None)
        shares = _shares(meta.get("shares"), len(emotions))
    for name in ("valence", "arousal", "dominance"):
        if (number := _number(meta.get(name))) is not None:
            extra[name] = f"{number:g}"
    extra |= blind_cell(blind_of({"blind": str(meta.get("blind"))}))
    if isinstance(meta.get("note"), str) and meta["note"].strip():
        extra["note"] = meta["note"]
    yield RatingRow(
        row.file,
        row.listener,
        emotions,
        intensity=_number(meta.get("intensity")),
        extra=extra,
        shares=shares,
    )


def _shares(given: object, count: int) -> tuple[float, ...]:
    """Return the shares of an own export, none if they are none."""
    if not isinstance(given, list) or len(given) != count:
        return ()
    numbers = [number for share in given if (number := _number(share)) is not None and number >= 0]
    return tuple(numbers) if len(numbers) == count and abs(sum(numbers) - 1) < 1e-3 else ()


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e12 else None


def _only_one(tasks: Sequence[Mapping[str, Any]]) -> bool:
    """Whether all annotations are of one person, who may then be given another name."""
    people = {who for task in tasks for who, _, _ in _annotations(task)}
    return len(people) == 1
