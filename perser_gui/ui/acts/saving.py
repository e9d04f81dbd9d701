"""Presses that say something of clips: saved in their order as they happen, and undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from perser_gui.bidi import isolated
from perser_gui.errors import PerserError
from perser_gui.records import Rating
from perser_gui.ui.acts.changes import Changes, Which
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.presses import PressClock, kept_by
from perser_gui.ui.acts.session import RatingRequest
from perser_gui.ui.acts.wording import clip_name
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk import Act
    from perser_gui.progress import Progress

_OF_A_CLIP = ("label", "skip", "clear", "amend")


class Saving(QObject):
    """Saves what is said of clips by the store's worker, as it is said.

    A rating that could not be saved stays visible and waits for `retry_saving`. Presses have
    one order: the latest about a clip counts, and undoing goes back by the time of the press.
    """

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._session = workbench.session
        self._runner = workbench.runner
        self.save_problem = ""
        self._number = 0
        self._under_way: set[int] = set()
        self._fates: dict[int, bool] = {}
        self._latest: dict[tuple[int, str], int] = {}
        self._presses: list[int] = []
        self._undone: list[Sequence[RatingRequest] | None] = []
        self._pressed = False
        self._clock = PressClock()
        workbench.acted.connect(self.note_act)
        workbench.ready.connect(self._say_saved)  # a store that only reads says so at once

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @property
    def read_only(self) -> str:
        """Why nothing can be saved since the start, as a sentence; empty if it can."""
        return self._bench.desk.read_only if self._bench.is_ready else ""

    def _refuses(self) -> bool:
        """Whether the store can only be read; if so, say why nothing is set."""
        why = self.read_only
        if why:
            self._bench.warned.emit(
                "warning",
                f"Nothing was set or changed. {why} Start the program again once that is mended.",
                "read-only",
            )
        return bool(why)

    def _request(self, given: RatingRequest) -> bool:
        return self._press([given])

    def _press(self, given: Sequence[RatingRequest]) -> bool:
        """Take a press: the latest about a clip counts, whatever becomes of earlier ones.

        Returns whether it was taken; where nothing can be saved, nothing is shown as set.
        """
        session = self._session
        if not given or self._refuses():
            return False
        self._number += 1
        when = self._clock.moment()
        requests = [self._completed(one, self._number, when) for one in given]
        clips = {(one.listener, one.clip) for one in requests}
        for earlier in self._failed_now():
            if (earlier.listener, earlier.clip) in clips:
                self._replaced(earlier)
        session.unsaved += requests
        self._latest.update(dict.fromkeys(clips, self._number))
        self._presses.append(self._number)
        self._undone.clear()
        self._pressed = True
        for request in requests:
            session.show_request(request)
        self._save(requests)
        self._bench.tell(Changes(ratings=Which.of(*(one.clip for one in requests))))
        self._bench.labelled.emit()
        return True

    def _completed(self, given: RatingRequest, number: int, when: str) -> RatingRequest:
        """Return a press with its number, its time and whether a model's word was in sight.

        What was said beside the words, such as a note, stays when the words change.
        """
        session, blind = self._session, given.blind
        before = session.rating(given.clip)
        if given.answer == "cleared" or given.number:
            return replace(given, number=number, when=when)
        if not given.beside and before is not None:
            strength = before.intensity if given.answer == "emotion" else None
            given = replace(given, note=given.note or before.note, intensity=strength)
        if blind is None and not given.beside:
            blind = session.made_blind(given.clip)
        return replace(given, number=number, when=when, blind=blind)

    def _save(self, requests: Sequence[RatingRequest]) -> None:
        """Save what one press said, all of it or nothing."""
        desk, number = self._bench.desk, requests[0].number
        self._under_way.add(number)
        if not self._failed_now():
            self.save_problem = ""
        self._say_saved()

        def work(progress: Progress) -> list[Rating]:
            self._fates[number] = False
            kept = kept_by(desk, requests)
            self._fates[number] = True
            return kept

        def done(ratings: list[Rating]) -> None:
            self._over(requests)
            waiting = {(one.listener, one.clip) for one in self._session.unsaved}
            own = self._session.listener
            for rating in ratings:
                later = (rating.listener, rating.clip) in waiting
                if not later and own is not None and own.id == rating.listener:
                    self._session.ratings[rating.clip] = rating
            self._say_saved()

        def failed(error: Exception) -> None:
            self._under_way.discard(number)
            for one in requests:
                if self._latest.get((one.listener, one.clip)) != number:
                    self._replaced(one)
                else:
                    self.save_problem = str(error)
            self._say_saved()
            if isinstance(error, PerserError):
                self._bench.noticing.look(always=True)
            else:
                self._bench.runner.fail(error)

        self._runner.run(work, lane=Lane.STORE, done=done, failed=failed)

    def _over(self, requests: Sequence[RatingRequest]) -> None:
        """Forget requests of one press that have been saved, or that later ones replaced."""
        self._under_way.discard(requests[0].number)
        gone = {(one.number, one.clip) for one in requests}
        unsaved = self._session.unsaved
        self._session.unsaved = [r for r in unsaved if (r.number, r.clip) not in gone]
        if not self._failed_now():
            self.save_problem = ""

    def _replaced(self, request: RatingRequest) -> None:
        """Forget a request that failed: a later press about the same clip takes its place."""
        self._over([request])
        number = request.number
        if number in self._presses and all(r.number != number for r in self._session.unsaved):
            self._presses.remove(number)

    def _failed_now(self) -> list[RatingRequest]:
        """The requests that failed and wait for another try."""
        return [r for r in self._session.unsaved if r.number not in self._under_way]

    def retry_saving(self) -> None:
        """Try again to save what could not be saved, in the order of the presses."""
        waiting = self._failed_now()
        self.save_problem = ""
        for number in dict.fromkeys(one.number for one in waiting):
            self._save([one for one in waiting if one.number == number])

    def take_up(self, requests: Sequence[RatingRequest]) -> None:
        """Save labels that an earlier run of the program could not save."""
        for request in requests:
            self._request(replace(request, number=-1))  # what was in sight then counts

    @property
    def save_state(self) -> str:
        """`"saved"`, `"saving"`, `"failed"`, or `"read-only"` where nothing can be saved at all."""
        if self.read_only:
            return "read-only"
        if self.save_problem:
            return "failed"
        return "saving" if self._under_way else "saved"

    @Slot()
    def _say_saved(self) -> None:
        self._bench.tell(Changes(saving=True))

    # -- undoing ----------------------------------------------------------------------

    @Slot()
    def note_act(self) -> None:
        """Remember that something else was done just now, such as removing a clip."""
        self._number += 1
        self._presses.append(self._number)
        self._undone.clear()
        self._pressed = True

    @needs_desk
    def undo(self) -> None:
        """Undo what was done last, by the time of the press, and say what it was."""
        desk, listener = self._bench.desk, self._session.listener
        if listener is None or self._refuses():
            return
        press = self._presses.pop() if self._presses else 0
        waiting = [r for r in self._failed_now() if r.number == press]
        if waiting:
            self._drop(waiting)
            return

        def work(progress: Progress) -> Act | None:
            if not self._fates.get(press, True):
                return None  # it was just about to be saved, and was not
            return desk.undo(listener.id)

        def done(act: Act | None) -> None:
            failed = [r for r in self._failed_now() if r.number == press]
            if failed:
                self._drop(failed)
            elif act is None:
                self._bench.notice.emit("info", "There is nothing to undo.")
            else:
                self._undone.append(None)
                self._turned(act, "Undone", "redo")

        def failed(error: Exception) -> None:
            if press:
                self._presses = sorted({*self._presses, press})
            self._bench.runner.fail(error)

        self._runner.run(work, lane=Lane.STORE, done=done, failed=failed)

    @needs_desk
    def redo(self) -> None:
        """Do again what was undone last, and say what it was."""
        session, desk, listener = self._session, self._bench.desk, self._session.listener
        if listener is None or self._refuses():
            return
        if self._pressed and not self._undone:
            self._bench.notice.emit("info", "There is nothing to do again.")
            return
        again = self._undone.pop() if self._undone else None
        if again is not None:
            rest = [requests for requests in self._undone if requests is not None]
            clip = again[0].clip
            self._bench.go_to(clip if session.row(clip) else None, play=False)
            self._press(again)
            self._undone = [*rest]
            return

        def done(act: Act | None) -> None:
            if act is None:
                self._bench.notice.emit("info", "There is nothing to do again.")
                return
            self._number += 1
            self._presses.append(self._number)
            self._turned(act, "Done again", "undo")

        def failed(error: Exception) -> None:
            self._undone.append(None)
            self._bench.runner.fail(error)

        self._runner.run(
            lambda p: desk.redo(listener.id), lane=Lane.STORE, done=done, failed=failed
        )

    def _drop(self, requests: Sequence[RatingRequest]) -> None:
        """Take back what was never saved."""
        self._over(requests)
        if requests[0].number in self._presses:
            self._presses.remove(requests[0].number)
        self._undone.append(requests)
        self._say_saved()
        self._bench.noticing.refresh(then_go_to=requests[0].clip)
        many = len(requests)
        said = requests[0].said if many == 1 else f"{many:,} labels"
        were = "it was" if many == 1 else "they were"
        self._bench.offered.emit("info", f"Undone: {said} ({were} not saved yet).", "redo")

    def _turned(self, act: Act, what: str, back: str) -> None:
        where = f" of {self._name(act.clip)}" if act.kind in _OF_A_CLIP and act.clip else ""
        self._bench.noticing.refresh(then_go_to=act.clip)
        self._bench.offered.emit("info", f"{what}: {isolated(act.said)}{where}.", back)

    def _name(self, content: str) -> str:
        clip = self._session.clip(content)
        return clip_name(clip) if clip is not None else "a clip that is not on the list"
