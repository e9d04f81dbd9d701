"""Putting the borders of utterances right: moved, split, merged, heard in context."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from perser_gui.bidi import isolated
from perser_gui.desk.utterances import SHORTEST, label_of_joined, next_to, room_of
from perser_gui.records import Clip, Rating
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.listening import Listening
from perser_gui.ui.acts.sounds import Sound, sound_around
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.progress import Progress

AROUND = 3.0
"""Seconds of the recording that are shown before and after an utterance."""

CONTEXT = 1.0
"""Seconds that are heard before and after it."""

STEP = 0.01
"""Seconds by which a key moves a border."""


@dataclass(frozen=True)
class Edit:
    """The borders of an utterance as they are being put (s in its recording), and their room."""

    clip: Clip
    start: float
    end: float
    room: tuple[float, float]

    @property
    def changed(self) -> bool:
        """Whether they are others than those of the clip."""
        span = self.clip.span
        return span is not None and (
            round(1000 * self.start) != round(1000 * span.start)
            or round(1000 * self.end) != round(1000 * span.end)
        )

    @property
    def seconds(self) -> float:
        """How long the utterance would be."""
        return self.end - self.start


class Borders(QObject):
    """The acts on where utterances begin and end; each is one act that Undo takes back.

    While it is open, the clip at hand is shown within its recording.
    """

    def __init__(self, labelling: Labelling, listening: Listening) -> None:
        super().__init__(listening)
        self._labelling, self._listening = labelling, listening
        self._bench: Workbench = listening.bench
        self._session = self._bench.session
        self._reading: Job[Any] | None = None
        self._play_when_read = False
        self.open = False
        self.edit: Edit | None = None
        self._bench.changed.connect(self.take)

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @property
    def sound(self) -> Sound | None:
        """What is shown of the clip at hand."""
        return self._listening.sound

    # -- showing -----------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Follow the clip at hand; borders that were put otherwise are kept before it is left."""
        if changes.current or changes.clips:
            left = self.edit
            current = self._session.current_clip
            if left is not None and (current is None or current.content != left.clip.content):
                self.edit = None
                if left.changed and self._session.row(left.clip.content) is not None:
                    self._move(left, stay=False)
            if self.open:
                self._show()

    def toggle(self) -> None:
        """Show the clip at hand within its recording, or by itself again."""
        if self.open:
            self.close()
        elif self._utterance() is not None:
            self.open = True
            self._show()
            self._tell()

    def close(self) -> None:
        """Show the clip by itself again; borders that were put otherwise are forgotten."""
        self.open, self._play_when_read = False, False
        self.edit = None
        self._listening.show_alone()
        self._tell()

    def discard(self) -> bool:
        """Forget moved borders, else close; return whether there was anything to do."""
        if not self.open:
            return False
        if self.edit is not None and self.edit.changed:
            self._begin(self.edit.clip)
            self._tell()
        else:
            self.close()
        return True

    def play_in_context(self) -> None:
        """Hear the utterance with a second of what comes before and after it."""
        if self._utterance() is None:
            return
        sound, edit = self._listening.sound, self.edit
        if self.open and edit is not None and sound is not None and sound.within is not None:
            first = edit.start - sound.offset - CONTEXT
            last = edit.end - sound.offset + CONTEXT
            self._listening.play_stretch(max(first, 0.0), min(last, sound.seconds))
            return
        self._play_when_read = True
        if not self.open:
            self.toggle()

    def _utterance(self) -> Clip | None:
        """Return the clip at hand if it is an utterance; else say what is missing."""
        clip = self._session.current_clip
        row = self._session.row(self._session.current)
        if clip is not None and clip.span is not None and row is not None and not row.missing:
            return clip
        if clip is not None:
            self._bench.notice.emit(
                "info",
                "Only an utterance of a recording has borders; cut the recording first."
                if clip.span is None
                else f"{isolated(clip.path.name)} is missing, so its borders cannot be shown.",
            )
        return None

    def _show(self) -> None:
        """Read what is around the clip at hand, and show it."""
        clip = self._session.current_clip
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None
        if clip is None or clip.span is None:
            self._tell()
            return
        sound = self._listening.sound
        shown = sound is not None and sound.content == clip.content and sound.within is not None
        if self.edit is not None and self.edit.clip == clip and shown:
            return
        self._begin(clip)
        desk = self._bench.desk

        def done(sound: Sound) -> None:
            self._reading = None
            if self.open and self._session.current == sound.content:
                self._listening.show_around(sound)
                self._tell()
                if self._play_when_read:
                    self._play_when_read = False
                    self.play_in_context()

        def failed(error: Exception) -> None:
            self._reading = None
            self._bench.runner.fail(error)

        self._reading = self._bench.runner.run(
            lambda progress: sound_around(desk, clip, AROUND),
            lane=Lane.MEDIA,
            label="Reading the surroundings",
            done=done,
            failed=failed,
        )

    def _begin(self, clip: Clip) -> None:
        assert clip.span is not None
        clips = self._session.utterances(clip.recording)
        self.edit = Edit(clip, clip.span.start, clip.span.end, room_of(clip, clips))

    def _tell(self) -> None:
        self._bench.tell(Changes(borders=True))

    # -- moving ------------------------------------------------------------------------

    def put(self, start: float, end: float) -> None:
        """Put the borders (s in the recording), as far as there is room."""
        edit = self.edit
        if not self.open or edit is None:
            return
        low, high = edit.room
        if start != edit.start:
            start = min(max(start, low), end - SHORTEST)
        if end != edit.end:
            end = max(min(end, high), start + SHORTEST)
        if (start, end) != (edit.start, edit.end):
            self.edit = Edit(edit.clip, start, end, edit.room)
            self._tell()

    @Slot(float, float)
    def put_in_sound(self, start: float, end: float) -> None:
        """Put the borders (s of the sound that is shown), as far as there is room."""
        sound = self._listening.sound
        if sound is not None and sound.within is not None:
            self.put(start + sound.offset, end + sound.offset)

    def nudge(self, *, start: int = 0, end: int = 0) -> None:
        """Move a border by steps of 10 ms; the first time, only show them."""
        if not self.open:
            self.toggle()
        elif self.edit is not None:
            self.put(self.edit.start + start * STEP, self.edit.end + end * STEP)

    def apply(self) -> bool:
        """Keep the borders as they are put; return whether they had been moved."""
        edit = self.edit
        if not self.open or edit is None or not edit.changed:
            return False
        self.edit = None
        self._move(edit, stay=True)
        return True

    def _move(self, edit: Edit, *, stay: bool) -> None:
        desk = self._bench.desk
        self._act(
            lambda: desk.move_utterance(edit.clip.content, edit.start, edit.end).content,
            [edit.clip.content],
            "The borders were moved; the label went along.",
            go=stay,
        )

    # -- splitting and merging -----------------------------------------------------------

    @needs_desk
    def split(self) -> None:
        """Cut the utterance in two at the playhead."""
        clip = self._utterance()
        if clip is None or clip.span is None:
            return
        desk, sound = self._bench.desk, self._listening.sound
        offset = sound.offset if sound is not None and sound.within else clip.span.start
        at = offset + self._listening.position
        labelled = self._session.rating(clip.content) is not None
        more = " The label stays with the larger part." if labelled else ""
        self.edit = None
        self._act(
            lambda: desk.split_utterance(clip.content, at)[0].content,
            [clip.content],
            f"The utterance was split.{more}",
        )

    def following(self) -> Clip | None:
        """Return the utterance that the one at hand can be merged with."""
        clip = self._session.current_clip
        if clip is None or clip.span is None:
            return None
        return next_to(clip, self._session.utterances(clip.recording))

    def label_in_doubt(self) -> tuple[Rating, Rating] | None:
        """Return the labels of the utterance at hand and the next, if they differ."""
        clip, other = self._session.current_clip, self.following()
        if clip is None or other is None:
            return None
        if not label_of_joined(clip, other, self._session.ratings)[1]:
            return None
        return self._session.ratings[clip.content], self._session.ratings[other.content]

    @needs_desk
    def merge(self, label_of: str | None = None) -> None:
        """Make one of the utterance at hand and the next; `label_of`: which label it keeps."""
        clip = self._utterance()
        if clip is None:
            return
        other = self.following()
        if other is None:
            self._bench.notice.emit("info", "There is no utterance after this one to merge with.")
            return
        desk, listener = self._bench.desk, self._session.listener
        who = listener.id if listener is not None else None
        content, following = clip.content, other.content
        self.edit = None
        self._act(
            lambda: (
                desk.merge_utterances(content, following, listener=who, label_of=label_of).content
            ),
            [content, following],
            "The two utterances are one now.",
        )

    def _act(
        self, act: Callable[[], str], clips: list[str], sentence: str, *, go: bool = True
    ) -> None:
        """Change utterances in the store and show what there is now."""
        unsaved = any(request.clip in clips for request in self._session.unsaved)
        if unsaved and self._labelling.save_state == "failed":
            self._bench.notice.emit(
                "warning", "A label of this utterance is not saved yet; please try again then."
            )
            return
        bench = self._bench
        self._listening.pause()
        bench.acted.emit()

        def done(content: str) -> None:
            bench.noticing.refresh(then_go_to=content if go else "")
            bench.offered.emit("info", sentence, "undo")

        def work(progress: Progress) -> str:
            return act()

        def failed(error: Exception) -> None:
            if self.open:
                self._show()
            bench.runner.fail(error)

        bench.runner.run(work, lane=Lane.STORE, done=done, failed=failed)
