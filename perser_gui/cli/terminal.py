"""What every command shares: output, the JSON document, progress and Ctrl+C."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np

from perser_gui.paths import shown
from perser_gui.progress import Progress

LONGEST_CELL = 200
"""Characters of a cell that a table on the terminal shows."""


def make_printable() -> None:
    """Let both streams replace the signs that they cannot encode, as cp1252 cannot 声.

    Without this, a table with such a name in it ends in a traceback wherever output is
    redirected on Windows, or the terminal is not set to UTF-8.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors == "strict":
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """Write a text to stdout; what a terminal would take for a command is written as escapes."""
    sys.stdout.write(harmless(text) + "\n")
    sys.stdout.flush()


def say_utf8(text: str) -> None:
    """Write text for other programs to stdout: in UTF-8, whatever the terminal is set to."""
    buffer = getattr(sys.stdout, "buffer", None)
    if buffer is None:
        sys.stdout.write(text)
    else:
        sys.stdout.flush()
        buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.flush()


def note(text: str) -> None:
    """Write a text to stderr; what a terminal would take for a command is written as escapes."""
    sys.stderr.write(harmless(text) + "\n")
    sys.stderr.flush()


def harmless(text: str) -> str:
    r"""Return text without what moves a cursor, changes a direction or cannot be encoded.

    >>> harmless("a\x1b[2Jb\n")
    'a\\x1b[2Jb\n'
    """
    if text.replace("\n", "").isprintable() and text.isascii():
        return text
    shown = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "replace").decode(encoding)


def emit_json(document: Any) -> None:
    """Write one JSON document to stdout: dataclasses, arrays, paths and numpy numbers included.

    Numbers that JSON does not know (not a number, infinite) become null. Where stdout is not
    in UTF-8, signs beyond ASCII are written as escapes.
    """
    say(json.dumps(_plain(document), ensure_ascii=not _is_utf8(), indent=2, allow_nan=False))


def emit_json_line(document: Any) -> None:
    """Write one JSON document as one line to stdout, for commands that go on and on."""
    say(json.dumps(_plain(document), ensure_ascii=not _is_utf8(), allow_nan=False))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows under a header, in columns of equal width; numbers are set to the right."""
    cells = [list(map(str, header)), *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    numeric = [
        all(isinstance(row[column], int | float) for row in rows) and bool(rows)
        for column in range(len(header))
    ]
    lines = [
        "  ".join(
            text.rjust(width) if right else text.ljust(width)
            for text, width, right in zip(row, widths, numeric, strict=True)
        ).rstrip()
        for row in cells
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


@contextlib.contextmanager
def working() -> Iterator[Progress]:
    """Give a `Progress` that shows itself on a terminal and that Ctrl+C cancels.

    The first Ctrl+C asks the work to end and to leave everything as it was; a second
    one ends the program at once. Nothing is shown when stderr is not a terminal.
    """
    shown = sys.stderr.isatty()

    def report(fraction: float, message: str) -> None:
        if shown:
            sys.stderr.write(f"\r\x1b[K{fraction:4.0%}  {harmless(message[:100])}")
            sys.stderr.flush()

    progress = Progress(report)

    def interrupted(_number: int, _frame: FrameType | None) -> None:
        if progress.cancelled:
            raise KeyboardInterrupt
        progress.cancel()

    main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, interrupted) if main_thread else None
    try:
        yield progress
    finally:
        if main_thread:
            signal.signal(signal.SIGINT, before)
        if shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def close_stdout() -> None:
    """Silence stdout after its reader went away, so that leaving the program says nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _is_utf8() -> bool:
    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("_", "-")
    return encoding in ("utf-8", "utf8")


def _cell(value: object) -> str:
    if value is None:
        return ""
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    if len(text) <= LONGEST_CELL:
        return text
    half = LONGEST_CELL // 2  # both ends of a path tell more than its middle
    return f"{text[: half - 1]}…{text[-half:]}"


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return shown(value)
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value
