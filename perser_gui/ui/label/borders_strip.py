"""The line below the picture of an utterance: its borders, and what can be done with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QDoubleSpinBox, QFrame

from perser_gui.ui.acts.borders import STEP, Borders, Edit
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.wording import length_text
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import column, icon_button, label, text_button
from perser_gui.ui.widgets.shrinking_row import Less, ShrinkingRow
from perser_gui.ui.widgets.text_fields import padded
from perser_gui.ui.widgets.tips import tip

if TYPE_CHECKING:
    from perser_gui.ui.label.waveform import WaveformView


class _Seconds(QDoubleSpinBox):
    """A time in the recording, in steps of 10 ms; Enter and Esc go to the window."""

    left = Signal()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setDecimals(3)
        self.setSingleStep(STEP)
        self.setKeyboardTracking(False)
        self.setAccessibleName(name)
        self.setToolTip(tip(f"{name} (s in the recording)"))
        self.setFixedWidth(theme.px(84))
        padded(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Take the number with Enter and give the keyboard back."""
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.left.emit()


class BordersStrip(QFrame):
    """Shows where the utterance begins and ends while its borders are put right."""

    wanted = Signal(str)
    """The id of a command that was pressed."""

    def __init__(self, borders: Borders) -> None:
        super().__init__()
        self._borders = borders
        self.waveform: WaveformView | None = None
        self.setObjectName("notice")
        self.start, self.end = _Seconds("Beginning"), _Seconds("End")
        for field in (self.start, self.end):
            field.valueChanged.connect(self._typed)
            field.left.connect(lambda: self.wanted.emit("home"))
        self.length = label("", "caption")
        self.apply = text_button("Keep", "Keep these borders (Enter)", kind="primary")
        self.apply.setAccessibleName("Keep these borders")
        context = icon_button("play", "Hear a second before and after as well (C)", text="Context")
        split = icon_button("split", "Cut in two at the playhead (K)", text="Split")
        merge = icon_button("merge", "Make one of this utterance and the next (J)", text="Merge")
        context.setAccessibleName("Play in context")
        split.setAccessibleName("Split at the playhead")
        merge.setAccessibleName("Merge with the next utterance")
        self.buttons: dict[str, QAbstractButton] = {
            "context": context,
            "split": split,
            "merge": merge,
            "confirm": self.apply,
        }
        for name, button in self.buttons.items():
            button.clicked.connect(lambda _=False, name=name: self.wanted.emit(name))
        self._row = ShrinkingRow(
            self.start,
            self.end,
            self.length,
            1,
            context,
            split,
            merge,
            self.apply,
            less=(
                Less(self.length),
                Less(context, ""),
                Less(split, ""),
                Less(merge, ""),
            ),
            gap=5,
        )
        self.setLayout(column(self._row, gap=0, margins=(6, 4, 6, 4)))
        self.setAccessibleName("Borders of the utterance")
        self.hide()

    def take(self, changes: Changes) -> None:
        """Show the borders as they are put."""
        if not (changes.borders or changes.sound or changes.current or changes.clips):
            return
        edit = self._borders.edit if self._borders.open else None
        self._show_in_picture(edit)
        self.setVisible(edit is not None)
        if edit is None or edit.clip.span is None:
            return
        for field, value in ((self.start, edit.start), (self.end, edit.end)):
            with QSignalBlocker(field):
                field.setRange(0.0, edit.clip.span.of)
                field.setValue(value)
        self.length.setText(length_text(edit.seconds))
        self._row.adjust()
        self.apply.setEnabled(edit.changed)
        self.buttons["merge"].setEnabled(self._borders.following() is not None)

    def _show_in_picture(self, edit: Edit | None) -> None:
        """Show the borders in the picture of the recording."""
        sound, view = self._borders.sound, self.waveform
        if view is None:
            return
        if edit is None or sound is None or sound.within is None:
            view.show_borders(None)
        else:
            low, high = (time - sound.offset for time in edit.room)
            room = max(low, 0.0), min(high, sound.seconds)
            view.show_borders((edit.start - sound.offset, edit.end - sound.offset), room)

    @Slot()
    def _typed(self) -> None:
        self._borders.put(self.start.value(), self.end.value())
        self.take(Changes(borders=True))  # a number that had no room goes back
