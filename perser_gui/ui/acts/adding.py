"""Adding files and folders to the list, with what is said of them; and the starter clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QObject, Qt, Signal, Slot

from perser_gui.desk.cutting import SHORTEST
from perser_gui.errors import PerserError
from perser_gui.settings import Settings
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Job, JobRunner, Lane
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import added_sentence, problems_sentence, voices_guessed

if TYPE_CHECKING:
    from perser_gui.desk import ClipTable, Desk, OpenedClips
    from perser_gui.desk.opening import Voices
    from perser_gui.progress import Progress
    from perser_gui.records import Clip


class Adding(QObject):
    """The side of the workbench that puts clips on the list."""

    ready = Signal()
    opening = Signal(float, str)
    """Progress of reading new clips; 1.0 when it is over."""
    notice = Signal(str, str)
    """Tone (`info`, `success`, `warning`, `danger`) and one sentence."""
    offered = Signal(str, str, str)
    """Tone, one sentence, and the id of a command that goes with it."""
    asked = Signal(str, str, str)
    """As `offered`, but it stays until it is answered."""
    opened_paths = Signal(list)
    """Files and folders whose clips were added, as texts."""

    runner: JobRunner
    session: Session
    settings: Settings
    is_ready: bool
    tell: Callable[[Changes], None]
    go_to: Callable[..., None]

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk: Desk | None = None
        self.problems: list[str] = []
        """What could not be read when something was added last, a sentence each."""
        self._openings: list[Job[Any]] = []
        self._last: tuple[Path, ...] = ()

    @property
    def desk(self) -> Desk:
        """The open desk; only after `ready`."""
        if self._desk is None:
            raise RuntimeError("the desk is not open yet")
        return self._desk

    def open_paths(
        self,
        paths: Sequence[Path],
        *,
        cut_above: float | None = None,
        channels: str | None = None,
        instead_of: str = "",
    ) -> None:
        """Read files and folders and add their clips to the list.

        Recordings longer than `cut_above` seconds (None: the setting) come as their
        utterances; they take the place of the clip `instead_of`. `channels` (None: the
        setting) says which are heard. While the desk is still opening, the paths wait for it.
        """
        if not self.is_ready:
            self._when_ready(
                lambda: self.open_paths(
                    paths, cut_above=cut_above, instead_of=instead_of, channels=channels
                )
            )
            return
        desk, session = self.desk, self.session
        wanted = [Path(path) for path in paths]
        at_hand = session.current
        limit = self.settings.cut_above if cut_above is None else cut_above
        voices = cast("Voices", self.settings.voices)
        heard = self.settings.channels if channels is None else channels
        if not wanted:
            return

        def work(progress: Progress) -> tuple[OpenedClips, ClipTable]:
            opened = desk.open_clips(
                wanted, progress, cut_above=limit, voices=voices, channels=heard
            )
            if any(clip.content.startswith(f"{instead_of}@") for clip in opened.clips):
                desk.remove_clips([instead_of])
            return opened, desk.clips()

        def done(result: tuple[OpenedClips, ClipTable]) -> None:
            opened, rows = result
            over()
            new = [clip for clip in opened.clips if session.row(clip.content) is None]
            for clip in opened.clips:  # among others of another voice it is heard otherwise
                before = session.clip(clip.content)
                if before is not None and before.voice != clip.voice:
                    session.generic.pop(clip.content, None)
                    session.yours.pop(clip.content, None)
            session.replace_rows(rows)
            self.tell(Changes(clips=True))
            self._say_what_came(opened, new, wanted)
            if opened.clips and not instead_of:
                self.opened_paths.emit([str(path) for path in wanted])
            first = next((c.content for c in new if session.place(c.content) >= 0), None)
            if session.current is None and session.visible:
                self.go_to(first or session.visible[0], play=False)
            elif first is not None and session.current == at_hand and not session.composing:
                self.go_to(first, play=False)

        def failed(error: Exception) -> None:
            over()
            self.runner.fail(error)

        def cancelled() -> None:
            over()
            self.notice.emit("info", "Cancelled. The list is as it was before.")

        def over() -> None:
            self._openings.remove(task)
            session.arrived(names)
            self.tell(Changes(visible=True))
            if not self._openings:
                self.opening.emit(1.0, "")

        names = session.announce(wanted)
        self.tell(Changes(visible=True))
        self.opening.emit(0.0, "Reading clips")
        task = self.runner.run(
            work,
            lane=Lane.FILES,
            label="Reading clips",
            done=done,
            failed=failed,
            cancelled=cancelled,
            reported=lambda fraction, message: self.opening.emit(min(fraction, 0.99), message),
        )
        self._openings.append(task)

    def _when_ready(self, act: Callable[[], None]) -> None:
        self.ready.connect(act, Qt.ConnectionType.SingleShotConnection)

    def cancel_opening(self) -> bool:
        """Stop reading new clips, the list stays as it is; return whether any were being read."""
        for job in list(self._openings):
            job.cancel()
        return bool(self._openings)  # until they have ended

    def cut_clips(self, contents: Sequence[str]) -> None:
        """Cut whole recordings on the list into their utterances.

        They take its place; one that carries a label stays on the list as well.
        """
        whole = [clip for clip in map(self.session.clip, contents) if clip and not clip.span]
        for clip in whole:
            labelled = self.session.rating(clip.content) is not None
            self.open_paths(
                [clip.path],
                cut_above=SHORTEST,
                channels=str(clip.channel or "mix"),
                instead_of="" if labelled else clip.content,
            )
        if contents and not whole:
            self.notice.emit("info", "This is an utterance already; choose a whole recording.")

    @Slot()
    def open_starter_clips(self) -> None:
        """Add the clips that ship with the program, as soon as the desk is open."""
        if not self.is_ready:
            self._when_ready(self.open_starter_clips)
            return
        try:
            self.open_paths(self.desk.starter_clips())
        except PerserError as error:
            self.runner.fail(error)

    def offer_starter_clips(self) -> None:
        """Add the starter clips as at a first start: not again after somebody removed them."""
        if not self.is_ready:
            self._when_ready(self.offer_starter_clips)
            return
        desk = self.desk

        def done(known: bool) -> None:
            if not known:
                self.open_starter_clips()

        self.runner.run(lambda progress: desk.has_had_starters(), lane=Lane.STORE, done=done)

    def voices_otherwise(self) -> None:
        """Read what was added last once more, now that other clips count as one voice."""
        if self._last:
            self.open_paths(self._last)

    def _say_what_came(
        self, opened: OpenedClips, new: Sequence[Clip], paths: Sequence[Path]
    ) -> None:
        """Say what is on the list now, as whose voice, and what could not be read."""
        self.problems = list(opened.problems)
        said = problems_sentence(opened)
        if said is not None:
            more = len(opened.problems) > 1
            self.offered.emit(*said, "problems" if more else "")
        self._last = tuple(paths)
        added = added_sentence(opened, new)
        if added:
            guessed = voices_guessed(opened.clips)
            self.offered.emit("success", added, "voices" if guessed else "")
