"""The hash of a file's bytes, by which a clip is known; read once while the file stays as it is."""

from __future__ import annotations

import hashlib
import os
import time
from functools import lru_cache
from pathlib import Path

from perser_gui.audio.containers import open_file
from perser_gui.errors import PerserError
from perser_gui.paths import shown

SETTLED_SECONDS = 2.0
"""A file that changed later than this before it is hashed may change again in the same tick of the
file system's clock (two seconds on some), so its hash is not remembered."""

REMEMBERED = 65_536

_State = tuple[int, ...]


def content_hash(path: Path | str) -> str:
    """Return the SHA-256 of the file's bytes as 64 hexadecimal digits.

    It is read again only if the file is another one than before, by its place on the disk,
    its size and its times.

    Raises:
        PerserError: when the file is missing, unreadable or empty.
    """
    file = Path(path)
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return read_hash(file)
    changed = max(status.st_mtime_ns, status.st_ctime_ns)
    if abs(time.time_ns() - changed) < SETTLED_SECONDS * 1e9:
        return read_hash(file)
    state = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return _remembered(file, state)


def read_hash(path: Path) -> str:
    """Read a file and return the hash of its bytes.

    Raises:
        PerserError: as `content_hash`.
    """
    digest = hashlib.sha256()
    with open_file(path) as stream:
        try:
            while data := stream.read(1 << 20):
                digest.update(data)
        except OSError as error:
            raise PerserError(
                f"{shown(path)} cannot be read ({error.strerror}); please copy it again."
            ) from error
    return digest.hexdigest()


@lru_cache(maxsize=REMEMBERED)
def _remembered(path: Path, _state: _State) -> str:
    return read_hash(path)
