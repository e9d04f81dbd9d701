"""Acts about several clips at once, each undone as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from perser_gui.desk.library import Library
from perser_gui.desk.words import said_now, spelled
from perser_gui.records import Rating, Said


class Editing(Library):
    """The part of the desk that says the same of several clips."""

    def rate_all(self, listener: int, said: Sequence[Said]) -> list[Rating]:
        """Append ratings of several clips as one act; all are on the disk when this returns.

        Raises:
            PerserError: if a clip is not known or a word is not in the listener's set; then
                nothing was written.
        """
        owner = self.listener(listener)
        renamed = self._store.renamed_words(listener)
        known = [
            replace(
                one,
                emotions=spelled(
                    said_now(one.emotions, owner.emotions, renamed), owner.emotions, owner.name
                ),
            )
            for one in said
        ]
        return self._store.add_ratings(listener, known)

    def clear_all(self, listener: int, clips: Sequence[str]) -> int:
        """Take back what a listener said about several clips, as one act; return how many."""
        many = len(clips)
        what = "clearing a label" if many == 1 else f"clearing {many:,} labels"
        with self._store.act("clear", what, listener):
            return sum(self._store.clear_rating(listener, clip) for clip in clips)
