"""The ratings table as a value: who heard which emotions in which file."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from perser_gui.emotions import normalized
from perser_gui.errors import PerserError


@dataclass(frozen=True, slots=True)
class RatingRow:
    """What one listener heard in one file.

    `file` is relative to the table's folder of audio, with `/` between folders, or
    absolute. `emotions` holds the listener's words; it is empty when they could not
    tell. `shares` says how much of each was heard (they add up to 1; empty: all alike).
    `intensity` is on the corpus's own scale. `extra` keeps unknown columns.
    """

    file: str
    listener: str
    emotions: tuple[str, ...]
    speaker: str | None = None
    intensity: float | None = None
    split: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    shares: tuple[float, ...] = ()


@dataclass(frozen=True)
class RatingsTable:
    """Ratings in the order in which they were read.

    `root` is the folder that the files are relative to (None: not known), `source`
    names the corpus, and `notes` are plain sentences about what is missing from it
    or was left out.
    """

    rows: tuple[RatingRow, ...]
    root: Path | None = None
    source: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[RatingRow]:
        return iter(self.rows)

    @property
    def files(self) -> tuple[str, ...]:
        """The files, each once, in order of first appearance."""
        return tuple(dict.fromkeys(row.file for row in self.rows))

    @property
    def listeners(self) -> tuple[str, ...]:
        """The listeners, each once, in order of first appearance."""
        return tuple(dict.fromkeys(row.listener for row in self.rows))

    @property
    def speakers(self) -> tuple[str, ...]:
        """The known speakers, each once, in order of first appearance."""
        return tuple(dict.fromkeys(row.speaker for row in self.rows if row.speaker is not None))

    @property
    def emotions(self) -> tuple[str, ...]:
        """The emotion words as first spelled; letter case and spacing make no new word."""
        words: dict[str, str] = {}
        for row in self.rows:
            for word in row.emotions:
                words.setdefault(normalized(word), word)
        return tuple(words.values())

    def path(self, row: RatingRow) -> Path:
        """Return where the audio of a row should be."""
        file = Path(row.file)
        return file if self.root is None or file.is_absolute() else self.root / file

    def of(self, listener: str) -> RatingsTable:
        """Return the ratings of one listener."""
        return self.where(lambda row: row.listener == listener)

    def by_listener(self) -> dict[str, RatingsTable]:
        """Return the ratings of every listener, in order of first appearance."""
        rows: dict[str, list[RatingRow]] = {}
        for row in self.rows:
            rows.setdefault(row.listener, []).append(row)
        return {
            listener: RatingsTable(tuple(own), self.root, self.source)
            for listener, own in rows.items()
        }

    def where(self, keep: Callable[[RatingRow], bool]) -> RatingsTable:
        """Return the table with only the rows for which `keep` is true."""
        return RatingsTable(
            tuple(row for row in self.rows if keep(row)), self.root, self.source, self.notes
        )

    def latest(self) -> RatingsTable:
        """Return the table with one rating per listener and file: the last one given."""
        last = {(row.listener, row.file): row for row in self.rows}
        return RatingsTable(tuple(last.values()), self.root, self.source, self.notes)

    def counts(self) -> dict[str, int]:
        """Return how many ratings name each emotion word, in the order of `emotions`."""
        spelling = {normalized(word): word for word in self.emotions}
        result = dict.fromkeys(spelling.values(), 0)
        for row in self.rows:
            for key in {normalized(word) for word in row.emotions}:
                result[spelling[key]] += 1
        return result


def joined(tables: Sequence[RatingsTable]) -> RatingsTable:
    """Return several tables as one, with files relative to the folder they have in common.

    Rows learn their corpus: `extra["corpus"]` is the source of their table.

    Raises:
        PerserError: for no table, or one whose folder is not known.
    """
    roots = [table.root.resolve() for table in tables if table.root is not None]
    if not tables or len(roots) < len(tables):
        raise PerserError("Tables can be joined only when the folders of their audio are known.")
    try:
        common = Path(os.path.commonpath(roots))
    except ValueError as error:
        raise PerserError("The corpora are on different drives; please copy one.") from error
    rows = []
    for table, root in zip(tables, roots, strict=True):
        inside = root.relative_to(common).as_posix()
        for row in table.rows:
            absolute = Path(row.file).is_absolute() or inside == "."
            rows.append(
                replace(
                    row,
                    file=row.file if absolute else f"{inside}/{row.file}",
                    extra={"corpus": table.source, **row.extra},
                )
            )
    notes = tuple(note for table in tables for note in table.notes)
    return RatingsTable(tuple(rows), common, "+".join(t.source for t in tables), notes)
