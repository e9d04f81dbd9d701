"""Where checkpoints lie and what they are called, without reading their weights or torch."""

from __future__ import annotations

import json
from pathlib import Path

from perser_gui import paths
from perser_gui.emotions import CLASSES
from perser_gui.errors import MISFIT, PerserError

DOCUMENT = "checkpoint.json"


def available_checkpoints() -> list[str]:
    """Return the names of the checkpoints that ship with the program, sorted."""
    try:
        root = paths.shipped("models")
    except PerserError:
        return []
    return sorted(path.parent.name for path in root.glob(f"*/{DOCUMENT}"))


def checkpoint_folder(where: str | Path) -> Path:
    """Return the folder of a checkpoint given by a path, or by the name of one that ships.

    Raises:
        PerserError: if there is none; it lists those that ship.
    """
    path = Path(where)
    if path.name == DOCUMENT:
        path = path.parent
    if _is_file(path / DOCUMENT):
        return path
    if isinstance(where, str) and where in available_checkpoints():
        return paths.shipped("models", where)
    names = ", ".join(available_checkpoints()) or "none"
    raise PerserError(
        f"There is no checkpoint at {str(where)[:200]}; give a folder with a {DOCUMENT}, "
        f"or one of those that ship with the program ({names})."
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, or holds a NUL
        return False


def classes_of(where: str | Path) -> tuple[str, ...]:
    """Return the classes of a checkpoint, `CLASSES` for one that is missing or damaged.

    What is wrong with it is said when it is loaded; until then a listener needs words.
    """
    try:
        raw = json.loads((checkpoint_folder(where) / DOCUMENT).read_text(encoding="utf-8"))
        classes = tuple(str(name) for name in raw["classes"])
    except (PerserError, OSError, *MISFIT):
        return CLASSES
    return classes or CLASSES
