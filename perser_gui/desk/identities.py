"""Which clip a file is: known already, moved, or the same bytes under another name."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from perser_gui.records import Clip, clip_copy


class Identities:
    """Gives every path a clip of its own, and a moved file the one that it was.

    Two files with the same bytes are two clips: each has its row and its rating. A file whose
    path is not known takes over the clip of one that is no longer where it was, and so do a
    known clip's ratings follow it when folders are moved or renamed.
    """

    def __init__(self, known: Iterable[Clip], paths: Iterable[Path]) -> None:
        """Take the known clips, and all the paths that will be asked about."""
        self._asked = set(paths)
        self._places: dict[str, dict[str, Path]] = {}
        self.same_files: list[tuple[Path, Path]] = []
        for clip in known:
            self._places.setdefault(clip.sha256, {})[clip.recording] = clip.path

    def identified(self, whole: Clip) -> Clip:
        """Return a file's clip, whose `content` is the hash of its bytes, with its own identity."""
        places = self._places.setdefault(whole.sha256, {})
        recording = self._recording(places, whole.path)
        if recording is None:
            number = next(n for n in range(1, len(places) + 2) if _key(whole, n) not in places)
            recording = _key(whole, number)
        places[recording] = whole.path
        return clip_copy(whole, int(recording.partition("~")[2] or 1))

    def sentences(self) -> list[str]:
        """Return, in plain words, which files are clips that stood on the list before."""
        if not self.same_files:
            return []
        path, before = self.same_files[0]
        count = len(self.same_files)
        many = "1 file is" if count == 1 else f"{count:,} files are"
        first = f"{path.name} is {before}" if count == 1 else f"such as {path.name}, {before}"
        return [f"{many} known already under another name ({first})."]

    def _recording(self, places: dict[str, Path], path: Path) -> str | None:
        for recording, place in places.items():
            if place == path:
                return recording
        free = [recording for recording, place in places.items() if place not in self._asked]
        for recording in free:
            if _is_same(places[recording], path):
                self.same_files.append((path, places[recording]))
                return recording
        gone = [recording for recording in free if not os.path.exists(places[recording])]
        gone.sort(key=lambda recording: (places[recording].name != path.name, len(recording)))
        return gone[0] if gone else None


def _key(whole: Clip, number: int) -> str:
    return clip_copy(whole, number).recording


def _is_same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except (OSError, ValueError):
        return False
