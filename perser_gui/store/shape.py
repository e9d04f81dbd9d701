"""Which tables, columns, indexes and triggers a database has, and which it should have."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import cache

from perser_gui.store.checksums import teach
from perser_gui.store.migrations import STEPS

Shape = frozenset[tuple[str, str, str]]
"""Kind, name and table of each thing in a database; columns have the kind `column`."""


def shape_of(connection: sqlite3.Connection) -> Shape:
    """Return what a database consists of."""
    things = connection.execute("SELECT type, name, tbl_name FROM sqlite_master").fetchall()
    columns = [
        ("column", column, table)
        for kind, table, _ in things
        if kind == "table"
        for (column,) in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))
    ]
    return frozenset((*things, *columns))


@cache
def shape_of_version(version: int) -> Shape:
    """Return what a database of a version consists of."""
    connection = sqlite3.connect(":memory:")
    teach(connection)
    try:
        for step in STEPS[:version]:
            for statement in statements(step):
                connection.execute(statement)
        return shape_of(connection)
    finally:
        connection.close()


def statements(script: str) -> Iterator[str]:
    """Cut a script at the semicolons that end a whole statement (a trigger holds some inside)."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
