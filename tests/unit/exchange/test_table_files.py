"""One table in three formats, read back by other programs."""

from __future__ import annotations

import csv
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from perser_gui.errors import PerserError
from perser_gui.exchange import table_files
from perser_gui.exchange.table_files import write_table

COLUMNS = ("listener", "trial", "share", "again", "none")
ROWS = [
    {"listener": "=1+1", "trial": 1, "share": 0.25, "again": True, "none": None},
    {"listener": "Çelik 声", "trial": 2, "share": float("nan"), "again": False},
]
_XML = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def test_csv_is_read_back_and_no_cell_is_a_formula(tmp_path: Path) -> None:
    path = tmp_path / "results.csv"
    write_table(path, COLUMNS, ROWS)
    with path.open(newline="", encoding="utf-8") as stream:
        first, second = csv.DictReader(stream)
    assert first == {
        "listener": "'=1+1",
        "trial": "1",
        "share": "0.25",
        "again": "yes",
        "none": "",
    }
    assert (second["listener"], second["share"], second["again"]) == ("Çelik 声", "", "no")
    write_table(path, COLUMNS, ROWS, bom=True)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_an_excel_sheet_holds_numbers_as_numbers_and_text_as_text(tmp_path: Path) -> None:
    path = tmp_path / "results.xlsx"
    write_table(path, COLUMNS, ROWS)
    with zipfile.ZipFile(path) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        strings = ElementTree.fromstring(book.read("xl/sharedStrings.xml"))
    texts = ["".join(t.text or "" for t in item.iter(f"{{{_XML['m']}}}t")) for item in strings]
    cells = {
        cell.get("r"): (cell.get("t"), cell.findtext("m:v", namespaces=_XML))
        for cell in sheet.iterfind(".//m:c", _XML)
    }
    assert sheet.find(".//m:f", _XML) is None
    assert cells["B2"] == (None, "1")
    assert cells["C2"] == (None, "0.25")
    assert cells["D2"] == ("b", "1")
    assert "C3" not in cells
    assert [texts[int(cells[at][1])] for at in ("A1", "A2", "A3")] == [
        "listener",
        "=1+1",
        "Çelik 声",
    ]
    before = path.read_bytes()
    write_table(path, COLUMNS, ROWS)
    assert path.read_bytes() == before


def test_parquet_keeps_types_and_gaps(tmp_path: Path) -> None:
    from pyarrow import parquet

    path = tmp_path / "results.parquet"
    write_table(path, COLUMNS, ROWS)
    table = parquet.read_table(path)
    assert table.column_names == list(COLUMNS)
    assert [str(field.type) for field in table.schema] == [
        "string",
        "int64",
        "double",
        "bool",
        "string",
    ]
    assert table.to_pylist()[1] == {
        "listener": "Çelik 声",
        "trial": 2,
        "share": None,
        "again": False,
        "none": None,
    }


def test_what_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PerserError, match="csv, xlsx, parquet"):
        write_table(tmp_path / "results.docx", COLUMNS, ROWS)
    monkeypatch.setattr(table_files, "MOST_EXCEL_ROWS", 1)
    with pytest.raises(PerserError, match="Excel holds 1"):
        write_table(tmp_path / "results.xlsx", COLUMNS, ROWS)
    assert list(tmp_path.iterdir()) == []
