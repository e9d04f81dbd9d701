"""The CSV form of the ratings table, as we write it and as spreadsheets and forms do.

`read_ratings` reads a long table with one rating a row,
`file,listener,emotion[,speaker][,intensity][,split]`, several emotions of one rating joined
by `;`; and what is called or written otherwise, as `columns` and `answers` understand it.
Columns with other names are kept.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path

from perser_gui.cells import ESCAPED, escaped, needs_escapes, neutral, plain, unescaped
from perser_gui.corpora.answers import (
    Answered,
    Reading,
    answer_of,
    shared,
    two_languages,
)
from perser_gui.corpora.columns import OPTIONAL, REQUIRED, Layout, layout_of, score
from perser_gui.corpora.fields import extra_of, number_of, put_times, shares_of
from perser_gui.corpora.table import RatingRow, RatingsTable, joined
from perser_gui.emotions import normalized
from perser_gui.errors import PerserError
from perser_gui.files import write_whole

__all__ = ["RatingRow", "RatingsTable", "joined", "read_ratings", "write_ratings"]

MAX_BYTES = 256 * 1024 * 1024
MAX_ROWS = 5_000_000
MAX_WORD = 100
MAX_EMOTIONS = 64
LOOKED_AT = 500
"""Rows that are looked at to see which columns hold answers."""

_NO_EMOTION_ANSWERS = ("cant-tell", "can't tell", "skip")


def read_ratings(
    path: Path | str,
    *,
    root: Path | None = None,
    listener: str | None = None,
    own: Collection[str] = (),
) -> RatingsTable:
    """Read a ratings table from a CSV file (UTF-8 or UTF-16; comma, tab, semicolon or bar).

    `root` is the folder the files are relative to; by default the folder of the CSV.
    `listener` is whose answers they are where the table does not say, `own` are words that
    stand for themselves although they look like several or like none. What took
    understanding is said in the table's notes.

    Raises:
        PerserError: naming the file and the line, for anything that is not such a table.
    """
    source = Path(path)
    reading = _Reading(source, read_text(source), listener, own)
    rows = tuple(reading.rows())
    if not rows:
        raise PerserError(f"{source} holds no ratings; please add a row for each rating.")
    folder = root if root is not None else source.parent
    return RatingsTable(rows, folder, source.stem, tuple(reading.notes()))


def write_ratings(table: RatingsTable, path: Path | str, *, bom: bool = False) -> None:
    """Write a table as CSV so that `read_ratings` gives the same rows back; all or nothing.

    With a `bom` (byte order mark) Excel takes it for UTF-8 and shows accents.

    Raises:
        PerserError: if the file cannot be written.
    """
    target = Path(path)
    extras = list(dict.fromkeys(name for row in table.rows for name in row.extra))
    used = [name for name in OPTIONAL if any(getattr(r, name) is not None for r in table.rows)]
    answers = [_told_answer(row) for row in table.rows]
    if any(answers) and "answer" not in extras:
        extras.append("answer")
    if any(row.shares for row in table.rows):
        extras.append("shares")
    if any(map(_row_needs_escapes, table.rows)) and ESCAPED not in extras:
        extras.append(ESCAPED)
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([neutral(name) for name in (*REQUIRED, *used, *extras)])
    for row, answer in zip(table.rows, answers, strict=True):
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
        if answer:
            kept[extras.index("answer")] = answer
        if row.shares:
            kept[extras.index("shares")] = ";".join(f"{share:g}" for share in row.shares)
        cells = [file, listener, ";".join(words), *optional, *kept]
        writer.writerow([neutral(cell) for cell in cells])
    write_whole(target, ("\ufeff" if bom else "") + buffer.getvalue())


def _row_needs_escapes(row: RatingRow) -> bool:
    return any(map(needs_escapes, (row.file, row.listener, row.speaker or ""))) or any(
        needs_escapes(word) or ";" in word or "  " in word for word in row.emotions
    )


def _told_answer(row: RatingRow) -> str:
    """Return what the column `answer` has to say so that the row is read as it is."""
    if row.extra.get("answer") or not row.emotions:
        return row.extra.get("answer") or "cant-tell"
    try:
        as_it_is = answer_of(";".join(row.emotions)).words == row.emotions
    except ValueError:
        as_it_is = False
    return "" if as_it_is or _row_needs_escapes(row) else "emotion"


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


class _Reading:
    """One table on its way in: its layout, its cells, and what was odd about them."""

    def __init__(self, source: Path, text: str, listener: str | None, own: Collection[str]) -> None:
        self._source = source
        self._listener = listener
        self._cells = Reading(own)
        self._notes: list[str] = []
        self._blank = 0
        self._skipped = 0
        told = re.match(r'"?sep=(.)"?[ \t,;]*(?:\r\n|\n|\r|$)', text, re.IGNORECASE)
        if told:
            text = text[told.end() :]
        self._skipped = 1 if told else 0
        self._delimiter = told[1] if told else _delimiter(text)
        self._text = text

    def rows(self) -> Iterator[RatingRow]:
        """Yield the ratings of the table; its notes are complete then."""
        lines = io.StringIO(self._text, newline="")
        reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
        try:
            header = [plain(cell.strip()) for cell in next(reader, [])]
            if not any(header):
                raise PerserError(
                    f"{self._place(1)}: the header is missing; "
                    "it should read file,listener,emotion."
                )
            numbered = self._numbered(reader)
            first = list(islice(numbered, LOOKED_AT))
            layout = layout_of(
                self._place(1), header, [cells for _, cells in first], self._listener
            )
            self._notes += layout.notes
            self._look_at(layout, [cells for _, cells in first])
            for count, (line, cells) in enumerate(chain(first, numbered), start=1):
                if count > MAX_ROWS:
                    raise PerserError(
                        f"{self._source} has more than {MAX_ROWS:,} rows; please split it."
                    )
                if any(cell.strip() for cell in cells):
                    yield from self._row(self._place(line), layout, cells)
        except csv.Error as error:
            raise PerserError(
                f"{self._place(reader.line_num)}: this is not a CSV row ({error}); "
                "please check its quotation marks."
            ) from error

    def notes(self) -> list[str]:
        """Return sentences about what took understanding."""
        blank = f"{self._blank:,} blank cells are no answer." if self._blank else ""
        return [*self._notes, *self._cells.notes(), *([blank] if blank else [])]

    def _place(self, line: int) -> str:
        return f"{self._source}, line {line + self._skipped}"

    @staticmethod
    def _numbered(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
        for cells in reader:
            yield reader.line_num, [plain(cell.strip()) for cell in cells]  # type: ignore[attr-defined]

    def _look_at(self, layout: Layout, rows: Sequence[Sequence[str]]) -> None:
        columns = [
            i for i, name in enumerate(layout.names) if name == "emotion" or i in layout.raters
        ]
        answer = layout.names.index("answer") if "answer" in layout.names else len(layout.names)
        cells = {
            row[i].strip()
            for row in rows
            for i in columns
            if i < len(row) and not (answer < len(row) and row[answer].strip() == "emotion")
        }
        self._cells.pairs = two_languages(sorted(cells))

    def _row(self, place: str, layout: Layout, cells: Sequence[str]) -> Iterator[RatingRow]:
        if any(cell.strip() for cell in cells[len(layout.names) :]):
            raise PerserError(
                f"{place}: there are {len(cells)} fields under {len(layout.names)} columns; "
                "please quote fields that contain the separator."
            )
        values = dict(zip(layout.names, cells, strict=False))
        opened = unescaped if values.pop(ESCAPED, "").lower() == "yes" else str
        if self._listener is not None and not values.get("listener"):
            values["listener"] = self._listener
        for name in ("file",) if layout.raters else ("file", "listener"):
            if not values.get(name):
                raise PerserError(f"{place}: the field “{name}” is blank; please fill it in.")
        for name, value in values.items():
            if not _fit(name, value):
                raise PerserError(f"{place}: a field holds control characters; please remove them.")
        skip = {layout.names[i] for i in (*layout.raters, *layout.shares)}
        put_times(place, values)
        row = RatingRow(
            file=opened(values["file"])
            if opened is unescaped
            else values["file"].replace("\\", "/"),
            listener=opened(values.get("listener", "")),
            emotions=(),
            speaker=opened(values.get("speaker", "")) or None,
            intensity=number_of(place, "intensity", values.get("intensity", "")),
            split=values.get("split") or None,
            extra=extra_of(place, values, skip),
        )
        if not layout.raters:
            yield self._said(place, row, self._answer(place, layout, values, cells, opened))
            return
        for i, rater in layout.raters.items():
            cell = cells[i].strip() if i < len(cells) else ""
            if cell:
                yield self._said(place, replace(row, listener=rater), self._read(place, cell))
            else:
                self._blank += 1

    def _answer(
        self,
        place: str,
        layout: Layout,
        values: Mapping[str, str],
        cells: Sequence[str],
        opened: Callable[[str], str],
    ) -> Answered:
        answer = values.get("answer", "").lower()
        if layout.shares:
            amounts = {
                word: number_of(place, word, cells[i].replace("%", "").strip()) or 0.0
                for i, word in layout.shares.items()
                if i < len(cells)
            }
            return shared(amounts)
        cell = values.get("emotion", "")
        if answer == "emotion" or (opened is unescaped and split_words(cell)):
            words = tuple(opened(word) for word in split_words(cell))
            said = Answered(words, shares_of(place, values.get("shares", "")))
        elif answer in _NO_EMOTION_ANSWERS and not split_words(cell):
            said = Answered(answer="skip" if answer == "skip" else "cant-tell")
        else:
            said = self._read(place, cell)
            if values.get("shares") and not said.shares:
                said = Answered(said.words, shares_of(place, values["shares"]), said.answer)
            if not all(word.isprintable() for word in said.words):
                raise PerserError(f"{place}: a field holds control characters; please remove them.")
        if said.shares and len(said.shares) != len(said.words):
            raise PerserError(
                f"{place}: there are {len(said.shares)} shares for {len(said.words)} emotions; "
                "please give one for each, joined by “;”."
            )
        return said

    def _read(self, place: str, cell: str) -> Answered:
        try:
            return self._cells.read(cell)
        except ValueError as error:
            raise PerserError(
                f"{place}: “{cell[:40]}” is not understood ({error}); please join several "
                "emotions by “;”."
            ) from error

    @staticmethod
    def _said(place: str, row: RatingRow, said: Answered) -> RatingRow:
        words = said.words
        if not words and not said.answer:
            raise PerserError(
                f"{place}: the field “emotion” is blank; please fill it in, or write cant-tell "
                "into a column “answer”."
            )
        if len(words) > MAX_EMOTIONS or any(len(word) > MAX_WORD for word in words):
            raise PerserError(
                f"{place}: the field “emotion” is too long; it takes up to {MAX_EMOTIONS} words "
                f"of {MAX_WORD} characters, joined by “;”."
            )
        extra = row.extra if words else {**row.extra, "answer": said.answer}
        return replace(row, emotions=words, shares=said.shares, extra=extra)


def _delimiter(text: str) -> str:
    """Return what parts the columns: what makes most known names of the header."""
    header = text.split("\n", 1)[0].rstrip("\r")

    def known(sign: str) -> tuple[int, int]:
        try:
            cells = next(csv.reader([header], delimiter=sign), [])
        except csv.Error:
            cells = header.split(sign)
        return score(cells), header.count(sign)

    return max(",\t;|", key=known)


def _fit(name: str, value: str) -> bool:
    """Whether a field holds what it may: notes, and lists of emotions, may have several lines."""
    if name in ("file", "listener", "speaker"):
        return value.isprintable()
    return all(c.isprintable() or c in "\n\r\t" for c in value)
