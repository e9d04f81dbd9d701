"""The desk: one window to hear, label, adapt and compare.

Importing this package loads neither Qt nor torch; `main` loads Qt, and torch follows
in a worker once the window is shown.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perser_gui.ui.shell.window import MainWindow


def main(
    argv: Sequence[str] | None = None, *, opened: Callable[[MainWindow], None] | None = None
) -> int:
    """Open the desk and return the exit status when its window is closed.

    `opened` is called with the window once it is shown; tests and benchmarks use it.
    """
    from perser_gui.ui.shell.plain_imports import import_plainly

    looking = gc.isenabled()
    gc.disable()  # what a start brings is no garbage; the window looks for it by itself
    try:
        import_plainly()
        from perser_gui.ui.shell.application import run

        return run(sys.argv[1:] if argv is None else argv, opened)
    finally:
        if looking:
            gc.enable()
