"""Acts about several clips at once, each undone as a whole: labels, borders of utterances."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from perser_gui.desk import utterances
from perser_gui.desk.library import Library
from perser_gui.desk.moved_files import relinked
from perser_gui.desk.words import said_now, spelled
from perser_gui.progress import Progress
from perser_gui.records import Clip, Rating, Said, Waveform


class Editing(Library):
    """The part of the desk that labels several clips, and puts borders of utterances right."""

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

    def relink(self, clip: str, path: Path, progress: Progress) -> list[Clip]:
        """Use the file at `path` for a clip whose file was moved, and for the others of its file.

        Clips on the list that are gone and lie beside it come along. Returns those found.

        Raises:
            PerserError: if the file is another one, or cannot be read; then nothing changed.
        """
        (wanted,) = self._clips([clip])
        found = relinked(wanted, self._store.clips(), path, progress)
        self._store.add_clips(found)
        return found

    def clear_all(self, listener: int, clips: Sequence[str]) -> int:
        """Take back what a listener said about several clips, as one act; return how many."""
        many = len(clips)
        what = "clearing a label" if many == 1 else f"clearing {many:,} labels"
        with self._store.act("clear", what, listener):
            return sum(self._store.clear_rating(listener, clip) for clip in clips)

    def surroundings(self, content: str, seconds: float) -> tuple[Waveform, float]:
        """Decode an utterance with up to so many seconds of its recording before and after it.

        Returns the sound, and where in the recording it begins (s).

        Raises:
            PerserError: if it is no utterance, its file is gone or cannot be read.
        """
        from perser_gui.audio.decode import open_clip

        clip = self._clips([content])[0]
        span = utterances.span_of(clip)
        start, end = max(span.start - seconds, 0.0), min(span.end + seconds, span.of)
        part = utterances.part_of(clip, start, end)
        return open_clip(part), part.span.start if part.span else start

    def move_utterance(self, content: str, start: float, end: float) -> Clip:
        """Give an utterance other borders (s in its recording); everybody's labels go along.

        It is another clip from now on, whose features are computed when they are needed.

        Raises:
            PerserError: if it is no utterance, would be too short or reach into another.
        """
        clip = self._clips([content])[0]
        new = utterances.moved(clip, start, end, self._store.clips())
        if new.content != content:
            self._store.replace_clips(
                "the move of a border",
                [content],
                [new],
                lambda _, own: {new.content: own[content].id},
            )
        return new

    def split_utterance(self, content: str, at: float) -> tuple[Clip, Clip]:
        """Cut an utterance in two at a time in its recording (s).

        Labels stay with the larger part; the other is to be labelled anew.

        Raises:
            PerserError: if it is no utterance, or a part would be too short.
        """
        clip = self._clips([content])[0]
        parts = utterances.halves(clip, at)
        heir = utterances.larger(parts).content
        self._store.replace_clips(
            "the split of an utterance",
            [content],
            parts,
            lambda _, own: dict.fromkeys([heir], own[content].id),
        )
        return parts

    def merge_utterances(
        self,
        content: str,
        following: str,
        *,
        listener: int | None = None,
        label_of: str | None = None,
    ) -> Clip:
        """Make one utterance of two, with the pause between them.

        Equal labels stay, as does the only one; where a listener's differ, that of the larger
        part stays. `label_of` says for `listener` which of the two keeps its label (empty:
        neither).

        Raises:
            PerserError: if they are not utterances of one recording and channel.
        """
        first, second = self._clips([content, following])
        new = utterances.joined(first, second)

        def follow(who: int, own: Mapping[str, Rating]) -> dict[str, int]:
            kept, _ = utterances.label_of_joined(first, second, own)
            if who == listener and label_of is not None:
                kept = own.get(label_of)
            return {new.content: kept.id} if kept is not None else {}

        self._store.replace_clips(
            "the merging of two utterances", [content, following], [new], follow
        )
        return new
