"""Saying how you would label a clip: durable with the key press, undone with another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from perser_gui.errors import PerserError
from perser_gui.records import Answer, Rating
from perser_gui.ui.acts.changes import Changes, Which
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.presses import PressClock, kept_by, words_after
from perser_gui.ui.acts.session import RatingRequest
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk import Act
    from perser_gui.progress import Progress

_OF_A_CLIP = ("label", "skip", "clear")


class Labelling(QObject):
    """The acts of rating; each is saved by the store's worker as it happens.

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

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    def confirm(self) -> None:
        """Go on to the next clip without a label; the next is heard at once."""
        session = self._session
        if session.current is None:
            return
        if session.rating(session.current) is None:
            count = min(len(session.emotions.words), 9)
            self._bench.notice.emit(
                "info",
                f"Press 1–{count} for how you would label this clip, 0 if you can't tell, "
                "or S to skip it.",
            )
            return
        target = session.next_unlabelled()
        if target is None:
            target = session.neighbour(1)
            if all(content in session.ratings for content in session.visible):
                self._bench.notice.emit("success", "Every clip in this list has your label.")
        if target is not None:
            self._bench.go_to(target)

    def label(self, word: str, *, second: bool = False) -> None:
        """Say how you would label the clip at hand; `second` adds or removes a second word."""
        session = self._session
        if session.current is None or session.emotions.find(word) is None:
            return
        if not self._in_sight():
            return
        before = session.rating(session.current)
        chosen = words_after(before, word, second)
        if before is None or chosen != before.emotions:
            self._rate(session.current, chosen, "emotion")

    @Slot(str, bool)
    def choose(self, word: str, second: bool) -> None:
        """Do what a press on the word's button does."""
        self.label(word, second=second)

    def label_clip(self, clip: str, words: tuple[str, ...]) -> None:
        """Say how you would label any clip on the list, whether at hand or not."""
        self._rate(clip, words, "emotion")

    def label_by_key(self, number: int, *, second: bool = False) -> None:
        """Do what the digit keys do: 1-9 the listener's words in order, 0 can't tell."""
        words = self._session.emotions.words
        if number == 0:
            self.cant_tell()
        elif number <= len(words):
            self.label(words[number - 1], second=second)

    def cant_tell(self) -> None:
        """Answer that no emotion can be told for the clip at hand."""
        clip = self._session.current
        if clip is not None and self._in_sight():
            self._rate(clip, (), "cant-tell")

    def skip(self) -> None:
        """Pass over the clip at hand and go on; a label that it has stays."""
        session = self._session
        if session.current is None or not self._in_sight():
            return
        before = session.rating(session.current)
        if before is not None and before.answer != "skip":
            said = " + ".join(before.emotions) or "can't tell"
            self._bench.offered.emit(
                "info", f"Your label “{said}” of {self._name(session.current)} stays.", ""
            )
        else:
            self._rate(session.current, (), "skip")
        target = session.next_unlabelled() or session.neighbour(1)
        if target is not None:
            self._bench.go_to(target)

    def clear(self) -> None:
        """Take back what was said about the clip at hand; an Undo brings it again."""
        session = self._session
        clip = session.current
        if clip is None or session.listener is None or not self._in_sight():
            return
        if session.rating(clip) is None:
            self._bench.notice.emit("info", "There is no label to clear on this clip.")
            return
        self._request(RatingRequest(session.listener.id, clip, (), "cleared"))
        self._bench.offered.emit("info", f"Cleared the label of {self._name(clip)}.", "undo")

    def label_all(self, clips: Sequence[str], word: str | None, *, second: bool = False) -> int:
        """Say the same of several clips by one press, which one Undo takes back.

        `word` None is “can't tell”; `second` adds or removes a second word of each. Returns
        how many clips carry another label now.
        """
        listener, session = self._session.listener, self._session
        if listener is None or (word is not None and session.emotions.find(word) is None):
            return 0
        answer: Answer = "cant-tell" if word is None else "emotion"
        requests = []
        for clip in clips:
            before = session.rating(clip)
            words = () if word is None else words_after(before, word, second)
            if before is None or (before.answer, before.emotions) != (answer, words):
                requests.append(RatingRequest(listener.id, clip, words, answer))
        self._press(requests)
        return len(requests)

    def clear_all(self, clips: Sequence[str]) -> int:
        """Take back what was said about several clips; one Undo brings it again.

        Returns how many carried a label.
        """
        listener, session = self._session.listener, self._session
        if listener is None:
            return 0
        labelled = [clip for clip in clips if session.rating(clip) is not None]
        self._press([RatingRequest(listener.id, clip, (), "cleared") for clip in labelled])
        return len(labelled)

    def _in_sight(self) -> bool:
        """Whether the list shows the clip at hand; if it does not, say so."""
        shown = self._session.place(self._session.current) >= 0
        if not shown:
            self._bench.notice.emit(
                "info", "The clip at hand is not among those that the list shows; choose one there."
            )
        return shown

    def _rate(self, clip: str, emotions: tuple[str, ...], answer: Answer) -> None:
        listener = self._session.listener
        if listener is not None:
            self._request(RatingRequest(listener.id, clip, emotions, answer))

    def _request(self, given: RatingRequest) -> None:
        self._press([given])

    def _press(self, given: Sequence[RatingRequest]) -> None:
        """Take a press: the latest about a clip counts, whatever becomes of earlier ones."""
        session = self._session
        if not given:
            return
        self._number += 1
        when = self._clock.moment()
        requests = [replace(one, number=self._number, when=when) for one in given]
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
            self._request(request)

    @property
    def save_state(self) -> str:
        """`"saved"`, `"saving"` or `"failed"`."""
        if self.save_problem:
            return "failed"
        return "saving" if self._under_way else "saved"

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
        if listener is None:
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
        if listener is None:
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
        self._bench.offered.emit("info", f"{what}: {act.said}{where}.", back)

    def _name(self, content: str) -> str:
        clip = self._session.clip(content)
        return clip.path.name if clip is not None else "a clip that is not on the list"
