"""What listeners say about clips: ratings, undone and redone, and whether they are made blind."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from perser_gui.desk.values import KEPT, Kept
from perser_gui.desk.words import in_words, said_now, spelled
from perser_gui.errors import PerserError
from perser_gui.records import Answer, Listener, Rating, Said
from perser_gui.store import Act, Store, UnsavedLabel, spool, tidy_note


class RatingActs:
    """The part of the desk that keeps ratings, durable when a call returns."""

    _store: Store
    _cuts: Path | None

    def listener(self, listener: int) -> Listener:
        """Return one listener.

        Raises:
            PerserError: if there is none with this id.
        """
        return self._store.listener(listener)

    def as_of(self, when: str) -> AbstractContextManager[None]:
        """Let what is done in the block have been asked for at a moment in UTC, for undoing."""
        return self._store.as_of(when)

    def rate(
        self,
        listener: int,
        clip: str,
        *,
        emotions: Sequence[str] = (),
        answer: Answer = "emotion",
        intensity: float | None = None,
        shares: Sequence[float] = (),
        note: str = "",
        blind: bool | None = None,
    ) -> Rating:
        """Append a rating of a clip (its content hash); it is on the disk when this returns.

        The words may also be those that were renamed since: then it is the new name. `shares`
        says how much of each word was heard, `blind` whether no model's word for the clip was
        in sight.

        Raises:
            PerserError: if the clip is not known, or a word is not in the listener's set.
        """
        owner = self.listener(listener)
        renamed = self._store.renamed_words(listener)

        def own(word: str) -> str:
            now = said_now((word,), owner.emotions, renamed)
            return spelled(now, owner.emotions, owner.name)[0]

        words, amounts = tuple(emotions), tuple(shares)
        if amounts and len(amounts) != len(words):
            raise PerserError("Shares must be one number for each emotion, and add up to 1.")
        said = Said(clip, words, answer, intensity, amounts, note=tidy_note(note), blind=blind)
        known = in_words(said.by(listener, 0, ""), own)
        return self._store.add_ratings(listener, [known.said])[0]

    def amend(
        self,
        listener: int,
        clip: str,
        *,
        intensity: float | Kept | None = KEPT,
        note: str | Kept = KEPT,
        shares: Sequence[float] | Kept = KEPT,
    ) -> Rating:
        """Say more about the rating of a clip that counts; its words and `blind` stay.

        Like every rating it is a new row, which `undo` takes back.

        Raises:
            PerserError: if the clip has no rating, or what is said does not fit.
        """
        standing = next((one for one in self._store.ratings(listener) if one.clip == clip), None)
        if standing is None:
            raise PerserError("This clip has no label yet; please label it first.")
        said = standing.said
        if not isinstance(intensity, Kept):
            said = replace(said, intensity=intensity)
        if not isinstance(note, Kept):
            said = replace(said, note=tidy_note(note))
        if not isinstance(shares, Kept):
            said = replace(said, shares=tuple(shares))
        if said == standing.said:
            return standing
        what = "note" if said.note != standing.note else "strength"
        what = "shares" if said.shares != standing.shares else what
        with self._store.act("amend", f"the change of the {what}", listener):
            return self._store.add_ratings(listener, [said])[0]

    def blind(self, listener: int, *, first: bool = True) -> bool:
        """Return whether a listener labels blind: as chosen, else until the first adaptation.

        `first` is whether those who chose nothing do so.

        Raises:
            PerserError: if there is none with this id.
        """
        return self._store.blind(listener, first=first)

    def said_of(self, listener: int, clip: str) -> list[Rating]:
        """Return all that a listener ever said about a clip, and what was taken back (withdrawn).

        It is in the words of the time at which it was said, oldest first.
        """
        return [one for one in self._store.every_rating(listener) if one.clip == clip]

    def answered(self, listener: int) -> frozenset[str]:
        """Return the clips that a listener ever answered, also where that was taken back.

        What a model makes of them was in sight after that.
        """
        rows = self._store.every_rating(listener)
        return frozenset(rating.clip for rating in rows if rating.answer != "skip")

    def set_blind(self, listener: int, blind: bool) -> None:
        """Remember whether a listener labels blind from now on."""
        self._store.set_blind(listener, blind)

    def clear(self, listener: int, clip: str) -> bool:
        """Take back everything a listener said about a clip; return whether that was anything."""
        return self._store.clear_rating(listener, clip)

    def keep_unsaved(self, labels: Sequence[UnsavedLabel]) -> Path:
        """Keep labels that cannot be saved for the next start.

        Raises:
            PerserError: if they can be written neither beside the store nor elsewhere.
        """
        return spool.keep_unsaved(self._spools(), labels)

    def unsaved_labels(self) -> list[UnsavedLabel]:
        """Return the labels that could not be saved when the window was closed."""
        return [u for folder in self._spools() for u in spool.unsaved_labels(folder)]

    def forget_unsaved(self) -> None:
        """Forget those labels; they were saved, or are not wanted."""
        for folder in self._spools():
            spool.forget_unsaved(folder)

    def _spools(self) -> list[Path]:
        return [self._store.folder, *([self._cuts.parent] if self._cuts is not None else [])]

    def undo(self, listener: int) -> Act | None:
        """Undo the latest act (a label, a clip removed, words, an import); None if there is none.

        Nothing is lost: ratings are withdrawn, and come back with `redo`.
        """
        return self._store.undo(listener)

    def redo(self, listener: int) -> Act | None:
        """Do again what was undone last; None if something else was done since."""
        return self._store.redo(listener)

    def ratings(self, listener: int) -> list[Rating]:
        """Return the ratings that count, one a clip, oldest first, in the listener's present words.

        A word that was renamed shows its new name; one that is gone stays as it was said.
        """
        emotions = self.listener(listener).emotions
        renamed = self._store.renamed_words(listener)
        return [
            in_words(rating, lambda word: said_now((word,), emotions, renamed)[0])
            for rating in self._store.ratings(listener)
        ]

    def counts(self, listener: int) -> dict[str, int]:
        """Return how many ratings each of the listener's words has, in the order of the words."""
        counts = dict.fromkeys(self.listener(listener).emotions.words, 0)
        for rating in self.ratings(listener):
            for word in rating.emotions:
                if word in counts:
                    counts[word] += 1
        return counts
