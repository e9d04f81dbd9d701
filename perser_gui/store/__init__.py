"""The user's own data: listeners, clips, ratings and profiles. No torch, no pickle."""

from perser_gui.store.acts import Act
from perser_gui.store.profiles import (
    ProfileRecord,
    SharedProfile,
    SharedSupport,
    read_shared,
    write_shared,
)
from perser_gui.store.store import Store

__all__ = [
    "Act",
    "ProfileRecord",
    "SharedProfile",
    "SharedSupport",
    "Store",
    "read_shared",
    "write_shared",
]
