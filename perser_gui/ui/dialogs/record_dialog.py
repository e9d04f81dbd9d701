"""Recording a clip: a name, the level, as many takes as one likes, and one of them is kept."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSizePolicy, QWidget

from perser_gui.ui.acts.recording import ClipRecording
from perser_gui.ui.acts.wording import duration_text
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import icon_button, label, row, text_button
from perser_gui.ui.widgets.basics import restyle
from perser_gui.ui.widgets.level_bar import LevelBar
from perser_gui.ui.widgets.menu_parts import RoomyBox

EVERY = 50
"""Milliseconds between two looks at the level."""


class RecordDialog(Question):
    """Nothing is kept before Save; Cancel, Esc and closing give the microphone back."""

    def __init__(self, parent: QWidget | None, recording: ClipRecording, name: str) -> None:
        super().__init__(
            parent,
            "Record a clip",
            "It becomes a clip on your list. Nothing is kept before you save it, and it stays on "
            "this computer.",
            "Save",
        )
        self._recording = recording
        recording.watch = self._show
        self.name = QLineEdit(name)
        self.name.setMaxLength(80)
        self.name.setAccessibleName("Name of the clip")
        self.name.selectAll()
        self.speaker = QLineEdit()
        self.speaker.setMaxLength(60)
        self.speaker.setPlaceholderText("optional; clips of one voice count together")
        self.speaker.setAccessibleName("Who speaks")
        fields = QGridLayout()
        fields.setHorizontalSpacing(theme.px(12))
        fields.setVerticalSpacing(theme.px(8))
        for place, (text, field) in enumerate((("Name", self.name), ("Who speaks", self.speaker))):
            caption = label(text)
            caption.setBuddy(field)
            fields.addWidget(caption, place, 0)
            fields.addWidget(field, place, 1)
        self.level = LevelBar()
        self.clock = label("0.0 s", "strong")
        self.clock.setAccessibleName("Length of the take")
        self.record = text_button("Record", "Record a take (Ctrl+R)", icon="microphone")
        self.record.clicked.connect(self._press_record)
        self.record.setShortcut("Ctrl+R")
        self.takes = RoomyBox()
        self.takes.setAccessibleName("Which take is kept")
        self.takes.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.listen = icon_button("play", "Listen to the take (Ctrl+L)", text="Listen")
        self.listen.setShortcut("Ctrl+L")
        self.listen.clicked.connect(lambda: recording.listen(self.takes.currentIndex()))
        self.put_below(fields)
        self.put_below(row(self.record, self.level, self.clock, gap=12, wide=1))
        self.put_below(row(self.takes, self.listen, gap=8, wide=0))
        self.keep_room_for_problem()
        self.name.textChanged.connect(self._show)
        self.setMinimumWidth(theme.px(480))
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self._look)
        self._show()
        self.record.setFocus()

    @Slot()
    def _press_record(self) -> None:
        if self._recording.phase == "recording":
            self._recording.stop()
        else:
            self._recording.start()

    @Slot()
    def _look(self) -> None:
        """Show the level while it records."""
        seconds, loud, peak, clipped = self._recording.look()
        self.level.show_level(loud, peak, clipped)
        self.clock.setText(duration_text(seconds))
        self._show_problem()

    @Slot()
    def _show(self) -> None:
        """Show what the recording does, and what can be done."""
        recording = self._recording
        live = recording.phase == "recording"
        if live and not self._timer.isActive():
            self._timer.start()
        elif not live and self._timer.isActive():
            self._timer.stop()
            self.level.show_level(-90.0, -90.0, False)
        self._show_takes()
        count = len(recording.takes)
        words = {"opening": "Opening…", "recording": "Stop", "stopping": "Stopping…"}
        idle = "Record" if not count else "Second take" if count == 1 else "Another take"
        self.record.setText(words.get(recording.phase, idle))
        self.record.setEnabled(recording.phase in ("idle", "recording"))
        ready = recording.phase == "idle" and bool(count)
        self.listen.setEnabled(ready)
        self.takes.setEnabled(ready)
        self.accept_button.setEnabled(ready and bool(self.name.text().strip()))
        self.accept_button.setText("Saving…" if recording.phase == "saving" else "Save")
        self._show_problem()

    def _show_takes(self) -> None:
        takes = self._recording.takes
        if self.takes.count() == len(takes) and takes:
            return
        self.takes.clear()
        for number, sound in enumerate(takes, 1):
            self.takes.addItem(f"Take {number}, {duration_text(sound.seconds)}")
        if not takes:
            self.takes.addItem("No take yet")
        self.takes.setCurrentIndex(max(len(takes) - 1, 0))

    def _show_problem(self) -> None:
        problem = self._recording.problem
        if problem != self.problem.text():
            self.problem.setText(problem)
            restyle(self.problem, tone="danger")

    def accept(self) -> None:
        """Keep the chosen take, and close when it is on the disk."""
        if self.accept_button.isEnabled():
            take = self.takes.currentIndex()
            self._recording.save(take, self.name.text(), self.speaker.text(), super().accept)

    def done(self, result: int) -> None:
        """Give the microphone back, however the dialog ends."""
        self._timer.stop()
        self._recording.close()
        super().done(result)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Give the microphone back."""
        self._timer.stop()
        self._recording.close()
        super().closeEvent(event)


def free_name(names: list[str], stem: str = "Recording") -> str:
    """Return a name that no clip has yet.

    >>> free_name(["Recording 1.wav", "call.wav"])
    'Recording 2'
    """
    taken = {name.rsplit(".", 1)[0].casefold() for name in names}
    number = 1
    while f"{stem} {number}".casefold() in taken:
        number += 1
    return f"{stem} {number}"
