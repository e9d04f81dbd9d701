"""Saying how you would label a clip: durable with the key press, undone with another."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from perser_gui.errors import PerserError
from perser_gui.records import Answer, Rating
from perser_gui.ui.acts.session import RatingRequest
from perser_gui.ui.acts.tasks import Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.progress import Progress


class Labelling(QObject):
    """The acts of rating; each is saved by the store's worker as it happens.

    A rating that could not be saved stays visible and waits for `retry_saving`.
    """

    rating_changed = Signal(str)
    save_changed = Signal(str)
    """`"saved"`, `"saving"` or `"failed"`."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._session = workbench.session
        self._runner = workbench.runner
        self._saving = 0
        self.save_problem = ""

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
        before = session.rating(session.current)
        words = before.emotions if before is not None else ()
        if not second or not words:
            chosen: tuple[str, ...] = (word,)
        elif word in words:
            chosen = tuple(w for w in words if w != word) or (word,)
        else:
            chosen = (words[0], word)
        if before is not None and chosen == words:
            return
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
        if self._session.current is not None:
            self._rate(self._session.current, (), "cant-tell")

    def skip(self) -> None:
        """Pass over the clip at hand and go on."""
        session = self._session
        if session.current is None:
            return
        self._rate(session.current, (), "skip")
        target = session.next_unlabelled() or session.neighbour(1)
        if target is not None:
            self._bench.go_to(target)

    def _rate(self, clip: str, emotions: tuple[str, ...], answer: Answer) -> None:
        listener = self._session.listener
        if listener is None:
            return
        request = RatingRequest(listener.id, clip, emotions, answer)
        self._session.unsaved.append(request)
        self._session.ratings[clip] = request.as_rating()
        self._save(request)
        self.rating_changed.emit(clip)

    def _save(self, request: RatingRequest) -> None:
        desk = self._bench.desk
        self._saving += 1
        self._say_saved()

        def done(rating: Rating) -> None:
            self._saving -= 1
            if request in self._session.unsaved:
                self._session.unsaved.remove(request)
            later = any(waiting.clip == rating.clip for waiting in self._session.unsaved)
            own = self._session.listener
            if not later and own is not None and own.id == rating.listener:
                self._session.ratings[rating.clip] = rating
            if not self._session.unsaved:
                self.save_problem = ""
            self._say_saved()

        def failed(error: Exception) -> None:
            self._saving -= 1
            self.save_problem = str(error)
            self._say_saved()
            if not isinstance(error, PerserError):
                self._bench.fail(error)

        self._runner.run(
            lambda p: desk.rate(
                request.listener, request.clip, emotions=request.emotions, answer=request.answer
            ),
            lane=Lane.STORE,
            done=done,
            failed=failed,
        )

    def retry_saving(self) -> None:
        """Try again to save the ratings that could not be saved, in their order."""
        self.save_problem = ""
        for request in list(self._session.unsaved):
            self._save(request)

    @property
    def save_state(self) -> str:
        """`"saved"`, `"saving"` or `"failed"`."""
        if self.save_problem:
            return "failed"
        return "saving" if self._saving else "saved"

    def _say_saved(self) -> None:
        self.save_changed.emit(self.save_state)

    def undo(self) -> None:
        """Withdraw the latest rating and return to its clip."""
        session, desk, listener = self._session, self._bench.desk, self._session.listener
        if listener is None:
            return
        if session.unsaved and not self._saving:
            dropped = session.unsaved.pop()
            if not session.unsaved:
                self.save_problem = ""
            self._say_saved()
            self._reread(dropped.clip)
            return

        def work(progress: Progress) -> tuple[Rating | None, list[Rating]]:
            return desk.undo(listener.id), desk.ratings(listener.id)

        def done(result: tuple[Rating | None, list[Rating]]) -> None:
            withdrawn, ratings = result
            if withdrawn is None:
                self._bench.notice.emit("info", "There is nothing to undo.")
                return
            session.replace_ratings(ratings)
            self._bench.go_to(withdrawn.clip if session.row(withdrawn.clip) else None, play=False)
            self.rating_changed.emit(withdrawn.clip)

        self._runner.run(work, lane=Lane.STORE, done=done)

    def _reread(self, clip: str) -> None:
        desk, listener = self._bench.desk, self._session.listener
        if listener is None:
            return

        def done(ratings: list[Rating]) -> None:
            self._session.replace_ratings(ratings)
            self._bench.go_to(clip, play=False)
            self.rating_changed.emit(clip)

        self._runner.run(lambda p: desk.ratings(listener.id), lane=Lane.STORE, done=done)
