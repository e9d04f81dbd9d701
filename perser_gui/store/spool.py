"""Labels that could not be saved when the window was closed, in a file beside the store."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    intensity: float | None = None
    shares: tuple[float, ...] = ()
    note: str = ""
    blind: bool | None = None


def keep_unsaved(folders: Sequence[Path], labels: Sequence[UnsavedLabel]) -> Path:
    """Write labels to the first of the folders that takes them, with the time; return the file.

    Raises:
        PerserError: if none of them does.
    """
    known = [u for folder in folders for u in unsaved_labels(folder)]
    same = {replace(label, when="") for label in labels}
    left = [one for one in known if replace(one, when="") not in same]
    unsaved = [*left, *(replace(label, when=now()) for label in labels)]
    rows = [
        (u.listener, u.clip, u.emotions, u.answer, u.when, u.intensity, u.shares, u.note, u.blind)
        for u in unsaved
    ]
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
    if not isinstance(row, list) or len(row) not in (5, 9):
        return None
    listener, clip, emotions, answer, when = row[:5]
    intensity, shares, note, blind = row[5:] or (None, [], "", None)
    fits = (
        isinstance(listener, int)
        and isinstance(clip, str)
        and isinstance(emotions, list)
        and all(isinstance(word, str) for word in emotions)
        and answer in (*get_args(Answer), "cleared")
        and isinstance(when, str)
        and (intensity is None or isinstance(intensity, int | float))
        and isinstance(shares, list)
        and all(isinstance(share, int | float) for share in shares)
        and isinstance(note, str)
        and blind in (True, False, None)
    )
    if not fits:
        return None
    return UnsavedLabel(
        listener, clip, tuple(emotions), answer, when[:10], intensity, tuple(shares), note, blind
    )
