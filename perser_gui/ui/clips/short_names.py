"""Names that begin alike, without what they have in common, where there is too little room."""

from __future__ import annotations

from pathlib import Path

from perser_gui.ui.acts.session import Session

LOOKED_AT = 300
"""So many names are looked at to find what the names of a folder have in common."""
SHORTEST = 4
"""Fewer letters in common than this are not worth a mark."""
MARK = "…"


def common_beginning(names: list[str]) -> str:
    """Return what names have in common at their beginning, up to a sign between parts.

    >>> common_beginning(["Ses01F_impro01_F000.wav", "Ses01F_impro01_M003.wav"])
    'Ses01F_impro01_'
    """
    shared = _both_begin(min(names), max(names)) if len(names) > 1 else ""
    return shared if len(shared) >= SHORTEST else ""


def _both_begin(first: str, second: str) -> str:
    """Return how both texts begin, up to a sign between parts."""
    count = 0
    for a, b in zip(first, second, strict=False):
        if a != b:
            break
        count += 1
    while count and first[count - 1].isalnum():
        count -= 1
    return first[:count]


class ShortNames:
    """What is left of the names of a session's clips without their folder's common beginning."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._rows: object = None
        self._shared: dict[Path, str] = {}

    def of(self, path: Path) -> str:
        """Return the end of a file's name that tells it apart, with a mark before it."""
        if self._session.rows is not self._rows:
            self._look()
        shared = _both_begin(self._shared.get(path.parent, ""), path.name)
        return path.name if len(shared) < SHORTEST else MARK + path.name[len(shared) :]

    def _look(self) -> None:
        rows = self._rows = self._session.rows
        names: dict[Path, set[str]] = {}
        for row in rows[:: max(1, len(rows) // LOOKED_AT)]:
            names.setdefault(row.clip.path.parent, set()).add(row.clip.path.name)
        self._shared = {folder: common_beginning(sorted(some)) for folder, some in names.items()}
