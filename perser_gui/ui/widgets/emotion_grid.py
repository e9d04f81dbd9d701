"""The listener's words as buttons, in as many columns as fit, scrolled where they are many."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QSizePolicy, QWidget

from perser_gui.emotions import EmotionSet
from perser_gui.records import Rating
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.emotion_button import STACKED, EmotionButton, choice_of
from perser_gui.ui.widgets.focus_order import chain
from perser_gui.ui.widgets.word_field import WordField
from perser_gui.ui.widgets.word_keys import keys_of

GAP = 8
FEW_COLUMNS, MANY_COLUMNS, MANY = 5, 8, 15
"""So many columns at most for up to `MANY` words, and for more."""

WHOLE_ROWS, SOME_ROWS = 3, 2.3
"""Up to so many rows are always seen whole; of more, so many at least, and the rest scrolled."""


class EmotionGrid(QWidget):
    """The listener's words as large buttons."""

    chosen = Signal(str, bool)
    words_wanted = Signal()
    """The words themselves are to be changed."""
    arranged = Signal()
    """There are other rows now, or higher or lower ones."""

    def __init__(self) -> None:
        super().__init__()
        self.buttons: list[EmotionButton] = []
        self.leader = "W"
        """The key before the first letters of a word, as it is printed; empty: there is none."""
        self.offers_words = False
        """Whether the menu of a word leads to the list of words, too."""
        self._emotions = EmotionSet(())
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.px(GAP))
        self._columns = 0
        self._crowded = False

    def show_emotions(self, emotions: EmotionSet) -> None:
        """Show another set of words."""
        for button in self.buttons:
            self._grid.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = []
        self._emotions = emotions
        for emotion in emotions.emotions:
            button = EmotionButton(emotion, "", self)
            button.chosen.connect(self.chosen)
            if self.offers_words:
                button.offer("Emotion words…", self.words_wanted.emit)
            self.buttons.append(button)
        self.show_leader(self.leader)
        self._columns = 0
        self._arrange()
        chain(self)

    def show_leader(self, key: str) -> None:
        """Show on the buttons of words without a key what to type for them, after this key."""
        self.leader = key
        keys = keys_of(self._emotions, key) if key else self._emotions.keys
        for button, shown in zip(self.buttons, keys, strict=True):
            button.show_key(shown)

    def show_rating(self, rating: Rating | None, counts: dict[str, int]) -> None:
        """Mark the words of a rating, and show how many clips carry each word."""
        words = rating.emotions if rating is not None else ()
        for button in self.buttons:
            word = button.emotion.word
            button.show_state(choice_of(word, words), counts.get(word, 0))

    def show_words(self, words: Sequence[str], *, able: bool = True) -> None:
        """Mark words, without how many clips carry each; take presses only while `able`."""
        for button in self.buttons:
            button.show_state(choice_of(button.emotion.word, words), None)
            button.setEnabled(able)

    def show_meant(self, words: Sequence[str]) -> None:
        """Pale all words but these, while one of them is being typed."""
        for button in self.buttons:
            button.show_meant(button.emotion.word in words)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Arrange anew for another width."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def rows(self) -> int:
        """In how many rows the words stand."""
        return -(-len(self.buttons) // max(self._columns, 1))

    def least_height(self, rows: float) -> int:
        """Return the height of so many rows at their lowest."""
        if not self.buttons:
            return 0
        one = max(button.minimumSizeHint().height() for button in self.buttons)
        return round(rows * one + (rows - 1) * theme.px(GAP))

    def _arrange(self) -> None:
        count = len(self.buttons)
        if not count:
            return
        metrics = QFontMetricsF(theme.font("body"))
        widest = max(metrics.horizontalAdvance(word) for word in self._emotions.words)
        least = min(max(round(widest * 1.1) + theme.px(20), theme.px(96)), theme.px(150))
        gap = theme.px(GAP)
        most = FEW_COLUMNS if count <= MANY else MANY_COLUMNS
        fit = max(2, min(most, (self.width() + gap) // (least + gap)))
        rows = -(-count // fit)
        columns = -(-count // rows)
        room = (self.width() - (columns - 1) * gap) / columns
        narrow = self.width() / columns < theme.px(150)
        crowded = any(button.crowds(room, in_lines=not narrow) for button in self.buttons)
        high = (self.height() - (rows - 1) * gap) / rows >= theme.px(STACKED)
        for button in self.buttons:  # all alike, so that rows do not differ
            button.show_narrow(narrow, stacked=crowded or (narrow and high), crowded=crowded)
        if columns != self._columns:
            self._place_buttons(columns)
        elif crowded == self._crowded:
            return
        self._crowded = crowded
        self.arranged.emit()

    def _place_buttons(self, columns: int) -> None:
        self._columns = columns
        for place in range(max(self._grid.columnCount(), columns)):  # also those left by more words
            self._grid.setColumnStretch(place, 1 if place < columns else 0)
        for place, button in enumerate(self.buttons):
            self._grid.addWidget(button, place // columns, place % columns)
            button.show()


class WordArea(QScrollArea):
    """Shows a grid of words whole, or scrolls it where there are too many for the room."""

    def __init__(self, grid: EmotionGrid) -> None:
        super().__init__()
        self._words = grid
        self._fewer = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setWidget(grid)
        grid.arranged.connect(self._rearranged)

    def show_fewer(self, fewer: bool) -> None:
        """Let some rows be scrolled to where even a few have no room."""
        if fewer != self._fewer:
            self._fewer = fewer
            self._rearranged()

    def _rearranged(self) -> None:
        rows: float = self._words.rows
        if rows > WHOLE_ROWS:
            rows = SOME_ROWS
        self.setMinimumHeight(self._words.least_height(min(rows, 1.6) if self._fewer else rows))
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As high as all words want to be."""
        rows = self._words.rows
        height = rows * theme.px(58) + (rows - 1) * theme.px(GAP)
        return QSize(theme.px(300), height)

    def show_word(self, word: str) -> None:
        """Scroll to the button of a word."""
        for button in self._words.buttons:
            if button.emotion.word == word:
                self.ensureWidgetVisible(button, 0, theme.px(GAP))


def connect_field(field: WordField, grid: EmotionGrid, area: WordArea) -> None:
    """Let what is typed into a field choose among the words of a grid."""

    def narrowed(words: list[str]) -> None:
        grid.show_meant(words)
        if words:
            area.show_word(words[0])

    field.narrowed.connect(narrowed)
    field.chosen.connect(grid.chosen)
    field.chosen.connect(lambda word, second: area.show_word(word))
    field.left.connect(lambda: grid.show_meant([b.emotion.word for b in grid.buttons]))
