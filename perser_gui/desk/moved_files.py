"""Clips whose files were moved: found again by their bytes, and nothing else."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip

FEW_FILES = 8
"""Files of one folder that are asked for one by one."""


def relinked(clip: Clip, clips: Iterable[Clip], path: Path, progress: Progress) -> list[Clip]:
    """Return clips at the place where their files are now: those of `clip`'s file, at `path`.

    Other clips whose files are gone and lie beside it under their own names come along.

    Raises:
        PerserError: if the file is another one, or cannot be read.
        Cancelled: if the progress was cancelled.
    """
    every = list(clips)
    if _digest(path, progress) != clip.sha256:
        raise PerserError(
            f"{path.name} holds another recording than {clip.path.name}; please choose the file "
            "that was moved, or add this one as a clip of its own."
        )
    found = [_at(one, path) for one in every if one.recording == clip.recording]
    gone: dict[Path, list[Clip]] = {}
    for one in every:
        if one.path.parent == clip.path.parent and one.path != clip.path:
            gone.setdefault(one.path, []).append(one)
    for place, (old, parts) in enumerate(gone.items()):
        progress.report(place / len(gone), f"Looking for {old.name}")
        beside = path.parent / old.name
        if beside.is_file() and not old.exists() and _same(beside, parts[0], progress):
            found += [_at(one, beside) for one in parts]
    return found


def gone(paths: Sequence[str]) -> list[int]:
    """Return the places of the files that are not there.

    Of folders that hold many of them the names are read at once; a file that is not among those
    is asked for by itself, as its name may be written in another way there.
    """
    wanted: dict[str, list[int]] = {}
    for place, path in enumerate(paths):
        wanted.setdefault(path.rpartition(os.sep)[0], []).append(place)
    missing = []
    for folder, places in wanted.items():
        names = _names_in(folder, len(places)) if len(places) >= FEW_FILES else frozenset()
        start = len(folder) + len(os.sep)
        missing += [p for p in places if paths[p][start:] not in names]
    return sorted(place for place in missing if not os.path.exists(paths[place]))


def _names_in(folder: str, wanted: int) -> frozenset[str]:
    """Return names of files in a folder; some of them if it holds far more than are wanted."""
    found = set()
    try:
        with os.scandir(folder or os.sep) as entries:
            for entry in itertools.islice(entries, 4 * wanted + 1000):
                if not entry.is_symlink():  # which may lead nowhere
                    found.add(entry.name)
    except OSError:
        return frozenset()
    return frozenset(found)


def _at(clip: Clip, path: Path) -> Clip:
    """Return a clip with its file at another place; what stands for its voice moves along."""
    sources = {str(clip.path): str(path), str(clip.path.parent): str(path.parent)}
    return replace(clip, path=path, source=sources.get(clip.source, clip.source))


def _same(path: Path, clip: Clip, progress: Progress) -> bool:
    try:
        return _digest(path, progress) == clip.sha256
    except PerserError:
        return False


def _digest(path: Path, progress: Progress) -> str:
    from perser_gui.audio.hashes import content_hash

    progress.check()
    return content_hash(path)
