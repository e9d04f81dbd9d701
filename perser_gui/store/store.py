"""Listeners, clips, ratings and profiles, durable when a call returns."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perser_gui.clip_table import ClipColumns, clip_of
from perser_gui.emotions import EmotionSet
from perser_gui.records import Answer, Clip, Listener, Profile, Rating, Said
from perser_gui.store.database import data_version
from perser_gui.store.profiles import (
    ProfileRecord,
    StoredParameters,
    describe,
    described,
    emotions_as_data,
    write_profile,
)
from perser_gui.store.replacing import Follow, carry_ratings, replaced_clips
from perser_gui.store.rows import (
    CLIP,
    RATING,
    as_json,
    check_rating,
    clip_row,
    insert_rating,
    listener_of,
    now,
    profile_row,
    pseudonym_of,
    rating_of,
    row_of,
    taken,
)
from perser_gui.store.study_rows import Studies
from perser_gui.store.undoing import mark_listed, note_renamed, set_words, withdraw

PROFILES = "profiles"

_PORTION = 500
"""Values in one query; SQLite allows no more than 999 everywhere."""

Listed = tuple[tuple[sqlite3.Connection, int, int], ClipColumns]
"""The clips on the list as a thread read them last, and what says whether they still are."""

_RECORD = """
    SELECT p.id, p.created, p.file, p.sha256, p.description, p.id IS l.profile
    FROM profiles AS p JOIN listeners AS l ON l.id = p.listener WHERE p.listener = ?
"""
_STANDING = """
    FROM ratings AS r WHERE +withdraws IS NULL
    AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id)
"""


class Store(Studies):
    """The user's own data in one folder: the database, and profiles beside it.

    All methods may be called from any thread.
    """

    # -- listeners

    def listeners(self) -> list[Listener]:
        """Return all listeners, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute("SELECT id, name, emotions FROM listeners ORDER BY id")
            return [listener_of(row) for row in rows]

    def listener(self, listener: int) -> Listener:
        """Return one listener.

        Raises:
            PerserError: if there is none with this id.
        """
        with self._database.read() as connection:
            return listener_of(row_of(connection, listener))

    def add_listener(self, name: str, emotions: EmotionSet | None = None) -> Listener:
        """Add a listener under a pseudonym, with the default emotion words if none are given.

        Raises:
            PerserError: if the name is empty or taken (letter case does not matter).
        """
        pseudonym = pseudonym_of(name)
        chosen = emotions or EmotionSet.default()
        try:
            with self._database.write() as connection:
                cursor = connection.execute(
                    "INSERT INTO listeners (name, emotions, created) VALUES (?, ?, ?)",
                    (pseudonym, as_json(emotions_as_data(chosen)), now()),
                )
        except sqlite3.IntegrityError as error:
            raise taken(pseudonym) from error
        return Listener(int(cursor.lastrowid or 0), pseudonym, chosen)

    def rename_listener(self, listener: int, name: str) -> Listener:
        """Give a listener another pseudonym.

        Raises:
            PerserError: if the name is empty or taken.
        """
        pseudonym = pseudonym_of(name)
        try:
            with self._database.write() as connection:
                connection.execute(
                    "UPDATE listeners SET name = ? WHERE id = ?", (pseudonym, listener)
                )
                return listener_of(row_of(connection, listener))
        except sqlite3.IntegrityError as error:
            raise taken(pseudonym) from error

    def set_emotions(
        self, listener: int, emotions: EmotionSet, renamed: Mapping[str, str] | None = None
    ) -> Listener:
        """Replace a listener's emotion words; ratings keep the words they were made with.

        `renamed` (old word to new word) remembers which ratings a new name stands for.

        Raises:
            PerserError: for an empty set, an empty word, or a word that stands twice.
        """
        EmotionSet.of(emotions.words)
        after, pairs = as_json(emotions_as_data(emotions)), list((renamed or {}).items())
        with (
            self.act("words", "the change of words", listener),
            self._writing() as (connection, note),
        ):
            before = row_of(connection, listener)[2]
            if before != after:
                set_words(connection, listener, after)
                note_renamed(connection, listener, pairs)
                note.words.append((listener, before, after, pairs))
            return listener_of(row_of(connection, listener))

    def renamed_words(self, listener: int) -> list[tuple[str, str]]:
        """Return what was renamed, (old, new), in the order in which it happened."""
        with self._database.read() as connection:
            return connection.execute(
                "SELECT old, new FROM renamed_words WHERE listener = ? ORDER BY id", (listener,)
            ).fetchall()

    def blind(self, listener: int, *, first: bool = True) -> bool:
        """Return whether a listener labels blind: as chosen, else until the first adaptation.

        `first` is whether those who chose nothing do so.

        Raises:
            PerserError: if there is none with this id.
        """
        with self._database.read() as connection:
            row_of(connection, listener)
            chosen, adapted = connection.execute(
                "SELECT blind, EXISTS (SELECT 1 FROM profiles WHERE listener = l.id)"
                " FROM listeners AS l WHERE id = ?",
                (listener,),
            ).fetchone()
        return (first and not adapted) if chosen is None else bool(chosen)

    def set_blind(self, listener: int, blind: bool) -> None:
        """Remember whether a listener labels blind from now on."""
        with self._database.write() as connection:
            connection.execute(
                "UPDATE listeners SET blind = ? WHERE id = ?", (int(blind), listener)
            )

    # -- clips

    def add_clips(self, clips: Iterable[Clip]) -> None:
        """Put clips on the list; a known one takes its new path, and what is newly known."""
        added, given = now(), list(clips)
        with self._database.write() as connection:
            if self._noting is not None:
                contents = list(dict.fromkeys(clip.content for clip in given))
                there = self._listed(connection)
                self._noting.listed += [c for c in contents if c not in there]
            connection.executemany(
                f"""INSERT INTO clips ({CLIP}, added) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (content) DO UPDATE SET path = excluded.path, listed = 1,
                speaker = coalesce(excluded.speaker, speaker),
                source = excluded.source, synthetic = max(excluded.synthetic, synthetic)""",
                [(*clip_row(clip), added) for clip in given],
            )

    def clips(self) -> ClipColumns:
        """Return the clips on the list, in the order in which they were added.

        They are read again only after something was written, by whomever; each is made when it
        is asked for.
        """
        with self._database.read() as connection:
            stamp = (connection, data_version(connection), connection.total_changes)
            kept: Listed | None = getattr(self._local, "listed", None)
            if kept is not None and kept[0] == stamp and not connection.in_transaction:
                return kept[1]
            rows = connection.execute(f"SELECT {CLIP} FROM clips WHERE listed ORDER BY id")
            clips = ClipColumns(rows.fetchall())
            if not connection.in_transaction:  # what is not committed may be taken back
                self._local.listed = (stamp, clips)
            return clips

    def clips_by_content(self, contents: Sequence[str] | None = None) -> dict[str, Clip]:
        """Return clips by their content hash, those off the list included (None: all)."""
        query = f"SELECT {CLIP} FROM clips"
        with self._database.read() as connection:
            if contents is None:
                return {row[0]: clip_of(row) for row in connection.execute(query)}
            found: dict[str, Clip] = {}
            for start in range(0, len(contents), _PORTION):
                portion = contents[start : start + _PORTION]
                marks = ", ".join("?" * len(portion))
                rows = connection.execute(f"{query} WHERE content IN ({marks})", portion)
                found |= {row[0]: clip_of(row) for row in rows}
        return {content: found[content] for content in contents if content in found}

    def knows_synthetic(self) -> bool:
        """Whether there is a synthetic clip, on the list or off it; an index tells."""
        query = "SELECT EXISTS (SELECT 1 FROM clips WHERE synthetic)"
        with self._database.read() as connection:
            return bool(connection.execute(query).fetchone()[0])

    def remove_clips(self, contents: Iterable[str]) -> None:
        """Take clips off the list; their ratings stay and come back with them."""
        given = list(dict.fromkeys(contents))
        what = "a clip" if len(given) == 1 else f"{len(given):,} clips"
        with self.act("remove", f"taking {what} off the list"), self._writing() as (write, note):
            there = self._listed(write)
            note.unlisted += [c for c in given if c in there]
            mark_listed(write, given, False)

    def replace_clips(
        self, what: str, old: Sequence[str], new: Sequence[Clip], follow: Follow
    ) -> None:
        """Put clips in the place of others as one act of everybody, called `what`.

        What every listener said about the old ones is said of the new ones that `follow` names,
        and of no other; an undo brings the old ones back with what was said of them.
        """
        with self.act("utterances", what), self._writing() as (write, note):
            carried = [clip.content for clip in new]
            gone = [content for content in old if content not in carried]
            there = self._listed(write)
            note.unlisted += [content for content in gone if content in there]
            mark_listed(write, gone, False)
            self.add_clips(new)
            carry_ratings(write, note, gone, follow)

    def replaced_clips(self) -> frozenset[str]:
        """Return the utterances off the list that nobody says anything about any more."""
        with self._database.read() as connection:
            return replaced_clips(connection)

    @staticmethod
    def _listed(connection: sqlite3.Connection) -> set[str]:
        return {row[0] for row in connection.execute("SELECT content FROM clips WHERE listed")}

    # -- ratings

    def add_rating(
        self,
        listener: int,
        clip: str,
        emotions: Sequence[str] = (),
        answer: Answer = "emotion",
        intensity: float | None = None,
    ) -> Rating:
        """Append a rating; it is on the disk when this returns.

        Raises:
            PerserError: if the clip is unknown, or the answer and the words do not fit.
        """
        return self.add_ratings(listener, [Said(clip, tuple(emotions), answer, intensity)])[0]

    def add_ratings(self, listener: int, said: Sequence[Said]) -> list[Rating]:
        """Append several ratings, all of them or none."""
        for one in said:
            check_rating(one)
        created = now()
        ratings = []
        act = self.act(*_told(said), listener)
        with act, self._writing() as (connection, note):
            row_of(connection, listener)
            for one in said:
                number = insert_rating(connection, listener, one, created)
                note.added.append(number)
                ratings.append(one.by(listener, number, created))
        return ratings

    def clear_rating(self, listener: int, clip: str) -> bool:
        """Withdraw everything a listener said about a clip; return whether there was anything."""
        act = self.act("clear", "clearing a label", listener)
        with act, self._writing() as (connection, note):
            standing = connection.execute(
                f"SELECT id {_STANDING} AND listener = ? AND clip = ? ORDER BY id DESC",
                (listener, clip),
            ).fetchall()
            note.withdrawn += [n for (n,) in standing if withdraw(connection, n)]
            if not standing:  # so that an undo finds it, and not what was done before
                self._note(connection, listener, "clear", "clearing a label", note)
            return bool(standing)

    def ratings(self, listener: int) -> list[Rating]:
        """Return the ratings that count, one a clip, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {RATING} {_STANDING} AND listener = ? ORDER BY id", (listener,)
            ).fetchall()
        latest = {row[2]: row for row in rows}
        return sorted((rating_of(row) for row in latest.values()), key=lambda rating: rating.id)

    def every_rating(self, listener: int) -> list[Rating]:
        """Return all rows ever written for a listener, undone and replaced ones included."""
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT {RATING} FROM ratings WHERE listener = ? ORDER BY id", (listener,)
            )
            return [rating_of(row) for row in rows]

    # -- profiles

    def add_profile(self, listener: int, profile: Profile, *, current: bool) -> ProfileRecord:
        """Append a profile to the history, and make it the current one if asked.

        The weights are on the disk before the row that names them, so that a crash
        leaves at most an unused file.
        """
        with self._database.read() as connection:
            row_of(connection, listener)
        folder = self.folder / PROFILES
        file, sha256 = write_profile(folder, profile)
        created = now()
        try:
            with self._database.write() as connection:
                cursor = connection.execute(
                    "INSERT INTO profiles (listener, created, file, sha256, description)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (listener, created, file, sha256, as_json(describe(profile))),
                )
                number = int(cursor.lastrowid or 0)
                if current:
                    connection.execute(
                        "UPDATE listeners SET profile = ? WHERE id = ?", (number, listener)
                    )
        except BaseException:
            (folder / file).unlink(missing_ok=True)
            raise
        return ProfileRecord(number, created, current, profile, folder / file)

    def profiles(self, listener: int) -> list[ProfileRecord]:
        """Return the history of a listener, newest first."""
        with self._database.read() as connection:
            rows = connection.execute(f"{_RECORD} ORDER BY p.id DESC", (listener,)).fetchall()
        return [self._record(row) for row in rows]

    def current_profile(self, listener: int) -> ProfileRecord | None:
        """Return the profile in use, or None for everyone's model."""
        with self._database.read() as connection:
            row = connection.execute(f"{_RECORD} AND p.id = l.profile", (listener,)).fetchone()
        return self._record(row) if row else None

    def make_current(self, listener: int, record: int | None) -> None:
        """Use a profile of the history, or everyone's model (None).

        Raises:
            PerserError: if the profile is not in this listener's history.
        """
        with self._database.write() as connection:
            row_of(connection, listener)
            if record is not None:
                profile_row(connection, listener, record)
            connection.execute("UPDATE listeners SET profile = ? WHERE id = ?", (record, listener))

    def _record(self, row: tuple[Any, ...]) -> ProfileRecord:
        number, created, file, sha256, description, current = row
        path = self.folder / PROFILES / file
        profile = described(json.loads(description), StoredParameters(path, sha256))
        return ProfileRecord(number, created, bool(current), profile, path)


def _told(said: Sequence[Said]) -> tuple[str, str]:
    """Return what kind of act some ratings are, and how to speak of it."""
    if len(said) != 1:
        return "labels", f"{len(said):,} labels"
    words, answer = said[0].emotions, said[0].answer
    if answer == "emotion":
        return "label", f"the label “{' + '.join(words)}”"
    return ("skip", "the skip") if answer == "skip" else ("label", "the answer “can't tell”")
