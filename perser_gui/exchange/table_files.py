"""Rows as one table for other programs: CSV, Excel or Parquet, by what the file's name ends in."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perser_gui.cells import neutral
from perser_gui.errors import PerserError
from perser_gui.files import write_whole

Cell = str | int | float | bool | None
"""What a cell holds; None and not-a-number are blank."""

FORMS = ("csv", "xlsx", "parquet")
"""The formats of `write_table`."""

MOST_EXCEL_ROWS = 1_048_575
"""Rows below the header that a sheet of Excel holds."""


def table_form(path: Path, form: str | None = None) -> str:
    """Return the format of a table: the one that was asked for, or what the name ends in.

    Raises:
        PerserError: for another one.
    """
    wanted = (form or path.suffix.lstrip(".") or "csv").lower()
    if wanted not in FORMS:
        raise PerserError(
            f"A table cannot be written as “{wanted}”; please choose {', '.join(FORMS)}."
        )
    return wanted


def write_table(
    path: Path,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Cell]],
    *,
    form: str | None = None,
    bom: bool = False,
) -> None:
    """Write rows under their columns, all or nothing; text is never taken for a formula.

    In CSV, text that a spreadsheet would run gets an apostrophe in front. With a `bom` Excel
    shows accents in CSV.

    Raises:
        PerserError: for an unknown format, what it needs is not installed, there are too many
            rows for it, or the file cannot be written.
    """
    kind = table_form(path, form)
    cells = [[_known(row.get(name)) for name in columns] for row in rows]
    if kind == "csv":
        content: bytes | str = ("\ufeff" if bom else "") + table_text(columns, rows)
    elif kind == "xlsx":
        content = _excel(path, columns, cells)
    else:
        content = _parquet(columns, cells)
    write_whole(path, content)


def table_text(columns: Sequence[str], rows: Sequence[Mapping[str, Cell]]) -> str:
    r"""Return rows as CSV text.

    >>> table_text(["who", "same"], [{"who": "=Ana", "same": 0.5}, {"who": "Bo"}])
    "who,same\n'=Ana,0.5\nBo,\n"
    """
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([neutral(name) for name in columns])
    for row in rows:
        writer.writerow([_as_text(_known(row.get(name))) for name in columns])
    return buffer.getvalue()


def _known(value: Cell) -> Cell:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _as_text(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return neutral(value) if isinstance(value, str) else str(value)


def _excel(path: Path, columns: Sequence[str], cells: Sequence[Sequence[Cell]]) -> bytes:
    if len(cells) > MOST_EXCEL_ROWS:
        raise PerserError(
            f"{path.name} would have {len(cells):,} rows, and Excel holds {MOST_EXCEL_ROWS:,}; "
            "please write csv or parquet."
        )
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "constant_memory": False})
    book.set_properties({"created": datetime(2000, 1, 1, tzinfo=UTC)})  # equal data, equal bytes
    sheet = book.add_worksheet("results")
    bold = book.add_format({"bold": True})
    for column, name in enumerate(columns):
        sheet.write_string(0, column, name, bold)
        longest = max((len(_as_text(row[column])) for row in cells[:500]), default=0)
        sheet.set_column(column, column, min(max(len(name), longest) + 2, 60))
    for number, row in enumerate(cells, start=1):
        for column, value in enumerate(row):
            if isinstance(value, bool):
                sheet.write_boolean(number, column, value)
            elif isinstance(value, int | float):
                sheet.write_number(number, column, value)
            elif value is not None:
                sheet.write_string(number, column, value)
    sheet.freeze_panes(1, 0)
    book.close()
    return buffer.getvalue()


def _parquet(columns: Sequence[str], cells: Sequence[Sequence[Cell]]) -> bytes:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise PerserError(
            "Parquet needs pyarrow; please run pip install 'perser-gui[bulk]', or write csv."
        ) from error
    arrays: dict[str, Any] = {}
    for place, name in enumerate(columns):
        values = [row[place] for row in cells]
        kind = pyarrow.string() if all(v is None or isinstance(v, str) for v in values) else None
        arrays[name] = pyarrow.array(values, kind)
    stream = io.BytesIO()
    parquet.write_table(pyarrow.table(arrays), stream, compression="zstd")
    return stream.getvalue()
