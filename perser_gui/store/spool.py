"""Labels that could not be saved when the window was closed, in a file beside the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole
from perser_gui.records import Answer
from perser_gui.store.rows import as_json, now

SPOOL = "unsaved-labels.json"
LARGEST = 1 << 24

Given = Answer | Literal["cleared"]
"""What a press said: an answer, or that the label is to be taken away."""


@dataclass(frozen=True)
class UnsavedLabel:
    """A label that waits for being saved; `when` is the day on which it could not be."""

    listener: int
    clip: str
    emotions: tuple[str, ...]
    answer: Given
    when: str


def keep_unsaved(
    folders: Sequence[Path], labels: Sequence[tuple[int, str, tuple[str, ...], Given]]
) -> Path:
    """Write labels to the first of the folders that takes them; return the file.

    Raises:
        PerserError: if none of them does.
    """
    known = [u for folder in folders for u in unsaved_labels(folder)]
    rows = [(u.listener, u.clip, u.emotions, u.answer, u.when) for u in known]
    rows += [(*label, now()) for label in labels]
    refused: PerserError | None = None
    for folder in folders:
        try:
            write_whole(folder / SPOOL, as_json(rows), private=True)
        except PerserError as error:
            refused = refused or error
        else:
            return folder / SPOOL
    assert refused is not None
    raise refused


def unsaved_labels(folder: Path) -> list[UnsavedLabel]:
    """Return the labels in the spool of a folder; what is no label is passed over."""
    path = folder / SPOOL
    try:
        if path.stat().st_size > LARGEST:
            return []
        rows = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, *MISFIT):
        return []
    return [u for row in rows if (u := _label(row))] if isinstance(rows, list) else []


def forget_unsaved(folder: Path) -> None:
    """Remove the spool of a folder, if there is one."""
    try:
        (folder / SPOOL).unlink(missing_ok=True)
    except OSError:
        write_whole(folder / SPOOL, "[]", private=True)


def _label(row: object) -> UnsavedLabel | None:
    if not isinstance(row, list) or len(row) != 5:
        return None
    listener, clip, emotions, answer, when = row
    fits = (
        isinstance(listener, int)
        and isinstance(clip, str)
        and isinstance(emotions, list)
        and all(isinstance(word, str) for word in emotions)
        and answer in (*get_args(Answer), "cleared")
        and isinstance(when, str)
    )
    return UnsavedLabel(listener, clip, tuple(emotions), answer, when[:10]) if fits else None
