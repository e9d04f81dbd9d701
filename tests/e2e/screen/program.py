"""The program as a person starts it, which answers questions about its window on standard input.

Run by `display.Screen`; each line that comes in is a Python expression over the window, and each
answer a line of JSON. `until EXPRESSION` is answered when the expression is true.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from perser_gui.ui import main
from perser_gui.ui.shell.window import MainWindow

PATIENCE = float(os.environ.get("SCREEN_PATIENCE", "120"))


def place_of(widget: QWidget | tuple[int, int]) -> tuple[int, int]:
    """Return where the middle of a widget is on the screen; a place is one already."""
    if isinstance(widget, tuple):
        return widget
    point = widget.mapToGlobal(widget.rect().center())
    ratio = widget.devicePixelRatioF()
    return round(point.x() * ratio), round(point.y() * ratio)


class Questions(QObject):
    """Answers what is asked, on the main thread."""

    asked = Signal(str)

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self._names = {
            "window": window,
            "app": QApplication.instance(),
            "focus": QApplication.focusWidget,
            "dialog": QApplication.activeModalWidget,
            "place": place_of,
            "eval": eval,
        }
        self.asked.connect(self._answer)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self.asked.emit(line.strip())

    def _answer(self, line: str) -> None:
        word, _, rest = line.partition(" ")
        if word == "until":
            self._wait(rest, time.monotonic() + PATIENCE)
        else:
            self._say(self._value(line))

    def _wait(self, expression: str, end: float) -> None:
        value = self._value(expression)
        if value.get("value") or "error" in value or time.monotonic() > end:
            self._say(value)
        else:
            QTimer.singleShot(15, self, lambda: self._wait(expression, end))

    def _value(self, expression: str) -> dict[str, Any]:
        try:
            return {"value": eval(expression, dict(self._names))}
        except Exception as error:
            return {"error": repr(error)}

    @staticmethod
    def _say(answer: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(answer, default=repr) + "\n")
        sys.stdout.flush()


def prepare() -> None:
    """Stand in for the loudspeaker, and for the model where a small one is wanted."""
    from perser_gui.ui.acts import listening, live_session, microphones

    from ..every_action import SilentPlayer
    from ..test_every_action import a_voice

    listening._system_player = SilentPlayer
    microphones._player = SilentPlayer
    live_session._microphone = lambda key: a_voice()
    if os.environ.get("SCREEN_TINY"):
        from perser_gui.testing import tiny_encoder
        from perser_gui.upstream import encoders

        encoders.load_encoder = lambda *_args, **_options: tiny_encoder()


if __name__ == "__main__":
    prepare()
    kept: list[Questions] = []
    sys.exit(main(sys.argv[1:], opened=lambda window: kept.append(Questions(window))))
