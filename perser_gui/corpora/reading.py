"""What the readers of published corpora share: lines one by one, and a list of oddities.

Published label files hold a few damaged lines. They are left out and said, with the
first place where it happened, instead of ending everything.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

from perser_gui.corpora.ratings import MAX_WORD, RatingRow
from perser_gui.errors import PerserError

MAX_LINE = 65_536
MAX_LINES = 20_000_000

WORDS: dict[str, str] = {
    "neutral": "neutral",
    "neutral state": "neutral",
    "frustration": "frustrated",
    "frustrated": "frustrated",
    "anger": "angry",
    "angry": "angry",
    "sadness": "sad",
    "sad": "sad",
    "happiness": "happy",
    "happy": "happy",
    "excited": "excited",
    "excitement": "excited",
    "surprise": "surprised",
    "surprised": "surprised",
    "fear": "fearful",
    "fearful": "fearful",
    "disgust": "disgusted",
    "disgusted": "disgusted",
    "contempt": "contemptuous",
    "calm": "calm",
}
"""Published names and the words of the ratings table, by lower-case name."""


class Oddities:
    """Counts what was left out of a corpus, by reason, with the first place of each."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, reason: str, path: Path, line: int) -> None:
        """Note one line that was left out."""
        count, first = self._found.get(reason, (0, f"{path.name}, line {line}"))
        self._found[reason] = (count + 1, first)

    def notes(self) -> tuple[str, ...]:
        """Return one sentence a reason."""
        return tuple(
            f"{self._root}: {count:,} lines left out, {reason} (the first is {first})."
            for reason, (count, first) in self._found.items()
        )


def existing_file(root: Path, names: tuple[str, ...], corpus: str) -> Path:
    """Return the first of several files that is there.

    Raises:
        PerserError: if none is.
    """
    for name in names:
        path = root / name
        if is_file(path):
            return path
    raise PerserError(
        f"{names[0]} was not found in {str(root)!r}; please give the folder of {corpus} "
        "with its label files."
    )


def is_file(path: Path) -> bool:
    """Return whether a path is an ordinary file; impossible names are none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, text without line ending) of a latin-1 file, streamed.

    Raises:
        PerserError: if the file cannot be read, or has lines no label file has.
    """
    try:
        with path.open("rb") as stream:
            number = 0
            while line := stream.readline(MAX_LINE + 1):
                number += 1
                if len(line) > MAX_LINE or number > MAX_LINES:
                    raise PerserError(
                        f"{path}, line {number}: this is too long for a label file; "
                        "please download it again."
                    )
                yield number, line.decode("latin-1").rstrip("\r\n")
    except OSError as error:
        raise PerserError(
            f"{path} cannot be read ({error.strerror}); please check its permissions."
        ) from error


def table_lines(path: Path, columns: tuple[str, ...], odd: Oddities) -> Iterator[dict[str, str]]:
    """Yield the rows of a published CSV as {column: text}, with its line under `""`.

    Raises:
        PerserError: if one of `columns` is missing from the header.
    """
    header: list[str] = []
    for number, line in lines_of(path):
        try:
            cells = [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
        except csv.Error:
            odd.add("with broken quotation marks", path, number)
            continue
        if not header:
            header = [cell.removeprefix("\xef\xbb\xbf") for cell in cells]
            for name in columns:
                if name not in header:
                    raise PerserError(
                        f"{path}, line 1: the column “{name}” is missing; "
                        "please download the file again."
                    )
        elif len(cells) == len(header):
            row = dict(zip(header, cells, strict=True))
            row["line"] = str(number)
            yield row
        elif any(cells):
            odd.add(f"not of {len(header)} fields", path, number)
    if not header:
        raise PerserError(f"{path} is empty; please download it again.")


def word_of(name: str) -> str | None:
    """Return the word of the table for a published name, None for “other” and blanks.

    Names that no corpus documents are kept in lower case.
    """
    plain = " ".join(name.split()).lower()
    if not plain or plain.startswith("other") or len(plain) > MAX_WORD or not plain.isprintable():
        return None
    return WORDS.get(plain, plain)


def number_of(text: str) -> float | None:
    """Return a finite number, or None for anything else."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def without_copies(rows: list[RatingRow]) -> tuple[list[RatingRow], int]:
    """Return rows with one per listener and file, the first, and how many were dropped."""
    first: dict[tuple[str, str], RatingRow] = {}
    for row in rows:
        first.setdefault((row.listener, row.file), row)
    return list(first.values()), len(rows) - len(first)


def without_audio(root: Path, files: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence if rated files are not in the folder of a corpus."""
    wanted = tuple(dict.fromkeys(files))
    absent = [file for file in wanted if not is_file(root / file)]
    if not absent:
        return ()
    return (
        f"{root}: {len(absent):,} of {len(wanted):,} rated files have no audio here "
        f"(the first is {absent[0]}).",
    )


def counted(root: Path, what: str, found: int, expected: int) -> tuple[str, ...]:
    """Return a sentence if a count is not that of the complete corpus."""
    if found == expected:
        return ()
    word = "more" if found > expected else "fewer"
    return (f"{root}: {found:,} {what}, {word} than the {expected:,} of the complete corpus.",)
