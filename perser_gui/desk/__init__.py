"""The use cases that the window and the terminal share. No Qt, no command line library."""

from perser_gui.desk.desk import Desk
from perser_gui.desk.values import (
    Adaptation,
    ClipRow,
    ImportedRatings,
    ModelInfo,
    OpenedClips,
    PredictedFiles,
    Suggestion,
)
from perser_gui.store import Act, Backup, ProfileRecord, UnsavedLabel

__all__ = [
    "Act",
    "Adaptation",
    "Backup",
    "ClipRow",
    "Desk",
    "ImportedRatings",
    "ModelInfo",
    "OpenedClips",
    "PredictedFiles",
    "ProfileRecord",
    "Suggestion",
    "UnsavedLabel",
]
