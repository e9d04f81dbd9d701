"""Saying how you would label a clip: durable with the key press, undone with another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Slot

from perser_gui.bidi import isolated
from perser_gui.desk.values import KEPT, Kept
from perser_gui.records import Answer
from perser_gui.ui.acts.changes import Changes, Which
from perser_gui.ui.acts.presses import keys_said, words_after
from perser_gui.ui.acts.saving import Saving
from perser_gui.ui.acts.session import RatingRequest

STRENGTHS = (1, 2, 3, 4, 5)
"""How strongly an emotion is heard, from hardly to very; a table may bring another scale."""


class Labelling(Saving):
    """The acts of rating: what a key or a button says of the clip at hand, or of several."""

    def confirm(self) -> None:
        """Go on to the next clip without a label; the next is heard at once."""
        session = self._session
        if session.current is None:
            return
        self.complete()
        if session.rating(session.current) is None:
            self._bench.notice.emit(
                "info",
                f"Press {keys_said(session.emotions.keys)} for how you would label this clip, "
                "0 if you can't tell, or S to skip it.",
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
        """Say how you would label the clip at hand; `second` adds or removes another word."""
        session = self._session
        if session.current is None or session.emotions.find(word) is None:
            return
        if not self._in_sight():
            return
        before = session.rating(session.current)
        chosen = words_after(before, word, second)
        if before is not None and chosen == before.emotions:
            self.complete()
            return
        self._rate(session.current, chosen, "emotion", more=second)

    def complete(self) -> None:
        """Say that the label being given is complete, so that what is hidden may be shown."""
        clip, self._session.composing = self._session.composing, None
        if clip is not None:
            self._bench.tell(Changes(ratings=Which.of(clip)))

    @Slot(str, bool)
    def choose(self, word: str, second: bool) -> None:
        """Do what a press on the word's button does."""
        self.label(word, second=second)

    def label_clip(self, clip: str, words: tuple[str, ...]) -> None:
        """Say how you would label any clip on the list, a model's word for which was in sight."""
        self._rate(clip, words, "emotion", blind=False)

    def label_by_key(self, number: int, *, second: bool = False) -> None:
        """Do what a word's key does: the listener's words are numbered from 1; 0 is can't tell."""
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

    def amend(
        self,
        clip: str | None = None,
        *,
        intensity: float | Kept | None = KEPT,
        shares: Sequence[float] | Kept = KEPT,
        note: str | Kept = KEPT,
    ) -> None:
        """Say more beside the label of a clip (the one at hand): how strongly, a note."""
        session = self._session
        content = session.current if clip is None else clip
        rating = session.rating(content)
        if content is None or session.listener is None:
            return
        if rating is None or rating.answer == "skip":
            self._bench.notice.emit("info", "Label the clip first; then say more beside it.")
            return
        before = RatingRequest(
            session.listener.id,
            content,
            rating.emotions,
            rating.answer,
            blind=rating.blind,
            intensity=rating.intensity,
            shares=rating.shares,
            note=rating.note,
        )
        after = replace(
            before,
            intensity=before.intensity if isinstance(intensity, Kept) else intensity,
            shares=before.shares if isinstance(shares, Kept) else tuple(shares),
            note=before.note if isinstance(note, Kept) else note,
        )
        names = ("intensity", "shares", "note")
        others = tuple(n for n in names if getattr(before, n) != getattr(after, n))
        if others:
            self._request(replace(after, beside=others))

    def strength_by_key(self, number: int) -> None:
        """Do what Alt with a digit does: 1-5 how strongly, 0 takes that away."""
        if number == 0:
            self.amend(intensity=None)
        elif number in STRENGTHS:
            self.amend(intensity=float(number))

    def skip(self) -> None:
        """Pass over the clip at hand and go on; a label that it has stays."""
        session = self._session
        if session.current is None or not self._in_sight():
            return
        before = session.rating(session.current)
        if before is not None and before.answer != "skip":
            said = " + ".join(map(isolated, before.emotions)) or "can't tell"
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
        if self._request(RatingRequest(session.listener.id, clip, (), "cleared")):
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
        return len(requests) if self._press(requests) else 0

    def clear_all(self, clips: Sequence[str]) -> int:
        """Take back what was said about several clips; one Undo brings it again.

        Returns how many carried a label.
        """
        listener, session = self._session.listener, self._session
        if listener is None:
            return 0
        labelled = [clip for clip in clips if session.rating(clip) is not None]
        taken = self._press([RatingRequest(listener.id, clip, (), "cleared") for clip in labelled])
        return len(labelled) if taken else 0

    def _in_sight(self) -> bool:
        """Whether the list shows the clip at hand; if it does not, say so."""
        shown = self._session.place(self._session.current) >= 0
        if not shown:
            self._bench.notice.emit(
                "info", "The clip at hand is not among those that the list shows; choose one there."
            )
        return shown

    def _rate(
        self,
        clip: str,
        emotions: tuple[str, ...],
        answer: Answer,
        *,
        more: bool = False,
        blind: bool | None = None,
    ) -> None:
        """Say what a clip is; `more` words may follow, so that it stays hidden as long."""
        session = self._session
        if session.listener is None:
            return
        blind = session.made_blind(clip) if blind is None else blind
        before = session.composing
        session.composing = clip if more and session.hides(clip) else None
        request = RatingRequest(session.listener.id, clip, emotions, answer, blind=blind)
        if not self._request(request):
            session.composing = before
