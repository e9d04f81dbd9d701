"""Using a dialog that an act opens and waits for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog


class Opened:
    """While it is entered, a dialog of this kind is used as soon as it is open, and closed.

    A fault in `use` is raised when the context ends, so that no dialog stays open for ever.
    """

    def __init__(
        self,
        kind: type[QDialog],
        use: Callable[[Any], object],
        *,
        ready: Callable[[Any], bool] = lambda dialog: True,
    ) -> None:
        self._kind, self._use, self._is_ready = kind, use, ready
        self._fault: BaseException | None = None
        self.count = 0
        self._timer = QTimer(QApplication.instance())  # never garbage of another thread
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._look)

    def __enter__(self) -> Opened:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()
        self._timer.deleteLater()
        if self._fault is not None:
            raise self._fault

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, self._kind) or not self._is_ready(dialog):
            return
        self._timer.stop()
        self.count += 1
        try:
            self._use(dialog)
        except BaseException as fault:
            self._fault = fault
        if dialog.isVisible():
            dialog.reject()
