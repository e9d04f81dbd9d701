"""The use cases that the window and the terminal share. No Qt, no command line library.

What stands here is looked up when it is first used: the window needs some words of the desk
before it is painted, and the desk itself after that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perser_gui.late_names import late

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
__getattr__, __dir__ = late(__name__, _HOMES)

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
