"""Choosing a word by typing how it begins, for lists of words that outgrow the digit keys."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.word_keys import flat, matching, meant


class WordField(QLineEdit):
    """A field that takes a word as soon as its first letters (or its number) are told apart.

    Letters that go on spelling the word are swallowed; any other key goes to the window, so
    that one may type a whole word, or only how it begins, and Enter for the next clip.
    """

    chosen = Signal(str, bool)
    """A word, and whether it is a second one."""
    narrowed = Signal(list)
    """The words that are still meant."""
    left = Signal()
    """It is over, with a word or without."""

    def __init__(self) -> None:
        super().__init__()
        self._words: Sequence[str] = ()
        self._second = False
        self._taken = ""
        self.setAccessibleName("Word, by its first letters or its number")
        self.setPlaceholderText("First letters, or number")
        self.setMaxLength(40)
        self.setMinimumWidth(theme.px(140))
        self.setMaximumWidth(theme.px(190))
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.textEdited.connect(self._typed)
        self.hide()

    def sizeHint(self) -> QSize:  # noqa: N802
        """As wide as its hint."""
        hint = self.fontMetrics().horizontalAdvance(self.placeholderText())
        return QSize(hint + theme.px(26), super().sizeHint().height())

    def begin(self, words: Sequence[str], *, second: bool = False) -> None:
        """Take the keyboard until a word is chosen or it is left with Esc."""
        self._words, self._second, self._taken = tuple(words), second, ""
        self.clear()
        self.show()
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.narrowed.emit(list(words))

    def finish(self) -> None:
        """Give the keyboard back."""
        if self.isVisible():
            self.hide()
            self.left.emit()

    def _typed(self, text: str) -> None:
        if self._taken:
            return
        found = matching(self._words, text)
        if not found:
            self.setText(text[:-1])
            found = matching(self._words, text[:-1])
        self.narrowed.emit(found)
        if len(found) == 1 and self.text():
            self._take(found[0])

    def _take(self, word: str) -> None:
        self._taken = word
        self.chosen.emit(word, self._second)

    def event(self, event: QEvent) -> bool:
        """Once a word is taken, only keys that go on spelling it stay here."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self._taken and not self._spells(event):
                if event.key() in _HELD:
                    return super().event(event)
                self.finish()
                event.ignore()
                return False
            if event.key() in (*_ENTER, Qt.Key.Key_Escape):
                event.accept()
                return True
        return super().event(event)

    def _spells(self, event: QKeyEvent) -> bool:
        """Whether a key goes on with the word that was taken."""
        further = flat(self.text() + event.text())
        return bool(event.text()) and flat(self._taken).startswith(further)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter takes the first word that fits, Esc none."""
        if event.key() == Qt.Key.Key_Escape:
            self.finish()
        elif event.key() in _ENTER:
            word = meant(self._words, self.text())
            self.finish()
            if word is not None:
                self._take(word)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Whoever goes elsewhere wants no word any more."""
        super().focusOutEvent(event)
        if event.reason() not in (
            Qt.FocusReason.ActiveWindowFocusReason,
            Qt.FocusReason.PopupFocusReason,
        ):
            self.finish()


_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_HELD = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta, Qt.Key.Key_AltGr)
