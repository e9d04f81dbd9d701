"""Databases in audformat: a `db.yaml` and a CSV or Parquet file for each table.

They are read here without the audformat package, whose own loading would run code that
a hostile header or a pickled table brings along.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from perser_gui.corpora.answers import answer_of
from perser_gui.corpora.beside import column_beside, with_beside
from perser_gui.corpora.columns import NOTE
from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_text
from perser_gui.corpora.reading import is_file, without_audio
from perser_gui.emotions import normalized
from perser_gui.errors import MISFIT, PerserError

MAX_HEADER = 8 << 20
MAX_TABLE = 512 << 20
NO_RATER = "gold-standard"
"""The listener of emotion columns that name no rater."""

_NAN = ("", "nan", "none", "null", "<na>")
_WHOLE_STARTS = ("", "0", "0 days", "0 days 00:00:00", "nat")


def read_audformat(folder: Path | str, parts: bool = False) -> RatingsTable:
    """Read every rater's emotion column of every table, about whole files or `parts` too.

    A column holds ratings when it or its scheme is called emotion, or when it has a rater
    and a scheme of words that is not about speaker, gender, language or text. Its rater is
    the listener; without one the listener is `gold-standard`, of which there may be one
    for each column. Ratings by machines, of throat signals (`laryngo/`) and, unless `parts`
    are wanted, of segments of files are left out and said. A rating that stands in several
    tables, as in those of a split, counts once.

    Raises:
        PerserError: if the folder holds no database, or one without such ratings.
    """
    root = Path(folder)
    header = _header(root / "db.yaml")
    schemes, raters = _mapping(header.get("schemes")), _mapping(header.get("raters"))
    notes: list[str] = []
    rows: list[RatingRow] = []
    speakers: dict[str, str] = {}
    for name, table in sorted(_mapping(header.get("tables")).items()):
        table = _mapping(table)
        columns = {str(k): _mapping(v) for k, v in _mapping(table.get("columns")).items()}
        about_speakers = [c for c, v in columns.items() if _topic(c, v) == "speaker"]
        rated = {
            c: _listener(c, v, columns, schemes)
            for c, v in columns.items()
            if _holds_ratings(c, v, schemes) and column_beside(c, columns) is None
        }
        besides = {c: found for c in columns if (found := column_beside(c, rated)) is not None}
        for column in [c for c in rated if _is_machine(columns[c], raters)]:
            notes.append(f"{root}: {name}.{column} holds ratings of a machine; left out.")
            del rated[column]
        if not rated and not about_speakers:
            continue
        segments = throat = 0
        for record in _records(root / f"db.{name}", str(name)):
            file = _cell(record, "file").replace("\\", "/")
            times = _times(_cell(record, "start"), _cell(record, "end"))
            if not file or times is None or (times and not parts):
                segments += 1
                continue
            if "laryngo" in file.lower().split("/")[:-1]:
                throat += 1
                continue
            if not file.isprintable():
                raise PerserError(
                    f"{root}: the table {name} names a file with control characters; "
                    "please check the database."
                )
            for column in about_speakers:
                if _cell(record, column):
                    speakers[file] = f"{root.name}-{_cell(record, column)}"
            extra = times | {
                c: _cell(record, c)
                for c in columns
                if c not in (*rated, *besides, *about_speakers) and _cell(record, c)
            }
            split = str(table.get("split_id") or "") or None
            for column, listener in rated.items():
                word = " ".join(_cell(record, column).split())
                if word and word.isprintable():
                    words, shares, more = _said(word, parts)
                    row = RatingRow(file, listener, words, split=split, extra=extra | more)
                    said = {n: _cell(record, c) for c, (own, n) in besides.items() if own == column}
                    rows.append(with_beside(replace(row, shares=shares), said))
        if segments:
            notes.append(f"{root}: {segments:,} rows of {name} are about parts of files; left out.")
        if throat:
            notes.append(f"{root}: {throat:,} rows of {name} are throat signals; left out.")
    if not rows:
        raise PerserError(
            f"{str(root)!r} holds no ratings of emotions of whole files; "
            "please check the columns of its tables."
        )
    rows, repeated = _each_once(rows)
    if repeated:
        notes.append(f"{root}: {repeated:,} ratings stand in several tables and count once.")
    rows = [_with_speaker(row, speakers.get(row.file)) for row in rows]
    notes += without_audio(root, (row.file for row in rows))
    return RatingsTable(tuple(rows), root, root.name, tuple(notes))


def _times(start: str, end: str) -> dict[str, str] | None:
    """Return the times of a row as they are written here, none for a whole file; None if odd."""
    if start.lower() in _WHOLE_STARTS and end.lower() in ("", "nat"):
        return {}
    first, last = _time_of(start or "0"), _time_of(end) if end else None
    if first is None or (end and (last is None or last <= first)):
        return None
    return {"start": f"{first:g}"} | ({} if last is None else {"end": f"{last:g}"})


def _time_of(text: str) -> float | None:
    """Return seconds of a number or of a duration such as `0 days 00:00:01.5`."""
    found = re.fullmatch(r"(?:(\d+) days?,? ?)?(?:(\d+):(\d+):)?(\d+(?:\.\d+)?)", text)
    if found is None:
        return None
    days, hours, minutes, seconds = (float(part or 0) for part in found.groups())
    return 86_400 * days + 3600 * hours + 60 * minutes + seconds


def _said(word: str, parts: bool) -> tuple[tuple[str, ...], tuple[float, ...], dict[str, str]]:
    """Return the words of a cell, their shares and, for an answer without one, what to keep."""
    try:
        said = answer_of(word)
    except ValueError:
        return (word,), (), {}
    if said.words:
        return said.words, said.shares, {}
    return ((), (), {"answer": said.answer}) if parts else ((word,), (), {})


def _each_once(rows: Sequence[RatingRow]) -> tuple[list[RatingRow], int]:
    """Return rows with one for each listener, part of a file and words; a split is kept."""
    found: dict[tuple[object, ...], RatingRow] = {}
    for row in rows:
        place = (row.listener, row.file, row.extra.get("start"), row.extra.get("end"))
        key = (*place, tuple(map(normalized, row.emotions)))
        before = found.get(key)
        if before is None or (before.split is None and row.split is not None):
            found[key] = row
    return list(found.values()), len(rows) - len(found)


def _header(path: Path) -> Mapping[str, Any]:
    import yaml

    if not is_file(path):
        raise PerserError(
            f"{str(path)!r} was not found; please give the folder of an audformat database."
        )
    text = read_text(path, limit=MAX_HEADER)
    try:
        header = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (yaml.YAMLError, *MISFIT) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where is not None else ""
        raise PerserError(
            f"{path}{line}: this is not the header of an audformat database; please check it."
        ) from error
    if not isinstance(header, dict):
        raise PerserError(f"{path} is not the header of an audformat database; please check it.")
    return header


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, dict) else {}


def _topic(column: str, definition: Mapping[Any, Any]) -> str:
    """Return what a column is about: the name of its scheme, else its own."""
    scheme = definition.get("scheme_id")
    return (scheme if isinstance(scheme, str) else column).lower()


def _holds_ratings(column: str, definition: Mapping[Any, Any], schemes: Mapping[Any, Any]) -> bool:
    topic = _topic(column, definition)
    if "emotion" in topic or "emotion" in column.lower():
        return _of_words(schemes.get(definition.get("scheme_id")), known=False)
    about_people = ("speaker", "gender", "sex", "language", "transcription", "text", "age")
    return (
        isinstance(definition.get("rater_id"), str)
        and topic not in about_people
        and _of_words(schemes.get(definition.get("scheme_id")), known=True)
    )


def _of_words(scheme: Any, *, known: bool) -> bool:
    """Return whether a scheme's values are words; `known` when it has to list them."""
    scheme = _mapping(scheme)
    labels = scheme.get("labels")
    listed = isinstance(labels, list | dict) and bool(labels)
    return (listed if known else True) and str(scheme.get("dtype", "str")) in ("str", "object")


def _listener(
    column: str,
    definition: Mapping[Any, Any],
    columns: Mapping[str, Mapping[Any, Any]],
    schemes: Mapping[Any, Any],
) -> str:
    rater = definition.get("rater_id")
    if isinstance(rater, str) and rater.strip() and rater.isprintable():
        return rater.strip()
    alone = [
        c
        for c, v in columns.items()
        if _holds_ratings(c, v, schemes) and not isinstance(v.get("rater_id"), str)
    ]
    clean = column if column.isprintable() else "column"
    return NO_RATER if len(alone) == 1 else f"{NO_RATER}-{clean}"


def _is_machine(definition: Mapping[Any, Any], raters: Mapping[Any, Any]) -> bool:
    rater = definition.get("rater_id")
    kind = _mapping(raters.get(rater) if isinstance(rater, str) else None).get("type")
    return str(kind).lower() == "machine"


def _records(base: Path, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of a table, from CSV or else from Parquet; never from a pickle."""
    table, parquet = base.with_name(base.name + ".csv"), base.with_name(base.name + ".parquet")
    if is_file(table):
        reader = csv.DictReader(io.StringIO(read_text(table, limit=MAX_TABLE), newline=""))
        try:
            yield from _checked(table, reader)
        except csv.Error as error:
            raise PerserError(
                f"{table}, line {reader.line_num}: this is not a CSV row ({error}); "
                "please check its quotation marks."
            ) from error
    elif is_file(parquet):
        yield from _parquet(parquet)
    else:
        raise PerserError(
            f"The table {name} is in neither {table} nor {parquet}; please complete the database."
        )


def _checked(table: Path, reader: csv.DictReader[str]) -> Iterator[Mapping[str, Any]]:
    if "file" not in (reader.fieldnames or []):
        raise PerserError(f"{table}, line 1: the column “file” is missing; please check it.")
    yield from reader


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise PerserError(
            f"{path} needs the package pyarrow; please install perser-gui[audformat]."
        ) from error
    try:
        records: Sequence[Mapping[str, Any]] = parquet.read_table(path).to_pylist()
    except (ArrowException, OSError, ValueError) as error:
        raise PerserError(f"{path} is not a Parquet file; please copy it again.") from error
    for record in records:
        yield {str(k): _seconds(v) for k, v in record.items()}


def _seconds(value: Any) -> Any:
    """Return durations as audformat writes them into CSV when they are zero."""
    return "0 days" if hasattr(value, "total_seconds") and not value.total_seconds() else value


def _cell(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    text = "" if value is None or isinstance(value, list) else str(value).strip()
    return "" if text.lower() in _NAN else text


def _with_speaker(row: RatingRow, speaker: str | None) -> RatingRow:
    clean = speaker if speaker and speaker.isprintable() else None
    extra = {
        k: v for k, v in row.extra.items() if (v.isprintable() or k == NOTE) and k.isprintable()
    }
    return replace(row, speaker=clean, extra=extra)
