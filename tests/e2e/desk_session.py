"""Runs the real program and acts in its window like a person, step by step."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterator

from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from perser_gui.ui import main
from perser_gui.ui.shell.window import MainWindow

Condition = Callable[[], object]
Script = Callable[[MainWindow], Iterator[Condition]]


def act(script: Script, arguments: list[str], *, patience: float = 240.0) -> int:
    """Run `main(arguments)` and the script in its window; return the exit status.

    The script yields conditions; it goes on when one holds. A failed assertion, or a
    condition that does not come true within `patience` seconds, is raised here once the
    window has closed.
    """
    faults: list[BaseException] = []

    def opened(window: MainWindow) -> None:
        steps = script(window)
        waiting: list[Condition] = []
        since = [time.monotonic()]

        def look() -> None:
            try:
                if waiting and not waiting[-1]():
                    if time.monotonic() - since[0] > patience:
                        raise TimeoutError(f"nothing happened for {patience} s")
                else:
                    waiting[:] = [next(steps)]
                    since[0] = time.monotonic()
            except StopIteration:
                window.close()
                return
            except BaseException as fault:
                faults.append(fault)
                window.close()
                return
            QTimer.singleShot(15, look)

        QTimer.singleShot(0, look)

    status = main(arguments, opened=opened)
    gc.collect()  # what is left of the window goes here, not in a worker of the next one
    if faults:
        raise faults[0]
    return status


def ready(window: MainWindow) -> Condition:
    """Return a condition: clips are listed, the model is there and nothing is under way."""
    return lambda: (
        window.session.rows and window.personalization.state == "ready" and not window.runner.busy
    )


def saved(window: MainWindow) -> Condition:
    """Return a condition: every label is on disk."""
    return lambda: window.labelling.save_state == "saved" and not window.session.unsaved


def press(window: MainWindow, key: object, modifier: object = None) -> None:
    """Press a key in the window."""
    if modifier is None:
        QTest.keyClick(window, key)
    else:
        QTest.keyClick(window, key, modifier)
