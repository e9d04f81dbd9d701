"""Whether a folder lies on a network drive, where SQLite's write-ahead log is not made for.

Two computers that write to one database there can damage it, and a label may reach the other
side later than it is said to be saved.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.files import write_whole

NETWORK = re.compile(
    r"(nfs\d*|cifs|smb\w*|afpfs|webdav|davfs\d*|ncpfs|9p|afs|ceph|glusterfs|lustre|gpfs|beegfs"
    r"|fuse\.(sshfs|rclone|s3fs|gcsfuse|goofys|davfs2?|glusterfs|ceph\S*|smbnetfs|curlftpfs))",
    re.IGNORECASE,
)
"""File systems whose files lie on another computer, as the system calls them."""

TOLD = "network-drive-told"
_REMOTE = 4  # DRIVE_REMOTE of GetDriveTypeW


def network_drive(folder: Path) -> str:
    """Return what kind of network drive a folder lies on, empty if on none that is known."""
    place = os.path.realpath(folder)
    with contextlib.suppress(OSError, ValueError, subprocess.SubprocessError):
        if sys.platform == "win32":
            return _of_windows(place)
        if sys.platform == "darwin":
            done = subprocess.run(["/sbin/mount"], capture_output=True, timeout=5, check=True)
            return kind_of(place, mounts_of_macos(done.stdout.decode("utf-8", "replace")))
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as stream:
            return kind_of(place, mounts_of_linux(stream.read()))
    return ""


def kind_of(place: str, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the kind of file system of the innermost mount that holds a place, if of a network."""
    found, longest = "", -1
    for point, kind in mounts:
        inside = place == point or place.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= longest:  # what is mounted last lies on top
            found, longest = kind, len(point)
    return found if NETWORK.fullmatch(found) else ""


def mounts_of_linux(text: str) -> list[tuple[str, str]]:
    r"""Return (mount point, file system) of every line of a mount table.

    >>> mounts_of_linux(r"36 35 98:0 / /mnt/my\040share rw,noatime - cifs //nas/share rw")
    [('/mnt/my share', 'cifs')]
    """
    found = []
    for line in text.splitlines():
        before, parted, after = line.partition(" - ")
        words = before.split(" ")
        if parted and len(words) > 4:
            point = re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), words[4])
            found.append((point, after.split(" ")[0]))
    return found


def mounts_of_macos(text: str) -> list[tuple[str, str]]:
    """Return (mount point, file system) of every line that `mount` prints.

    >>> mounts_of_macos("//ana@nas/share on /Volumes/my share (smbfs, nodev, nosuid)")
    [('/Volumes/my share', 'smbfs')]
    """
    lines = re.findall(r"^.*? on (/.*) \(([^,)]+)[^)]*\)$", text, re.MULTILINE)
    return [(point, kind) for point, kind in lines]


def _of_windows(place: str) -> str:
    if sys.platform == "win32":
        import ctypes

        drive = os.path.splitdrive(place)[0]
        if drive.startswith("\\\\"):
            return "a shared folder"
        if ctypes.windll.kernel32.GetDriveTypeW(f"{drive}\\") == _REMOTE:
            return "a connected drive"
    return ""


def warning_once(folder: Path) -> str:
    """Return what to say of a store on a network drive; empty if on none, or said before."""
    kind = network_drive(folder)
    told = folder / TOLD
    if not kind or told.exists():
        return ""
    with contextlib.suppress(PerserError):
        write_whole(told, f"{kind}\n", private=True)
    return (
        f"{folder} lies on a network drive ({kind}). Please never open it on two computers at the "
        "same time, and better keep your labels on a drive of this one (PERSER_HOME chooses the "
        "folder)."
    )
