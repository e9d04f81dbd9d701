"""The corner of the Live view that says how one would have labelled an utterance."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from perser_gui.ui.widgets import column, label
from perser_gui.ui.widgets.emotion_grid import EmotionGrid, WordArea, connect_field
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.word_field import WordField


class Correction(QWidget):
    """“That was …”: which utterance is meant, and the listener's words."""

    def __init__(self) -> None:
        super().__init__()
        self.hint = label("", "muted", wrap=True)
        self.grid = EmotionGrid()
        self.words = WordArea(self.grid)
        self.word_field = WordField()
        connect_field(self.word_field, self.grid, self.words)
        self.earlier = RoomyBox()
        self.earlier.setAccessibleName("Which utterance the label is meant for")
        self.setLayout(
            column(
                label("That was …", "title"),
                self.earlier,
                self.hint,
                self.word_field,
                self.words,
                gap=7,
            )
        )
