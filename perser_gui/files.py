"""Writing files so that a crash or a power cut leaves the old one or the new one, whole.

Everything that the program writes goes through `write_whole` or `appearing`; only the
database, which has a log of its own, and downloads, which are continued, do not.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from perser_gui.errors import PerserError

PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700

BLOCK = 1 << 20
_FULL = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
_LONGEST_NAME = 40
"""Characters of a file's name that the name of its temporary file repeats."""


def write_whole(
    path: Path, content: bytes | str, *, private: bool = False, durable: bool = True
) -> None:
    """Write a file that appears whole or not at all; it is on the disk when this returns.

    Text is written in UTF-8 (what UTF-8 cannot hold, as an escape). Missing folders are made.
    A `private` file is readable by its owner only, others as the user's umask says.
    `durable=False` is for what may be lost at a power cut and is checked when it is read, such
    as a cache.

    Raises:
        PerserError: if it cannot be written; the old file, if any, is as it was.
    """
    data = content.encode("utf-8", "backslashreplace") if isinstance(content, str) else content
    try:
        with appearing(path, private=private, durable=durable) as stream:
            stream.write(data)
    except OSError as error:
        raise not_written(path, error) from error


@contextlib.contextmanager
def appearing(
    path: Path, *, private: bool = False, durable: bool = True, scratch: Path | None = None
) -> Iterator[BinaryIO]:
    """Give a stream whose content becomes the file `path` when the block ends without error.

    Until then it lies beside it under another name, or in the folder `scratch` of the same
    disk. A pipe or a device is written to as it is, unless the file belongs to a cache
    (which has such a folder). A link stays a link: the file that it leads to is replaced.

    Raises:
        OSError: if it cannot be written; nothing is left behind.
    """
    target = Path(os.path.realpath(path)) if scratch is None else path
    if scratch is None and target.exists():
        mode = target.stat().st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        if not stat.S_ISREG(mode):
            with target.open("wb") as stream:
                yield stream
            return
    make_folder(target.parent, private=private, durable=durable)
    if scratch is not None:
        make_folder(scratch, private=private, durable=durable)
    name = f".{target.name[:_LONGEST_NAME]}-{secrets.token_hex(6)}"
    temporary = (scratch or target.parent) / name
    rights = PRIVATE_FILE if private else 0o666
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    handle = os.open(temporary, flags, rights)
    try:
        with os.fdopen(handle, "w+b") as stream:
            yield stream
            stream.flush()
            if durable:
                sync(stream.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise
    if durable:
        sync_folder(target.parent)


def put_in_place(part: Path, path: Path) -> None:
    """Give a file that was written step by step its final name, on the disk when this returns.

    Raises:
        OSError: if that is refused; `part` is as it was.
    """
    with part.open("r+b") as stream:
        sync(stream.fileno())
    os.replace(part, path)
    sync_folder(path.parent)


def overwrite(path: Path) -> None:
    """Remove a file and what it held: its bytes are overwritten before its name goes.

    Raises:
        OSError: if that is refused.
    """
    with path.open("r+b") as stream:
        left = stream.seek(0, 2)
        stream.seek(0)
        while left > 0:
            left -= stream.write(b"\0" * min(left, BLOCK))
        stream.flush()
        sync(stream.fileno())
    path.unlink()


def make_folder(path: Path, *, private: bool = False, durable: bool = True) -> None:
    """Make a folder and those above it that are missing; if `durable`, on the disk on return.

    Raises:
        OSError: if it cannot be made.
    """
    if path.is_dir():
        return
    if path.parent != path:
        make_folder(path.parent, private=private, durable=durable)
    with contextlib.suppress(FileExistsError):
        path.mkdir(mode=PRIVATE_FOLDER if private else 0o777)
    if not path.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
    if durable:
        with contextlib.suppress(OSError):  # the folder above may allow adding but not reading
            sync_folder(path.parent)


def sync(handle: int) -> None:
    """Bring what was written to the disk itself, on macOS through the drive's own cache."""
    if sys.platform == "darwin":
        import fcntl

        with contextlib.suppress(OSError):  # network drives know no such request
            fcntl.fcntl(handle, fcntl.F_FULLFSYNC)
            return
    os.fsync(handle)


def sync_folder(folder: Path) -> None:
    """Make a new name in a folder durable; systems that cannot open folders do it themselves."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network drives
                raise
        finally:
            os.close(handle)


def not_written(path: Path, error: OSError) -> PerserError:
    """Return the sentence that says why a file could not be written, and what to do."""
    return PerserError(f"{path} cannot be written: {why_not_written(error)}")


def why_not_written(error: OSError) -> str:
    """Return why the disk refused, and what to do, as the end of a sentence."""
    if error.errno in _FULL:
        return "the disk is full; please make room."
    if error.errno == errno.EROFS:
        return "it lies on a read-only medium; please choose another place."
    if error.errno in (errno.EACCES, errno.EPERM):
        return "that is not permitted here; please check the permissions or choose another place."
    if error.errno == errno.ENAMETOOLONG:
        return "the name is too long; please choose a shorter one."
    if error.errno == errno.EISDIR:
        return "a folder has this name; please choose another."
    reason = error.strerror or str(error) or type(error).__name__
    return f"{reason}; please check the disk and choose another place if it is full."
