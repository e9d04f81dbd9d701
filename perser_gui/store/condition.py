"""What is wrong with a store's file, in plain sentences; a damaged one is copied aside."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.files import PRIVATE_FILE

DAMAGE = ("malformed", "not a database", "no such", "decode", "user-defined function")
"""What SQLite says of a file that is not what it wrote."""

FULL_BELOW = 1 << 20
"""Free bytes below which an input or output error is put down to a full disk."""


class DamagedError(PerserError):
    """The file is not what was written."""


class UnwritableError(PerserError):
    """The disk or the permissions do not allow writing; reading may still be possible."""


def told(path: Path, error: sqlite3.DatabaseError) -> Exception:
    """Return what SQLite's error about a store's file means, as an error with a plain sentence."""
    text = str(error)
    if any(sign in text for sign in DAMAGE):
        return damaged(path)
    if "locked" in text or "busy" in text:
        return PerserError(
            f"{path} is being written by another program; please close that one and try again."
        )
    if "full" in text or ("disk I/O" in text and _is_full(path)):
        return UnwritableError(
            f"{path} cannot be written because the disk is full; please make room."
        )
    if "readonly" in text or "unable to open" in text or "disk I/O" in text:
        return UnwritableError(
            f"{path} cannot be written ({text}); please check the disk and the "
            "permissions, or choose another folder with PERSER_HOME."
        )
    return error


def _is_full(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free < FULL_BELOW
    except OSError:
        return False


def damaged(path: Path) -> DamagedError:
    """Return the error of a damaged file, which is copied aside first."""
    return DamagedError(
        f"The ratings in {path} cannot be read because the file is damaged; "
        f"it was left as it is and {copied_aside(path)}. Please bring back a backup (perser "
        f"restore{_latest(path)}), or rescue what can be read (perser doctor --repair)."
    )


def _latest(path: Path) -> str:
    found = sorted((path.parent / "backups").glob("*.perser-backup"))
    return f" {found[-1]}" if found else ""


def copied_aside(path: Path) -> str:
    """Copy the damaged file (and its log) aside, once for the same damage; say where."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:8]
        target = path.with_name(f"{path.name}.damaged-{digest}")
        if not target.exists():
            shutil.copy2(path, target)
            target.chmod(PRIVATE_FILE)
            log = path.with_name(f"{path.name}-wal")
            if log.exists() and log.stat().st_size:
                shutil.copy2(log, target.with_name(f"{target.name}-wal"))
    except OSError as error:
        return f"no copy could be made ({error.strerror})"
    return f"a copy is at {target}"
