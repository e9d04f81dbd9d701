"""The ratings table: who heard which emotions in which file.

Every corpus reader yields this one table, and `read_ratings` reads it from a long
CSV with one rating a row: `file,listener,emotion[,speaker][,intensity][,split]`.
Several emotions of one rating are joined by `;`; columns with other names are kept.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from perser_gui.cells import ESCAPED, escaped, needs_escapes, neutral, plain, unescaped
from perser_gui.emotions import normalized
from perser_gui.errors import PerserError
from perser_gui.files import write_whole

REQUIRED = ("file", "listener", "emotion")
OPTIONAL = ("speaker", "intensity", "split")
MAX_BYTES = 256 * 1024 * 1024
MAX_ROWS = 5_000_000
MAX_WORD = 100
MAX_EMOTIONS = 64

_NO_EMOTION_ANSWERS = ("cant-tell", "can't tell", "skip")


@dataclass(frozen=True, slots=True)
class RatingRow:
    """What one listener heard in one file.

    `file` is relative to the table's folder of audio, with `/` between folders, or
    absolute. `emotions` holds the listener's words; it is empty when they could not
    tell. `intensity` is on the corpus's own scale. `extra` keeps unknown columns.
    """

    file: str
    listener: str
    emotions: tuple[str, ...]
    speaker: str | None = None
    intensity: float | None = None
    split: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


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


def read_ratings(path: Path | str, *, root: Path | None = None) -> RatingsTable:
    """Read a ratings table from a CSV file (UTF-8 or UTF-16; comma, tab or semicolon).

    `root` is the folder the files are relative to; by default the folder of the CSV.

    Raises:
        PerserError: naming the file and the line, for anything that is not such a table.
    """
    source = Path(path)
    text = read_text(source)
    lines = io.StringIO(text, newline="")
    rows = tuple(_parsed(source, lines, _delimiter(text)))
    if not rows:
        raise PerserError(f"{source} holds no ratings; please add a row for each rating.")
    return RatingsTable(rows, root if root is not None else source.parent, source.stem)


def write_ratings(table: RatingsTable, path: Path | str) -> None:
    """Write a table as CSV so that `read_ratings` gives the same rows back; all or nothing.

    Raises:
        PerserError: if the file cannot be written.
    """
    target = Path(path)
    extras = list(dict.fromkeys(name for row in table.rows for name in row.extra))
    used = [name for name in OPTIONAL if any(getattr(r, name) is not None for r in table.rows)]
    if any(not row.emotions for row in table.rows) and "answer" not in extras:
        extras.append("answer")
    if any(map(_row_needs_escapes, table.rows)) and ESCAPED not in extras:
        extras.append(ESCAPED)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([neutral(name) for name in (*REQUIRED, *used, *extras)])
    for row in table.rows:
        words, file, listener, speaker = list(row.emotions), row.file, row.listener, row.speaker
        if _row_needs_escapes(row):
            words = [escaped(word, also=";") for word in words]
            words = [re.sub(" (?= )", r"\\x20", word) for word in words]
            file, listener = escaped(file), escaped(listener)
            speaker = None if speaker is None else escaped(speaker)
        shown = replace(row, speaker=speaker)
        optional = ["" if (v := getattr(shown, name)) is None else str(v) for name in used]
        kept = [row.extra.get(name, "") for name in extras]
        if ESCAPED in extras:
            kept[extras.index(ESCAPED)] = "yes" if _row_needs_escapes(row) else ""
        if not row.emotions:
            kept[extras.index("answer")] = row.extra.get("answer") or "cant-tell"
        cells = [file, listener, ";".join(words), *optional, *kept]
        writer.writerow([neutral(cell) for cell in cells])
    write_whole(target, buffer.getvalue())


def _row_needs_escapes(row: RatingRow) -> bool:
    return any(map(needs_escapes, (row.file, row.listener, row.speaker or ""))) or any(
        needs_escapes(word) or ";" in word or "  " in word for word in row.emotions
    )


def read_text(path: Path, *, limit: int = MAX_BYTES) -> str:
    """Return the text of a file in UTF-8 or, marked by its first two bytes, UTF-16.

    Raises:
        PerserError: if it cannot be read, is larger than `limit` bytes, or is no text.
    """
    content = read_bytes(path, limit=limit)
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise PerserError(
            f"{path}, line {line}: the text is not UTF-8; please save the table as CSV UTF-8."
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise PerserError(f"{path}, line {line}: this is not a text file; please give a CSV table.")
    return text


def read_bytes(path: Path, *, limit: int = MAX_BYTES) -> bytes:
    """Return the bytes of an ordinary file.

    Raises:
        PerserError: if it is missing, unreadable, no file, or larger than `limit` bytes.
    """
    try:
        if not path.exists():
            raise PerserError(f"{path} was not found; please check the path.")
        if not path.is_file():
            raise PerserError(f"{path} is not a file; please give the path of a table.")
        if path.stat().st_size > limit:
            raise PerserError(
                f"{path} is larger than {limit // 1024 // 1024} MB, which no table of ratings "
                "should be; please split it."
            )
        return path.read_bytes()
    except ValueError as error:  # a path with a NUL character in it
        raise PerserError(f"{path!r} is not a path; please check it.") from error
    except OSError as error:
        raise PerserError(
            f"{path} cannot be read ({error.strerror}); please check its permissions."
        ) from error


def split_words(text: str) -> tuple[str, ...]:
    """Return the words of a `;`-joined cell, tidied, each once.

    >>> split_words("happy; surprised;happy ")
    ('happy', 'surprised')
    """
    words: dict[str, str] = {}
    for part in text.split(";"):
        word = " ".join(part.split())
        if normalized(word):
            words.setdefault(normalized(word), word)
    return tuple(words.values())


def _delimiter(text: str) -> str:
    header = text.split("\n", 1)[0]
    return max(",\t;", key=header.count)


def _parsed(source: Path, lines: Iterable[str], delimiter: str) -> Iterator[RatingRow]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        header = _header(source, next(reader, None))
        for count, cells in enumerate(reader, start=1):
            if count > MAX_ROWS:
                raise PerserError(f"{source} has more than {MAX_ROWS:,} rows; please split it.")
            if any(cell.strip() for cell in cells):
                yield _row(f"{source}, line {reader.line_num}", header, cells)
    except csv.Error as error:
        raise PerserError(
            f"{source}, line {reader.line_num}: this is not a CSV row ({error}); "
            "please check its quotation marks."
        ) from error


def _header(source: Path, cells: list[str] | None) -> list[str]:
    if not cells or not any(cell.strip() for cell in cells):
        raise PerserError(
            f"{source}, line 1: the header is missing; it should read file,listener,emotion."
        )
    names = []
    for cell in cells:
        name = plain(cell.strip())
        lower = name.lower()
        names.append(lower if lower in REQUIRED + OPTIONAL else name)
    for name in REQUIRED:
        if name not in names:
            raise PerserError(
                f"{source}, line 1: the column “{name}” is missing; "
                "the header should read file,listener,emotion."
            )
    for name, count in Counter(names).items():
        if name and count > 1:
            raise PerserError(
                f"{source}, line 1: the column “{name}” stands twice; please remove one."
            )
    return names


def _row(place: str, header: Sequence[str], cells: Sequence[str]) -> RatingRow:
    if any(cell.strip() for cell in cells[len(header) :]):
        raise PerserError(
            f"{place}: there are {len(cells)} fields under {len(header)} columns; "
            "please quote fields that contain the separator."
        )
    values = dict(zip(header, (plain(cell.strip()) for cell in cells), strict=False))
    opened = unescaped if values.pop(ESCAPED, "").lower() == "yes" else str
    for name in ("file", "listener"):
        if not values.get(name):
            raise PerserError(f"{place}: the field “{name}” is blank; please fill it in.")
    for value in values.values():
        if not value.isprintable():
            raise PerserError(f"{place}: a field holds control characters; please remove them.")
    emotions = _emotions(place, values, opened)
    extra = {n: v for n, v in values.items() if n and v and n not in REQUIRED + OPTIONAL}
    return RatingRow(
        file=opened(values["file"]) if opened is unescaped else values["file"].replace("\\", "/"),
        listener=opened(values["listener"]),
        emotions=emotions,
        speaker=opened(values.get("speaker", "")) or None,
        intensity=_number(place, values.get("intensity", "")),
        split=values.get("split") or None,
        extra=extra,
    )


def _emotions(
    place: str, values: Mapping[str, str], opened: Callable[[str], str]
) -> tuple[str, ...]:
    words = tuple(opened(word) for word in split_words(values.get("emotion", "")))
    if not words and values.get("answer", "").lower() not in _NO_EMOTION_ANSWERS:
        raise PerserError(
            f"{place}: the field “emotion” is blank; please fill it in, or write cant-tell "
            "into a column “answer”."
        )
    if len(words) > MAX_EMOTIONS or any(len(word) > MAX_WORD for word in words):
        raise PerserError(
            f"{place}: the field “emotion” is too long; it takes up to {MAX_EMOTIONS} words of "
            f"{MAX_WORD} characters, joined by “;”."
        )
    return words


def _number(place: str, text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise PerserError(f"{place}: the intensity “{text[:40]}” is not a number.")
    return value
