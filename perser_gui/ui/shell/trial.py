"""`perser-gui --trial`: the program does its main job by itself once, and says how it went.

For whoever packs or installs the program: it opens the real window with the starter clips in a
home of its own, which is removed afterwards, plays a clip, labels, adapts, and closes.
"""

from __future__ import annotations

import csv
import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QMessageLogContext, QTimer, QtMsgType, qInstallMessageHandler

from perser_gui import paths
from perser_gui.audio.playback import audio_available

if TYPE_CHECKING:
    from perser_gui.ui.shell.window import MainWindow

LABELS = 8
"""How many clips are labelled, as the example listener of the starter clips does."""

PATIENCE = 180.0
"""Seconds that one step may take."""

LOOK_MILLISECONDS = 20

Condition = Callable[[], object]
Open = Callable[[Callable[["MainWindow"], None]], int]
_HARMLESS = ("This plugin does not support",)
"""Said by Qt where there is no screen, for what only a screen has."""

_FAULTY = (QtMsgType.QtWarningMsg, QtMsgType.QtCriticalMsg, QtMsgType.QtFatalMsg)


class Trial:
    """One trial: its steps, what they found, and what went wrong on the way."""

    def __init__(self) -> None:
        self.found: dict[str, object] = {}
        self.faults: list[str] = []
        self._steps: Iterator[tuple[str, Condition]] = iter(())
        self._waiting: tuple[str, Condition] | None = None
        self._since = 0.0

    def begin(self, window: MainWindow) -> None:
        """Start the steps in a window that has just been shown."""
        self._steps = self._script(window)
        self._look(window)

    def _look(self, window: MainWindow) -> None:
        if self.faults:
            window.close()
            return
        try:
            if self._waiting is None or self._waiting[1]():
                self._waiting = next(self._steps)
                self._since = time.monotonic()
            elif time.monotonic() - self._since > PATIENCE:
                raise TimeoutError(f"waited {PATIENCE:g} s for: {self._waiting[0]}")
        except StopIteration:
            window.close()
            return
        except Exception as fault:  # whatever it is, the trial ends with it
            self.faults.append(_sentence(fault))
            window.close()
            return
        QTimer.singleShot(LOOK_MILLISECONDS, lambda: self._look(window))

    def _script(self, window: MainWindow) -> Iterator[tuple[str, Condition]]:
        session, model, listening = window.session, window.personalization, window.listening

        def at_rest() -> bool:
            return bool(session.rows) and model.state == "ready" and not window.runner.busy

        yield "the clips and the model", at_rest
        self.found["window"] = window.isVisible()
        self.found["clips"] = len(session.rows)
        silent = audio_available()
        if silent is None:
            listening.play_from_start()
            yield "the sound to begin", lambda: listening.playing
            yield "the sound to end", lambda: not listening.playing
        self.found["sound"] = silent or "played"
        said = _example()
        for row in session.rows[:LABELS]:
            window.workbench.go_to(row.clip.content, play=False)
            window.labelling.label_clip(row.clip.content, (said[row.clip.path.name],))
            yield "a label on disk", lambda: window.labelling.save_state == "saved"
        self.found["labels"] = session.rated
        yield "the window at rest", at_rest
        model.adapt()
        yield "the adaptation", lambda: model.adapt_state.phase == "idle" and at_rest()
        if model.result is None:
            raise RuntimeError("the adaptation ended without a result")
        self.found["adapted"] = model.result.message
        self.found["predictions"] = len(session.generic)

    def note(self, kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        """Take one of Qt's messages; a warning or worse is a fault."""
        if kind in _FAULTY and not text.startswith(_HARMLESS):
            self.faults.append(f"Qt: {text}")
        if sys.stderr is not None:
            sys.stderr.write(f"{text}\n")

    def report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Take an exception that nobody caught; it is a fault."""
        self.faults.append(_sentence(error))
        sys.__excepthook__(kind, error, trace)


def tried(open_window: Open) -> int:
    """Do a trial and print one JSON document; return 0 if nothing went wrong, else 1.

    `open_window` opens the program's window with the starter clips, calls what it is given with
    it, and returns the exit status once it is closed.
    """
    trial = Trial()
    before, hook = qInstallMessageHandler(trial.note), sys.excepthook
    sys.excepthook = trial.report
    home = os.environ.get("PERSER_HOME")
    try:
        with tempfile.TemporaryDirectory(
            prefix="perser-trial-", ignore_cleanup_errors=True
        ) as folder:
            os.environ["PERSER_HOME"] = folder
            status = open_window(trial.begin)
    finally:
        qInstallMessageHandler(before)
        sys.excepthook = hook
        if home is None:
            os.environ.pop("PERSER_HOME", None)
        else:
            os.environ["PERSER_HOME"] = home
    ok = status == 0 and not trial.faults and "adapted" in trial.found
    document = {"ok": ok, "status": status, **trial.found, "faults": trial.faults}
    if sys.stdout is not None:
        sys.stdout.write(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    return 0 if ok else 1


def _sentence(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def _example() -> dict[str, str]:
    """Return what the example listener says of each starter clip."""
    table = paths.shipped("resources", "starter", "ratings.csv")
    with table.open(newline="", encoding="utf-8") as stream:
        return {row["file"]: row["emotion"] for row in csv.DictReader(stream)}
