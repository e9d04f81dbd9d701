r"""Cells of a table: harmless in a spreadsheet, and read back exactly as they were.

Spreadsheets run a cell that begins with `=`, `+`, `-` or `@` as a formula; such a cell gets an
apostrophe in front, which reading takes away again. What a line of a table cannot hold, such
as a newline in a file name or spaces of other scripts, is written with backslashes in a row
that says so in its column `escaped`.
"""

from __future__ import annotations

import re

ESCAPED = "escaped"
"""The column that says `yes` where backslashes in file, listener, emotion and speaker escape."""

_FORMULA = "=+-@\t\r'"
_ESCAPE = re.compile(r"\\(x[0-9a-f]{2}|u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4}|\\)")


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula; numbers stay as they are.

    >>> neutral("=cmd|' /C calc'!A0"), neutral("-3.5"), neutral("happy")
    ("'=cmd|' /C calc'!A0", '-3.5', 'happy')
    """
    return f"'{text}" if text[:1] and text[0] in _FORMULA and not _is_number(text) else text


def plain(cell: str) -> str:
    """Return what `neutral` was given.

    >>> plain(neutral("'=1"))
    "'=1"
    """
    return cell[1:] if cell[:1] == "'" and cell[1:2] and cell[1] in _FORMULA else cell


def needs_escapes(text: str) -> bool:
    """Whether a cell would not come back from a table as it is."""
    return not text.isprintable() or text != text.strip() or "\\" in text


def escaped(text: str, also: str = "") -> str:
    r"""Return text in printable characters, with backslash escapes for all others.

    `also` are more characters to escape.

    >>> escaped("a\u202fb\\c\n"), escaped("a;b", also=";")
    ('a\\u202fb\\\\c\\x0a', 'a\\x3bb')
    """
    last = len(text) - 1
    return "".join(
        "\\\\"
        if c == "\\"
        else c
        if c.isprintable() and c not in also and not (c == " " and at in (0, last))
        else _code(ord(c))
        for at, c in enumerate(text)
    )


def unescaped(text: str) -> str:
    r"""Return what `escaped` was given.

    >>> unescaped(escaped("a\nb"))
    'a\nb'
    """
    return _ESCAPE.sub(lambda m: "\\" if m[1] == "\\" else chr(int(m[1][1:], 16)), text)


def _code(number: int) -> str:
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
