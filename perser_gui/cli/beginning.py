"""Ctrl+C while the program is still being read; nothing else is imported here."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Iterator

STOPPED = "Stopped; everything is as it was before."


@contextlib.contextmanager
def ended_by_control_c() -> Iterator[None]:
    """Let Ctrl+C end the program with one sentence and 130 while its modules are read.

    Else it is a traceback, since nobody is there yet to catch it. Where Ctrl+C is somebody
    else's already (another program imports this one, or it is ignored), it stays theirs.
    """
    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if not ours:
        yield
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _end(_number: int, _frame: object) -> None:
    sys.stderr.write(STOPPED + "\n")
    raise SystemExit(130)
