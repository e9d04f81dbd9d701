"""The commands on borders of utterances, and the question which label two of them keep."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.acts.wording import rating_text
from perser_gui.ui.dialogs.merging import MergeDialog
from perser_gui.ui.shell.frame import Frame


class UtteranceQuestions(QObject):
    """What keys and menus do with utterances."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._borders = window.borders

    @property
    def acts(self) -> dict[str, Callable[[], Any]]:
        """The acts by the id of their command."""
        borders = self._borders
        return {
            "borders": borders.toggle,
            "context": borders.play_in_context,
            "split": borders.split,
            "merge": self.ask_merge,
            "start-earlier": lambda: borders.nudge(start=-1),
            "start-later": lambda: borders.nudge(start=+1),
            "end-earlier": lambda: borders.nudge(end=-1),
            "end-later": lambda: borders.nudge(end=+1),
        }

    @Slot()
    def ask_merge(self) -> None:
        """Merge with the next utterance; ask which label stays if they differ."""
        doubt = self._borders.label_in_doubt()
        if doubt is None:
            self._borders.merge()
            return
        dialog = MergeDialog(self._window, *map(rating_text, doubt))
        if dialog.exec():
            contents = (*(rating.clip for rating in doubt), "")
            self._borders.merge(contents[dialog.chosen])
