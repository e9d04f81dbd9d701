"""Clips whose files were moved: found again by their bytes, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip


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
