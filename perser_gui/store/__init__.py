"""The user's own data: listeners, clips, ratings and profiles. No torch, no pickle."""

from perser_gui.store.backups import Backup
from perser_gui.store.profiles import (
    ProfileRecord,
    SharedProfile,
    SharedSupport,
    holds_profile,
    read_shared,
    write_shared,
)
from perser_gui.store.rescue import check_store, repair_store, restore_store
from perser_gui.store.rows import LONGEST_NOTE, pseudonym_of, tidy_note
from perser_gui.store.spool import UnsavedLabel
from perser_gui.store.store import Store
from perser_gui.store.study_rows import StudyListener, StudyRecord, TrialAnswer
from perser_gui.store.undoing import Act

__all__ = [
    "LONGEST_NOTE",
    "Act",
    "Backup",
    "ProfileRecord",
    "SharedProfile",
    "SharedSupport",
    "Store",
    "StudyListener",
    "StudyRecord",
    "TrialAnswer",
    "UnsavedLabel",
    "check_store",
    "holds_profile",
    "pseudonym_of",
    "read_shared",
    "repair_store",
    "restore_store",
    "tidy_note",
    "write_shared",
]
