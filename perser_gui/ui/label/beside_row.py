"""What is said beside the words of a label: how strongly, how much of each, and a note."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy, QWidget

from perser_gui.bidi import in_order
from perser_gui.records import Rating
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.look import theme
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.widgets import label, row
from perser_gui.ui.widgets.share_bar import ShareBar
from perser_gui.ui.widgets.strength import StrengthScale
from perser_gui.ui.widgets.text_fields import edits_text
from perser_gui.ui.widgets.tips import tip

RETURN = "⏎"
"""Stands for the end of a line in a field that has one line."""


class NoteField(QLineEdit):
    """A line for a note: Enter keeps it and Esc does not, both go back to where one was."""

    kept = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._before = ""
        self._back_to: QWidget | None = None
        self.setPlaceholderText(in_order("Note (E)"))
        self.setAccessibleName("Note beside your label")
        self.setMaxLength(2000)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(theme.px(80))

    def show_note(self, note: str) -> None:
        """Show what is noted, unless one is writing right now."""
        self._before = note
        if not self.hasFocus():
            self.setText(note.replace("\n", RETURN))
            self.setCursorPosition(0)
            self.setToolTip(tip(note))

    def begin(self, back_to: QWidget | None) -> None:
        """Write here, and then go back to a widget."""
        self._back_to = back_to
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.end(False)

    def finish(self) -> None:
        """Keep what is written here for the clip it was begun for, and leave."""
        self._keep()
        self._leave()

    def event(self, event: QEvent) -> bool:
        """Keep the keys that end the writing from the window's commands."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and (event.key() in _ENDS or edits_text(event))
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keep or leave what was written."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.finish()
        elif event.key() == Qt.Key.Key_Escape:
            self.setText(self._before.replace("\n", RETURN))
            self._leave()
        else:
            super().keyPressEvent(event)
            event.accept()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Keep what was written also when one goes on by mouse or Tab."""
        super().focusOutEvent(event)
        if event.reason() != Qt.FocusReason.PopupFocusReason:
            self._keep()

    def _keep(self) -> None:
        written = self.text().replace(RETURN, "\n").strip()
        if written != self._before:
            self._before = written
            self.kept.emit(written)

    def _leave(self) -> None:
        back, self._back_to = self._back_to, None
        if back is not None and back.isVisible():
            back.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.clearFocus()


_ENDS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape)


class BesideRow(QWidget):
    """One row below the words; there is something to say once the clip has a label."""

    def __init__(self, labelling: Labelling) -> None:
        super().__init__()
        self._labelling = labelling
        self._session = labelling.bench.session
        self.clip: str | None = None
        self.strength = StrengthScale()
        self.strength.chosen.connect(lambda value: labelling.amend(intensity=value))
        self.shares = ShareBar()
        self.shares.shares_chosen.connect(lambda shares: labelling.amend(shares=shares))
        self.note = NoteField()
        self.note.kept.connect(self._note_kept)
        self._caption = label("Strength", "caption")
        self._caption.setBuddy(self.strength)
        self.setLayout(row(self._caption, self.strength, self.shares, self.note, gap=8, wide=3))
        self.show_rating(None)

    def show_rating(self, rating: Rating | None) -> None:
        """Show what is said beside the words of the clip at hand."""
        said = rating if rating is not None and rating.answer != "skip" else None
        if self.note.hasFocus() and self.clip not in (None, self._session.current):
            self.note.finish()
        self.clip = rating.clip if said is not None and rating is not None else None
        words = said.emotions if said is not None else ()
        self.strength.setEnabled(bool(words))
        self.strength.show_value(said.intensity if said is not None else None)
        self.note.setEnabled(said is not None)
        self.note.show_note(said.note if said is not None else "")
        self.shares.setVisible(len(words) > 1)
        if len(words) > 1 and said is not None:
            emotions = self._session.emotions
            self.shares.show_words([(w, colour_of(emotions, w)) for w in words], said.shares)

        self._make_room()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Make room for the words and their shares."""
        super().resizeEvent(event)
        self._make_room()

    def _make_room(self) -> None:
        """Leave the caption out where strength, shares and note need its room."""
        parts = (self._caption, self.strength, self.shares, self.note)
        there = [one for one in parts if one is self._caption or not one.isHidden()]
        least = [max(one.minimumSizeHint().width(), one.minimumWidth()) for one in there]
        layout = self.layout()
        gap = layout.spacing() if layout is not None else 0
        self._caption.setVisible(sum(least) + gap * (len(least) - 1) <= self.width())

    def write_note(self, back_to: QWidget | None) -> None:
        """Let the listener write a note, and then go on where they were."""
        if self.note.isEnabled():
            self.note.begin(back_to)
        else:
            self._labelling.bench.notice.emit("info", "Label the clip first; then note beside it.")

    def _note_kept(self, note: str) -> None:
        if self.clip is not None:
            self._labelling.amend(self.clip, note=note)
