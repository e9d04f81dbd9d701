"""The use cases that the window and the terminal share. No Qt, no command line library.

What stands here is looked up when it is first used: the window needs some words of the desk
before it is painted, and the desk itself after that.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perser_gui.clip_table import ClipRow, ClipTable
    from perser_gui.desk.desk import Desk
    from perser_gui.desk.values import (
        Adaptation,
        ImportedRatings,
        ModelInfo,
        OpenedClips,
        PredictedFiles,
        Suggestion,
    )
    from perser_gui.store import Act, Backup, ProfileRecord, UnsavedLabel

_HOMES = {
    "perser_gui.clip_table": ("ClipRow", "ClipTable"),
    "perser_gui.desk.desk": ("Desk",),
    "perser_gui.desk.values": (
        *("Adaptation", "ImportedRatings", "ModelInfo", "OpenedClips", "PredictedFiles"),
        "Suggestion",
    ),
    "perser_gui.store": ("Act", "Backup", "ProfileRecord", "UnsavedLabel"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Act",
    "Adaptation",
    "Backup",
    "ClipRow",
    "ClipTable",
    "Desk",
    "ImportedRatings",
    "ModelInfo",
    "OpenedClips",
    "PredictedFiles",
    "ProfileRecord",
    "Suggestion",
    "UnsavedLabel",
]


def __getattr__(name: str) -> Any:
    """Return a public name from the module it is at home in, and keep it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
