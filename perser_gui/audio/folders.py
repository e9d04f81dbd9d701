"""Looking through folders for sound, and saying what was passed over."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perser_gui.audio.endings import is_audio_name, kind_of_name

_OF_THE_SYSTEM = frozenset({".ds_store", "thumbs.db", "desktop.ini", ".localized"})


@dataclass(frozen=True)
class FoundAudio:
    """The files with sound, each once, and how many others of each kind were passed over.

    `unreadable` are folders that may not be looked into.
    """

    files: list[Path] = field(default_factory=list)
    passed_over: Mapping[str, int] = field(default_factory=dict)
    unreadable: list[Path] = field(default_factory=list)


def look_for_audio(paths: Iterable[Path | str]) -> FoundAudio:
    """Return the audio files that the given files and folders stand for.

    Files come as they are, whatever their name, so that opening them can say what is wrong;
    folders are searched with all their subfolders, in sorted order, for names that end in
    one of `AUDIO_SUFFIXES`. Hidden files and folders are passed over.
    """
    found: dict[Path, None] = {}
    others: Counter[str] = Counter()
    unreadable: list[Path] = []
    for path in map(Path, paths):
        if not _is_folder(path):
            found[path] = None
            continue
        inside = []
        for place in _walk(path, others, unreadable):
            if is_audio_name(place.name):
                inside.append(place)
            elif place.name.lower() not in _OF_THE_SYSTEM:
                others[kind_of_name(place.name)] += 1
        found.update(dict.fromkeys(sorted(inside)))
    return FoundAudio(list(found), dict(others), unreadable)


def find_audio(paths: Iterable[Path | str]) -> list[Path]:
    """Return the files of `look_for_audio`."""
    return look_for_audio(paths).files


def passed_over_sentence(passed_over: Mapping[str, int]) -> str:
    """Return how many files of which kind were passed over, as one sentence; "" for none.

    >>> passed_over_sentence({"picture": 3, "table": 1, "text": 1})
    '5 files were passed over: 3 pictures, 1 table, 1 text.'
    """
    total = sum(passed_over.values())
    if not total:
        return ""
    kinds = sorted(passed_over.items(), key=lambda item: (-item[1], item[0]))
    named = ", ".join(f"{count:,} {_plural(kind, count)}" for kind, count in kinds[:6])
    if len(kinds) > 6:
        named += f", {sum(count for _, count in kinds[6:]):,} others"
    were = "file was" if total == 1 else "files were"
    return f"{total:,} {were} passed over: {named}."


def _walk(folder: Path, others: Counter[str], unreadable: list[Path]) -> Iterator[Path]:
    """Yield all files below a folder that are not hidden."""

    def refused(error: OSError) -> None:
        unreadable.append(Path(error.filename or folder))

    for place, folders, names in os.walk(folder, onerror=refused):
        for name in folders:
            if name.startswith("."):
                others["hidden folder"] += 1
            elif os.path.islink(os.path.join(place, name)):
                others["linked folder"] += 1
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if not name.startswith("."):
                yield Path(place, name)
            elif name.lower() not in _OF_THE_SYSTEM:
                others["hidden file"] += 1


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _plural(kind: str, count: int) -> str:
    if count == 1:
        return kind
    if kind == "file without ending":
        return "files without ending"
    return f"{kind}s"
