"""What a screen reader says by itself: a label saved, an adaptation ended, a notice, a clip."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.wording import clip_name, rating_text
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.widgets.announcing import announce


class Spoken(QObject):
    """Announces what changed away from where the keyboard stands."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._waiting: list[str] = []
        bench = window.workbench
        bench.changed.connect(self.take)
        bench.notice.connect(self.say_notice)
        bench.offered.connect(self.say_offer)

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Say what is known now and was not before."""
        window, session = self._window, self._window.session
        if changes.ratings and not changes.ratings.all:
            self._waiting += [clip for clip in changes.ratings.clips if clip not in self._waiting]
        if changes.saving and window.labelling.save_state == "saved":
            self._say_saved()
        if changes.saving and window.labelling.save_state == "failed":
            self._say(f"Not saved: {window.labelling.save_problem}", urgent=True)
        if changes.verdict and window.personalization.result is not None:
            self._say(window.personalization.result.message)
        in_list = window.clips.view.hasFocus()  # then the list itself is read
        clip = session.current_clip
        if changes.current and clip is not None and not in_list:
            label = rating_text(session.rating(clip.content)) or "no label yet"
            place = session.place(clip.content) + 1
            self._say(f"{clip_name(clip)}, {label}, {place} of {len(session.visible)}")

    def _say_saved(self) -> None:
        waiting, self._waiting = self._waiting, []
        session = self._window.session
        said = {rating_text(session.rating(clip)) or "no label" for clip in waiting}
        if len(waiting) == 1:
            self._say(f"Saved: {said.pop()}")
        elif waiting:
            what = said.pop() if len(said) == 1 else "labels"
            self._say(f"Saved: {what} for {len(waiting)} clips")

    @Slot(str, str)
    def say_notice(self, tone: str, sentence: str) -> None:
        """Say a notice; a fault interrupts what is being said."""
        self._say(sentence, urgent=tone == "danger")

    @Slot(str, str, str)
    def say_offer(self, tone: str, sentence: str, command: str) -> None:
        """Say a notice that a command goes with."""
        self._say(sentence, urgent=tone == "danger")

    def _say(self, sentence: str, *, urgent: bool = False) -> None:
        announce(self._window, sentence, urgent=urgent)
