"""The listener's words as buttons."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from perser_gui.emotions import EmotionSet
from perser_gui.records import Rating
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.emotion_button import EmotionButton, choice_of


class EmotionGrid(QWidget):
    """The listener's words as large buttons, in as many columns as fit."""

    chosen = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[EmotionButton] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(8))
        self._columns = 0

    def show_emotions(self, emotions: EmotionSet) -> None:
        """Show another set of words."""
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        for place, emotion in enumerate(emotions.emotions):
            button = EmotionButton(emotion, str(place + 1) if place < 9 else "", self)
            button.chosen.connect(self.chosen)
            self.buttons.append(button)
        self._columns = 0
        self._arrange()

    def show_rating(self, rating: Rating | None, counts: dict[str, int]) -> None:
        """Mark the words of a rating, and show how many clips carry each word."""
        words = rating.emotions if rating is not None else ()
        for button in self.buttons:
            word = button.emotion.word
            button.show_state(choice_of(word, words), counts.get(word, 0))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Arrange anew for another width."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        count = len(self.buttons)
        if not count:
            return
        fit = max(2, min(5, self.width() // theme.px(118)))
        rows = -(-count // fit)
        columns = -(-count // rows)
        narrow = self.width() / columns < theme.px(150)
        for button in self.buttons:
            button.show_narrow(narrow)
        if columns == self._columns:
            return
        self._columns = columns
        for place in range(max(self._grid.columnCount(), columns)):  # also those left by more words
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
        for place, button in enumerate(self.buttons):
            self._grid.addWidget(button, place // columns, place % columns)
            button.show()
