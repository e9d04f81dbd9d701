"""Places on disk: what ships with the program, and where a person's data lives."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import platformdirs

from perser_gui.errors import PerserError

APPLICATION = "perser-gui"
DATABASE = "perser.db"
"""The file in the folder of the user's data that holds labels, clips and listeners."""

_PACKAGE = Path(__file__).parent


def shipped(*parts: str) -> Path:
    """Return the path of a file that ships with the program.

    The first part is `"models"` or `"resources"`. In a checkout these folders
    stand beside the package, in an installed wheel they are inside it.

    Raises:
        PerserError: if the file is not there (a damaged installation).
    """
    for root in (_PACKAGE, _PACKAGE.parent):
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise PerserError(
        f"{'/'.join(parts)} is missing from this installation of perser-gui; "
        "please install it again."
    )


def data_dir() -> Path:
    """Return the folder of the user's own data (ratings, profiles); created when missing.

    The environment variable `PERSER_HOME` overrides the platform's place.
    """
    home = os.environ.get("PERSER_HOME")
    path = Path(home) / "data" if home else Path(platformdirs.user_data_dir(APPLICATION, False))
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PerserError(
            f"The folder {path} cannot be created ({error.strerror}); "
            "please check its permissions or set PERSER_HOME to another folder."
        ) from error
    return path


def cache_dir() -> Path:
    """Return the folder of things that may be deleted at any time; created where that is possible.

    On a read-only medium it stays missing, which whoever writes there is told of.
    """
    home = os.environ.get("PERSER_HOME")
    path = Path(home) / "cache" if home else Path(platformdirs.user_cache_dir(APPLICATION, False))
    with contextlib.suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
    return path


def config_dir() -> Path:
    """Return the folder of the settings file; created where that is possible."""
    home = os.environ.get("PERSER_HOME")
    path = Path(home) / "config" if home else Path(platformdirs.user_config_dir(APPLICATION, False))
    with contextlib.suppress(OSError):
        path.mkdir(parents=True, exist_ok=True)
    return path


def shown(path: Path | str) -> str:
    r"""Return a path as text that can always be written, whatever bytes its name holds.

    A name that is no valid text, as old archives bring along, gets a sign of replacement where
    it is not.

    >>> shown(os.fsdecode(b"m\xfcller.wav")) == "m\ufffdller.wav"
    True
    """
    text = str(path)
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:  # half a sign of a Windows name
        return text.encode("utf-8", "replace").decode("utf-8")
